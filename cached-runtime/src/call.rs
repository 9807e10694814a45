//! The path of one call: it [looks](look) into the cache; where its function is due, it waits for its [`turn`] to
//! [`run`] it or shares what another call [computes](compute), and [concludes](missing).
//!
//! Below, a fault is a `Result`. Here it becomes a computed value and an outcome that counts.

mod compute;
mod look;
mod missing;
mod options;
mod owned;
mod rekey;
mod run;
mod turn;

use std::future::Future;
use std::marker::PhantomData;
use std::time::Duration;

use crate::absence::{Absence, Absences, Unstored};
use crate::companions::mode::Mode;
use crate::entry::{Content, Entry};
use crate::error::Error;
use crate::flight::Seat;
use crate::key::{Arguments, Key};
use crate::output::{Output, Storable};
use crate::policy::{Admission, Lifetime, Unsaid};
use crate::refusal::Refusal;
use crate::runtime::{Cache, Engine};
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
    // Not an `async fn`, which holds each of its arguments twice: `compute` is as large as the user's future. And
    // no more than this, because it is compiled for each function.
    pub fn run(self, compute: impl Future<Output = O>) -> impl Future<Output = O>
    where
        K: Output<O, Stored: Storable>,
        L: Lifetime<K::Stored>,
        A: Admission<K::Stored>,
        N: Absences<O>,
    {
        span::of_call(self.spec, async move {
            let (run, turn) = match self.take_turn().await {
                Ok(turn) => turn,
                Err(output) => return output,
            };
            // On the heap, so that a hit carries no room for what only a miss needs.
            let ran = run.of(Box::pin(compute)).await;
            let storing = match turn.land(ran) {
                Ok(storing) => storing,
                Err(output) => return output,
            };
            storing.await
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
            let due = match self.begin().await {
                Ok((output, refresh)) => {
                    if let Some(refresh) = refresh {
                        refresh.spawn(Box::pin(compute));
                    }
                    return output;
                }
                Err(due) => due,
            };
            Box::pin(due.run(Box::pin(compute))).await
        })
    }
}

/// Returns the output that an entry stands for, or `None` for an absence that is not stored any
/// more.
fn output_of<O, K: Output<O>, N: Absences<O>>(
    content: Content<K::Stored, Absence<N::Error>>,
) -> Option<O> {
    match content {
        Content::Value(value) => Some(K::join(value)),
        Content::Absence(absence) => N::restore(absence),
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
