//! What the attribute says about one function, fixed at compile time.

use std::time::Duration;

/// The settings of one cached function, built by the expansion of `#[redis_cached]`.
///
/// ```
/// use cached_runtime::Spec;
/// use std::time::Duration;
///
/// const SPEC: Spec = Spec::new("shop::price", Duration::from_secs(60)).with_version(2);
/// assert_eq!(SPEC.name(), "shop::price");
/// assert_eq!(SPEC.version(), 2);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// Crate, module path and function, or the user's `name`; the second part of the key.
    name: &'static str,
    /// The user's `version`; the third part of the key.
    version: u32,
    /// How long a value may be served after it was computed.
    ttl: Duration,
}

impl Spec {
    /// The longest lifetime, 3,650 days: far enough for values that never change, and near enough
    /// for every date computed from it to exist.
    pub const MAX_TTL: Duration = Duration::from_hours(24 * 3650);

    /// Returns the settings of the function `name`, whose values live for `ttl`, in version 1.
    ///
    /// # Panics
    /// Panics, at compile time in an expansion, when `ttl` is less than a millisecond or more than
    /// [`MAX_TTL`](Self::MAX_TTL).
    #[must_use]
    pub const fn new(name: &'static str, ttl: Duration) -> Self {
        assert!(
            1 <= ttl.as_millis() && ttl.as_millis() <= Self::MAX_TTL.as_millis(),
            "the TTL is from 1 ms to 3650 days"
        );
        Self {
            name,
            version: 1,
            ttl,
        }
    }

    /// Returns the same settings in another version, whose entries the others do not see.
    #[must_use]
    pub const fn with_version(self, version: u32) -> Self {
        Self { version, ..self }
    }

    /// Returns the function's name as it stands in keys, metrics and headers.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Returns the version of the function's entries, 1 unless the attribute says otherwise.
    #[must_use]
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// Returns how long a value may be served after it was computed.
    #[must_use]
    pub const fn ttl(&self) -> Duration {
        self.ttl
    }
}
