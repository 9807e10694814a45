//! How long entries live, when they are served and when computed anew: arithmetic on times, without
//! clocks, locks or I/O.

mod admission;
mod early;

use std::time::{Duration, SystemTime};

use crate::entry::Times;
use crate::spec::{Freshness, Spec};

pub(crate) use admission::{Admission, Lifetime, Said, Unsaid};

/// How far a clock may be behind that of the process that wrote an entry. An entry from further in
/// the future is not served: a clock that was set back would keep it fresh for so much longer.
const CLOCK_SKEW: Duration = Duration::from_secs(5);

/// What to do with an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Serve it: it is fresh for so long.
    Serve { left: Duration },
    /// Serve it, and compute it anew before it expires.
    ServeAndRefresh { left: Duration },
    /// Serve it, stale for so long, and compute it anew.
    ServeStale { late: Duration },
    /// Compute it anew, and serve it only if that fails.
    Fallback,
    /// Compute it anew.
    Compute,
}

/// Returns what to do with an entry of these times at `now`.
///
/// An entry is fresh until its own deadline, and never longer than the function's TTL of today where
/// that is known, so that shortening it takes effect on entries that are already stored. The windows in
/// which it is stale begin there, whatever happened since. `random` is drawn from (0, 1] for each read.
pub(crate) fn decide(
    times: &Times,
    ttl: Option<Duration>,
    freshness: &Freshness,
    now: SystemTime,
    random: f64,
) -> Decision {
    let Some(deadline) = deadline(times, ttl, now) else {
        return Decision::Compute;
    };
    match deadline.duration_since(now) {
        Ok(left) if !left.is_zero() => {
            let lifetime = deadline
                .duration_since(times.created_at)
                .unwrap_or_default();
            let refresh_at = early::refresh_at(lifetime, times.cost, freshness.early, random);
            if freshness.early > 0.0 && lifetime.saturating_sub(left) >= refresh_at {
                Decision::ServeAndRefresh { left }
            } else {
                Decision::Serve { left }
            }
        }
        past => {
            let late = past.map_or_else(|past| past.duration(), |_| Duration::ZERO);
            if late < freshness.stale_while_revalidate {
                Decision::ServeStale { late }
            } else if late < freshness.stale_if_error {
                Decision::Fallback
            } else {
                Decision::Compute
            }
        }
    }
}

/// Returns whether an entry of these times is fresh at `now`; see [`decide`] for `ttl`.
pub(crate) fn is_fresh(times: &Times, ttl: Option<Duration>, now: SystemTime) -> bool {
    deadline(times, ttl, now).is_some_and(|deadline| now < deadline)
}

/// Returns how long an entry has been stale, if it may be served in the place of an error.
pub(crate) fn late_if_error(
    times: &Times,
    ttl: Option<Duration>,
    freshness: &Freshness,
    now: SystemTime,
) -> Option<Duration> {
    let late = now.duration_since(deadline(times, ttl, now)?);
    // One that a clock set back has made fresh again is not stale at all.
    let late = late.unwrap_or_default();
    (late < freshness.stale_if_error).then_some(late)
}

/// Returns until when an entry is fresh, or `None` for one that is never served.
fn deadline(times: &Times, ttl: Option<Duration>, now: SystemTime) -> Option<SystemTime> {
    if times.created_at > now + CLOCK_SKEW {
        return None;
    }
    Some(match ttl {
        Some(ttl) => times
            .fresh_until
            .min(times.created_at + within_bounds(ttl)?),
        None => times.fresh_until,
    })
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

/// Returns how long an entry is kept: as long as it may be served, fresh or stale.
pub(crate) fn retention(times: &Times, freshness: &Freshness) -> Duration {
    let stale = freshness
        .stale_while_revalidate
        .max(freshness.stale_if_error);
    times.ttl() + stale
}

/// Returns `ttl` shortened by up to `spread` of it, from 0.0 to 1.0, so that entries written together
/// do not expire together. The same digest always gives the same TTL, in every process.
pub(crate) fn jittered(ttl: Duration, spread: f64, digest: &[u8; 32]) -> Duration {
    let ttl = ttl.min(Spec::MAX_TTL);
    let [.., a, b, c, d] = *digest;
    let draw = f64::from(u32::from_le_bytes([a, b, c, d])) / f64::from(u32::MAX);
    let shortest = ttl.min(Duration::from_millis(1));
    ttl.mul_f64(1.0 - spread * draw).clamp(shortest, ttl)
}

/// Returns a TTL that was computed at run time, shortened to the longest there is.
fn within_bounds(ttl: Duration) -> Option<Duration> {
    (ttl >= Duration::from_millis(1)).then(|| ttl.min(Spec::MAX_TTL))
}

#[cfg(test)]
mod tests;
