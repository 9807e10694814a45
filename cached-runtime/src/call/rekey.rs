//! Entries under the previous key secret: found where there is none under the current one, and moved.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use super::look::{Served, freshness_of};
use super::missing::Missing;
use super::{Call, EntryOf};
use crate::absence::Absences;
use crate::companions::mode::{Answer, Mode, end_with};
use crate::flight::Seat;
use crate::key::Key;
use crate::outcome::Bypass;
use crate::output::{Output, Storable};
use crate::policy::{self, Admission, Lifetime};
use crate::report::{count_read, count_rekeyed, count_unreadable, count_write};
use crate::runtime::Engine;
use crate::spec::Spec;

/// An entry found under the previous secret, as it is stored under the current one for the rest of its
/// life.
pub(super) struct Moved {
    envelope: Vec<u8>,
    ttl: Duration,
}

impl<O, K, L, A, N> Call<O, K, L, A, N>
where
    K: Output<O, Stored: Storable>,
    L: Lifetime<K::Stored>,
    A: Admission<K::Stored>,
    N: Absences<O>,
{
    /// Returns what there is to serve under the `previous` secret of `key`, and reports that; within what
    /// the first look has left of the read timeout.
    pub(super) async fn look_back(
        &self,
        engine: &Engine,
        key: &Key,
        previous: &Key,
        mode: Mode,
        missing: &mut Missing<O, K::Stored>,
    ) -> Option<Served<O>> {
        let (began, limits) = (Instant::now(), self.spec.limits());
        let limit = limits.read_timeout.unwrap_or(engine.read_timeout);
        let left = limit
            .min(engine.read_timeout)
            .saturating_sub(missing.read_for);
        let found = engine.tier.get(previous, self.spec, Some(left)).await;
        let took = began.elapsed();
        missing.read_for += took;
        count_read(self.spec, &found, took);
        match found {
            Ok(Some(entry)) => {
                let now = engine.clock.now();
                let moved = match mode {
                    Mode::Peek => None,
                    _ => self.moved(&entry, engine, key, now),
                };
                match self.serve(entry, now, mode) {
                    Ok(served) => return Some(Served { moved, ..served }),
                    Err(stale) => missing.stale = stale,
                }
            }
            Ok(None) => {}
            Err(fault) if fault.is_unreadable() => count_unreadable(self.spec, &fault),
            Err(fault) if mode == Mode::Peek => end_with(Answer::Fault(fault)).await,
            // The first look has said that there is nothing: a miss, whatever the second had no time for.
            Err(fault) if fault.is_timeout() => {}
            Err(fault) => missing.fault = Some(Bypass::from_fault(&fault)),
        }
        None
    }

    /// Returns what to store of `entry` under `key`; nothing where it has lived its life.
    fn moved(
        &self,
        entry: &EntryOf<O, K, N>,
        engine: &Engine,
        key: &Key,
        now: SystemTime,
    ) -> Option<Moved> {
        let life = policy::retention(&entry.times, freshness_of(self.spec, &entry.content));
        let age = now.duration_since(entry.times.created_at);
        let ttl = life.checked_sub(age.unwrap_or_default())?;
        let envelope = engine.tier.seal(key, entry, self.spec).ok()?;
        (ttl >= Duration::from_millis(1)).then_some(Moved { envelope, ttl })
    }
}

/// Stores an entry that has moved, if one has, in the background, unless it was invalidated meanwhile or
/// another call is about to store the value.
pub(super) fn store_moved(
    spec: &'static Spec,
    engine: &Arc<Engine>,
    key: Key,
    seat: Seat,
    moved: Option<Moved>,
) {
    let Some(Moved { envelope, ttl }) = moved else {
        return;
    };
    let Some(lead) = seat.try_lead() else { return };
    lead.land(Arc::from(&envelope[..]));
    let home = Arc::clone(engine);
    engine.background.spawn(async move {
        let (began, bytes) = (Instant::now(), envelope.len());
        let put = home.tier.put(&key, envelope, ttl);
        let stored = lead.write(put).await;
        count_write(spec, began.elapsed(), bytes, stored);
        count_rekeyed(spec, stored);
    });
}
