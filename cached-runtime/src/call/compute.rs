//! The user's future where the cache does not answer: shared with other calls, within its limits, its
//! value stored.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::time::{Instant, timeout};

use super::look::freshness_of;
use super::missing::{Computed, Reason, refuse};
use super::{Call, EntryOf};
use crate::absence::Absences;
use crate::background::wait_or_leave;
use crate::entry::{Content, Entry};
use crate::flight::{Boarding, Landed, Lead, Seat};
use crate::key::Key;
use crate::outcome::{Bypass, Outcome, Stored};
use crate::output::{Output, Storable};
use crate::policy::{self, Admission, Lifetime};
use crate::refusal::Refusal;
use crate::report::{count_follower, count_run, count_write, report};
use crate::runtime::Engine;
use crate::spec::Spec;
use crate::tier::Remote;

/// What a read may take before the write after it gets a timer of its own.
const WORTH_A_TIMER: Duration = Duration::from_millis(1);

/// The output of a call that the cache did not answer.
pub(super) enum Obtained<O> {
    /// It ran the function itself, and others may wait for what it lands.
    Led {
        output: O,
        lead: Lead,
        started: SystemTime,
    },
    /// Another call ran it.
    Shared { output: O, is_failure: bool },
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
    /// Returns the output of another call that computes at this time, or else that of `compute`, which is
    /// still to be [stored](Self::store).
    ///
    /// `ttl` is the lifetime of every value, where it does not depend on the value.
    pub(super) async fn share(
        spec: &'static Spec,
        ttl: Option<Duration>,
        engine: &Engine,
        key: &Key,
        seat: Seat,
        compute: impl Future<Output = O>,
    ) -> Result<Obtained<O>, Refusal> {
        let mut seat = seat;
        let lead = loop {
            let boarding = if spec.is_shared() {
                seat.board().await
            } else {
                Boarding::Lead(seat.alone())
            };
            let landed = match boarding {
                Boarding::Lead(lead) => break lead,
                Boarding::Landed(landed) => landed,
            };
            match Self::open(spec, ttl, engine, key, &landed) {
                Ok((output, is_failure)) => return Ok(Obtained::Shared { output, is_failure }),
                Err(Unshared::Expired) => seat = engine.flights.enter_after(key, &landed),
                Err(Unshared::Unreadable) => break engine.flights.enter(key).alone(),
            }
        };
        Self::lead(spec, engine, lead, compute).await
    }

    /// Returns the output of `compute`, which is still to be [stored](Self::store).
    pub(super) async fn lead(
        spec: &'static Spec,
        engine: &Engine,
        lead: Lead,
        compute: impl Future<Output = O>,
    ) -> Result<Obtained<O>, Refusal> {
        let running = match spec.start() {
            Ok(running) => running,
            Err(refusal) => {
                lead.release();
                return Err(refusal);
            }
        };
        let started = engine.clock.now();
        let output = timed(spec, compute).await;
        drop(running);
        Ok(Obtained::Led {
            output,
            lead,
            started,
        })
    }

    /// Hands what this call has computed to all who wait for it, stores it, and says what came of that.
    ///
    /// # Errors
    /// Returns the refusal of a call that obtained nothing.
    pub(super) async fn store(
        self,
        engine: &Arc<Engine>,
        key: &Key,
        reason: Reason,
        obtained: Result<Obtained<O>, Refusal>,
    ) -> Result<Computed<O>, Refusal> {
        let spec = self.spec;
        let (output, lead, started) = match obtained? {
            Obtained::Led {
                output,
                lead,
                started,
            } => (output, lead, started),
            Obtained::Shared { output, is_failure } => {
                count_follower(spec);
                return Ok(Computed {
                    output,
                    outcome: reason.outcome(Stored::Collapsed),
                    is_collapsed: true,
                    is_failure,
                });
            }
        };
        let computed = |output, stored, is_failure| Computed {
            output,
            outcome: reason.outcome(stored),
            is_collapsed: false,
            is_failure,
        };
        let kept = match self.keep(output, engine, key, reason, started) {
            Ok(kept) => kept,
            Err(Unkept { output, is_failure }) => {
                if is_failure {
                    lead.fail();
                } else {
                    lead.release();
                }
                return Ok(computed(output, Stored::NotAdmitted, is_failure));
            }
        };
        let Kept { entry, is_failure } = kept;
        let kept_for = policy::retention(&entry.times, freshness_of(spec, &entry.content));
        // Encoded first: a reference to the value must not live across the write, nor must an output
        // of which nothing is stored, or the future would be `Send` only where they are.
        let is_wanted = reason.fault.is_none() || lead.has_company();
        let stored = match is_wanted.then(|| engine.tier.seal(key, &entry, spec)) {
            Some(Ok(envelope)) => {
                lead.land(Arc::from(&envelope[..]));
                match reason.fault {
                    Some(_) => Stored::NotAdmitted,
                    // Switched off while the function ran.
                    None if engine.switch.is_off(spec) => Stored::SwitchedOff,
                    None => write(spec, engine, key, lead, reason, envelope, kept_for).await,
                }
            }
            Some(Err(fault)) => {
                lead.release();
                Stored::from_fault(&fault)
            }
            None => Stored::NotAdmitted,
        };
        let output = Self::output(entry.content).expect("what is kept can be given back");
        Ok(computed(output, stored, is_failure))
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
            let output = Self::output(content).expect("what is not kept can be given back");
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
        let output = Self::output(entry.content).ok_or(Unshared::Unreadable)?;
        let is_failure = K::is_failure(&output);
        Ok((output, is_failure))
    }

    /// Computes without the cache, within the limits of the function.
    pub(super) async fn bypass(self, reason: Bypass, compute: impl Future<Output = O>) -> O {
        let (spec, refused) = (self.spec, self.refuse);
        let computed = within_hard_timeout(spec, async {
            let _running = spec.start()?;
            Ok(timed(spec, compute).await)
        });
        let computed = computed.await;
        report(spec, Outcome::Bypass { reason }, false);
        computed.unwrap_or_else(|refusal| refuse(refused, refusal))
    }
}

/// Stores the value that has landed, and returns what became of it in the time that the call waits for that.
async fn write(
    spec: &'static Spec,
    engine: &Arc<Engine>,
    key: &Key,
    lead: Lead,
    reason: Reason,
    envelope: Vec<u8>,
    ttl: Duration,
) -> Stored {
    let (began, bytes) = (Instant::now(), envelope.len());
    let set = if reason.is_forced {
        Remote::replace
    } else {
        Remote::put
    };
    let stored = match write_wait(engine, spec, key, reason) {
        None => lead.write(set(&engine.tier, key, envelope, ttl)).await,
        Some(wait) => {
            let (home, key) = (Arc::clone(engine), key.clone());
            // With its lead, so that an invalidation reaches it whether or not the call waits.
            let writing = async move { lead.write(set(&home.tier, &key, envelope, ttl)).await };
            let stored = wait_or_leave(wait, writing).await;
            stored.unwrap_or(Stored::WriteFailed)
        }
    };
    count_write(spec, began.elapsed(), bytes, stored);
    stored
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

/// Runs a function, and counts how long that takes.
async fn timed<O>(spec: &'static Spec, compute: impl Future<Output = O>) -> O {
    let began = Instant::now();
    let output = compute.await;
    count_run(spec, began.elapsed());
    output
}

/// Waits for the function, run by this call or by another, for as long as it may take.
///
/// What the cache does with its output is not a part of that: it would make an error of an answer.
pub(super) async fn within_hard_timeout<T>(
    spec: &'static Spec,
    computing: impl Future<Output = Result<T, Refusal>>,
) -> Result<T, Refusal> {
    match spec.limits().hard_timeout {
        None => computing.await,
        Some(limit) => timeout(limit, computing)
            .await
            .unwrap_or_else(|_| Err(Refusal::timeout(spec.name(), limit))),
    }
}
