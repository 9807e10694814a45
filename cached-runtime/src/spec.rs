//! What the attribute says about one function, fixed at compile time.

use std::fmt;
use std::panic::Location;
use std::sync::OnceLock;
use std::time::Duration;

/// The settings of one cached function: a `static` in the expansion of `#[redis_cached]`.
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
    options: &'static str,
}

impl Spec {
    /// The longest lifetime, 3,650 days: far enough for values that never change, and near enough
    /// for every date computed from it to exist.
    pub const MAX_TTL: Duration = Duration::from_hours(24 * 3650);

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
            options: "",
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

    /// Returns the same settings with the text of the attribute's options.
    #[must_use]
    pub const fn with_options(mut self, options: &'static str) -> Self {
        self.options = options;
        self
    }

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
