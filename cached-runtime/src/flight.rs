//! Single flight: at most one computation of a key at a time in this process.
//!
//! A call takes a [`Seat`] before it looks into the cache, and boards the flight when it finds nothing.
//! The first to board leads; later ones wait for the envelope that it lands. Each of them holds its own
//! future of the function, so that any can lead:
//!
//! | the leader | who computes next |
//! | --- | --- |
//! | lands | nobody: whoever took a seat before it left is served |
//! | is dropped | the oldest waiter |
//! | fails or panics | the two oldest waiters |
//! | has a value that cannot be shared | all of them, and whoever boards before a value lands |
//! | takes longer than the patience | the oldest waiter beside it, and one more each time that passes again |
//!
//! A waiter can be in a task that does not poll it, as one in a `select!` whose other branch runs. When
//! the oldest does not take its turn, any other does after another patience.
//!
//! A value that has landed is served to calls that enter while it is being stored. Whoever polls its leader
//! decides how long that takes, so such a call looks at the time: past its TTL the value is for nobody who
//! enters, and they have a flight of their own.
//!
//! An error is not shared: it belongs to one caller, and the next call may succeed. If one waiter
//! tried after the other, the last of N waiters of a failing function would wait for N runs of it; when
//! each failure lets two of them try, it waits for log2 N.
//!
//! Called by [`call`](crate::call) on a miss and by [`companions`](crate::companions), which void what has
//! begun before an invalidation. Knows keys and bytes of one cache in this process, and nothing of values
//! or stores.

mod alarm;
mod seat;
mod state;
mod write;

pub(crate) use seat::{Boarding, Flights, Landed, Lead, Seat};

#[cfg(test)]
mod interleavings;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod walks;

/// What a seat is guarded with.
mod sync {
    pub(super) use std::sync::Mutex;

    /// How many locks share the keys of a cache.
    pub(super) const SHARDS: usize = 64;
}
