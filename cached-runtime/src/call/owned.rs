//! A function that may run in the background: behind a value that is served, or longer than its call waits.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use tokio::time::timeout;

use super::Call;
use super::compute::{Leading, Led};
use super::missing::{self, Concluded, Reason};
use super::run::Limit;
use super::turn::{Due, Missed, Refresh};
use crate::absence::Absences;
use crate::key::Key;
use crate::outcome::Stale;
use crate::output::{Output, Storable};
use crate::policy::{Admission, Lifetime};
use crate::runtime::{self, Engine};

/// The user's future.
type Compute<O> = Pin<Box<dyn Future<Output = O> + Send>>;

/// What is obtained for a key, by a future that goes on when no call waits for it any more.
type Obtaining<O> = Pin<Box<dyn Future<Output = (Key, Result<Led<O>, Concluded<O>>)> + Send>>;

impl<O, K, L, A, N> Refresh<O, K, L, A, N>
where
    O: Send + 'static,
    K: Output<O, Stored: Storable + Send> + 'static,
    L: Lifetime<K::Stored> + Send + 'static,
    A: Admission<K::Stored> + Send + 'static,
    N: Absences<O, Error: Send> + Send + 'static,
{
    /// Runs `compute` in the background, and stores what it returns.
    pub(super) fn spawn(self, compute: Compute<O>) {
        let Self {
            call,
            engine,
            key,
            lead,
        } = self;
        let (limit, home) = (Limit::of(call.spec), Arc::clone(&engine));
        let obtaining = Box::pin(async move {
            let leading = Leading::start(&home, lead, limit).map_err(Err);
            (key, lead_with(leading, compute).await)
        });
        call.store_behind(&engine, Reason::REFRESH, obtaining);
    }
}

impl<O, K, L, A, N> Due<O, K, L, A, N>
where
    O: Send + 'static,
    K: Output<O, Stored: Storable + Send> + 'static,
    L: Lifetime<K::Stored> + Send + 'static,
    A: Admission<K::Stored> + Send + 'static,
    N: Absences<O, Error: Send> + Send + 'static,
{
    /// Returns the output of the call, for which `compute` runs.
    pub(super) async fn run(self, compute: Compute<O>) -> O {
        let (missed, seat) = match self {
            Self::Bypass { call, reason } => {
                let ran = match Limit::of(call.spec).start() {
                    Ok(run) => run.of(compute).await,
                    Err(refusal) => Err(refusal),
                };
                return call.bypassed(reason, ran);
            }
            Self::Miss { missed, seat } => (missed, seat),
        };
        let Missed {
            call,
            engine,
            key,
            mut missing,
        } = missed;
        let (spec, ttl, reason) = (call.spec, call.ttl, missing.reason());
        let home = Arc::clone(&engine);
        let mut obtaining: Obtaining<O> = Box::pin(async move {
            let boarding = Call::<O, K, L, A, N>::board(spec, ttl, &home, &key, seat, reason);
            let leading = boarding.await;
            (key, lead_with(leading, compute).await)
        });
        let soft_timeout = spec.limits().soft_timeout.filter(|_| reason.has_stale);
        let in_time = match soft_timeout {
            None => Ok(obtaining.as_mut().await),
            Some(limit) => timeout(limit, obtaining.as_mut()).await,
        };
        let (key, led) = match in_time {
            Ok(obtained) => obtained,
            Err(_) => match missing.stand_in::<K>(Stale::SoftTimeout, engine.clock.now()) {
                Ok(output) => {
                    call.store_behind(&engine, reason, obtaining);
                    return output;
                }
                Err(without) => {
                    missing = without;
                    obtaining.await
                }
            },
        };
        let computed = call.land_and_store(&engine, &key, reason, led).await;
        missing.conclude::<K>(computed, engine.clock.now())
    }
}

impl<O, K, L, A, N> Call<O, K, L, A, N>
where
    O: Send + 'static,
    K: Output<O, Stored: Storable + Send> + 'static,
    L: Lifetime<K::Stored> + Send + 'static,
    A: Admission<K::Stored> + Send + 'static,
    N: Absences<O, Error: Send> + Send + 'static,
{
    /// Stores what no call waits for any more.
    fn store_behind(self, engine: &Arc<Engine>, reason: Reason, obtaining: Obtaining<O>) {
        let (spec, home) = (self.spec, Arc::clone(engine));
        engine.background.spawn(runtime::within_scope(async move {
            let (key, led) = obtaining.await;
            let computed = self.land_and_store(&home, &key, reason, led).await;
            missing::count(spec, &computed);
        }));
    }

    async fn land_and_store(
        self,
        engine: &Arc<Engine>,
        key: &Key,
        reason: Reason,
        led: Result<Led<O>, Concluded<O>>,
    ) -> Concluded<O> {
        let spec = self.spec;
        match led.and_then(|led| self.land(engine, key, reason, led)) {
            Ok(landing) => Ok(landing.store(spec, engine, key, reason).await),
            Err(end) => end,
        }
    }
}

/// Returns what the run of a call that leads came to.
async fn lead_with<O>(
    leading: Result<Leading, Concluded<O>>,
    compute: Compute<O>,
) -> Result<Led<O>, Concluded<O>> {
    let Leading { run, lead, started } = leading?;
    let output = run.of(compute).await.map_err(Err)?;
    Ok(Led {
        output,
        lead,
        started,
    })
}
