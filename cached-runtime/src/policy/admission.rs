//! What the attribute says of single values: how long one lives, and whether it is stored at all.

use std::time::Duration;

/// What the attribute says of the lifetime of a value, if that depends on the value.
pub trait Lifetime<T> {
    /// Returns the lifetime of this value, or `None` where it is that of all.
    fn lifetime(self, value: &T) -> Option<Duration>;
}

/// What the attribute says of which values are stored.
pub trait Admission<T> {
    /// Returns true when this value is to be stored.
    fn admits(self, value: &T) -> bool;
}

/// The attribute says nothing.
#[derive(Clone, Copy, Debug)]
pub struct Unsaid;

impl<T> Lifetime<T> for Unsaid {
    fn lifetime(self, _: &T) -> Option<Duration> {
        None
    }
}

impl<T, F: FnOnce(&T) -> Duration> Lifetime<T> for F {
    fn lifetime(self, value: &T) -> Option<Duration> {
        Some(self(value))
    }
}

impl<T> Admission<T> for Unsaid {
    fn admits(self, _: &T) -> bool {
        true
    }
}

impl<T, F: FnOnce(&T) -> bool> Admission<T> for F {
    fn admits(self, value: &T) -> bool {
        self(value)
    }
}
