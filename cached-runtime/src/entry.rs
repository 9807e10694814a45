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

impl Times {
    /// Returns how long the entry may be kept.
    pub(crate) fn ttl(&self) -> Duration {
        let ttl = self.fresh_until.duration_since(self.created_at);
        ttl.unwrap_or_default()
    }
}

/// What is stored: a value, or that there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content<T, A> {
    Value(T),
    Absence(A),
}

/// Something stored, with its times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry<T, A> {
    pub(crate) content: Content<T, A>,
    pub(crate) times: Times,
}

impl<T, A> Entry<T, A> {
    /// Returns the entry with a reference to what is stored.
    pub(crate) fn as_ref(&self) -> Entry<&T, &A> {
        let content = match &self.content {
            Content::Value(value) => Content::Value(value),
            Content::Absence(absence) => Content::Absence(absence),
        };
        let times = self.times;
        Entry { content, times }
    }
}
