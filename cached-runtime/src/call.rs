//! The path of one call: policy, tier, flight, and the user's future where they do not answer.
//!
//! Below, a fault is a `Result`. Here it becomes a computed value and an outcome that counts.

mod missing;
mod options;

use std::future::Future;
use std::marker::PhantomData;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::time::timeout;

use self::missing::{Computed, Missing, Reason};
use crate::absence::{Absence, Absences, Unstored};
use crate::companions::mode::{Answer, Mode, end_with};
use crate::entry::{Content, Entry, Times};
use crate::error::Error;
use crate::flight::{Boarding, Lead, Seat};
use crate::key::{Arguments, Fingerprint, Key};
use crate::outcome::{Bypass, Outcome, Stale, Stored};
use crate::output::{Output, Storable};
use crate::policy::{self, Admission, Decision, Lifetime, Unsaid};
use crate::refusal::Refusal;
use crate::report::{count_unreadable, report};
use crate::runtime::{self, Cache, Engine, Place};
use crate::spec::{Freshness, Spec};

/// One call of a cached function, as its expansion describes it; [`run`](Self::run) makes it.
///
/// `K` divides the output `O` into what is stored and the rest. `L`, `A` and `N` are what the
/// attribute says of the lifetime of values, of their admission and of absences.
#[must_use]
pub struct Call<O, K, L, A, N> {
    spec: &'static Spec,
    cache: Option<Cache>,
    arguments: Result<Arguments, Error>,
    /// The lifetime of every value, where it does not depend on the value.
    ttl: Option<Duration>,
    lifetime: L,
    admission: A,
    absences: N,
    /// Makes the output of a call that is refused, where a call may be.
    refuse: Option<fn(Refusal) -> O>,
    types: PhantomData<fn() -> (O, K)>,
}

/// Returns a call with the settings that a function has by default.
pub fn call<O, K: Output<O>>(
    spec: &'static Spec,
    _: K,
    arguments: Result<Arguments, Error>,
) -> Call<O, K, Unsaid, Unsaid, Unstored> {
    Call {
        spec,
        cache: None,
        arguments,
        ttl: spec.ttl(),
        lifetime: Unsaid,
        admission: Unsaid,
        absences: Unstored,
        refuse: None,
        types: PhantomData,
    }
}

/// What a call stores.
type EntryOf<O, K, N> = Entry<<K as Output<O>>::Stored, Absence<<N as Absences<O>>::Error>>;

/// An output from the cache.
struct Served<O> {
    output: O,
    /// Whether the function is to run behind it.
    is_refreshed: bool,
}

// The methods that expansions call have their bounds themselves: where those of an `impl` are not met,
// rustc says that there is no such method, and not what the traits say to do.
impl<O, K: Output<O>, L, A, N> Call<O, K, L, A, N> {
    /// Returns the cached output of the call, or that of `compute`, which is polled only when
    /// needed. Dropping the future drops `compute`.
    pub async fn run(self, compute: impl Future<Output = O>) -> O
    where
        K: Output<O, Stored: Storable>,
        L: Lifetime<K::Stored>,
        A: Admission<K::Stored>,
        N: Absences<O>,
    {
        let compute = pin!(compute);
        let (spec, mode) = (self.spec, Mode::take());
        let (engine, key) = match self.locate(mode).await {
            Ok(place) => place,
            Err(reason) => return self.bypass(reason, compute).await,
        };
        let seat = take_seat(&engine, &key, mode);
        let missing = match self.look(&engine, &key, mode).await {
            Ok(served) => return served.output,
            Err(missing) => missing,
        };
        let shared = self.share(&engine, &key, seat, missing.reason(), compute);
        let computed = within_hard_timeout(spec, shared).await;
        missing.conclude::<K>(computed, engine.clock.now())
    }

    /// As [`run`](Self::run), for a `compute` that may go on in the background. Dropping the future
    /// does not drop a `compute` that does.
    pub async fn run_owned(self, compute: impl Future<Output = O> + Send + 'static) -> O
    where
        O: Send + 'static,
        K: Output<O, Stored: Storable + Send> + 'static,
        L: Lifetime<K::Stored> + Send + 'static,
        A: Admission<K::Stored> + Send + 'static,
        N: Absences<O, Error: Send> + Send + 'static,
    {
        let (spec, mode) = (self.spec, Mode::take());
        let (engine, key) = match self.locate(mode).await {
            Ok(place) => place,
            Err(reason) => return self.bypass(reason, compute).await,
        };
        let seat = take_seat(&engine, &key, mode);
        let home = Arc::clone(&engine);
        let mut missing = match self.look(&engine, &key, mode).await {
            Ok(served) => {
                if served.is_refreshed
                    && let Some(lead) = seat.try_lead()
                {
                    engine.background.spawn(runtime::within_scope(async move {
                        let computed = self.lead(&home, &key, lead, Reason::REFRESH, compute);
                        missing::count(spec, &within_hard_timeout(spec, computed).await);
                    }));
                }
                return served.output;
            }
            Err(missing) => missing,
        };
        let reason = missing.reason();
        let mut computing = Box::pin(async move {
            let computed = self.share(&home, &key, seat, reason, compute);
            within_hard_timeout(spec, computed).await
        });
        if let Some(limit) = spec.limits().soft_timeout.filter(|_| reason.has_stale) {
            match timeout(limit, &mut computing).await {
                Ok(computed) => return missing.conclude::<K>(computed, engine.clock.now()),
                Err(_) => match missing.stand_in::<K>(Stale::SoftTimeout, engine.clock.now()) {
                    Ok(output) => {
                        let go_on = async move { missing::count(spec, &computing.await) };
                        engine.background.spawn(runtime::within_scope(go_on));
                        return output;
                    }
                    Err(without) => missing = without,
                },
            }
        }
        missing.conclude::<K>(computing.await, engine.clock.now())
    }
}

impl<O, K, L, A, N> Call<O, K, L, A, N>
where
    K: Output<O, Stored: Storable>,
    L: Lifetime<K::Stored>,
    A: Admission<K::Stored>,
    N: Absences<O>,
{
    /// Returns where the value of this call is, or why the cache is not asked.
    async fn locate(&self, mode: Mode) -> Result<Place, Bypass> {
        match (mode, self.place()) {
            (Mode::Locate, place) => end_with(Answer::Place(place)).await,
            (Mode::Peek, Err(_)) => end_with(Answer::Nothing).await,
            (Mode::Uncached, _) => Err(Bypass::Uncached),
            (_, place) => place,
        }
    }

    fn place(&self) -> Result<Place, Bypass> {
        let engine = runtime::engine(self.cache.as_ref())?;
        let arguments = self.arguments.as_ref().map_err(|_| Bypass::Unkeyable)?;
        let fingerprint = Fingerprint::of::<K::Stored>();
        let key = engine.keys.key(self.spec, fingerprint, arguments);
        Ok((engine, key))
    }

    /// Returns what the cache has to serve, and reports that.
    ///
    /// # Errors
    /// Returns the call where it has nothing.
    async fn look(
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
        };
        if mode == Mode::Refresh {
            return Err(missing);
        }
        match engine.tier.get(key, self.spec.limits()).await {
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
        if mode == Mode::Peek {
            end_with(Answer::Nothing).await
        }
        Err(missing)
    }

    /// Returns the output in an entry, and reports it, if it is to be served.
    ///
    /// # Errors
    /// Returns the value that may be served if the function fails, if the entry is one.
    fn serve(
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
        let output = Self::output(content).ok_or(None)?;
        report(self.spec, outcome, false);
        Ok(Served {
            output,
            is_refreshed,
        })
    }

    /// Returns the output of another call that computes at this time, or else that of `compute`.
    async fn share(
        self,
        engine: &Engine,
        key: &Key,
        seat: Seat,
        reason: Reason,
        compute: impl Future<Output = O>,
    ) -> Result<Computed<O>, Refusal> {
        let boarding = if self.spec.is_shared() {
            seat.board().await
        } else {
            Boarding::Lead(seat.alone())
        };
        let lead = match boarding {
            Boarding::Lead(lead) => lead,
            Boarding::Landed(envelope) => match Self::open(engine, key, &envelope) {
                Some((output, is_failure)) => {
                    return Ok(Computed {
                        output,
                        outcome: reason.outcome(Stored::Collapsed),
                        is_collapsed: true,
                        is_failure,
                    });
                }
                None => engine.flights.enter(key).alone(),
            },
        };
        self.lead(engine, key, lead, reason, compute).await
    }

    /// Returns the output of `compute`, hands it to all who wait for it, and stores it.
    async fn lead(
        self,
        engine: &Engine,
        key: &Key,
        lead: Lead,
        reason: Reason,
        compute: impl Future<Output = O>,
    ) -> Result<Computed<O>, Refusal> {
        let spec = self.spec;
        let running = match spec.start() {
            Ok(running) => running,
            Err(refusal) => {
                lead.release();
                return Err(refusal);
            }
        };
        let started = engine.clock.now();
        let output = compute.await;
        drop(running);
        let computed = |output, stored, is_failure| Computed {
            output,
            outcome: reason.outcome(stored),
            is_collapsed: false,
            is_failure,
        };
        let kept = match self.keep(output, engine, key, reason, started) {
            Ok(kept) => kept,
            Err((output, is_failure)) => {
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
        let stored = match is_wanted.then(|| engine.tier.seal(key, &entry, spec.limits())) {
            Some(Ok(envelope)) => {
                lead.land(Arc::from(&envelope[..]));
                let put = || engine.tier.put(key, envelope, kept_for, spec.limits());
                match reason.fault {
                    None => lead.write(put()).await,
                    Some(_) => Stored::NotAdmitted,
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
    ) -> Result<Kept<EntryOf<O, K, N>>, (O, bool)> {
        let now = engine.clock.now();
        let is_failure = K::is_failure(&output);
        // An error does not replace a value that may still be served.
        if is_failure && reason.has_stale {
            return Err((output, true));
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
            Err(output) => match self.absences.admit(output) {
                Ok((absence, ttl)) => (Content::Absence(absence), times(ttl)),
                Err(output) => return Err((output, is_failure)),
            },
        };
        match times {
            Some(times) => {
                let entry = Entry { content, times };
                Ok(Kept { entry, is_failure })
            }
            None => {
                let output = Self::output(content).expect("what is not kept can be given back");
                Err((output, is_failure))
            }
        }
    }

    /// Returns the output in the envelope of another call, and whether it is an error; `None` where
    /// the codec does not give back what it took.
    fn open(engine: &Engine, key: &Key, envelope: &[u8]) -> Option<(O, bool)> {
        let entry: EntryOf<O, K, N> = engine.tier.open(key, envelope).ok()?;
        let output = Self::output(entry.content)?;
        let is_failure = K::is_failure(&output);
        Some((output, is_failure))
    }

    /// Returns the output that an entry stands for, or `None` for an absence that is not stored any
    /// more.
    fn output(content: Content<K::Stored, Absence<N::Error>>) -> Option<O> {
        match content {
            Content::Value(value) => Some(K::join(value)),
            Content::Absence(absence) => N::restore(absence),
        }
    }

    /// Computes without the cache, within the limits of the function.
    async fn bypass(self, reason: Bypass, compute: impl Future<Output = O>) -> O {
        let (spec, refuse) = (self.spec, self.refuse);
        let computed = within_hard_timeout(spec, async {
            let _running = spec.start()?;
            Ok(compute.await)
        });
        let computed = computed.await;
        report(spec, Outcome::Bypass { reason }, false);
        computed.unwrap_or_else(|refusal| missing::refuse(refuse, refusal))
    }
}

/// What is stored of an output.
struct Kept<E> {
    entry: E,
    is_failure: bool,
}

/// Takes the seat of a call before it looks into the cache, so that nothing lands unseen meanwhile.
fn take_seat(engine: &Engine, key: &Key, mode: Mode) -> Seat {
    if mode == Mode::Refresh {
        // A write that is under way arrives before the one of this call.
        drop(engine.flights.void(key));
    }
    engine.flights.enter(key)
}

/// Returns how long an entry may be served when it is not fresh any more.
fn freshness_of<T, A>(spec: &'static Spec, content: &Content<T, A>) -> &'static Freshness {
    match content {
        Content::Value(_) => spec.freshness(),
        Content::Absence(_) => &Freshness::NEVER_STALE,
    }
}

/// Runs a computation for as long as the function may take.
async fn within_hard_timeout<T>(
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
