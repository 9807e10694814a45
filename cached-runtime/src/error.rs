//! The crate's one error: what went wrong with the cache, never with the user's function.
//!
//! A caller of a cached function never sees it: for them it becomes a bypass with a reason. It reaches
//! whoever builds a [`Cache`](crate::Cache), writes a [`Backend`](crate::Backend) or asks a companion
//! such as [`invalidate`](crate::invalidate).

mod tls;

use std::borrow::Cow;
use std::fmt;

pub use tls::TlsFault;

/// A fault of the cache or of its settings.
///
/// Its text never holds a secret, a password, a key's arguments or a value.
///
/// ```
/// use cached_runtime::KeySecret;
///
/// let error = KeySecret::new("short").unwrap_err();
/// assert!(error.is_setting());
/// assert_eq!(error.to_string(), "key secret has 5 bytes; it takes 32 or more");
/// ```
#[derive(Clone, Debug)]
pub struct Error {
    kind: Kind,
}

/// Which of the faults it is; the strings are complete messages.
#[derive(Clone, Debug)]
enum Kind {
    Setting(Cow<'static, str>),
    Disconnected(Cow<'static, str>),
    Tls(TlsFault),
    Timeout,
    BreakerOpen,
    Overloaded,
    Server { code: &'static str },
    Unreadable(Cow<'static, str>),
    TooLarge { limit: usize },
    Unencodable(Cow<'static, str>),
    Lossy(Cow<'static, str>),
    NoSecret,
    NoCache(&'static str),
    NotACall,
}

/// The error codes that Redis documents and a cache can meet.
const SERVER_CODES: &[&str] = &[
    "BUSY",
    "CLUSTERDOWN",
    "LOADING",
    "MASTERDOWN",
    "MISCONF",
    "MOVED",
    "NOAUTH",
    "NOPERM",
    "NOREPLICAS",
    "OOM",
    "READONLY",
    "TRYAGAIN",
    "UNKILLABLE",
    "WRONGPASS",
];

impl Error {
    /// Returns a fault of a setting; `message` names the setting and what it takes.
    pub(crate) fn setting(message: impl Into<Cow<'static, str>>) -> Self {
        Kind::Setting(message.into()).into()
    }

    /// Returns the fault of a backend that cannot be reached; `message` says why.
    #[must_use]
    pub fn disconnected(message: impl Into<Cow<'static, str>>) -> Self {
        Kind::Disconnected(message.into()).into()
    }

    /// Returns the fault of a backend with which no protected connection came about.
    #[must_use]
    pub fn tls(fault: TlsFault) -> Self {
        Kind::Tls(fault).into()
    }

    /// Returns the fault of a backend that did not answer within its deadline.
    #[must_use]
    pub fn timeout() -> Self {
        Kind::Timeout.into()
    }

    /// Returns the fault of a backend that was not asked, because it has failed or has been slow too
    /// often of late.
    #[must_use]
    pub fn breaker_open() -> Self {
        Kind::BreakerOpen.into()
    }

    /// Returns the fault of a backend that takes no more calls at once than it has.
    #[must_use]
    pub fn overloaded() -> Self {
        Kind::Overloaded.into()
    }

    /// Returns the fault of a server that answered with an error, named by its code such as `OOM`.
    ///
    /// A code that Redis does not document becomes `ERR`, and the rest of the message is dropped: a
    /// server may say anything, keys included, and codes end up in headers and metric labels.
    #[must_use]
    pub fn server(code: &str) -> Self {
        let known = SERVER_CODES.iter().find(|known| **known == code);
        let code = known.unwrap_or(&"ERR");
        Kind::Server { code }.into()
    }

    /// Returns the fault of a stored value that is not one of ours or not whole.
    #[must_use]
    pub fn unreadable(message: impl Into<Cow<'static, str>>) -> Self {
        Kind::Unreadable(message.into()).into()
    }

    /// Returns the fault of a value that needs more than `limit` bytes.
    pub(crate) fn too_large(limit: usize) -> Self {
        Kind::TooLarge { limit }.into()
    }

    /// Returns the fault of a value or an argument that has no encoding.
    pub(crate) fn unencodable(message: impl Into<Cow<'static, str>>) -> Self {
        Kind::Unencodable(message.into()).into()
    }

    /// Returns the fault of a value that its codec does not give back; `message` says why.
    pub(crate) fn lossy(message: impl Into<Cow<'static, str>>) -> Self {
        Kind::Lossy(message.into()).into()
    }

    /// Returns an unreadable error as that of a value which cannot be read back.
    pub(crate) fn into_lossy(self) -> Self {
        match self.kind {
            Kind::Unreadable(message) => Self::lossy(message),
            kind => kind.into(),
        }
    }

    /// Returns the fault of a value that is stored only encrypted, in a cache without a secret.
    pub(crate) fn no_secret() -> Self {
        Kind::NoSecret.into()
    }

    /// Returns the fault of asking for a cache where there is none; `message` says why and what to do.
    pub(crate) fn no_cache(message: &'static str) -> Self {
        Kind::NoCache(message).into()
    }

    /// Returns the fault of asking about a future that calls no cached function.
    pub(crate) fn not_a_call() -> Self {
        Kind::NotACall.into()
    }

    /// Returns true when a setting is wrong: the only kind that building a cache returns.
    #[must_use]
    pub fn is_setting(&self) -> bool {
        matches!(self.kind, Kind::Setting(_))
    }

    /// Returns true when the backend cannot be reached.
    #[must_use]
    pub fn is_disconnected(&self) -> bool {
        matches!(self.kind, Kind::Disconnected(_) | Kind::Tls(_))
    }

    /// Returns why the backend cannot be reached, where the fault lies with TLS.
    #[must_use]
    pub fn tls_fault(&self) -> Option<TlsFault> {
        match self.kind {
            Kind::Tls(fault) => Some(fault),
            _ => None,
        }
    }

    /// Returns true when the backend did not answer within its deadline.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(self.kind, Kind::Timeout)
    }

    /// Returns true when the backend was not asked, because it has failed or has been slow too often
    /// of late.
    #[must_use]
    pub fn is_breaker_open(&self) -> bool {
        matches!(self.kind, Kind::BreakerOpen)
    }

    /// Returns true when the call found no place among those that the backend takes at once.
    #[must_use]
    pub fn is_overloaded(&self) -> bool {
        matches!(self.kind, Kind::Overloaded)
    }

    /// Returns the code of a server's error reply, such as `OOM` or `NOPERM`.
    #[must_use]
    pub fn server_code(&self) -> Option<&'static str> {
        match &self.kind {
            Kind::Server { code } => Some(code),
            _ => None,
        }
    }

    /// Returns true when something is stored under the key that this call cannot use.
    #[must_use]
    pub fn is_unreadable(&self) -> bool {
        matches!(self.kind, Kind::Unreadable(_))
    }

    /// Returns true when a value or an argument has no encoding.
    #[must_use]
    pub fn is_unencodable(&self) -> bool {
        matches!(self.kind, Kind::Unencodable(_))
    }

    /// Returns true when the codec would give back another value than the one it took, or none.
    pub(crate) fn is_lossy(&self) -> bool {
        matches!(self.kind, Kind::Lossy(_))
    }

    /// Returns true when a value is stored only encrypted, and the cache has no secret.
    pub(crate) fn is_no_secret(&self) -> bool {
        matches!(self.kind, Kind::NoSecret)
    }

    /// Returns true when a value is larger than the cache's limit.
    #[must_use]
    pub fn is_too_large(&self) -> bool {
        matches!(self.kind, Kind::TooLarge { .. })
    }

    /// Returns true when the call that a companion asked about has no cache: it was made switched off or
    /// shut down, or none is passed, scoped or installed.
    #[must_use]
    pub fn is_no_cache(&self) -> bool {
        matches!(self.kind, Kind::NoCache(_))
    }

    /// Returns true when the future that a companion was given called no cached function.
    #[must_use]
    pub fn is_not_a_call(&self) -> bool {
        matches!(self.kind, Kind::NotACall)
    }
}

impl From<Kind> for Error {
    fn from(kind: Kind) -> Self {
        Self { kind }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Setting(message)
            | Kind::Disconnected(message)
            | Kind::Unreadable(message)
            | Kind::Unencodable(message)
            | Kind::Lossy(message) => f.write_str(message),
            Kind::NoSecret => f.write_str("the value is stored only encrypted, and the cache has no key secret"),
            Kind::NoCache(message) => f.write_str(message),
            Kind::NotACall => f.write_str(
                "the future is not a call of a cached function; pass the call itself, as in `peek(price(7))`",
            ),
            Kind::Tls(fault) => fault.fmt(f),
            Kind::Timeout => f.write_str("no answer within the deadline"),
            Kind::BreakerOpen => f.write_str("the backend is given a rest after faults"),
            Kind::Overloaded => f.write_str("too many calls of the backend at once"),
            Kind::Server { code } => write!(f, "the server answered with the error {code}"),
            Kind::TooLarge { limit } => write!(f, "value is larger than {limit} bytes"),
        }
    }
}

impl std::error::Error for Error {}
