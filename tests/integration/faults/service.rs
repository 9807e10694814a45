//! The real program under load, seen over HTTP.

use cached_tests::faults::service::Service;
use cached_tests::faults::{Fault, Load, Plan, run};
use tokio::sync::Mutex;

/// Held while a fault is tried: the program is built without optimisation, like the tests, and computes
/// few charts a second.
static TURN: Mutex<()> = Mutex::const_new(());

/// Every answer is 200 with the right chart; the status tells that Redis was away, and that it is back.
async fn try_out(fault: Fault) {
    let _turn = TURN.lock().await;
    let plan = Plan {
        load: Load {
            rate: 10,
            keys: 2,
            fresh_every: 0,
            ..Plan::short().load
        },
        ..Plan::short()
    };
    let trial = run(&Service::built().await, fault, plan).await;
    let figures = &trial.figures;

    assert!(figures.calls > 20, "{figures:?}");
    let bad = (figures.failed, figures.wrong, figures.hung);
    assert_eq!(bad, (0, 0, 0), "{figures:?}");
    let bypasses = figures
        .outcomes
        .keys()
        .filter(|outcome| outcome.starts_with("fwd=bypass"));
    assert!(bypasses.count() > 0, "{figures:?}");
    assert!(figures.outcomes.contains_key("hit"), "{figures:?}");
    assert!(figures.first_hit_ms.is_some(), "{figures:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_service_answers_while_redis_is_killed() {
    try_out(Fault::KillLoad).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_service_answers_while_redis_is_frozen() {
    try_out(Fault::Freeze).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_service_answers_while_redis_is_absent_at_start() {
    try_out(Fault::Absent).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_service_answers_while_redis_replies_garbage() {
    try_out(Fault::GarbageReply).await;
}
