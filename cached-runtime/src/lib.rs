//! Turns an async function into a cached one: same signature, same call sites, backed by Redis, and
//! never in the way when Redis is down.
//!
//! ```
//! use cached_runtime::{Cache, redis_cached};
//!
//! #[redis_cached(ttl = "24h", key = hash)]
//! async fn shout(text: String) -> String {
//!     text.to_uppercase() // imagine something slow
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), cached_runtime::Error> {
//! // Once, at start. With Redis: `Cache::builder().redis(url).key_secret(secret)`.
//! Cache::builder().namespace("demo").build().await?.install()?;
//!
//! assert_eq!(shout("hello".into()).await, "HELLO"); // runs
//! assert_eq!(shout("hello".into()).await, "HELLO"); // comes from the cache
//! # Ok(())
//! # }
//! ```
//!
//! A call always succeeds when the function does: whatever happens to the cache, the function runs.
//! [`observe`] tells what happened, and the `tower` feature puts it into HTTP headers.
//!
//! The path of a call, in reading order: `call` asks the `tier` for an entry, `policy` decides
//! whether it may be served, and what was computed goes back through `codec` to the `backend`.
//!
//! # Features
//! - `tower`: [`tower::StatusLayer`], which adds `X-Cache-Status` and `Cache-Status` to responses.
//! - `postcard`, `messagepack`, `json`: [codecs](Codec) beside bincode.
//! - `testing`: the [`testing`] kit: a clock that tests move by hand, a backend and a TCP proxy that fail.

#[doc(hidden)]
pub mod __private;
#[cfg(feature = "testing")]
#[doc(hidden)]
pub mod measure;

mod call;

mod companions;
mod config;
mod descriptions;
mod functions;
mod runtime;
mod switch;

mod background;
mod flight;
mod report;
mod span;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod tier;
#[cfg(feature = "tower")]
pub mod tower;

mod absence;
mod backend;
mod codec;
mod output;
mod policy;

mod clock;
mod entry;
mod error;
mod key;
mod outcome;
mod personal;
mod refusal;
mod shape;
mod spec;
mod tally;

pub use cached_macro::redis_cached;

pub use backend::{
    Backend, BackendFuture, BreakerOptions, BreakerState, BreakerStates, TlsOptions,
};
#[cfg(any(test, feature = "testing"))]
pub use clock::ManualClock;
pub use clock::{Clock, SystemClock};
pub use codec::Codec;
pub use companions::{invalidate, key, peek, refresh, uncached};
pub use config::Builder;
pub use descriptions::describe_metrics;
pub use error::{Error, TlsFault};
pub use functions::{duplicate_functions, functions};
pub use key::{KeySecret, SecretId};
pub use outcome::{Bypass, CallReport, Outcome, Stale, Stored};
pub use personal::Personal;
pub use refusal::Refusal;
pub use report::observe;
pub use runtime::Cache;
pub use spec::Spec;
pub use tally::Counters;

#[cfg(doctest)]
mod guide;

/// What the attribute writes compiles in edition 2021 too.
///
/// ```edition2021
/// #![deny(warnings)]
/// use cached_runtime::redis_cached;
/// use std::{future::Future, pin::Pin, time::Duration};
///
/// struct Shop {
///     tenant: u64,
/// }
///
/// impl Shop {
///     #[redis_cached(ttl = "1h", key = hash, scope = self.tenant)]
///     async fn price(&self, (article, size): (u64, u64)) -> Result<Option<u64>, String> {
///         if size == 0 {
///             return Err("no size".to_owned());
///         }
///         Ok(Some(article * size + self.tenant))
///     }
///
///     #[redis_cached(ttl = |value: &u64| Duration::from_secs(*value), key = "first:{self.tenant}")]
///     async fn first<T: Into<u64> + Default>(&self) -> u64 {
///         T::default().into() + self.tenant
///     }
/// }
///
/// #[redis_cached(ttl = "1h", key = hash)]
/// fn boxed(number: u64) -> Pin<Box<dyn Future<Output = u64> + Send>> {
///     Box::pin(async move { number })
/// }
///
/// let shop = Shop { tenant: 7 };
/// drop((shop.price((1, 2)), shop.first::<u8>(), boxed(1)));
/// ```
#[cfg(doctest)]
struct Edition2021;
