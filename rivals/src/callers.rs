//! Faults of callers and of the function, with Redis in good health: many callers of one key that is
//! not stored, of whom some leave or of whose runs one panics.

use std::sync::Arc;
use std::time::Duration;

use cached_runtime::ManualClock;
use cached_tests::faults::function::{Keys, WORK};
use cached_tests::faults::{Candidate, Figures, Setup, Subject};
use cached_tests::redis::RedisServer;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, sleep, sleep_until, timeout};

/// After how long a call counts as hung, as under the faults of Redis.
const PATIENCE: Duration = Duration::from_secs(20);

/// How often to look whether the function runs.
const LOOK_INTERVAL: Duration = Duration::from_millis(1);

/// What callers do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// 10,000 at once ask for one key.
    Cold,
    /// 1,000 ask for one key, all but the first while the function runs for that one; then every second
    /// of them leaves, the first included.
    Leaving,
    /// 100 ask for one key, all but the first while the function runs for that one, and that run panics.
    Panic,
}

impl Fault {
    pub(crate) const ALL: &[Self] = &[Self::Cold, Self::Leaving, Self::Panic];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Cold => "cold-key",
            Self::Leaving => "dropped-half",
            Self::Panic => "panicking-run",
        }
    }

    fn callers(self) -> usize {
        match self {
            Self::Cold => 10_000,
            Self::Leaving => 1_000,
            Self::Panic => 100,
        }
    }
}

/// What became of a call.
struct Call {
    beyond: Duration,
    result: Result<bool, Failure>,
}

enum Failure {
    Error(String),
    Hung,
}

/// Tries `candidate` on `fault`. Calls of callers that left are not counted; the outcome `runs` is how
/// often the function ran for the rest.
pub(crate) async fn run(candidate: &dyn Candidate, fault: Fault) -> Figures {
    let server = RedisServer::start().await;
    let setup = Setup {
        url: server.url(),
        clock: ManualClock::new(),
    };
    let subject: Arc<dyn Subject> = match candidate.start(&setup).await {
        Ok(subject) => Arc::from(subject),
        Err(error) => panic!("{error}"),
    };
    let keys = Arc::new(Keys::new());
    // Connects whoever connects late.
    for _ in 0..2 {
        let warm = subject.call(keys.key(0)).await;
        warm.expect("Redis is in good health");
    }
    let before = keys.runs();

    let key = match fault {
        Fault::Cold | Fault::Leaving => keys.key(1),
        Fault::Panic => keys.panics_once(1),
    };
    let mut calls = JoinSet::new();
    let mut leaving = Vec::new();
    let mut began = Instant::now();
    for number in 0..fault.callers() {
        let call = call(Arc::clone(&subject), Arc::clone(&keys), key);
        let call = calls.spawn(call);
        if fault == Fault::Leaving && number % 2 == 0 {
            leaving.push(call);
        }
        if fault != Fault::Cold && number == 0 {
            while keys.runs() == before {
                sleep(LOOK_INTERVAL).await;
            }
            began = Instant::now();
        }
    }
    if fault == Fault::Leaving {
        sleep_until(began + WORK * 4 / 5).await;
        leaving.iter().for_each(AbortHandle::abort);
    }

    let mut figures = Figures {
        subject: candidate.name().to_owned(),
        settings: candidate.settings().to_owned(),
        fault: fault.name().to_owned(),
        ..Figures::default()
    };
    let mut slowest = Duration::ZERO;
    while let Some(ended) = calls.join_next().await {
        let result = match ended {
            Ok(call) => {
                slowest = slowest.max(call.beyond);
                call.result
            }
            Err(error) if error.is_panic() => Err(Failure::Error("panicked".to_owned())),
            Err(_) => continue,
        };
        figures.calls += 1;
        match result {
            Ok(is_right) => figures.wrong += u64::from(!is_right),
            Err(Failure::Hung) => figures.hung += 1,
            Err(Failure::Error(error)) => {
                figures.failed += 1;
                *figures.errors.entry(error).or_default() += 1;
            }
        }
    }
    figures.slowest_beyond_ms = slowest.as_secs_f64() * 1e3;
    let runs = u64::try_from(keys.runs() - before).expect("a count fits");
    figures.outcomes.insert("runs".to_owned(), runs);
    figures
}

async fn call(subject: Arc<dyn Subject>, keys: Arc<Keys>, key: u64) -> Call {
    let began = Instant::now();
    let answer = timeout(PATIENCE, subject.call(key)).await;
    let ended = Instant::now();
    let result = match answer {
        Ok(Ok(answer)) => Ok(answer.value == subject.expected(key).await),
        Ok(Err(error)) => Err(Failure::Error(error)),
        Err(_) => Err(Failure::Hung),
    };
    let own = keys.longest_run(key, began, ended);
    Call {
        beyond: (ended - began).saturating_sub(own),
        result,
    }
}
