//! One fault: load, break, go on, heal, go on, count.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use super::function::Keys;
use super::load::{CallResult, Running, Sample};
use super::stage::Stage;
use super::{Answer, BoxFuture, Candidate, Fault, Figures, Load, Setup, Source, Subject};

/// How long after the beginning of a fault its effect should have worn off.
const SETTLED: Duration = Duration::from_secs(1);

/// How often the memory is looked at.
const LOOK_INTERVAL: Duration = Duration::from_millis(100);

/// Why a store is not asked that is known to be out of order: without a connection, without a login, and
/// with an open breaker.
const OUT_OF_ORDER: [&str; 3] = ["disconnected", "WRONGPASS", "breaker-open"];

/// How long a fault lasts, and under which load.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// The calls.
    pub load: Load,
    /// How long the load runs before the fault begins; longer, if there is no hit by then.
    pub before: Duration,
    /// How long the fault lasts.
    pub during: Duration,
    /// How long the load runs on after the fault has been healed; longer, if there is no hit by then.
    pub after: Duration,
}

/// What happened under one fault.
#[derive(Debug)]
pub struct Trial {
    /// Every call, those before the fault too.
    samples: Vec<Sample>,
    /// The keys that were called for.
    pub keys: Arc<Keys>,
    began: Instant,
    healed: Instant,
    /// What the fault cost.
    pub figures: Figures,
}

impl Plan {
    /// Returns a plan that takes a few seconds: 100 calls a second, a fifth of them for keys nobody has
    /// called for.
    #[must_use]
    pub fn short() -> Self {
        Self {
            load: Load {
                rate: 100,
                keys: 8,
                fresh_every: 5,
                large: false,
                patience: Duration::from_secs(20),
            },
            before: Duration::from_secs(1),
            during: Duration::from_secs(2),
            after: Duration::from_millis(1500),
        }
    }

    /// Returns the plan of the report, for `fault`.
    #[must_use]
    pub fn full(fault: Fault) -> Self {
        Self {
            before: Duration::from_secs(2),
            during: match fault {
                Fault::Flapping => Duration::from_mins(1),
                _ => Duration::from_secs(10),
            },
            after: Duration::from_secs(5),
            ..Self::short()
        }
    }
}

/// Tries `candidate` on `fault`.
///
/// # Panics
/// Panics when the servers that the fault needs do not start, or outside of a namespace with
/// [names of its own](super::hosts) for the fault that needs one.
pub async fn run(candidate: &dyn Candidate, fault: Fault, mut plan: Plan) -> Trial {
    let mut stage = Stage::set(fault, plan.during).await;
    plan.load.large |= fault == Fault::LargeValues;
    let mut under_load = UnderLoad::start(candidate, stage.setup(), plan).await;
    sleep(plan.before).await;
    if !fault.is_from_the_start() {
        under_load.hit().await;
    }
    if fault == Fault::KillIdle {
        under_load.pause().await;
        stage.begin().await;
        // Long enough for whoever watches the connection to see its end.
        sleep(plan.before).await;
        under_load.go_on();
    }

    let resident_before = resident_kib();
    let began = Instant::now();
    if fault != Fault::KillIdle {
        stage.begin().await;
    }
    let healed_at_once = Instant::now();
    let resident_most = watch_memory(plan.during).await;
    stage.heal().await;
    let healed = if fault.heals_itself() {
        healed_at_once
    } else {
        Instant::now()
    };
    sleep(plan.after).await;
    if fault.can_be_healed() {
        under_load.hit_since(healed).await;
    }

    let mut trial = under_load.end(began, healed).await;
    trial.name(candidate, fault.name());
    trial.figures.resident_kib = (resident_before, resident_most);
    trial
}

/// Tries `candidate`, whose subject awaits [`function::try_run`](super::function::try_run), on a
/// function that fails; nothing happens to Redis.
///
/// # Panics
/// Panics when no server starts.
pub async fn run_failing(candidate: &dyn Candidate, mut plan: Plan) -> Trial {
    // Nothing can be done about keys that never had a value.
    plan.load.fresh_every = 0;
    let stage = Stage::set(Fault::LargeValues, plan.during).await;
    let under_load = UnderLoad::start(candidate, stage.setup(), plan).await;
    sleep(plan.before).await;
    under_load.hit().await;

    let began = Instant::now();
    under_load.keys.set_failing(true);
    sleep(plan.during).await;
    under_load.keys.set_failing(false);
    let healed = Instant::now();
    sleep(plan.after).await;
    under_load.hit_since(healed).await;

    let mut trial = under_load.end(began, healed).await;
    trial.name(candidate, "function-fails");
    trial
}

/// A subject under load.
struct UnderLoad {
    load: Load,
    subject: Arc<dyn Subject>,
    keys: Arc<Keys>,
    running: Option<Running>,
    /// Calls that were made before the load was paused.
    samples: Vec<Sample>,
}

impl UnderLoad {
    async fn start(candidate: &dyn Candidate, setup: &Setup, plan: Plan) -> Self {
        let start = timeout(plan.load.patience, candidate.start(setup)).await;
        let subject: Arc<dyn Subject> = match start {
            Ok(Ok(subject)) => Arc::from(subject),
            Ok(Err(error)) => Arc::new(Missing(format!("no start: {error}"))),
            Err(_) => Arc::new(Missing("no start within the patience".to_owned())),
        };
        let mut under_load = Self {
            load: plan.load,
            subject,
            keys: Arc::new(Keys::new()),
            running: None,
            samples: Vec::new(),
        };
        under_load.go_on();
        under_load
    }

    fn go_on(&mut self) {
        let made = u32::try_from(self.samples.len()).expect("few calls are made");
        let (subject, keys) = (Arc::clone(&self.subject), Arc::clone(&self.keys));
        self.running = Some(self.load.start(subject, keys, made));
    }

    async fn pause(&mut self) {
        let running = self.running.take().expect("the load runs");
        self.samples.extend(running.stop().await);
    }

    /// Waits until a call has been answered from the cache.
    async fn hit(&self) {
        if let Some(running) = &self.running {
            running.hit_since(None, self.load.patience).await;
        }
    }

    async fn hit_since(&self, since: Instant) {
        if let Some(running) = &self.running {
            running.hit_since(Some(since), self.load.patience).await;
        }
    }

    async fn end(mut self, began: Instant, healed: Instant) -> Trial {
        self.pause().await;
        let mut trial = Trial {
            samples: self.samples,
            keys: self.keys,
            began,
            healed,
            figures: Figures::default(),
        };
        trial.count();
        trial
    }
}

/// A subject that did not start.
struct Missing(String);

impl Subject for Missing {
    fn call(&self, _: u64) -> BoxFuture<'_, Result<Answer, String>> {
        Box::pin(async { Err(self.0.clone()) })
    }
}

impl Trial {
    fn name(&mut self, candidate: &dyn Candidate, fault: &str) {
        candidate.name().clone_into(&mut self.figures.subject);
        candidate.settings().clone_into(&mut self.figures.settings);
        fault.clone_into(&mut self.figures.fault);
    }

    fn count(&mut self) {
        let figures = &mut self.figures;
        let mut slowest = Duration::ZERO;
        let mut settled = Vec::new();
        let of_fault = self
            .samples
            .iter()
            .filter(|sample| sample.ended >= self.began);
        for sample in of_fault {
            figures.calls += 1;
            slowest = slowest.max(sample.beyond);
            if (self.began + SETTLED..self.healed.max(self.began + 2 * SETTLED))
                .contains(&sample.started)
            {
                settled.push(sample);
            }
            match &sample.result {
                CallResult::Answered {
                    outcome, is_right, ..
                } => {
                    figures.wrong += u64::from(!is_right);
                    *figures.outcomes.entry(outcome.clone()).or_default() += 1;
                }
                CallResult::Failed(error) => {
                    figures.failed += 1;
                    *figures.errors.entry(error.clone()).or_default() += 1;
                }
                CallResult::Hung => figures.hung += 1,
            }
        }
        figures.runs = self.keys.runs() as u64;
        figures.most_at_once = self.keys.most_at_once() as u64;
        figures.slowest_beyond_ms = millis(slowest);
        let p99 = |times: Vec<Duration>| percentile(times, 99).map(millis);
        figures.p99_beyond_ms = p99(settled.iter().map(|sample| sample.beyond).collect());
        figures.p99_machine_ms = p99(settled.iter().map(|sample| sample.late).collect());
        settled.retain(|sample| sample.did_without_store());
        figures.p99_without_store_ms = p99(settled.iter().map(|sample| sample.beyond).collect());
        let hits = self.samples.iter().filter(|sample| {
            sample.started >= self.healed && sample.source() == Some(Source::Cache)
        });
        let first_hit = hits.map(|hit| hit.ended).min();
        figures.first_hit_ms = first_hit.map(|hit| millis(hit - self.healed));
    }

    /// Returns the share of calls that were answered from the cache, among those that were made from
    /// `from` to `to` after the fault was healed; before the fault, if both are nothing.
    #[must_use]
    pub fn hit_ratio_after(&self, from: Duration, to: Duration) -> f64 {
        self.hit_ratio(self.healed + from, self.healed + to)
    }

    /// Returns the share of calls that were answered from the cache in the last second before the
    /// fault.
    #[must_use]
    pub fn hit_ratio_before(&self) -> f64 {
        self.hit_ratio(self.began - SETTLED, self.began)
    }

    #[expect(clippy::cast_precision_loss, reason = "few calls are made")]
    fn hit_ratio(&self, from: Instant, to: Instant) -> f64 {
        let within = |sample: &&Sample| (from..to).contains(&sample.started);
        let made = self.samples.iter().filter(within);
        let hits = made.clone();
        let hits = hits.filter(|sample| sample.source() == Some(Source::Cache));
        hits.count() as f64 / made.count().max(1) as f64
    }

    /// Returns how often each outcome was reported among the calls that were made from `from` to `to`
    /// after the fault began.
    #[must_use]
    pub fn outcomes_during(&self, from: Duration, to: Duration) -> BTreeMap<String, u64> {
        let mut outcomes = BTreeMap::new();
        for sample in &self.samples {
            if let CallResult::Answered { outcome, .. } = &sample.result
                && (self.began + from..self.began + to).contains(&sample.started)
            {
                *outcomes.entry(outcome.clone()).or_default() += 1;
            }
        }
        outcomes
    }
}

impl Sample {
    fn source(&self) -> Option<Source> {
        match &self.result {
            CallResult::Answered { source, .. } => Some(*source),
            _ => None,
        }
    }

    /// Returns true for a call that had nothing to do with the store, because that was known to be out of
    /// order. A miss whose write alone was not tried has read.
    fn did_without_store(&self) -> bool {
        match &self.result {
            CallResult::Answered { outcome, .. } => {
                // In the words of the library, and in those of the header.
                let words = outcome.strip_prefix("bypass, ");
                let words = words.or_else(|| outcome.strip_prefix("fwd=bypass, detail="));
                let reason = words.and_then(|words| words.split(", ").next());
                reason.is_some_and(|reason| OUT_OF_ORDER.contains(&reason))
            }
            _ => false,
        }
    }
}

/// Waits for `time` and returns the most memory that the process had meanwhile.
async fn watch_memory(time: Duration) -> u64 {
    let began = Instant::now();
    let mut most = resident_kib();
    while began.elapsed() < time {
        sleep(LOOK_INTERVAL.min(time.saturating_sub(began.elapsed()))).await;
        most = most.max(resident_kib());
    }
    most
}

/// Returns the memory that this process has.
pub(super) fn resident_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}

fn percentile(mut times: Vec<Duration>, percent: usize) -> Option<Duration> {
    times.sort_unstable();
    let index = (times.len() * percent).div_ceil(100);
    times.get(index.checked_sub(1)?).copied()
}

pub(super) fn millis(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_in_a_hundred_is_above_the_99th_percentile() {
        let times = |count| (1..=count).rev().map(Duration::from_millis).collect();

        assert_eq!(percentile(times(100), 99), Some(Duration::from_millis(99)));
        assert_eq!(percentile(times(50), 99), Some(Duration::from_millis(50)));
        assert_eq!(percentile(times(0), 99), None);
    }

    #[test]
    fn only_a_bypass_can_do_without_the_store() {
        let did_without_store = |outcome: &str| {
            let now = Instant::now();
            let result = CallResult::Answered {
                source: Source::Function,
                outcome: outcome.to_owned(),
                is_right: true,
            };
            let sample = Sample {
                started: now,
                late: Duration::ZERO,
                ended: now,
                beyond: Duration::ZERO,
                result,
            };
            sample.did_without_store()
        };

        assert!(did_without_store("bypass, breaker-open"));
        assert!(did_without_store("bypass, disconnected"));
        assert!(did_without_store("fwd=bypass, detail=disconnected"));
        assert!(did_without_store(
            "fwd=bypass, detail=disconnected, collapsed"
        ));
        assert!(!did_without_store("bypass, timeout"));
        assert!(!did_without_store("fwd=bypass, detail=timeout"));
        assert!(!did_without_store("miss, breaker-open"));
    }
}
