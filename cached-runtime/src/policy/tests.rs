use std::time::UNIX_EPOCH;

use super::*;

const TTL: Duration = Duration::from_mins(1);
const TICK: Duration = Duration::from_millis(1);

const NEVER_STALE: Freshness = Freshness {
    stale_while_revalidate: Duration::ZERO,
    stale_if_error: Duration::ZERO,
    early: 0.0,
};

/// Stale for 10 s while it is computed anew, for 30 s if that fails.
const STALE: Freshness = Freshness {
    stale_while_revalidate: Duration::from_secs(10),
    stale_if_error: Duration::from_secs(30),
    early: 0.0,
};

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

/// Returns the times of an entry written at second 1000, which took 10 s to compute.
fn entry() -> Times {
    times(TTL, at(990), at(1000)).unwrap()
}

/// Decides without a draw for an early refresh.
fn decide_at(now: SystemTime, ttl: Option<Duration>, freshness: &Freshness) -> Decision {
    decide(&entry(), ttl, freshness, now, 1.0)
}

#[test]
fn an_entry_is_served_until_its_deadline_and_not_at_it() {
    for ttl in [Some(TTL), None] {
        let decide = |now| decide_at(now, ttl, &NEVER_STALE);
        assert_eq!(decide(at(1060) - TICK), Decision::Serve { left: TICK });
        assert_eq!(decide(at(1060)), Decision::Compute);
        assert_eq!(decide(at(5000)), Decision::Compute);
    }
}

#[test]
fn a_stale_entry_is_served_until_its_bound_and_not_one_millisecond_past_it() {
    let decide = |now| decide_at(now, Some(TTL), &STALE);
    let late = |late| Decision::ServeStale { late };

    assert_eq!(decide(at(1060)), late(Duration::ZERO));
    assert_eq!(decide(at(1070) - TICK), late(Duration::from_millis(9_999)));
    assert_eq!(decide(at(1070)), Decision::Fallback);
    assert_eq!(decide(at(1090) - TICK), Decision::Fallback);
    assert_eq!(decide(at(1090)), Decision::Compute);
}

#[test]
fn an_entry_stands_in_for_an_error_until_its_bound() {
    let late = |now| late_if_error(&entry(), Some(TTL), &STALE, now);

    assert_eq!(late(at(1060)), Some(Duration::ZERO));
    assert_eq!(late(at(1090) - TICK), Some(Duration::from_millis(29_999)));
    assert_eq!(late(at(1090)), None);
}

#[test]
fn a_ttl_shortened_since_the_write_holds_for_old_entries_fresh_and_stale() {
    let shorter = Some(Duration::from_secs(10));
    let left = Duration::from_secs(6);

    assert_eq!(
        decide_at(at(1004), shorter, &NEVER_STALE),
        Decision::Serve { left }
    );
    assert_eq!(
        decide_at(at(1010), shorter, &NEVER_STALE),
        Decision::Compute
    );
    assert_eq!(decide_at(at(1020), shorter, &STALE), Decision::Fallback);
    assert_eq!(decide_at(at(1040), shorter, &STALE), Decision::Compute);
}

#[test]
fn a_ttl_lengthened_since_the_write_does_not_lengthen_old_entries() {
    let longer = Some(Duration::from_mins(10));

    assert_eq!(decide_at(at(1060), longer, &NEVER_STALE), Decision::Compute);
}

#[test]
fn a_clock_set_back_does_not_keep_an_entry_fresh() {
    let left = TTL + CLOCK_SKEW;
    let decide = |now| decide_at(now, Some(TTL), &STALE);

    assert_eq!(decide(at(1000) - CLOCK_SKEW), Decision::Serve { left });
    assert_eq!(decide(at(1000) - CLOCK_SKEW - TICK), Decision::Compute);
    assert_eq!(decide(at(0)), Decision::Compute);
    assert_eq!(late_if_error(&entry(), None, &STALE, at(0)), None);
}

#[test]
fn an_early_refresh_is_drawn_for_each_read() {
    let eager = Freshness {
        early: 1.0,
        ..NEVER_STALE
    };
    let left = Duration::from_secs(5);
    let decide = |random| decide(&entry(), Some(TTL), &eager, at(1055), random);

    // It took 10 s to compute, so the window opens 10 s before the end at this draw …
    assert_eq!(
        decide(1.0 / std::f64::consts::E),
        Decision::ServeAndRefresh { left }
    );
    // … and at the end at this one.
    assert_eq!(decide(1.0), Decision::Serve { left });
}

#[test]
fn the_cost_is_the_time_the_computation_took() {
    assert_eq!(entry().cost, Duration::from_secs(10));
    assert_eq!(times(TTL, at(1010), at(1000)).unwrap().cost, Duration::ZERO);
}

#[test]
fn a_ttl_of_nothing_stores_nothing_and_one_without_end_is_bounded() {
    assert_eq!(times(Duration::ZERO, at(0), at(0)), None);
    assert_eq!(times(Duration::from_micros(999), at(0), at(0)), None);
    assert_eq!(
        times(Duration::MAX, at(0), at(0)).unwrap().ttl(),
        Spec::MAX_TTL
    );
    assert_eq!(
        decide_at(at(1000), Some(Duration::ZERO), &STALE),
        Decision::Compute
    );
}

#[test]
fn an_entry_is_kept_as_long_as_it_may_be_served() {
    assert_eq!(retention(&entry(), &NEVER_STALE), TTL);
    assert_eq!(retention(&entry(), &STALE), TTL + Duration::from_secs(30));
}

#[test]
fn jitter_shortens_by_up_to_its_spread_and_never_lengthens() {
    let mut shortest = TTL;
    let mut longest = Duration::ZERO;
    let mut random = fastrand::Rng::with_seed(7);
    for _ in 0..10_000 {
        let mut digest = [0; 32];
        random.fill(&mut digest);
        let ttl = jittered(TTL, 0.1, &digest);
        assert_eq!(ttl, jittered(TTL, 0.1, &digest), "the digest alone decides");
        shortest = shortest.min(ttl);
        longest = longest.max(ttl);
    }
    assert!((TTL.mul_f64(0.9)..TTL.mul_f64(0.901)).contains(&shortest));
    assert!((TTL.mul_f64(0.999)..=TTL).contains(&longest));
}

#[test]
fn jitter_leaves_the_shortest_and_the_longest_ttl_within_bounds() {
    for digest in [[0; 32], [255; 32]] {
        for ttl in [Duration::from_millis(1), Spec::MAX_TTL, Duration::MAX] {
            let jittered = jittered(ttl, 0.5, &digest);
            let longest = ttl.min(Spec::MAX_TTL);
            assert!((Duration::from_millis(1)..=longest).contains(&jittered));
        }
        assert_eq!(jittered(TTL, 0.0, &digest), TTL);
        assert_eq!(jittered(Duration::ZERO, 0.1, &digest), Duration::ZERO);
    }
}
