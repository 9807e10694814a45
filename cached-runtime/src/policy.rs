//! What to do with an entry: arithmetic on times, without clocks, locks or I/O.

use std::time::{Duration, SystemTime};

use crate::entry::Times;
use crate::spec::Spec;

/// What a call does with the entry that it found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Serve it; it stays fresh for `ttl`.
    Serve { ttl: Duration },
    /// Compute a new one.
    Compute,
}

/// Returns what to do at `now` with an entry of these times.
///
/// An entry is fresh until its own deadline and never longer than the function's TTL of today, so
/// shortening the TTL takes effect on entries that are already stored.
pub(crate) fn decide(times: &Times, spec: &Spec, now: SystemTime) -> Decision {
    let deadline = times.fresh_until.min(times.created_at + spec.ttl());
    match deadline.duration_since(now) {
        Ok(ttl) if !ttl.is_zero() => Decision::Serve { ttl },
        _ => Decision::Compute,
    }
}

/// Returns the times of a value whose computation began at `started` and ended at `now`.
pub(crate) fn times(spec: &Spec, started: SystemTime, now: SystemTime) -> Times {
    Times {
        created_at: now,
        fresh_until: now + spec.ttl(),
        // A clock set back meanwhile makes the cost unknown, not the value.
        cost: now.duration_since(started).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    const TTL: Duration = Duration::from_mins(1);
    const SPEC: Spec = Spec::new("shop::price", TTL);
    const TICK: Duration = Duration::from_millis(1);

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn an_entry_is_served_until_its_deadline_and_not_at_it() {
        let times = times(&SPEC, at(990), at(1000));

        let last = decide(&times, &SPEC, at(1060) - TICK);
        assert_eq!(last, Decision::Serve { ttl: TICK });
        assert_eq!(decide(&times, &SPEC, at(1060)), Decision::Compute);
        assert_eq!(decide(&times, &SPEC, at(5000)), Decision::Compute);
    }

    #[test]
    fn a_ttl_shortened_since_the_write_holds_for_old_entries() {
        let times = times(&SPEC, at(1000), at(1000));
        let shorter = Spec::new("shop::price", Duration::from_secs(10));

        let decision = decide(&times, &shorter, at(1004));
        assert_eq!(
            decision,
            Decision::Serve {
                ttl: Duration::from_secs(6)
            }
        );
        assert_eq!(decide(&times, &shorter, at(1010)), Decision::Compute);
    }

    #[test]
    fn a_ttl_lengthened_since_the_write_does_not_lengthen_old_entries() {
        let times = times(&SPEC, at(1000), at(1000));
        let longer = Spec::new("shop::price", Duration::from_mins(10));

        assert_eq!(decide(&times, &longer, at(1060)), Decision::Compute);
    }

    #[test]
    fn the_cost_is_the_time_the_computation_took() {
        assert_eq!(
            times(&SPEC, at(990), at(1000)).cost,
            Duration::from_secs(10)
        );
        assert_eq!(times(&SPEC, at(1010), at(1000)).cost, Duration::ZERO);
    }
}
