//! A stored value and the times that decide whether it may be served.

use std::time::{Duration, SystemTime};

/// When a value was computed and how long it is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Times {
    /// When the computation ended.
    pub(crate) created_at: SystemTime,
    /// From when on the value is not fresh any more.
    pub(crate) fresh_until: SystemTime,
    /// How long the computation took.
    pub(crate) cost: Duration,
}

/// A value with its times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry<T> {
    pub(crate) value: T,
    pub(crate) times: Times,
}
