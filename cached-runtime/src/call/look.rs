//! Where the value of a call is, and what the cache has to serve there.

use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use super::missing::Missing;
use super::rekey::Moved;
use super::{Call, EntryOf, output_of};
use crate::absence::Absences;
use crate::companions::mode::{Answer, Mode, end_with};
use crate::entry::{Content, Entry, Times};
use crate::key::{Fingerprint, Key};
use crate::outcome::{Bypass, Outcome, Stale};
use crate::output::{Output, Storable};
use crate::policy::{self, Admission, Decision, Lifetime};
use crate::report::{count_read, count_saved, count_unreadable, report};
use crate::runtime::{self, Engine, Place};
use crate::spec::{Freshness, Spec};

/// An output from the cache.
pub(super) struct Served<O> {
    pub(super) output: O,
    /// Whether the function is to run behind it.
    pub(super) is_refreshed: bool,
    /// What is to be stored under the current secret behind it, if it is not refreshed.
    pub(super) moved: Option<Moved>,
}

impl<O, K, L, A, N> Call<O, K, L, A, N>
where
    K: Output<O, Stored: Storable>,
    L: Lifetime<K::Stored>,
    A: Admission<K::Stored>,
    N: Absences<O>,
{
    /// Returns where the value of this call is, or why the cache is not asked.
    pub(super) async fn locate(&self, mode: Mode) -> Result<Place, Bypass> {
        match (mode, self.place(mode)) {
            (Mode::Locate, place) => end_with(Answer::Place(place)).await,
            (Mode::Peek, Err(_)) => end_with(Answer::Nothing).await,
            (Mode::Uncached, _) => Err(Bypass::Uncached),
            (_, place) => place,
        }
    }

    fn place(&self, mode: Mode) -> Result<Place, Bypass> {
        let engine = runtime::engine(self.cache.as_ref())?;
        if mode != Mode::Locate && engine.switch.is_off(self.spec) {
            return Err(Bypass::SwitchedOff);
        }
        let arguments = self.arguments.as_ref().map_err(|_| Bypass::Unkeyable)?;
        let fingerprint = if N::STORES_ERRORS {
            Fingerprint::of::<(K::Stored, N::Error)>()
        } else {
            Fingerprint::of::<K::Stored>()
        };
        let key = engine.keys.key(self.spec, fingerprint, arguments);
        Ok((engine, key))
    }

    /// Returns what the cache has to serve, and reports that.
    ///
    /// # Errors
    /// Returns the call where it has nothing.
    pub(super) async fn look(
        &self,
        engine: &Engine,
        key: &Key,
        mode: Mode,
    ) -> Result<Served<O>, Missing<O, K::Stored>> {
        let mut missing = Missing {
            spec: self.spec,
            ttl: self.ttl,
            refuse: self.refuse,
            stale: None,
            fault: None,
            read_for: Duration::ZERO,
            is_forced: mode == Mode::Refresh,
        };
        if mode == Mode::Refresh {
            return Err(missing);
        }
        let began = Instant::now();
        let wait = self.spec.limits().read_timeout;
        let found = engine.tier.get(key, self.spec, wait).await;
        missing.read_for = began.elapsed();
        count_read(self.spec, &found, missing.read_for);
        let has_entry = matches!(found, Ok(Some(_)));
        match found {
            Ok(Some(entry)) => match self.serve(entry, engine.clock.now(), mode) {
                Ok(served) => return Ok(served),
                Err(stale) => missing.stale = stale,
            },
            Ok(None) => {}
            // What is stored next replaces what cannot be read.
            Err(fault) if fault.is_unreadable() => count_unreadable(self.spec, &fault),
            Err(fault) if mode == Mode::Peek => end_with(Answer::Fault(fault)).await,
            Err(fault) => missing.fault = Some(Bypass::from_fault(&fault)),
        }
        if let Some(previous) = key.previous()
            && missing.fault.is_none()
            && !has_entry
        {
            let look = self.look_back(engine, key, previous, mode, &mut missing);
            if let Some(served) = Box::pin(look).await {
                return Ok(served);
            }
        }
        if mode == Mode::Peek {
            end_with(Answer::Nothing).await;
        }
        Err(missing)
    }

    /// Returns the output in an entry, and reports it, if it is to be served.
    ///
    /// # Errors
    /// Returns the value that may be served if the function fails, if the entry is one.
    pub(super) fn serve(
        &self,
        entry: EntryOf<O, K, N>,
        now: SystemTime,
        mode: Mode,
    ) -> Result<Served<O>, Option<(K::Stored, Times)>> {
        let Entry { content, times } = entry;
        let ttl = match &content {
            Content::Value(_) => self.ttl,
            Content::Absence(_) => None,
        };
        let freshness = freshness_of(self.spec, &content);
        // Drawn from (0, 1].
        let random = 1.0 - fastrand::f64();
        let (outcome, is_refreshed) = match policy::decide(&times, ttl, freshness, now, random) {
            Decision::Serve { left } => (Outcome::Hit { ttl: left }, false),
            Decision::ServeAndRefresh { left } => (Outcome::Hit { ttl: left }, mode != Mode::Peek),
            Decision::ServeStale { late } if mode != Mode::Peek => {
                let reason = Stale::Revalidating;
                (Outcome::Stale { late, reason }, true)
            }
            Decision::Fallback => match content {
                Content::Value(value) => return Err(Some((value, times))),
                Content::Absence(_) => return Err(None),
            },
            Decision::ServeStale { .. } | Decision::Compute => return Err(None),
        };
        let output = output_of::<O, K, N>(content).ok_or(None)?;
        report(self.spec, outcome, false);
        count_saved(self.spec, times.cost);
        Ok(Served {
            output,
            is_refreshed,
            moved: None,
        })
    }
}

/// Returns how long an entry may be served when it is not fresh any more.
pub(super) fn freshness_of<T, A>(
    spec: &'static Spec,
    content: &Content<T, A>,
) -> &'static Freshness {
    match content {
        Content::Value(_) => spec.freshness(),
        Content::Absence(_) => &Freshness::NEVER_STALE,
    }
}
