//! Where bytes are kept. A backend knows nothing of values, policies or functions.

mod backoff;
mod bounded;
mod breaker;
mod memory;
mod redis;

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use crate::error::Error;

pub(crate) use bounded::Bounded;
pub(crate) use breaker::Breaker;
pub use breaker::{BreakerOptions, BreakerState, BreakerStates};
pub(crate) use memory::Memory;
pub use redis::TlsOptions;
pub(crate) use redis::{Redis, Timeouts};

/// The future of a backend's answer.
pub type BackendFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

/// A store of bytes with expiry.
///
/// The caller promises non-empty keys without spaces and control characters, of ASCII unless the path of a function is
/// not, and a `ttl` of at least a millisecond.
///
/// The implementor promises that
/// - every call ends within a deadline of its own, also when the store is down, slow or frozen; the
///   cache's timeouts cut off one that does not;
/// - a value is visible whole or not at all, but for one that [`get`](Self::get) may cut, and never
///   after its `ttl`;
/// - a `set` replaces whatever stood under the key, of whatever type;
/// - a `remove` takes away what every `set` that ended before it began has stored;
/// - a dropped future leaves the backend usable;
/// - an error's text holds no key and no value.
///
/// Calls may run concurrently, on one key too: the last `set` or `remove` to arrive wins.
///
/// ```
/// use cached_runtime::{Backend, BackendFuture, Error};
/// use std::time::Duration;
///
/// /// Keeps nothing.
/// struct Nowhere;
///
/// impl Backend for Nowhere {
///     fn get<'a>(&'a self, _: &'a str, _: usize) -> BackendFuture<'a, Option<Vec<u8>>> {
///         Box::pin(async { Ok(None) })
///     }
///
///     fn set<'a>(&'a self, _: &'a str, _: Vec<u8>, _: Duration) -> BackendFuture<'a, ()> {
///         Box::pin(async { Err(Error::disconnected("there is no store")) })
///     }
///
///     fn remove<'a>(&'a self, _: &'a str) -> BackendFuture<'a, ()> {
///         Box::pin(async { Ok(()) })
///     }
///
///     fn is_connected(&self) -> bool {
///         false
///     }
/// }
/// ```
pub trait Backend: Send + Sync + 'static {
    /// Returns the bytes under `key`, or `None` where there are none or they have expired.
    ///
    /// The caller has no use for a value of more than `max_bytes`: nothing that it has stored is as
    /// long. Of such a value a store at the other end of a network returns the first `max_bytes` and
    /// one more, which tell that it is too long and cost no more than that; others may return it whole.
    fn get<'a>(&'a self, key: &'a str, max_bytes: usize) -> BackendFuture<'a, Option<Vec<u8>>>;

    /// Stores `bytes` under `key` for `ttl`. After an error the outcome is unknown.
    fn set<'a>(&'a self, key: &'a str, bytes: Vec<u8>, ttl: Duration) -> BackendFuture<'a, ()>;

    /// Removes what stands under `key`, of whatever type; that nothing does is no error. After an
    /// error the outcome is unknown.
    fn remove<'a>(&'a self, key: &'a str) -> BackendFuture<'a, ()>;

    /// Returns true when the store could be reached when it was last tried.
    fn is_connected(&self) -> bool;

    /// Ends tasks and connections of the store's own, and returns when the calls under way have ended,
    /// each within its deadline. Calls that come later are refused. Does nothing by default.
    ///
    /// # Errors
    /// Returns a fault that keeps the store from ending in good order; it has ended nevertheless.
    fn shutdown(&self) -> BackendFuture<'_, ()> {
        Box::pin(async { Ok(()) })
    }
}
