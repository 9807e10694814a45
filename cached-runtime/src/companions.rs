//! Companions of every cached function: look without computing, recompute, invalidate, go past the
//! cache, name the key.
//!
//! Each takes the call itself, so it shares the key code and the argument types with the function,
//! whatever kind of function that is. The call is used up: one that is lent to a companion with `&mut`
//! panics when it is awaited again. `docs/companions.md` is the guide. They stand beside
//! [`call`](crate::call), which makes the call in the [mode](mode::Mode) that they set.

pub(crate) mod mode;

use std::future::Future;
use std::pin::pin;

use self::mode::{Answer, Mode, Reply};
use crate::error::Error;
use crate::outcome::Bypass;
use crate::runtime::Place;

/// Returns the stored output of `call` if it is fresh, and `None` if there is none; the function
/// does not run.
///
/// `call` is the call of a cached function and is polled up to the point where the function would
/// run. A stored output is a hit to whoever [observes](crate::observe) it; without one no call has been
/// answered, and none is reported. A call without a cache or without a key has no stored output.
///
/// ```
/// use cached_runtime::{Cache, peek, redis_cached};
///
/// #[redis_cached(ttl = "1h", key = hash)]
/// async fn price(article: u32) -> u64 {
///     u64::from(article) * 100
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), cached_runtime::Error> {
/// Cache::builder().build().await?.install()?;
/// assert_eq!(peek(price(7)).await?, None);
/// price(7).await;
/// assert_eq!(peek(price(7)).await?, Some(700));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// Returns the store's fault: [disconnected](Error::is_disconnected), [timeout](Error::is_timeout),
/// [overloaded](Error::is_overloaded), [breaker open](Error::is_breaker_open) or a
/// [server's error](Error::server_code); and [not a call](Error::is_not_a_call) for a future that ends
/// without calling a cached function.
pub async fn peek<F: Future>(call: F) -> Result<Option<F::Output>, Error> {
    match Mode::Peek.ask(pin!(call)).await? {
        Reply::Output(output) => Ok(Some(output)),
        Reply::Answer(Answer::Fault(fault)) => Err(fault),
        Reply::Answer(Answer::Nothing | Answer::Place(_)) => Ok(None),
    }
}

/// Runs the function of `call` and stores its output, whatever is stored; returns the output.
///
/// A miss to whoever [observes](crate::observe) it. Computations of the same call that began before are
/// not stored. An `Err` is never stored, whatever its `err_ttl`: it would replace a value that may be good.
/// An output of which nothing is stored, such as that or a `None` without `none_ttl`, leaves the cache as it
/// was: [`invalidate`] removes. Without a cache, and for a future that is no call of a cached
/// function, this is `call.await`.
///
/// ```
/// use cached_runtime::{Cache, redis_cached, refresh};
/// use std::sync::atomic::{AtomicU64, Ordering};
///
/// static CENTS: AtomicU64 = AtomicU64::new(100);
///
/// #[redis_cached(ttl = "1h", key = hash)]
/// async fn price(article: u32) -> u64 {
///     CENTS.load(Ordering::Relaxed) * u64::from(article)
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), cached_runtime::Error> {
/// Cache::builder().build().await?.install()?;
/// price(7).await;
/// CENTS.store(120, Ordering::Relaxed);
/// assert_eq!(price(7).await, 700);
/// assert_eq!(refresh(price(7)).await, 840);
/// assert_eq!(price(7).await, 840);
/// # Ok(())
/// # }
/// ```
pub fn refresh<F: Future>(call: F) -> impl Future<Output = F::Output> {
    Mode::Refresh.scope(call)
}

/// Removes what is stored for `call`; the function does not run.
///
/// When this returns `Ok`, nothing is stored that was computed before it began, and no computation in
/// this process that began before it will be: its write is kept back, or waited for and removed. Those
/// are [reported](crate::Stored::Invalidated) as invalidated. Computations in other processes can still be
/// stored. Dropping the future leaves it unknown whether anything is stored.
///
/// Removes from a cache that has been [switched off](crate::Cache::set_enabled) too. One that was
/// [made switched off](crate::Cache::disabled) has no store: nothing is done there, and what Redis holds from
/// before stays.
///
/// ```
/// use cached_runtime::{Cache, invalidate, peek, redis_cached};
///
/// #[redis_cached(ttl = "1h", key = hash)]
/// async fn price(article: u32) -> u64 {
///     u64::from(article) * 100
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), cached_runtime::Error> {
/// Cache::builder().build().await?.install()?;
/// price(7).await;
/// invalidate(price(7)).await?;
/// assert_eq!(peek(price(7)).await?, None);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// Returns the store's fault: [disconnected](Error::is_disconnected), [timeout](Error::is_timeout),
/// [overloaded](Error::is_overloaded) or a [server's error](Error::server_code); whether anything is stored is
/// then unknown. Returns [no cache](Error::is_no_cache) when none is passed, scoped or installed, or it was
/// [shut down](crate::Cache::shutdown), and [not a call](Error::is_not_a_call) for a future that ends without calling a cached function.
pub async fn invalidate<F: Future>(call: F) -> Result<(), Error> {
    let (engine, key) = match locate(call).await? {
        Ok(place) => place,
        Err(reason @ (Bypass::NotInstalled | Bypass::ShutDown)) => return Err(refusal(reason)),
        // Nothing is served from a cache that is off, and nothing is stored without a key.
        Err(_) => return Ok(()),
    };
    let ended = engine.flights.void(&key).ended().await;
    engine.tier.remove(&key).await?;
    ended
}

/// Runs the function of `call` as if it were not cached: nothing is read and nothing is stored.
///
/// A bypass to whoever [observes](crate::observe) it. Other cached functions that it calls are cached.
///
/// ```
/// use cached_runtime::{Cache, redis_cached, uncached};
///
/// #[redis_cached(ttl = "1h", key = hash)]
/// async fn price(article: u32) -> u64 {
///     u64::from(article) * 100
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), cached_runtime::Error> {
/// # Cache::builder().build().await?.install()?;
/// assert_eq!(uncached(price(7)).await, price(7).await);
/// # Ok(())
/// # }
/// ```
pub fn uncached<F: Future>(call: F) -> impl Future<Output = F::Output> {
    Mode::Uncached.scope(call)
}

/// Returns the key under which the output of `call` is stored, whether or not it is; neither the
/// function nor the store is asked.
///
/// For looking at an entry with `redis-cli`. It is as personal as the arguments where the attribute
/// gives a readable key.
///
/// ```
/// use cached_runtime::{Cache, key, redis_cached};
///
/// #[redis_cached(ttl = "1h", key = hash, name = "shop::fare")]
/// async fn fare(zone: u32) -> u64 {
///     u64::from(zone) * 100
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), cached_runtime::Error> {
/// Cache::builder().namespace("demo").build().await?.install()?;
/// assert!(key(fare(2)).await?.starts_with("demo:shop::fare:1."));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// Returns [no cache](Error::is_no_cache) when it was [made switched off](crate::Cache::disabled) or
/// [shut down](crate::Cache::shutdown), or there is none,
/// [unencodable](Error::is_unencodable) when an argument has no key, and
/// [not a call](Error::is_not_a_call) for a future that ends without calling a cached function.
pub async fn key<F: Future>(call: F) -> Result<String, Error> {
    let (_, key) = locate(call).await?.map_err(refusal)?;
    Ok(key.as_str().to_owned())
}

/// Returns where the output of `call` is stored, or why it is nowhere.
///
/// # Errors
/// Returns an error for a future that is no call of a cached function.
async fn locate<F: Future>(call: F) -> Result<Result<Place, Bypass>, Error> {
    match Mode::Locate.ask(pin!(call)).await? {
        Reply::Answer(Answer::Place(place)) => Ok(place),
        // Something around the call gave it up.
        Reply::Output(_) | Reply::Answer(Answer::Nothing | Answer::Fault(_)) => {
            Err(Error::not_a_call())
        }
    }
}

/// Returns the error of asking for the place of a call that has none for this reason.
fn refusal(reason: Bypass) -> Error {
    match reason {
        Bypass::Disabled => Error::no_cache("the cache is switched off, so calls have no key"),
        Bypass::NotInstalled => Error::no_cache(
            "there is no cache; install one with `Cache::install`, or pass or scope one",
        ),
        Bypass::ShutDown => {
            Error::no_cache("the cache was shut down, and its store is out of reach")
        }
        _ => Error::unencodable(
            "an argument has no key: a NaN, an infinity, too deep a nesting or a failing `Serialize`",
        ),
    }
}
