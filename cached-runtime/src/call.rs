//! The path of one call: it [looks](look) into the cache, else it [computes](compute) or shares what
//! another call computes, and [concludes](missing).
//!
//! Below, a fault is a `Result`. Here it becomes a computed value and an outcome that counts.

mod compute;
mod look;
mod missing;
mod options;
mod rekey;

use std::future::Future;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use self::compute::within_hard_timeout;
use self::missing::Reason;
use crate::absence::{Absence, Absences, Unstored};
use crate::companions::mode::Mode;
use crate::entry::{Content, Entry};
use crate::error::Error;
use crate::flight::Seat;
use crate::key::{Arguments, Key};
use crate::outcome::Stale;
use crate::output::{Output, Storable};
use crate::policy::{Admission, Lifetime, Unsaid};
use crate::refusal::Refusal;
use crate::runtime::{self, Cache, Engine};
use crate::span;
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

// The methods that expansions call have their bounds themselves: where those of an `impl` are not met,
// rustc says that there is no such method, and not what the traits say to do.
impl<O, K: Output<O>, L, A, N> Call<O, K, L, A, N> {
    /// Returns the cached output of the call, or that of `compute`, which is polled only when
    /// needed. Dropping the future drops `compute`.
    // Not an `async fn`, which holds each of its arguments twice: `compute` is as large as the user's future.
    pub fn run(self, compute: impl Future<Output = O>) -> impl Future<Output = O>
    where
        K: Output<O, Stored: Storable>,
        L: Lifetime<K::Stored>,
        A: Admission<K::Stored>,
        N: Absences<O>,
    {
        span::of_call(self.spec, async move {
            let (spec, mode) = (self.spec, Mode::take());
            let (engine, key) = match self.locate(mode).await {
                Ok(place) => place,
                Err(reason) => return self.bypass(reason, Box::pin(compute)).await,
            };
            let seat = take_seat(&engine, &key, mode);
            let missing = match self.look(&engine, &key, mode).await {
                Ok(served) => {
                    rekey::store_moved(spec, &engine, key, seat, served.moved);
                    return served.output;
                }
                Err(missing) => missing,
            };
            // On the heap, so that a hit carries no room for what only a miss needs.
            let (ttl, reason, compute) = (self.ttl, missing.reason(), Box::pin(compute));
            let computing = async {
                let shared = Self::share(spec, ttl, &engine, &key, seat, compute);
                let obtained = within_hard_timeout(spec, shared).await;
                let landing = match self.land(&engine, &key, reason, obtained) {
                    Ok(landing) => landing,
                    Err(end) => return end,
                };
                Ok(Self::store(spec, &engine, &key, reason, landing).await)
            };
            missing.conclude::<K>(Box::pin(computing).await, engine.clock.now())
        })
    }

    /// As [`run`](Self::run), for a `compute` that may go on in the background. Dropping the future
    /// does not drop a `compute` that does.
    pub fn run_owned(
        self,
        compute: impl Future<Output = O> + Send + 'static,
    ) -> impl Future<Output = O>
    where
        O: Send + 'static,
        K: Output<O, Stored: Storable + Send> + 'static,
        L: Lifetime<K::Stored> + Send + 'static,
        A: Admission<K::Stored> + Send + 'static,
        N: Absences<O, Error: Send> + Send + 'static,
    {
        span::of_call(self.spec, async move {
            let (spec, mode) = (self.spec, Mode::take());
            let (engine, key) = match self.locate(mode).await {
                Ok(place) => place,
                Err(reason) => return self.bypass(reason, Box::pin(compute)).await,
            };
            let seat = take_seat(&engine, &key, mode);
            let home = Arc::clone(&engine);
            let mut missing = match self.look(&engine, &key, mode).await {
                Ok(served) => {
                    if !served.is_refreshed {
                        rekey::store_moved(spec, &engine, key, seat, served.moved);
                    } else if let Some(lead) = seat.try_lead() {
                        engine.background.spawn(runtime::within_scope(async move {
                            let led = Self::lead(spec, &home, lead, Box::pin(compute));
                            let obtained = within_hard_timeout(spec, led).await;
                            let stored =
                                self.land_and_store(&home, &key, Reason::REFRESH, obtained);
                            missing::count(spec, &stored.await);
                        }));
                    }
                    return served.output;
                }
                Err(missing) => missing,
            };
            let (ttl, reason, compute) = (self.ttl, missing.reason(), Box::pin(compute));
            let mut obtaining = Box::pin(async move {
                let shared = Self::share(spec, ttl, &home, &key, seat, compute);
                let obtained = within_hard_timeout(spec, shared).await;
                (key, obtained)
            });
            let soft_timeout = spec.limits().soft_timeout;
            let (key, obtained) = match soft_timeout.filter(|_| reason.has_stale) {
                None => obtaining.await,
                Some(limit) => match timeout(limit, &mut obtaining).await {
                    Ok(obtained) => obtained,
                    Err(_) => match missing.stand_in::<K>(Stale::SoftTimeout, engine.clock.now()) {
                        Ok(output) => {
                            let home = Arc::clone(&engine);
                            engine.background.spawn(runtime::within_scope(async move {
                                let (key, obtained) = obtaining.await;
                                let stored = self.land_and_store(&home, &key, reason, obtained);
                                missing::count(spec, &stored.await);
                            }));
                            return output;
                        }
                        Err(without) => {
                            missing = without;
                            obtaining.await
                        }
                    },
                },
            };
            let computed = Box::pin(self.land_and_store(&engine, &key, reason, obtained)).await;
            missing.conclude::<K>(computed, engine.clock.now())
        })
    }
}

impl<O, K, L, A, N> Call<O, K, L, A, N>
where
    K: Output<O, Stored: Storable>,
    L: Lifetime<K::Stored>,
    A: Admission<K::Stored>,
    N: Absences<O>,
{
    /// Returns the output that an entry stands for, or `None` for an absence that is not stored any
    /// more.
    fn output(content: Content<K::Stored, Absence<N::Error>>) -> Option<O> {
        match content {
            Content::Value(value) => Some(K::join(value)),
            Content::Absence(absence) => N::restore(absence),
        }
    }
}

/// Takes the seat of a call before it looks into the cache, so that nothing lands unseen meanwhile.
fn take_seat(engine: &Engine, key: &Key, mode: Mode) -> Seat {
    if mode == Mode::Refresh {
        // A write that is under way arrives before the one of this call.
        drop(engine.flights.void(key));
    }
    engine.flights.enter(key)
}
