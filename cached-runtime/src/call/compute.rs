//! What is computed where the cache does not answer: by which call, for whom else, and what is stored of it.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use super::look::freshness_of;
use super::missing::{Computed, Concluded, Reason, refuse};
use super::run::{Limit, Run};
use super::{Call, EntryOf, output_of};
use crate::absence::Absences;
use crate::background::wait_or_leave;
use crate::entry::{Content, Entry};
use crate::flight::{Boarding, Landed, Lead, Seat};
use crate::key::Key;
use crate::outcome::{Bypass, Outcome, Stored};
use crate::output::{Output, Storable};
use crate::policy::{self, Admission, Lifetime};
use crate::refusal::Refusal;
use crate::report::{count_follower, count_write, report};
use crate::runtime::Engine;
use crate::spec::Spec;
use crate::tier::Remote;

/// What a read may take before the write after it gets a timer of its own.
const WORTH_A_TIMER: Duration = Duration::from_millis(1);

/// A call that runs the function itself, and for which others may wait.
pub(super) struct Leading {
    pub(super) run: Run,
    pub(super) lead: Lead,
    pub(super) started: SystemTime,
}

/// What its run came to.
pub(super) struct Led<O> {
    pub(super) output: O,
    pub(super) lead: Lead,
    pub(super) started: SystemTime,
}

/// What a call has handed to all who wait for it.
pub(super) struct Landing<O, K: Output<O>, N: Absences<O>> {
    entry: EntryOf<O, K, N>,
    is_failure: bool,
    /// The write that is still to be done, or why there is none.
    write: Result<Write, Stored>,
}

/// A write of what has landed.
struct Write {
    lead: Lead,
    envelope: Vec<u8>,
    kept_for: Duration,
}

/// Why a call does not take the value that another has landed.
enum Unshared {
    /// It is not fresh any more.
    Expired,
    /// The codec does not give back what it took.
    Unreadable,
}

/// What is stored of an output.
struct Kept<E> {
    entry: E,
    is_failure: bool,
}

/// An output of which nothing is stored.
struct Unkept<O> {
    output: O,
    is_failure: bool,
}

impl<O, K, L, A, N> Call<O, K, L, A, N>
where
    K: Output<O, Stored: Storable>,
    L: Lifetime<K::Stored>,
    A: Admission<K::Stored>,
    N: Absences<O>,
{
    /// Returns the lead of the call, for it to run the function.
    ///
    /// `ttl` is the lifetime of every value, where it does not depend on the value.
    ///
    /// # Errors
    /// Returns the end of a call that was given what another one computed, or that is refused.
    pub(super) async fn board(
        spec: &'static Spec,
        ttl: Option<Duration>,
        engine: &Engine,
        key: &Key,
        seat: Seat,
        reason: Reason,
    ) -> Result<Leading, Concluded<O>> {
        let (mut seat, limit) = (seat, Limit::of(spec));
        let lead = loop {
            let boarding = if spec.is_shared() {
                limit.wait(seat.board()).await.map_err(Err)?
            } else {
                Boarding::Lead(seat.alone())
            };
            let landed = match boarding {
                Boarding::Lead(lead) => break lead,
                Boarding::Landed(landed) => landed,
            };
            match Self::open(spec, ttl, engine, key, &landed) {
                Ok((output, is_failure)) => {
                    count_follower(spec);
                    return Err(Ok(Computed {
                        output,
                        outcome: reason.outcome(Stored::Collapsed),
                        is_collapsed: true,
                        is_failure,
                    }));
                }
                Err(Unshared::Expired) => seat = engine.flights.enter_after(key, &landed),
                Err(Unshared::Unreadable) => break engine.flights.enter(key).alone(),
            }
        };
        Leading::start(engine, lead, limit).map_err(Err)
    }

    /// Hands what this call has computed to all who wait for it, and returns what is still to be
    /// [stored](Landing::store) of it.
    ///
    /// # Errors
    /// Returns the end of a call of whose output nothing is stored.
    pub(super) fn land(
        self,
        engine: &Engine,
        key: &Key,
        reason: Reason,
        led: Led<O>,
    ) -> Result<Landing<O, K, N>, Concluded<O>> {
        let spec = self.spec;
        let Led {
            output,
            lead,
            started,
        } = led;
        let Kept { entry, is_failure } = match self.keep(output, engine, key, reason, started) {
            Ok(kept) => kept,
            Err(Unkept { output, is_failure }) => {
                if is_failure {
                    lead.fail();
                } else {
                    lead.release();
                }
                let stored = Stored::NotAdmitted;
                return Err(Ok(Computed::led(output, reason, stored, is_failure)));
            }
        };
        let kept_for = policy::retention(&entry.times, freshness_of(spec, &entry.content));
        let is_wanted = reason.fault.is_none() || lead.has_company();
        let write = match is_wanted.then(|| engine.tier.seal(key, &entry, spec)) {
            Some(Ok(envelope)) => {
                lead.land(Arc::from(&envelope[..]));
                match reason.fault {
                    Some(_) => Err(Stored::NotAdmitted),
                    // Switched off while the function ran.
                    None if engine.switch.is_off(spec) => Err(Stored::SwitchedOff),
                    None => Ok(Write {
                        lead,
                        envelope,
                        kept_for,
                    }),
                }
            }
            Some(Err(fault)) => {
                lead.release();
                Err(Stored::from_fault(&fault))
            }
            None => Err(Stored::NotAdmitted),
        };
        Ok(Landing {
            entry,
            is_failure,
            write,
        })
    }

    /// Returns what is to be stored of `output`.
    ///
    /// # Errors
    /// Returns an output of which nothing is stored, and whether it is an error.
    fn keep(
        self,
        output: O,
        engine: &Engine,
        key: &Key,
        reason: Reason,
        started: SystemTime,
    ) -> Result<Kept<EntryOf<O, K, N>>, Unkept<O>> {
        let now = engine.clock.now();
        let is_failure = K::is_failure(&output);
        let unkept = |output| Unkept { output, is_failure };
        // An error does not replace a value that may still be served; a forced call has not looked for one.
        if is_failure && (reason.has_stale || reason.is_forced) {
            return Err(unkept(output));
        }
        let times = |ttl| {
            let ttl = policy::jittered(ttl, engine.jitter, key.digest());
            policy::times(ttl, started, now)
        };
        let (content, times) = match K::split(output) {
            Ok(value) => {
                let ttl = self.lifetime.lifetime(&value).or(self.ttl);
                let ttl = ttl.filter(|_| self.admission.admits(&value));
                (Content::Value(value), ttl.and_then(times))
            }
            Err(output) => {
                let (absence, ttl) = self.absences.admit(output).map_err(unkept)?;
                (Content::Absence(absence), times(ttl))
            }
        };
        let Some(times) = times else {
            let output = output_of::<O, K, N>(content).expect("what is not kept can be given back");
            return Err(unkept(output));
        };
        let entry = Entry { content, times };
        Ok(Kept { entry, is_failure })
    }

    /// Returns the output that another call has landed, and whether it is an error.
    ///
    /// What was computed while this call waited for it is as new as can be, and is for this call in any
    /// case: with a TTL shorter than it takes to wake those who wait, they would all compute.
    ///
    /// # Errors
    /// Returns why it is not for this call.
    fn open(
        spec: &'static Spec,
        ttl: Option<Duration>,
        engine: &Engine,
        key: &Key,
        landed: &Landed,
    ) -> Result<(O, bool), Unshared> {
        let entry = engine.tier.open(key, &landed.envelope, spec);
        let entry: EntryOf<O, K, N> = entry.map_err(|_| Unshared::Unreadable)?;
        let ttl = ttl.filter(|_| matches!(entry.content, Content::Value(_)));
        if landed.is_earlier && !policy::is_fresh(&entry.times, ttl, engine.clock.now()) {
            return Err(Unshared::Expired);
        }
        let output = output_of::<O, K, N>(entry.content).ok_or(Unshared::Unreadable)?;
        let is_failure = K::is_failure(&output);
        Ok((output, is_failure))
    }

    /// Returns the output of a call that the cache was not asked for, and reports that.
    pub(super) fn bypassed(self, reason: Bypass, ran: Result<O, Refusal>) -> O {
        report(self.spec, Outcome::Bypass { reason }, false);
        ran.unwrap_or_else(|refusal| refuse(self.refuse, refusal))
    }
}

impl Leading {
    /// Returns a lead that runs the function.
    ///
    /// # Errors
    /// Returns a refusal when it may not run; the lead goes on to nobody then.
    pub(super) fn start(engine: &Engine, lead: Lead, limit: Limit) -> Result<Self, Refusal> {
        match limit.start() {
            Ok(run) => Ok(Self {
                run,
                lead,
                started: engine.clock.now(),
            }),
            Err(refusal) => {
                lead.release();
                Err(refusal)
            }
        }
    }
}

impl<O, K: Output<O>, N: Absences<O>> Landing<O, K, N> {
    /// Stores what has landed, and returns the output with what came of that.
    // Not a part of `land`: the future would hold the output across the write, and would be `Send`
    // only where an output of which nothing is stored is.
    pub(super) async fn store(
        self,
        spec: &'static Spec,
        engine: &Arc<Engine>,
        key: &Key,
        reason: Reason,
    ) -> Computed<O> {
        let stored = match self.write {
            Ok(write) => write.run(spec, engine, key, reason).await,
            Err(unwritten) => unwritten,
        };
        let output = output_of::<O, K, N>(self.entry.content);
        let output = output.expect("what is kept can be given back");
        Computed::led(output, reason, stored, self.is_failure)
    }
}

impl Write {
    /// Returns what became of the value in the time that the call waits for that.
    async fn run(
        self,
        spec: &'static Spec,
        engine: &Arc<Engine>,
        key: &Key,
        reason: Reason,
    ) -> Stored {
        let Self {
            lead,
            envelope,
            kept_for,
        } = self;
        let (began, bytes) = (Instant::now(), envelope.len());
        let set = if reason.is_forced {
            Remote::replace
        } else {
            Remote::put
        };
        let stored = match write_wait(engine, spec, key, reason) {
            None => {
                let set = set(&engine.tier, key, envelope, kept_for);
                lead.write(set).await
            }
            Some(wait) => {
                let (home, key) = (Arc::clone(engine), key.clone());
                // With its lead, so that an invalidation reaches it whether or not the call waits.
                let writing =
                    async move { lead.write(set(&home.tier, &key, envelope, kept_for)).await };
                let stored = wait_or_leave(wait, writing).await;
                stored.unwrap_or(Stored::WriteFailed)
            }
        };
        count_write(spec, began.elapsed(), bytes, stored);
        stored
    }
}

/// Returns for how long a call waits for its write, if not for as long as the store lets it.
///
/// What the read has taken is not there for the write: together they hold a call up for no longer than
/// one of them may; and nor do the two commands of a forced call while a secret is being replaced. A write
/// that is not waited for may still arrive.
fn write_wait(engine: &Engine, spec: &'static Spec, key: &Key, reason: Reason) -> Option<Duration> {
    let left = engine.longest_wait.saturating_sub(reason.read_for);
    let is_short = reason.read_for >= WORTH_A_TIMER && left < engine.write_timeout;
    let is_double = reason.is_forced && key.previous().is_some();
    let waits = [
        is_short.then_some(left),
        is_double.then_some(engine.write_timeout),
        spec.limits().write_timeout,
    ];
    waits.into_iter().flatten().min()
}
