//! What is behind the cache is not trampled when the cache is away, and memory does not grow.

use std::env;
use std::time::Duration;

use cached_tests::faults::ours::{MAX_CONCURRENCY, Ours};
use cached_tests::faults::{Fault, Load, Plan, run};
use tokio::process::Command;

/// Set in a process that runs one test by itself, whose memory is its own.
const ALONE: &str = "CACHED_TESTS_ALONE";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_redis_brings_no_more_runs_than_allowed_and_hits_come_back() {
    let plan = Plan {
        load: Load {
            rate: 500,
            keys: 500,
            fresh_every: 0,
            ..Plan::short().load
        },
        before: Duration::from_secs(5),
        after: Duration::from_secs(10),
        ..Plan::short()
    };

    let trial = run(&Ours::Capped, Fault::KillLoad, plan).await;

    let figures = &trial.figures;
    assert_eq!((figures.wrong, figures.hung), (0, 0), "{figures:?}");
    assert_eq!(figures.failed, figures.errors.values().sum::<u64>());
    let refusals = figures.errors.keys();
    assert!(
        refusals
            .clone()
            .all(|error| error.contains("is running 16 times already")),
        "{figures:?}"
    );
    assert!(figures.most_at_once <= MAX_CONCURRENCY, "{figures:?}");
    let before = trial.hit_ratio_before();
    let after = trial.hit_ratio_after(Duration::from_secs(9), Duration::from_secs(10));
    assert!(before > 0.5 && after >= 0.95 * before, "{before} {after}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_does_not_grow_while_redis_is_frozen_under_load() {
    if env::var_os(ALONE).is_none() {
        let test = concat!(
            module_path!(),
            "::memory_does_not_grow_while_redis_is_frozen_under_load"
        );
        let (_, test) = test.split_once("::").expect("the crate's name comes first");
        let program = env::current_exe().unwrap();
        let mut alone = Command::new(program);
        let alone = alone.args(["--exact", test]).env(ALONE, "1").output().await;
        let alone = alone.unwrap();
        assert!(
            alone.status.success(),
            "{}",
            String::from_utf8_lossy(&alone.stdout)
        );
        return;
    }
    let plan = Plan {
        load: Load {
            rate: 1_000,
            ..Plan::short().load
        },
        during: Duration::from_secs(4),
        ..Plan::short()
    };

    let trial = run(&Ours::Defaults, Fault::Freeze, plan).await;

    let (before, most) = trial.figures.resident_kib;
    // The driver keeps some hundred bytes of every call.
    assert!(most < before + 16 * 1024, "from {before} to {most} KiB");
}
