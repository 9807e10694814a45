//! Functions that fail: by an error of their own, or because they were not allowed to run, or to run
//! on.
//!
//! A refusal is the one error that callers see, and only of a function that asks for it with a hard
//! `timeout` or a `max_concurrency`.

use std::fmt;
use std::time::Duration;

/// Why a cached function returned no value of its own: it took too long, or too many of its calls
/// were running.
///
/// Functions with a hard `timeout` or a `max_concurrency` return `Result<T, E>`, and their error is
/// made from this:
///
/// ```
/// use cached_runtime::{Refusal, redis_cached};
///
/// #[derive(Debug)]
/// enum PriceError {
///     Busy(Refusal),
/// }
///
/// impl From<Refusal> for PriceError {
///     fn from(refusal: Refusal) -> Self {
///         Self::Busy(refusal)
///     }
/// }
///
/// #[redis_cached(ttl = "1h", key = hash, max_concurrency = 8)]
/// async fn price(article: u32) -> Result<u64, PriceError> {
///     Ok(u64::from(article) * 100)
/// }
/// # drop(price(7));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    function: &'static str,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Timeout(Duration),
    Overloaded(u32),
}

impl Refusal {
    pub(crate) fn timeout(function: &'static str, after: Duration) -> Self {
        let kind = Kind::Timeout(after);
        Self { function, kind }
    }

    pub(crate) fn overloaded(function: &'static str, most: u32) -> Self {
        let kind = Kind::Overloaded(most);
        Self { function, kind }
    }

    /// Returns the function's name as it stands in keys.
    #[must_use]
    pub fn function(&self) -> &'static str {
        self.function
    }

    /// Returns true when the function did not return within its hard `timeout`.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(self.kind, Kind::Timeout(_))
    }

    /// Returns true when as many calls of the function were running as its `max_concurrency` allows.
    #[must_use]
    pub fn is_overloaded(&self) -> bool {
        matches!(self.kind, Kind::Overloaded(_))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let function = self.function;
        match self.kind {
            Kind::Timeout(after) => write!(f, "`{function}` did not return within {after:?}"),
            Kind::Overloaded(most) => write!(f, "`{function}` is running {most} times already"),
        }
    }
}

impl std::error::Error for Refusal {}

/// A function's output that can say that the function was refused.
#[diagnostic::on_unimplemented(
    message = "a hard `timeout` or `max_concurrency` does not go with a function that returns `{Self}`",
    label = "this result cannot say that the function was refused",
    note = "such a function returns `Result<T, E>` where `E` is `From<cached_runtime::Refusal>`"
)]
pub trait Refuses {
    /// Returns the output of a refused call.
    fn refuse(refusal: Refusal) -> Self;
}

#[diagnostic::do_not_recommend]
impl<T, E: From<Refusal>> Refuses for Result<T, E> {
    fn refuse(refusal: Refusal) -> Self {
        Err(E::from(refusal))
    }
}

/// A function's output that can be an error, in whose place a stale value may be served.
#[diagnostic::on_unimplemented(
    message = "`stale_if_error` does not go with a function that returns `{Self}`",
    label = "this result is never an error",
    note = "`stale_if_error` is for `Result<T, E>`"
)]
pub trait Failing {}

#[diagnostic::do_not_recommend]
impl<T, E> Failing for Result<T, E> {}
