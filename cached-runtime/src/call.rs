//! The path of one call: policy, tier, and the user's future where they do not answer.
//!
//! Below, a fault is a `Result`. Here it becomes a computed value and an outcome that counts.

use std::future::Future;
use std::pin::pin;

use crate::error::Error;
use crate::key::{Arguments, Fingerprint};
use crate::outcome::{Bypass, Outcome, Stored};
use crate::output::{Output, Storable};
use crate::policy::{self, Decision};
use crate::report::{count_unreadable, report};
use crate::runtime::{self, Cache};
use crate::spec::Spec;

/// Returns the cached output of a call, or that of `compute`, which is polled only when needed.
///
/// The third argument says by its type what of the output is stored. `cache` is the one that the attribute names; without
/// it, it is that of the task's scope or the installed one. Dropping the future drops `compute`.
pub async fn cached<O, F, K>(
    spec: &'static Spec,
    cache: Option<&Cache>,
    _: K,
    arguments: Result<Arguments, Error>,
    compute: F,
) -> O
where
    F: Future<Output = O>,
    K: Output<O, Stored: Storable>,
{
    let mut compute = pin!(compute);
    let engine = match runtime::engine(cache) {
        Ok(engine) => engine,
        Err(reason) => return bypass(spec, reason, compute).await,
    };
    let Ok(arguments) = arguments else {
        return bypass(spec, Bypass::Unkeyable, compute).await;
    };
    let key = engine
        .keys
        .key(spec, Fingerprint::of::<K::Stored>(), &arguments);

    match engine.tier.get::<K::Stored>(&key).await {
        Ok(Some(entry)) => {
            let now = engine.clock.now();
            if let Decision::Serve { ttl } = policy::decide(&entry.times, spec, now) {
                report(spec, Outcome::Hit { ttl });
                return K::join(entry.value);
            }
        }
        Ok(None) => {}
        // The write below replaces what cannot be read.
        Err(fault) if fault.is_unreadable() => count_unreadable(spec, &fault),
        Err(fault) => return bypass(spec, Bypass::from_fault(&fault), compute).await,
    }

    let started = engine.clock.now();
    let value = match K::split(compute.as_mut().await) {
        Ok(value) => value,
        Err(output) => {
            let stored = Stored::NotAdmitted;
            report(spec, Outcome::Miss { stored });
            return output;
        }
    };
    let times = policy::times(spec, started, engine.clock.now());
    let written = match engine.tier.seal(&key, &value, &times) {
        Ok(envelope) => engine.tier.put(&key, envelope, spec.ttl()).await,
        Err(fault) => Err(fault),
    };
    let stored = Stored::from_result(&written);
    report(spec, Outcome::Miss { stored });
    K::join(value)
}

/// Computes without the cache.
async fn bypass<O>(spec: &Spec, reason: Bypass, compute: impl Future<Output = O>) -> O {
    let output = compute.await;
    report(spec, Outcome::Bypass { reason });
    output
}
