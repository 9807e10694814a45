//! What happened in one call of a cached function.

use std::fmt;
use std::time::Duration;

use crate::error::{Error, TlsFault};
use crate::refusal::Refusal;

/// How one call of a cached function was answered.
///
/// ```
/// use cached_runtime::{Cache, Outcome, observe, redis_cached};
/// use std::time::Duration;
///
/// #[redis_cached(ttl = "1m", key = hash)]
/// async fn double(number: u64) -> u64 {
///     number * 2
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), cached_runtime::Error> {
/// let cache = Cache::builder().build().await?;
/// let (_, calls) = observe(cache.scope(async { (double(4).await, double(4).await) })).await;
///
/// assert_eq!(calls[0].outcome.to_string(), "miss, stored");
/// let Outcome::Hit { ttl, .. } = calls[1].outcome else { panic!("no hit") };
/// assert!(ttl <= Duration::from_secs(60));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The value came from the cache.
    #[non_exhaustive]
    Hit {
        /// How much longer it is fresh.
        ttl: Duration,
    },
    /// The value came from the cache and is not fresh any more, as the attribute allows.
    #[non_exhaustive]
    Stale {
        /// How long it has not been fresh.
        late: Duration,
        /// Why it was served.
        reason: Stale,
    },
    /// The cache had no value, or was told to [`refresh`](crate::refresh) it, so the function ran.
    #[non_exhaustive]
    Miss {
        /// What became of the function's value.
        stored: Stored,
    },
    /// The cache was not asked or did not answer, so nothing was stored. The function ran, unless the call was
    /// refused or given the value of another.
    #[non_exhaustive]
    Bypass {
        /// Why.
        reason: Bypass,
    },
}

impl Outcome {
    /// Returns what the outcome is called in metrics and spans, and what is said of it beside.
    pub(crate) fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Hit { .. } => ("hit", ""),
            Self::Stale { reason, .. } => ("stale", reason.as_str()),
            Self::Miss { stored } => ("miss", stored.as_str()),
            Self::Bypass { reason } => ("bypass", reason.as_str()),
        }
    }
}

/// Writes the outcome and what is said of it beside, as metrics and spans name them: `hit`,
/// `miss, stored`, `bypass, timeout`.
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.words() {
            (outcome, "") => f.write_str(outcome),
            (outcome, detail) => write!(f, "{outcome}, {detail}"),
        }
    }
}

/// Why a stale value was served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stale {
    /// The function runs in the background: `stale_while_revalidate`.
    Revalidating,
    /// The function failed: `stale_if_error`.
    Failed,
    /// The function takes longer than its soft timeout, and goes on in the background.
    SoftTimeout,
    /// The function took longer than its hard timeout.
    HardTimeout,
    /// As many calls of the function are running as its `max_concurrency` allows.
    Overloaded,
}

impl Stale {
    /// Returns why a refused call is served a stale value.
    pub(crate) fn from_refusal(refusal: Refusal) -> Self {
        if refusal.is_timeout() {
            Self::HardTimeout
        } else {
            Self::Overloaded
        }
    }

    /// Returns the reason as one lower-case word with hyphens.
    ///
    /// ```
    /// use cached_runtime::Stale;
    /// assert_eq!(Stale::SoftTimeout.as_str(), "soft-timeout");
    /// ```
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Revalidating => "revalidating",
            Self::Failed => "failed",
            Self::SoftTimeout => "soft-timeout",
            Self::HardTimeout => "hard-timeout",
            Self::Overloaded => "overloaded",
        }
    }
}

/// What became of a value computed after a miss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stored {
    /// It is in the cache.
    Yes,
    /// It was an `Err` or a `None` that is not stored, `store_if` refused it, or its lifetime was less than a
    /// millisecond.
    NotAdmitted,
    /// It is larger than the cache's limit.
    TooLarge,
    /// It has no encoding: its `Serialize` fails or panics, it is nested too deeply, or the codec cannot carry it.
    Unencodable,
    /// The codec would give back another value, or none.
    Lossy,
    /// It is stored only encrypted, and the cache has no secret.
    NoSecret,
    /// The write failed; whether the value arrived is unknown.
    WriteFailed,
    /// It was not written, because writes have failed or have been slow too often of late.
    BreakerOpen,
    /// An [`invalidate`](crate::invalidate) or a [`refresh`](crate::refresh) of the same call began
    /// after the computation.
    Invalidated,
    /// The cache, or the function's use of it, was [switched off](crate::Cache::set_enabled) during the
    /// computation.
    SwitchedOff,
    /// Another call computed it at the same time, and stores it.
    Collapsed,
    /// There is none: the function did not return within its hard timeout.
    TimedOut,
    /// There is none: as many calls of the function were running as its `max_concurrency` allows.
    Overloaded,
}

/// Why a call went past the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Bypass {
    /// The cache was [made switched off](crate::Cache::disabled).
    Disabled,
    /// The cache, or the function's use of it, has been [switched off](crate::Cache::set_enabled) since.
    SwitchedOff,
    /// No cache was installed, scoped or passed.
    NotInstalled,
    /// The cache was [shut down](crate::Cache::shutdown).
    ShutDown,
    /// The call was made through [`uncached`](crate::uncached).
    Uncached,
    /// An argument has no key: a NaN, an infinity, a value nested too deeply or a failing `Serialize`.
    Unkeyable,
    /// There is no connection.
    Disconnected,
    /// There is no connection, and the fault lies with TLS.
    Tls(TlsFault),
    /// The cache did not answer within its deadline.
    Timeout,
    /// The cache was not asked, because reads have failed or have been slow too often of late.
    BreakerOpen,
    /// As many commands were waiting for the server as its `max_in_flight` allows.
    Overloaded,
    /// The server answered with the error of this code, such as `LOADING` or `NOPERM`.
    Server(&'static str),
}

impl Bypass {
    /// Returns the reason for a bypass after a failed read.
    pub(crate) fn from_fault(fault: &Error) -> Self {
        if let Some(fault) = fault.tls_fault() {
            return Self::Tls(fault);
        }
        match fault.server_code() {
            Some(code) => Self::Server(code),
            None if fault.is_timeout() => Self::Timeout,
            None if fault.is_breaker_open() => Self::BreakerOpen,
            None if fault.is_overloaded() => Self::Overloaded,
            None => Self::Disconnected,
        }
    }

    /// Returns true when the store is at fault.
    pub(crate) fn is_fault(self) -> bool {
        match self {
            Self::Disabled
            | Self::SwitchedOff
            | Self::NotInstalled
            | Self::ShutDown
            | Self::Uncached
            | Self::Unkeyable => false,
            Self::Disconnected
            | Self::Tls(_)
            | Self::Timeout
            | Self::BreakerOpen
            | Self::Overloaded
            | Self::Server(_) => true,
        }
    }

    /// Returns the reason as one lower-case word with hyphens, or the server's code.
    ///
    /// ```
    /// use cached_runtime::Bypass;
    /// assert_eq!(Bypass::NotInstalled.as_str(), "not-installed");
    /// ```
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Disabled => "disabled",
            Self::SwitchedOff => "switched-off",
            Self::NotInstalled => "not-installed",
            Self::ShutDown => "shut-down",
            Self::Uncached => "uncached",
            Self::Unkeyable => "unkeyable",
            Self::Disconnected => "disconnected",
            Self::Tls(fault) => fault.as_str(),
            Self::Timeout => "timeout",
            Self::BreakerOpen => "breaker-open",
            Self::Overloaded => "overloaded",
            Self::Server(code) => code,
        }
    }
}

impl Stored {
    /// Returns what became of a value that could not be written.
    pub(crate) fn from_fault(fault: &Error) -> Self {
        match fault {
            fault if fault.is_too_large() => Self::TooLarge,
            fault if fault.is_unencodable() => Self::Unencodable,
            fault if fault.is_lossy() => Self::Lossy,
            fault if fault.is_no_secret() => Self::NoSecret,
            fault if fault.is_breaker_open() => Self::BreakerOpen,
            _ => Self::WriteFailed,
        }
    }

    /// Returns what became of the value of a refused call.
    pub(crate) fn from_refusal(refusal: Refusal) -> Self {
        if refusal.is_timeout() {
            Self::TimedOut
        } else {
            Self::Overloaded
        }
    }

    /// Returns true when the value is in the cache.
    ///
    /// ```
    /// use cached_runtime::Stored;
    /// assert!(Stored::Yes.is_stored());
    /// assert!(!Stored::NotAdmitted.is_stored());
    /// ```
    #[must_use]
    pub fn is_stored(self) -> bool {
        self == Self::Yes
    }

    /// Returns what became of the value as one lower-case word with hyphens.
    ///
    /// ```
    /// use cached_runtime::Stored;
    /// assert_eq!(Stored::TooLarge.as_str(), "too-large");
    /// ```
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "stored",
            Self::NotAdmitted => "not-admitted",
            Self::TooLarge => "too-large",
            Self::Unencodable => "unencodable",
            Self::Lossy => "lossy",
            Self::NoSecret => "no-secret",
            Self::WriteFailed => "write-failed",
            Self::BreakerOpen => "breaker-open",
            Self::Invalidated => "invalidated",
            Self::SwitchedOff => "switched-off",
            Self::Collapsed => "collapsed",
            Self::TimedOut => "timed-out",
            Self::Overloaded => "overloaded",
        }
    }
}

/// One call of a cached function within an observed scope.
///
/// ```
/// use cached_runtime::{Cache, observe, redis_cached};
///
/// #[redis_cached(ttl = "1m", key = hash, name = "shop::stock")]
/// async fn stock(article: u64) -> u64 {
///     article + 1
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), cached_runtime::Error> {
/// let cache = Cache::builder().build().await?;
/// let (_, calls) = observe(cache.scope(stock(4))).await;
///
/// assert_eq!((calls[0].function, calls[0].is_collapsed), ("shop::stock", false));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallReport {
    /// The function's name as it stands in keys.
    pub function: &'static str,
    /// How the call was answered.
    pub outcome: Outcome,
    /// Whether the value is that of another call, which computed it at the same time.
    pub is_collapsed: bool,
}
