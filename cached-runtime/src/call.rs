//! The path of one call: policy, tier, and the user's future where they do not answer.
//!
//! Below, a fault is a `Result`. Here it becomes a computed value and an outcome that counts.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::pin;
use std::time::{Duration, SystemTime};

use crate::absence::{Absence, Absences, ErrFor, Fails, NoneAndErrFor, NoneFor, Unstored};
use crate::companions::mode::{Answer, Mode, end_with};
use crate::entry::{Content, Entry};
use crate::error::Error;
use crate::key::{Arguments, Fingerprint};
use crate::outcome::{Bypass, Outcome, Stored};
use crate::output::{Output, Storable};
use crate::policy::{self, Admission, Lifetime, Unsaid};
use crate::refusal::{Failing, Refusal, Refuses};
use crate::report::{count_unreadable, report};
use crate::runtime::{self, Cache, Place};
use crate::spec::Spec;

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
    /// Tells an error from a value, where a stale value may be served instead.
    is_failure: Option<fn(&O) -> bool>,
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
        is_failure: None,
        refuse: None,
        types: PhantomData,
    }
}

impl<O, K: Output<O>, L, A, N> Call<O, K, L, A, N> {
    /// `cache = expr`
    pub fn cache(mut self, cache: &Cache) -> Self {
        self.cache = Some(cache.clone());
        self
    }

    /// `ttl = expr`
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.ttl = Some(ttl);
        self
    }

    /// `ttl = |value| …`
    pub fn ttl_by<F>(self, lifetime: F) -> Call<O, K, F, A, N>
    where
        F: FnOnce(&K::Stored) -> Duration,
    {
        self.with(|_, admission, absences| (lifetime, admission, absences))
    }

    /// `store_if = |value| …`
    pub fn store_if<F>(self, admission: F) -> Call<O, K, L, F, N>
    where
        F: FnOnce(&K::Stored) -> bool,
    {
        self.with(|lifetime, _, absences| (lifetime, admission, absences))
    }

    /// `none_ttl = "…"`
    pub fn none_ttl(self, ttl: Duration) -> Call<O, K, L, A, NoneFor> {
        self.with(|lifetime, admission, _| (lifetime, admission, NoneFor(ttl)))
    }

    /// `err_ttl = |error| …`
    pub fn err_ttl<F>(self, ttl: F) -> Call<O, K, L, A, ErrFor<F>>
    where
        O: Fails,
        F: FnOnce(&O::Error) -> Option<Duration>,
    {
        self.with(|lifetime, admission, _| (lifetime, admission, ErrFor(ttl)))
    }

    /// `none_ttl = "…"` and `err_ttl = |error| …`
    pub fn none_and_err_ttl<F>(self, none: Duration, err: F) -> Call<O, K, L, A, NoneAndErrFor<F>>
    where
        O: Fails,
        F: FnOnce(&O::Error) -> Option<Duration>,
    {
        self.with(|lifetime, admission, _| (lifetime, admission, NoneAndErrFor(none, err)))
    }

    /// `stale_if_error = "…"`
    pub fn stale_if_error(mut self) -> Self
    where
        O: Failing,
    {
        self.is_failure = Some(O::is_failure);
        self
    }

    /// `timeout = "…"` or `max_concurrency = …`
    pub fn refusing(mut self) -> Self
    where
        O: Refuses,
    {
        self.refuse = Some(O::refuse);
        self
    }

    fn with<L2, A2, N2>(
        self,
        options: impl FnOnce(L, A, N) -> (L2, A2, N2),
    ) -> Call<O, K, L2, A2, N2> {
        let (lifetime, admission, absences) = options(self.lifetime, self.admission, self.absences);
        Call {
            spec: self.spec,
            cache: self.cache,
            arguments: self.arguments,
            ttl: self.ttl,
            lifetime,
            admission,
            absences,
            is_failure: self.is_failure,
            refuse: self.refuse,
            types: PhantomData,
        }
    }

    /// Returns the cached output of the call, or that of `compute`, which is polled only when
    /// needed. Dropping the future drops `compute`.
    pub async fn run(self, compute: impl Future<Output = O>) -> O
    where
        K: Output<O, Stored: Storable>,
        L: Lifetime<K::Stored>,
        A: Admission<K::Stored>,
        N: Absences<O>,
    {
        let mut compute = pin!(compute);
        let spec = self.spec;
        let mode = Mode::take();
        let (engine, key) = match (mode, self.place()) {
            (Mode::Locate, place) => end_with(Answer::Place(place)).await,
            (Mode::Peek, Err(_)) => end_with(Answer::Nothing).await,
            (Mode::Uncached, _) => return bypass(spec, Bypass::Uncached, compute).await,
            (_, Err(reason)) => return bypass(spec, reason, compute).await,
            (_, Ok(place)) => place,
        };
        if mode != Mode::Refresh {
            match engine.tier.get::<K::Stored, N::Error>(&key).await {
                Ok(Some(entry)) => {
                    if let Some((output, ttl)) = self.serve(entry, engine.clock.now()) {
                        report(spec, Outcome::Hit { ttl });
                        return output;
                    }
                }
                Ok(None) => {}
                // What is stored next replaces what cannot be read.
                Err(fault) if fault.is_unreadable() => count_unreadable(spec, &fault),
                Err(fault) if mode == Mode::Peek => end_with(Answer::Fault(fault)).await,
                Err(fault) => return bypass(spec, Bypass::from_fault(&fault), compute).await,
            }
        }

        match mode {
            Mode::Peek => end_with(Answer::Nothing).await,
            // A write that is under way arrives before the one of this call.
            Mode::Refresh => drop(engine.inflight.void(&key)),
            _ => {}
        }
        let attempt = engine.inflight.begin(&key);
        let started = engine.clock.now();
        let kept = match self.keep(compute.as_mut().await, started, engine.clock.now()) {
            Ok(kept) => kept,
            Err(output) => {
                let stored = Stored::NotAdmitted;
                report(spec, Outcome::Miss { stored });
                return output;
            }
        };
        // Encoded first: a reference to the value must not live across the write, nor must an output
        // of which nothing is stored, or the future would be `Send` only where they are.
        let stored = match engine.tier.seal(&key, &kept) {
            Ok(envelope) => {
                let put = engine.tier.put(&key, envelope, kept.times.ttl());
                attempt.write(put).await
            }
            Err(fault) => Stored::from_fault(&fault),
        };
        report(spec, Outcome::Miss { stored });
        Self::output(kept.content).expect("what is kept can be given back")
    }

    /// As [`run`](Self::run), for a `compute` that may go on in the background.
    pub async fn run_owned(self, compute: impl Future<Output = O> + Send + 'static) -> O
    where
        O: Send + 'static,
        K: Output<O, Stored: Storable + Send> + 'static,
        L: Lifetime<K::Stored> + Send + 'static,
        A: Admission<K::Stored> + Send + 'static,
        N: Absences<O, Error: Send> + Send + 'static,
    {
        self.run(compute).await
    }

    /// Returns where the value of this call is, or why it is nowhere.
    fn place(&self) -> Result<Place, Bypass> {
        let engine = runtime::engine(self.cache.as_ref())?;
        let arguments = self.arguments.as_ref().map_err(|_| Bypass::Unkeyable)?;
        let fingerprint = Fingerprint::of::<K::Stored>();
        let key = engine.keys.key(self.spec, fingerprint, arguments);
        Ok((engine, key))
    }

    /// Returns the output in an entry and how much longer it is fresh, or `None` if it is not.
    fn serve(&self, entry: EntryOf<O, K, N>, now: SystemTime) -> Option<(O, Duration)>
    where
        N: Absences<O>,
    {
        let ttl = match entry.content {
            Content::Value(_) => self.ttl,
            Content::Absence(_) => None,
        };
        let left = policy::time_left(&entry.times, ttl, now)?;
        Some((Self::output(entry.content)?, left))
    }

    /// Returns the entry that is to be stored of `output`.
    ///
    /// # Errors
    /// Returns an output of which nothing is stored.
    fn keep(self, output: O, started: SystemTime, now: SystemTime) -> Result<EntryOf<O, K, N>, O>
    where
        L: Lifetime<K::Stored>,
        A: Admission<K::Stored>,
        N: Absences<O>,
    {
        let times = |ttl| policy::times(ttl, started, now);
        let (content, times) = match K::split(output) {
            Ok(value) => {
                let ttl = self.lifetime.lifetime(&value).or(self.ttl);
                let ttl = ttl.filter(|_| self.admission.admits(&value));
                (Content::Value(value), ttl.and_then(times))
            }
            Err(output) => {
                let (absence, ttl) = self.absences.admit(output)?;
                (Content::Absence(absence), times(ttl))
            }
        };
        match times {
            Some(times) => Ok(Entry { content, times }),
            None => Err(Self::output(content).expect("what is not kept can be given back")),
        }
    }

    /// Returns the output that an entry stands for, or `None` for an absence that is not stored any
    /// more.
    fn output(content: Content<K::Stored, Absence<N::Error>>) -> Option<O>
    where
        N: Absences<O>,
    {
        match content {
            Content::Value(value) => Some(K::join(value)),
            Content::Absence(absence) => N::restore(absence),
        }
    }
}

/// What a call stores.
type EntryOf<O, K, N> = Entry<<K as Output<O>>::Stored, Absence<<N as Absences<O>>::Error>>;

/// Computes without the cache.
async fn bypass<O>(spec: &'static Spec, reason: Bypass, compute: impl Future<Output = O>) -> O {
    let output = compute.await;
    report(spec, Outcome::Bypass { reason });
    output
}
