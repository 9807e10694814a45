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

/// The attribute says a closure from a value of type `T` to an `R`.
///
/// That the closure is one is known where this is made, and not asked again where it is used: rustc
/// reports a closure of another type once.
pub struct Said<F, T, R> {
    closure: F,
    call: fn(F, &T) -> R,
}

impl<F: FnOnce(&T) -> R, T, R> Said<F, T, R> {
    pub(crate) fn new(closure: F) -> Self {
        let call = |closure: F, value: &T| closure(value);
        Self { closure, call }
    }
}

impl<T> Lifetime<T> for Unsaid {
    fn lifetime(self, _: &T) -> Option<Duration> {
        None
    }
}

impl<F, T> Lifetime<T> for Said<F, T, Duration> {
    fn lifetime(self, value: &T) -> Option<Duration> {
        Some((self.call)(self.closure, value))
    }
}

impl<T> Admission<T> for Unsaid {
    fn admits(self, _: &T) -> bool {
        true
    }
}

impl<F, T> Admission<T> for Said<F, T, bool> {
    fn admits(self, value: &T) -> bool {
        (self.call)(self.closure, value)
    }
}
