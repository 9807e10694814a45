//! Who is in a flight, who leads it and what has landed: steps without locks, futures or clocks.
//!
//! What holds between steps:
//! - where somebody waits, somebody leads;
//! - where something has landed, nobody waits;
//! - a flight in which nobody is left is gone.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;
use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;

use tokio::time::Instant;

use super::write::{Attempt, Writes};

/// The flights of one key.
#[derive(Default)]
pub(super) struct Slot {
    /// The flight that the next call enters.
    open: Option<Flight>,
    /// Flights that nobody enters any more, and which somebody is still in.
    closed: Vec<Flight>,
}

/// One computation of a key, those who wait for it and those who may.
pub(super) struct Flight {
    number: u64,
    /// How many may still be served by it: on the way to board, waiting or appointed.
    seats: usize,
    /// How many compute, or are appointed to, so that others wait for them.
    leads: usize,
    /// Every computation that has begun and has not ended; those for which nobody waits too.
    attempts: Vec<Arc<Attempt>>,
    landing: Option<Landing>,
    /// Whether values are known not to be shareable, so that nobody needs to wait.
    is_released: bool,
    /// Whether calls that enter from now on have another flight.
    is_closed: bool,
    /// Who waits, by age, and how to wake them; `None` for one that is awake.
    waiters: BTreeMap<u64, Option<Waker>>,
    /// Waiters that were given the lead and have not taken it up.
    appointed: BTreeSet<u64>,
    /// The age of the youngest waiter.
    last_ticket: u64,
    /// When the oldest waiter loses patience with those who lead.
    patience_ends: Option<Instant>,
}

/// A value that can be shared.
struct Landing {
    envelope: Arc<[u8]>,
    /// Who has computed it. Calls that enter are served while this one writes it.
    by: Arc<Attempt>,
}

/// What time it is, and how long a leader may take.
#[derive(Clone, Copy)]
pub(super) struct Time {
    pub(super) now: Instant,
    pub(super) patience: Duration,
}

/// Wakers to be called when no lock is held: they belong to the user's executor.
pub(super) type Wakers = Vec<Waker>;

/// What becomes of one who boards.
pub(super) enum Step {
    Landed(Arc<[u8]>),
    Lead(Arc<Attempt>),
    /// It waits, and is to look again by itself at this time.
    Wait(Option<Instant>),
}

/// Who computes next when a lead ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Succession {
    One,
    Two,
    All,
}

impl Slot {
    /// Takes a seat in the open flight, which has this `number` if it is new; returns its number, and
    /// whether a value has landed there before.
    pub(super) fn enter(&mut self, number: u64) -> (u64, bool) {
        let open = self.open.get_or_insert_with(|| Flight::new(number));
        open.seats += 1;
        (open.number, open.landing.is_some())
    }

    /// Keeps calls that enter from now on out of the flight with this number.
    pub(super) fn close(&mut self, number: u64) {
        if let Some(mut open) = self.open.take_if(|open| open.number == number) {
            open.is_closed = true;
            self.closed.push(open);
        }
    }

    /// Returns the flight with this number.
    pub(super) fn flight(&mut self, number: u64) -> &mut Flight {
        self.open
            .iter_mut()
            .chain(&mut self.closed)
            .find(|flight| flight.number == number)
            .expect("a flight lasts as long as somebody is in it")
    }

    /// Voids every computation that has begun; calls that enter from now on do not see its value.
    pub(super) fn void(&mut self) -> Writes {
        let flights = self.open.iter().chain(&self.closed);
        let writes = Writes::of(flights.flat_map(|flight| &flight.attempts));
        if let Some(mut open) = self.open.take() {
            open.is_closed = true;
            self.closed.push(open);
        }
        writes
    }

    /// Puts a flight where it belongs after a step in it, and returns it if nobody is left there.
    pub(super) fn settle(&mut self, number: u64) -> Option<Flight> {
        let is_left = |flight: &mut Flight| flight.number == number && flight.is_empty();
        let left = self.open.take_if(is_left);
        let left = left.or_else(|| self.closed.extract_if(.., is_left).next());
        let closed = self.open.take_if(|open| open.is_closed);
        self.closed.extend(closed);
        left
    }

    pub(super) fn is_empty(&self) -> bool {
        self.open.is_none() && self.closed.is_empty()
    }
}

impl Flight {
    fn new(number: u64) -> Self {
        Self {
            number,
            seats: 0,
            leads: 0,
            attempts: Vec::new(),
            landing: None,
            is_released: false,
            is_closed: false,
            waiters: BTreeMap::new(),
            appointed: BTreeSet::new(),
            last_ticket: 0,
            patience_ends: None,
        }
    }

    fn is_empty(&self) -> bool {
        self.seats == 0 && self.attempts.is_empty()
    }

    /// Serves one who boards, gives it the lead, or has it wait with the ticket that it then has.
    ///
    /// `replaced` receives the waker that `waker` takes the place of.
    pub(super) fn board(
        &mut self,
        ticket: &mut Option<u64>,
        waker: Waker,
        time: Time,
        replaced: &mut Option<Waker>,
    ) -> Step {
        if let Some(landing) = &self.landing {
            self.seats -= 1;
            return Step::Landed(Arc::clone(&landing.envelope));
        }
        let Some(ticket) = *ticket else {
            if self.leads == 0 || self.is_released {
                return Step::Lead(self.lead(time));
            }
            self.last_ticket += 1;
            *ticket = Some(self.last_ticket);
            self.waiters.insert(self.last_ticket, Some(waker));
            return Step::Wait(self.alarm_of(self.last_ticket, time));
        };
        if self.appointed.remove(&ticket) {
            self.leads -= 1;
            return Step::Lead(self.lead(time));
        }
        if self
            .alarm_of(ticket, time)
            .is_some_and(|end| end <= time.now)
        {
            // The alarm of the next one goes off no later than the patience that begins now ends.
            *replaced = self.waiters.remove(&ticket).flatten();
            return Step::Lead(self.lead(time));
        }
        *replaced = self.waiters.insert(ticket, Some(waker)).flatten();
        Step::Wait(self.alarm_of(ticket, time))
    }

    /// Gives the lead to one who boards if nobody has it and nothing has landed or been voided.
    pub(super) fn try_lead(&mut self, time: Time) -> Option<Arc<Attempt>> {
        let is_free = self.leads == 0 && self.landing.is_none() && !self.is_closed;
        is_free.then(|| self.lead(time))
    }

    /// Has one who boards compute for itself alone.
    pub(super) fn alone(&mut self) -> Arc<Attempt> {
        self.seats -= 1;
        let attempt = Arc::<Attempt>::default();
        self.attempts.push(Arc::clone(&attempt));
        attempt
    }

    fn lead(&mut self, time: Time) -> Arc<Attempt> {
        self.leads += 1;
        self.begin_patience(time);
        self.alone()
    }

    /// Serves everybody who waits, and returns them, to be woken outside the lock: they may be many.
    pub(super) fn land(
        &mut self,
        envelope: Arc<[u8]>,
        by: &Arc<Attempt>,
    ) -> BTreeMap<u64, Option<Waker>> {
        if self.landing.is_none() {
            let by = Arc::clone(by);
            self.landing = Some(Landing { envelope, by });
        }
        self.leads -= self.appointed.len();
        self.appointed.clear();
        mem::take(&mut self.waiters)
    }

    /// Returns whether anybody may be served; if not, nobody will be.
    pub(super) fn has_company(&mut self) -> bool {
        let has_company = self.seats > 0;
        self.is_closed |= !has_company;
        has_company
    }

    /// Ends the computation of one for whom nobody waits.
    pub(super) fn leave_alone(&mut self, attempt: &Arc<Attempt>) {
        self.attempts.retain(|other| !Arc::ptr_eq(other, attempt));
    }

    /// Ends a lead, and gives it to those who compute next if nothing has landed.
    pub(super) fn leave_lead(
        &mut self,
        attempt: &Arc<Attempt>,
        succession: Succession,
        time: Time,
        wakers: &mut Wakers,
    ) {
        self.leads -= 1;
        self.leave_alone(attempt);
        match &self.landing {
            // Whoever comes now finds it in the store or computes: what has landed grows old.
            Some(landing) if Arc::ptr_eq(&landing.by, attempt) => self.is_closed = true,
            Some(_) => {}
            None => {
                self.is_released |= succession == Succession::All;
                self.appoint(succession, time, wakers);
            }
        }
    }

    /// Takes back the seat of one who has not boarded.
    pub(super) fn leave_seat(&mut self) {
        self.seats -= 1;
    }

    /// Takes back the seat of one who waits; its waker is returned to be dropped outside the lock.
    pub(super) fn leave_waiting(
        &mut self,
        ticket: u64,
        time: Time,
        wakers: &mut Wakers,
    ) -> Option<Waker> {
        self.seats -= 1;
        if self.appointed.remove(&ticket) {
            self.leads -= 1;
            self.appoint(Succession::One, time, wakers);
            return None;
        }
        let is_oldest = self.oldest() == Some(ticket);
        let waker = self.waiters.remove(&ticket).flatten();
        if is_oldest {
            self.wake_oldest(wakers);
        }
        waker
    }

    fn appoint(&mut self, succession: Succession, time: Time, wakers: &mut Wakers) {
        let many = match succession {
            Succession::One => 1,
            Succession::Two => 2,
            Succession::All => self.waiters.len(),
        };
        for _ in 0..many {
            let Some((ticket, waker)) = self.waiters.pop_first() else {
                break;
            };
            self.leads += 1;
            self.appointed.insert(ticket);
            self.begin_patience(time);
            wakers.extend(waker);
        }
        self.wake_oldest(wakers);
    }

    /// Has the waiter that has become the oldest set its alarm, which goes off before those of others.
    fn wake_oldest(&mut self, wakers: &mut Wakers) {
        if let Some(mut oldest) = self.waiters.first_entry() {
            wakers.extend(oldest.get_mut().take());
        }
    }

    fn begin_patience(&mut self, time: Time) {
        self.patience_ends = time.now.checked_add(time.patience);
    }

    /// Returns when the waiter with this ticket is to look again by itself, and computes too.
    ///
    /// The oldest comes first, so that they do not all wake each time. The others give it as long
    /// again: it may be in a task that does not poll it, and must not hold them up for ever.
    fn alarm_of(&self, ticket: u64, time: Time) -> Option<Instant> {
        let end = self.patience_ends?;
        if self.oldest() == Some(ticket) {
            Some(end)
        } else {
            end.checked_add(time.patience)
        }
    }

    fn oldest(&self) -> Option<u64> {
        self.waiters.first_key_value().map(|(ticket, _)| *ticket)
    }
}
