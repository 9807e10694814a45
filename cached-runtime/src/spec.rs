//! What the attribute says about one function, fixed at compile time.

use std::fmt;
use std::panic::Location;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use crate::codec::Codec;
use crate::refusal::Refusal;
use crate::tally::{Counters, Tally};

/// What the attribute says about one function, and what has been counted of it: a `static` in the expansion of
/// `#[redis_cached]`, listed by [`functions`](crate::functions()).
///
/// ```
/// use cached_runtime::{functions, redis_cached};
/// use std::time::Duration;
///
/// #[redis_cached(ttl = "1h", key = hash, version = 2)]
/// async fn rate(zone: u32) -> u64 {
///     u64::from(zone) * 100
/// }
///
/// let listed = functions();
/// let rate = listed.iter().find(|spec| spec.name().ends_with("::rate")).unwrap();
/// assert_eq!((rate.version(), rate.ttl()), (2, Some(Duration::from_hours(1))));
/// assert_eq!(rate.options(), r#"ttl = "1h", key = hash, version = 2"#);
/// println!("{}:{}", rate.file(), rate.line());
/// ```
pub struct Spec {
    /// The first part of the identity of its entries; worked out once.
    name: OnceLock<String>,
    /// The user's `name`.
    given_name: Option<&'static str>,
    /// Returns the path of an item inside the function.
    item_path: fn() -> &'static str,
    location: &'static Location<'static>,
    version: u32,
    ttl: Option<Duration>,
    freshness: Freshness,
    limits: Limits,
    storage: Storage,
    /// Whether the attribute names the cache.
    has_own_cache: bool,
    is_shared: bool,
    options: &'static str,
    /// How many of its calls run, where that is bounded.
    running: AtomicU32,
    /// Whether it has been said that its values cannot be stored.
    is_warned_of: AtomicBool,
    tally: Tally,
}

/// A call of a function that runs; dropping it makes room for another.
pub(crate) struct Running(&'static AtomicU32);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// What is served beyond a value's lifetime, and what is recomputed within it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Freshness {
    /// How long a value that is not fresh any more is served while it is computed anew.
    pub(crate) stale_while_revalidate: Duration,
    /// How long it is served when the function fails or is too slow.
    pub(crate) stale_if_error: Duration,
    /// How eagerly a value is computed anew while it is fresh: the beta of `XFetch`, 0.0 for not at all.
    pub(crate) early: f64,
}

impl Freshness {
    /// Served while it is fresh, and computed anew when it is not.
    pub(crate) const NEVER_STALE: Self = Self {
        stale_while_revalidate: Duration::ZERO,
        stale_if_error: Duration::ZERO,
        early: 0.0,
    };
}

/// What one function may take, where that is less than its cache allows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Limits {
    /// How long a call waits for the function before it is served a stale value.
    pub(crate) soft_timeout: Option<Duration>,
    /// How long the function may take.
    pub(crate) hard_timeout: Option<Duration>,
    /// How many of its calls run at once.
    pub(crate) max_concurrency: Option<u32>,
    pub(crate) max_value_bytes: Option<usize>,
    pub(crate) read_timeout: Option<Duration>,
    pub(crate) write_timeout: Option<Duration>,
}

/// In which form the values of one function are stored, where it differs from that of its cache.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Storage {
    pub(crate) codec: Option<Codec>,
    /// Whether values are encrypted; those that must be are neither stored nor read otherwise.
    pub(crate) encrypt: Option<bool>,
}

impl Spec {
    /// The longest lifetime, 3,650 days: far enough for values that never change, and near enough
    /// for every date computed from it to exist.
    pub const MAX_TTL: Duration = Duration::from_hours(24 * 3650);

    /// Returns the function's name as it stands in keys, metrics and headers: the given one, or its
    /// crate, modules, type and name.
    #[must_use]
    pub fn name(&'static self) -> &'static str {
        self.given_name
            .unwrap_or_else(|| self.name.get_or_init(|| function_path((self.item_path)())))
    }

    /// Returns the version of the function's entries, 1 unless the attribute says otherwise.
    #[must_use]
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// Returns how long a value may be served after it was computed, or `None` where that depends
    /// on the arguments or the value.
    #[must_use]
    pub const fn ttl(&self) -> Option<Duration> {
        self.ttl
    }

    /// Returns what has been counted of the function's calls since the start of the process.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.tally.counters()
    }

    pub(crate) const fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Makes room for a call of the function.
    ///
    /// # Errors
    /// Returns a refusal when as many are running as its `max_concurrency` allows.
    pub(crate) fn start(&'static self) -> Result<Running, Refusal> {
        let most = self.limits.max_concurrency.unwrap_or(u32::MAX);
        let running = Running(&self.running);
        // Taken first and given back, so that no two calls take the last place.
        if self.running.fetch_add(1, Ordering::AcqRel) < most {
            return Ok(running);
        }
        Err(Refusal::overloaded(self.name(), most))
    }

    pub(crate) const fn freshness(&self) -> &Freshness {
        &self.freshness
    }

    pub(crate) const fn limits(&self) -> &Limits {
        &self.limits
    }

    pub(crate) const fn storage(&self) -> &Storage {
        &self.storage
    }

    /// Returns true when the attribute says which cache the function uses.
    pub(crate) const fn has_own_cache(&self) -> bool {
        self.has_own_cache
    }

    /// Returns true the first time it is asked.
    pub(crate) fn is_first_warning(&self) -> bool {
        !self.is_warned_of.swap(true, Ordering::Relaxed)
    }

    /// Returns true when calls share the computation of a value.
    pub(crate) const fn is_shared(&self) -> bool {
        self.is_shared
    }

    /// Returns the file in which the function stands, relative to the workspace it was built in.
    #[must_use]
    pub const fn file(&self) -> &'static str {
        self.location.file()
    }

    /// Returns the line of the attribute in that file, from 1.
    #[must_use]
    pub const fn line(&self) -> u32 {
        self.location.line()
    }

    /// Returns the options as they stand in the attribute.
    #[must_use]
    pub const fn options(&self) -> &'static str {
        self.options
    }
}

/// What expansions call.
#[doc(hidden)]
impl Spec {
    /// Returns the settings of the function that contains the caller, in version 1.
    ///
    /// `item_path` returns `type_name_of_val` of a function `here` in the closure itself, in a
    /// `static SPEC`: the only way to learn the type that a method belongs to.
    #[must_use]
    #[track_caller]
    pub const fn new(item_path: fn() -> &'static str) -> Self {
        Self {
            name: OnceLock::new(),
            given_name: None,
            item_path,
            location: Location::caller(),
            version: 1,
            ttl: None,
            freshness: Freshness::NEVER_STALE,
            limits: Limits {
                soft_timeout: None,
                hard_timeout: None,
                max_concurrency: None,
                max_value_bytes: None,
                read_timeout: None,
                write_timeout: None,
            },
            storage: Storage {
                codec: None,
                encrypt: None,
            },
            has_own_cache: false,
            is_shared: true,
            options: "",
            running: AtomicU32::new(0),
            is_warned_of: AtomicBool::new(false),
            tally: Tally::new(),
        }
    }

    /// Returns the same settings under a name that the user gave.
    #[must_use]
    pub const fn with_name(mut self, name: &'static str) -> Self {
        self.given_name = Some(name);
        self
    }

    /// Returns the same settings in another version, whose entries the others do not see.
    #[must_use]
    pub const fn with_version(mut self, version: u32) -> Self {
        self.version = version;
        self
    }

    /// Returns the same settings with a lifetime that is the same for all values.
    ///
    /// # Panics
    ///
    /// Panics, at compile time in an expansion, when `ttl` is less than a millisecond or more than
    /// [`MAX_TTL`](Self::MAX_TTL).
    #[must_use]
    pub const fn with_ttl(mut self, ttl: Duration) -> Self {
        assert!(
            1 <= ttl.as_millis() && ttl.as_millis() <= Self::MAX_TTL.as_millis(),
            "the TTL is from 1 ms to 3650 days"
        );
        self.ttl = Some(ttl);
        self
    }

    /// Returns the same settings with `stale_while_revalidate`.
    #[must_use]
    pub const fn with_stale_while_revalidate(mut self, window: Duration) -> Self {
        self.freshness.stale_while_revalidate = window;
        self
    }

    /// Returns the same settings with `stale_if_error`.
    #[must_use]
    pub const fn with_stale_if_error(mut self, window: Duration) -> Self {
        self.freshness.stale_if_error = window;
        self
    }

    /// Returns the same settings with `early`.
    #[must_use]
    pub const fn with_early(mut self, beta: f64) -> Self {
        self.freshness.early = beta;
        self
    }

    /// Returns the same settings with `timeout(soft = …)`.
    #[must_use]
    pub const fn with_soft_timeout(mut self, timeout: Duration) -> Self {
        self.limits.soft_timeout = Some(timeout);
        self
    }

    /// Returns the same settings with `timeout(hard = …)`.
    #[must_use]
    pub const fn with_hard_timeout(mut self, timeout: Duration) -> Self {
        self.limits.hard_timeout = Some(timeout);
        self
    }

    /// Returns the same settings with `max_concurrency`.
    #[must_use]
    pub const fn with_max_concurrency(mut self, most: u32) -> Self {
        self.limits.max_concurrency = Some(most);
        self
    }

    /// Returns the same settings with `max_value_bytes`.
    #[must_use]
    pub const fn with_max_value_bytes(mut self, bytes: usize) -> Self {
        self.limits.max_value_bytes = Some(bytes);
        self
    }

    /// Returns the same settings with `read_timeout`.
    #[must_use]
    pub const fn with_read_timeout(mut self, timeout: Duration) -> Self {
        self.limits.read_timeout = Some(timeout);
        self
    }

    /// Returns the same settings with `write_timeout`.
    #[must_use]
    pub const fn with_write_timeout(mut self, timeout: Duration) -> Self {
        self.limits.write_timeout = Some(timeout);
        self
    }

    /// Returns the same settings with `codec`.
    #[must_use]
    pub const fn with_codec(mut self, codec: Codec) -> Self {
        self.storage.codec = Some(codec);
        self
    }

    /// Returns the same settings with `encrypt`.
    #[must_use]
    pub const fn with_encrypt(mut self, encrypt: bool) -> Self {
        self.storage.encrypt = Some(encrypt);
        self
    }

    /// Returns the same settings with `cache`, which is worked out in each call.
    #[must_use]
    pub const fn with_own_cache(mut self) -> Self {
        self.has_own_cache = true;
        self
    }

    /// Returns the same settings with `flight = off`.
    #[must_use]
    pub const fn without_flight(mut self) -> Self {
        self.is_shared = false;
        self
    }

    /// Returns the same settings with the text of the attribute's options.
    #[must_use]
    pub const fn with_options(mut self, options: &'static str) -> Self {
        self.options = options;
        self
    }
}

impl fmt::Debug for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spec")
            .field(
                "name",
                &self.given_name.or(self.name.get().map(|name| &**name)),
            )
            .field("version", &self.version)
            .field("ttl", &self.ttl)
            .field("location", &format_args!("{}", self.location))
            .finish_non_exhaustive()
    }
}

/// Returns the path of the function around an item of this path, without what the compiler adds for
/// futures and without spaces, which are awkward in a key.
fn function_path(item: &str) -> String {
    let function = item
        .strip_suffix("::SPEC::{{closure}}::here")
        .unwrap_or(item);
    function.replace("::{{closure}}", "").replace(' ', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_a_function_is_that_of_an_item_in_it() {
        let cases = [
            (
                "shop::price::{{closure}}::SPEC::{{closure}}::here",
                "shop::price",
            ),
            (
                "shop::outer::{{closure}}::price::SPEC::{{closure}}::here",
                "shop::outer::price",
            ),
            (
                "shop::Shelf<_>::price::{{closure}}::SPEC::{{closure}}::here",
                "shop::Shelf<_>::price",
            ),
            (
                "<shop::Shelf<u8> as shop::Prices>::price::{{closure}}::SPEC::{{closure}}::here",
                "<shop::Shelf<u8>_as_shop::Prices>::price",
            ),
        ];
        for (item, function) in cases {
            assert_eq!(function_path(item), function);
        }
    }
}
