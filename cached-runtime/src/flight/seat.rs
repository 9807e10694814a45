//! Seats, leads and the locks around the steps that they take.
//!
//! Each step is made under one lock, that of the shard in which its key lies. No lock is held while
//! something is awaited, woken or computed.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::future::poll_fn;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use tokio::time::Instant;

use super::alarm::Alarm;
use super::state::{Flight, Slot, Step, Succession, Time, Wakers};
use super::sync::{Mutex, SHARDS};
use super::write::{Attempt, Writes};
use crate::backend::BackendFuture;
use crate::key::Key;
use crate::outcome::Stored;

/// The flights of one cache.
pub(crate) struct Flights {
    /// Each guards the keys whose digests begin alike. Locked for one step, never over an await.
    shards: Box<[Mutex<Shard>]>,
    /// How long a leader may take before one of those who wait computes too.
    patience: Duration,
}

#[derive(Default)]
struct Shard {
    slots: HashMap<Digest, Slot, BuildHasherDefault<DigestHasher>>,
    /// The number of the youngest flight.
    last_number: u64,
}

/// A call that has entered and has not boarded. Dropping it leaves the flight.
#[must_use]
pub(crate) struct Seat {
    /// Where it is; nothing once it has been served or leads.
    berth: Option<Berth>,
    /// Its place among those who wait, once it does.
    ticket: Option<u64>,
    /// Whether a value had landed before it entered.
    is_late: bool,
}

/// What a call that boards is given.
pub(crate) enum Boarding {
    /// A value that was computed while the call was in the flight, or is being stored.
    Landed(Landed),
    /// The duty to compute the value.
    Lead(Lead),
}

/// The duty to compute a value. Dropping it hands it over, unless a value has landed.
#[must_use]
pub(crate) struct Lead {
    berth: Berth,
    attempt: Arc<Attempt>,
    /// Whether nobody waits for it.
    is_alone: bool,
    /// Who computes when it is dropped before anything has landed.
    succession: Succession,
}

/// A value that somebody else has computed.
pub(crate) struct Landed {
    pub(crate) envelope: Arc<[u8]>,
    /// Whether that was before the call entered. Its leader may not have been polled since, for any time.
    pub(crate) is_earlier: bool,
    /// The flight in which it has landed.
    flight: u64,
}

/// Where somebody is.
struct Berth {
    flights: Arc<Flights>,
    digest: Digest,
    flight: u64,
}

/// The digest of a key: uniform, so that a part of it is its own hash.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Digest([u8; 32]);

/// Returns the number that it is given.
#[derive(Default)]
struct DigestHasher(u64);

impl Flights {
    /// Returns flights whose leaders get company when they take longer than `patience`.
    pub(crate) fn new(patience: Duration) -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::new(Shard::default())).collect();
        Self { shards, patience }
    }

    /// Registers a call of `key` before it looks into the cache: whatever lands from now on reaches it.
    pub(crate) fn enter(self: &Arc<Self>, key: &Key) -> Seat {
        self.enter_past(key, None)
    }

    /// Registers a call of `key` that has no use for what has `landed`, and nor has any later one.
    pub(crate) fn enter_after(self: &Arc<Self>, key: &Key, landed: &Landed) -> Seat {
        self.enter_past(key, Some(landed.flight))
    }

    fn enter_past(self: &Arc<Self>, key: &Key, closed: Option<u64>) -> Seat {
        let digest = Digest(*key.digest());
        let (flight, is_late) = self.with(digest, |shard| {
            shard.last_number += 1;
            let slot = shard.slots.entry(digest).or_default();
            if let Some(closed) = closed {
                slot.close(closed);
            }
            slot.enter(shard.last_number)
        });
        let flights = Arc::clone(self);
        let berth = Some(Berth {
            flights,
            digest,
            flight,
        });
        Seat {
            berth,
            ticket: None,
            is_late,
        }
    }

    /// Keeps all computations of `key` that have begun from being stored and from reaching calls that
    /// enter from now on, and returns the writes for which it is too late.
    pub(crate) fn void(&self, key: &Key) -> Writes {
        let digest = Digest(*key.digest());
        self.with(digest, |shard| match shard.slots.get_mut(&digest) {
            Some(slot) => slot.void(),
            None => Writes::of([].iter()),
        })
    }

    /// Takes a step under the lock of the shard in which `digest` lies.
    fn with<T>(&self, digest: Digest, step: impl FnOnce(&mut Shard) -> T) -> T {
        let shard = &self.shards[usize::from(digest.0[0]) % self.shards.len()];
        step(&mut shard.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn time(&self) -> Time {
        Time {
            now: Instant::now(),
            patience: self.patience,
        }
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        let is_empty = |shard: &Mutex<Shard>| {
            let shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            shard.slots.is_empty()
        };
        self.shards.iter().all(is_empty)
    }
}

impl Seat {
    /// Returns a value that has landed since the call entered, or the lead; waits while another call
    /// leads. Dropping the future leaves the flight, and hands over a lead that it was given meanwhile.
    pub(crate) async fn board(mut self) -> Boarding {
        let mut alarm = Alarm::default();
        poll_fn(|context| self.poll(context, &mut alarm)).await
    }

    /// Returns the lead if nobody has it, and nothing has landed or been voided since the call entered: for
    /// what is stored behind a value that is being served.
    pub(crate) fn try_lead(mut self) -> Option<Lead> {
        let berth = self.berth.as_ref()?;
        let time = berth.flights.time();
        let attempt = berth.step(|flight, _| flight.try_lead(time))?;
        self.take_lead(attempt, false)
    }

    /// Returns a lead that waits for nobody, nor is waited for, but which [`Flights::void`] reaches.
    pub(crate) fn alone(mut self) -> Lead {
        let berth = self.berth.as_ref();
        berth
            .map(|berth| berth.step(|flight, _| flight.alone()))
            .and_then(|attempt| self.take_lead(attempt, true))
            .expect("a seat that has not boarded is in a flight")
    }

    fn poll(&mut self, context: &mut Context<'_>, alarm: &mut Alarm) -> Poll<Boarding> {
        loop {
            let berth = self.berth.as_ref().expect("a call boards once");
            let time = berth.flights.time();
            let waker = context.waker().clone();
            let mut replaced = None;
            let step =
                berth.step(|flight, _| flight.board(&mut self.ticket, waker, time, &mut replaced));
            match step {
                Step::Landed(envelope) => {
                    let flight = berth.flight;
                    self.berth = None;
                    return Poll::Ready(Boarding::Landed(Landed {
                        envelope,
                        is_earlier: self.is_late,
                        flight,
                    }));
                }
                Step::Lead(attempt) => {
                    let lead = self.take_lead(attempt, false);
                    let lead = lead.expect("a call that boards is in a flight");
                    return Poll::Ready(Boarding::Lead(lead));
                }
                Step::Wait(until) => {
                    alarm.set(until);
                    if alarm.poll(context).is_pending() {
                        return Poll::Pending;
                    }
                }
            }
        }
    }

    fn take_lead(&mut self, attempt: Arc<Attempt>, is_alone: bool) -> Option<Lead> {
        self.berth.take().map(|berth| Lead {
            berth,
            attempt,
            is_alone,
            succession: Succession::One,
        })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        match (&self.berth, self.ticket) {
            (None, _) => {}
            // A hit comes this way, and does not ask for the time.
            (Some(berth), None) => berth.step(|flight, _| flight.leave_seat()),
            (Some(berth), Some(ticket)) => {
                let time = berth.flights.time();
                drop(berth.step(|flight, wakers| flight.leave_waiting(ticket, time, wakers)));
            }
        }
    }
}

impl Lead {
    /// Serves everybody who waits with `envelope`, and calls that enter until this is dropped.
    ///
    /// Does nothing where another leader was faster.
    pub(crate) fn land(&self, envelope: Arc<[u8]>) {
        if !self.is_alone {
            let served = self
                .berth
                .step(|flight, _| flight.land(envelope, &self.attempt));
            served.into_values().flatten().for_each(Waker::wake);
        }
    }

    /// Returns whether anybody may be served; false also closes the flight: nobody can join it any more.
    pub(crate) fn has_company(&self) -> bool {
        !self.is_alone && self.berth.step(|flight, _| flight.has_company())
    }

    /// Gives up because the function returned an error that is not stored: two who wait try.
    pub(crate) fn fail(mut self) {
        self.succession = Succession::Two;
    }

    /// Gives up because the value cannot be shared: all who wait compute.
    pub(crate) fn release(mut self) {
        self.succession = Succession::All;
    }

    /// Runs `write` unless the computation was voided, and returns what became of the value.
    pub(crate) async fn write(&self, write: BackendFuture<'_, ()>) -> Stored {
        self.attempt.write(write).await
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        if self.is_alone {
            return self
                .berth
                .step(|flight, _| flight.leave_alone(&self.attempt));
        }
        let succession = match self.succession {
            Succession::One if thread::panicking() => Succession::Two,
            succession => succession,
        };
        let time = self.berth.flights.time();
        self.berth.step(|flight, wakers| {
            flight.leave_lead(&self.attempt, succession, time, wakers);
        });
    }
}

impl Berth {
    /// Takes a step in the flight, then wakes whom it has to.
    fn step<T>(&self, step: impl FnOnce(&mut Flight, &mut Wakers) -> T) -> T {
        let mut wakers = Wakers::new();
        let (done, left) = self.flights.with(self.digest, |shard| {
            let Entry::Occupied(mut slot) = shard.slots.entry(self.digest) else {
                unreachable!("a key has a slot as long as somebody is in its flights");
            };
            let done = step(slot.get_mut().flight(self.flight), &mut wakers);
            let left = slot.get_mut().settle(self.flight);
            if slot.get().is_empty() {
                slot.remove();
            }
            (done, left)
        });
        // Outside the lock: it may hold the last of a large envelope.
        drop(left);
        wakers.into_iter().for_each(Waker::wake);
        done
    }
}

impl Hash for Digest {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let last = self.0.last_chunk().expect("a digest has more than 8 bytes");
        state.write_u64(u64::from_be_bytes(*last));
    }
}

impl Hasher for DigestHasher {
    fn write(&mut self, _: &[u8]) {
        unreachable!("a digest is hashed as a number");
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
