//! Each fault of the list, under load.
//!
//! The bounds on times are generous, because the machine may be busy: they tell a call that waits for
//! Redis from one that does not. `make faults` measures.

use std::time::Duration;

use cached_tests::faults::ours::Ours;
use cached_tests::faults::{Fault, Plan, Trial, hosts, run};

/// From when on a fault's effect has worn off, and until when it surely lasts.
const SETTLED: Duration = Duration::from_secs(1);
const LASTING: Duration = Duration::from_millis(1_800);

/// What a fault does to hits.
enum Effect {
    /// Redis cannot be read: once settled, all calls bypass it.
    Away,
    /// Redis can be read all the time.
    Readable,
    /// Hits are gone for a moment only.
    Brief,
}

/// Checks what holds under every fault, and what holds under those of this effect.
async fn try_out(fault: Fault, effect: Effect) -> Trial {
    let trial = run(&Ours::Defaults, fault, Plan::short()).await;
    let figures = &trial.figures;
    assert!(figures.calls > 200, "{figures:?}");
    let bad = (figures.failed, figures.wrong, figures.hung);
    assert_eq!(bad, (0, 0, 0), "{figures:?}");
    assert!(figures.slowest_beyond_ms < 5_000.0, "{figures:?}");

    let settled = trial.outcomes_during(SETTLED, LASTING);
    match effect {
        Effect::Away => {
            let bypasses = settled.keys().all(|outcome| outcome.starts_with("bypass"));
            assert!(!settled.is_empty() && bypasses, "{settled:?}");
        }
        Effect::Readable => assert!(settled.contains_key("hit"), "{settled:?}"),
        Effect::Brief => {}
    }
    let hits_come_back = fault != Fault::NameUnknown;
    assert_eq!(
        figures.first_hit_ms.is_some(),
        hits_come_back,
        "{figures:?}"
    );
    trial
}

/// Makes a test of each fault, and a list of those that have one.
macro_rules! faults {
    ($($test:ident: $fault:ident, $effect:ident;)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                try_out(Fault::$fault, Effect::$effect).await;
            }
        )*

        const TRIED: &[Fault] = &[$(Fault::$fault),*];
    };
}

faults! {
    a_redis_killed_while_nobody_calls_is_bypassed: KillIdle, Away;
    a_redis_killed_under_load_is_bypassed: KillLoad, Away;
    a_restarted_redis_is_used_again: Restart, Brief;
    a_frozen_redis_is_bypassed: Freeze, Away;
    a_redis_absent_at_start_is_bypassed_until_it_is_there: Absent, Away;
    a_cut_connection_is_replaced: ClientKill, Brief;
    a_host_that_refuses_is_bypassed: HostRefuses, Away;
    a_host_that_answers_no_syn_is_bypassed: HostSwallows, Away;
    a_name_that_does_not_resolve_is_bypassed: NameUnknown, Away;
    a_half_dead_connection_is_replaced: HalfDead, Brief;
    a_slow_drip_of_replies_is_bypassed: SlowDrip, Away;
    garbage_for_replies_is_bypassed: GarbageReply, Away;
    a_full_redis_serves_what_it_has: Full, Readable;
    a_read_only_redis_costs_no_call: ReadOnly, Brief;
    a_changed_password_is_bypassed: Password, Away;
    a_user_who_may_not_write_is_served_what_there_is: NoSet, Readable;
    a_user_who_may_not_read_bypasses: NoGet, Away;
    a_redis_that_loads_is_bypassed: Loading, Away;
    keys_that_become_lists_are_replaced: WrongType, Brief;
    values_that_become_garbage_are_replaced: GarbageValues, Brief;
    truncated_values_are_replaced: TruncatedValues, Brief;
    flipped_bits_are_noticed: FlippedValues, Brief;
    values_above_the_limit_hold_up_nobody: LargeValues, Readable;
    large_values_of_neighbours_cost_no_call: Neighbours, Brief;
    a_clock_that_jumps_forwards_costs_no_call: ClockForwards, Readable;
    a_clock_that_jumps_backwards_costs_no_call: ClockBackwards, Readable;
    a_flapping_redis_costs_no_call: Flapping, Brief;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paused_redis_costs_no_call() {
    // It takes connections, so that calls find one that will not answer, now and then.
    try_out(Fault::ClientPause, Effect::Brief).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_moves_to_another_server_is_followed() {
    if hosts::can_set() {
        try_out(Fault::NameMoves, Effect::Away).await;
    } else {
        let test = concat!(
            module_path!(),
            "::a_name_that_moves_to_another_server_is_followed"
        );
        let (_, test) = test.split_once("::").expect("the crate's name comes first");
        hosts::run_again(&["--exact", test]).await;
    }
}

#[test]
fn every_fault_of_the_list_is_tried() {
    let elsewhere = [Fault::ClientPause, Fault::NameMoves];
    let is_tried = |fault| TRIED.contains(fault) || elsewhere.contains(fault);
    assert!(Fault::ALL.iter().all(is_tried));
}
