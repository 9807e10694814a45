//! How long entries live and which are worth storing: arithmetic on times, without clocks, locks or
//! I/O.

use std::time::{Duration, SystemTime};

use crate::entry::Times;
use crate::spec::Spec;

/// Returns how much longer an entry of these times may be served, or `None` when it may not.
///
/// An entry is fresh until its own deadline, and never longer than the function's TTL of today where
/// that is known, so that shortening it takes effect on entries that are already stored.
pub(crate) fn time_left(times: &Times, ttl: Option<Duration>, now: SystemTime) -> Option<Duration> {
    let deadline = match ttl {
        Some(ttl) => times
            .fresh_until
            .min(times.created_at + within_bounds(ttl)?),
        None => times.fresh_until,
    };
    let left = deadline.duration_since(now).ok()?;
    (!left.is_zero()).then_some(left)
}

/// Returns the times of a value whose computation began at `started` and ended at `now`, or `None`
/// for a TTL so short that there is nothing to store.
pub(crate) fn times(ttl: Duration, started: SystemTime, now: SystemTime) -> Option<Times> {
    Some(Times {
        created_at: now,
        fresh_until: now + within_bounds(ttl)?,
        // A clock set back meanwhile makes the cost unknown, not the value.
        cost: now.duration_since(started).unwrap_or_default(),
    })
}

/// Returns a TTL that was computed at run time, shortened to the longest there is.
fn within_bounds(ttl: Duration) -> Option<Duration> {
    (ttl >= Duration::from_millis(1)).then(|| ttl.min(Spec::MAX_TTL))
}

/// What the attribute says of the lifetime of a value, if that depends on the value.
pub trait Lifetime<T> {
    /// Returns the lifetime of this value, or `None` where it is that of all.
    fn lifetime(self, value: &T) -> Option<Duration>;
}

/// What the attribute says of which values are stored.
pub trait Admission<T> {
    /// Returns true when this value is to be stored.
    fn admits(self, value: &T) -> bool;
}

/// The attribute says nothing.
#[derive(Clone, Copy, Debug)]
pub struct Unsaid;

impl<T> Lifetime<T> for Unsaid {
    fn lifetime(self, _: &T) -> Option<Duration> {
        None
    }
}

impl<T, F: FnOnce(&T) -> Duration> Lifetime<T> for F {
    fn lifetime(self, value: &T) -> Option<Duration> {
        Some(self(value))
    }
}

impl<T> Admission<T> for Unsaid {
    fn admits(self, _: &T) -> bool {
        true
    }
}

impl<T, F: FnOnce(&T) -> bool> Admission<T> for F {
    fn admits(self, value: &T) -> bool {
        self(value)
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    const TTL: Duration = Duration::from_mins(1);
    const TICK: Duration = Duration::from_millis(1);

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    /// Returns the times of an entry written at second 1000.
    fn entry() -> Times {
        times(TTL, at(990), at(1000)).unwrap()
    }

    #[test]
    fn an_entry_is_served_until_its_deadline_and_not_at_it() {
        for ttl in [Some(TTL), None] {
            assert_eq!(time_left(&entry(), ttl, at(1060) - TICK), Some(TICK));
            assert_eq!(time_left(&entry(), ttl, at(1060)), None);
            assert_eq!(time_left(&entry(), ttl, at(5000)), None);
        }
    }

    #[test]
    fn a_ttl_shortened_since_the_write_holds_for_old_entries() {
        let shorter = Some(Duration::from_secs(10));

        assert_eq!(
            time_left(&entry(), shorter, at(1004)),
            Some(Duration::from_secs(6))
        );
        assert_eq!(time_left(&entry(), shorter, at(1010)), None);
    }

    #[test]
    fn a_ttl_lengthened_since_the_write_does_not_lengthen_old_entries() {
        let longer = Some(Duration::from_mins(10));

        assert_eq!(time_left(&entry(), longer, at(1060)), None);
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
        assert_eq!(time_left(&entry(), Some(Duration::ZERO), at(1000)), None);
    }
}
