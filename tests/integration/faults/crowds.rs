//! Many callers of one key: one computation, and nobody waits for somebody who has gone.

use std::sync::Arc;
use std::time::Duration;

use cached_runtime::ManualClock;
use cached_tests::faults::function::{Keys, WORK, value_of};
use cached_tests::faults::ours::Ours;
use cached_tests::faults::{Candidate, Crowd, Figures, Setup, Subject};
use cached_tests::redis::RedisServer;
use tokio::time::{sleep, timeout};

async fn gather(crowd: Crowd) -> Figures {
    let figures = crowd.run(&Ours::Defaults).await;
    let bad = (figures.failed, figures.wrong, figures.hung);
    assert_eq!(bad, (0, 0, 0), "{figures:?}");
    figures
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_callers_of_a_cold_key_are_one_computation() {
    let figures = gather(Crowd::ColdKey).await;

    assert_eq!((figures.calls, figures.runs), (10_000, 1), "{figures:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_who_stay_get_their_value_when_half_of_the_callers_are_dropped() {
    let figures = gather(Crowd::DroppedHalf).await;

    assert!((300..700).contains(&figures.calls), "{figures:?}");
    assert_eq!(figures.most_at_once, 1, "{figures:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_who_wait_get_their_value_when_the_function_panics() {
    let figures = gather(Crowd::PanickingRun).await;

    assert_eq!(figures.errors["panicked"], 1, "{figures:?}");
    // The run that panics, and the two who try then; on a busy machine also calls that come later.
    assert!(figures.runs <= 8, "{figures:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_waiter_answers_wherever_the_leader_is_dropped() {
    let server = RedisServer::start().await;
    let setup = Setup {
        url: server.url(),
        clock: ManualClock::new(),
    };
    let subject = Ours::Defaults.start(&setup).await.unwrap();
    let subject: Arc<dyn Subject> = subject.into();
    let mut random = fastrand::Rng::with_seed(7);

    for point in 0..100 {
        let keys = Keys::new();
        let key = keys.key(point);
        let call = || {
            let subject = Arc::clone(&subject);
            tokio::spawn(async move { subject.call(key).await.unwrap().value })
        };
        let leader = call();
        let waiters = [call(), call(), call()];
        sleep(WORK.mul_f64(random.f64() * 1.1)).await;
        leader.abort();

        for waiter in waiters {
            let value = timeout(Duration::from_secs(30), waiter).await;
            assert_eq!(
                value.expect("a waiter does not hang").unwrap(),
                value_of(key)
            );
        }
        assert!(keys.runs() <= 2, "{} runs", keys.runs());
    }
}
