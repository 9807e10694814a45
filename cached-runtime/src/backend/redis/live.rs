//! A connection in use: the commands on it, how many there may be, and the signs that it is dead.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{Cmd, FromRedisValue, Value};
use tokio::sync::{Semaphore, SemaphorePermit, TryAcquireError};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::task::AbortOnDropHandle;

use super::connect::{Connected, translate};
use crate::error::Error;

/// How many timeouts in a row make a connection count as dead.
const MAX_TIMEOUTS: u32 = 3;

/// How long a sign of life may take. With [`LOOK_INTERVAL`](super::slot::LOOK_INTERVAL) it makes the
/// second after which a silent connection counts as dead.
const PING_TIMEOUT: Duration = Duration::from_millis(750);

/// A connection. Clones share it.
#[derive(Clone)]
pub(super) struct Live {
    /// Tells this connection from its predecessors, so that a late failure of an old one does not
    /// take down its successor.
    pub(super) generation: u64,
    connection: MultiplexedConnection,
    account: Arc<Account>,
    /// What moves the bytes, until the last clone is gone.
    _driver: Option<Arc<AbortOnDropHandle<()>>>,
}

/// What is owed on a connection.
struct Account {
    /// A place for each command that may wait for its reply.
    places: Semaphore,
    max_in_flight: usize,
    /// Commands whose callers have gone before the reply. Each keeps its place: redis-rs holds an
    /// entry for it until the reply comes or the connection ends.
    abandoned: AtomicUsize,
    /// Commands that timed out since the last reply.
    timeouts: AtomicU32,
}

/// What a fault of a command means for the connection.
pub(super) enum Loss {
    /// It will not serve again.
    Dead(Error),
    /// It serves, but where it leads is not where it should.
    Misled,
}

impl Live {
    pub(super) fn new(generation: u64, connected: Connected, max_in_flight: usize) -> Self {
        let account = Account {
            places: Semaphore::new(max_in_flight),
            max_in_flight,
            abandoned: AtomicUsize::new(0),
            timeouts: AtomicU32::new(0),
        };
        Self {
            generation,
            connection: connected.connection,
            account: Arc::new(account),
            _driver: connected.driver.map(Arc::new),
        }
    }

    /// Runs `command` and returns its reply.
    ///
    /// # Errors
    /// Returns a fault within `deadline`, which covers the wait for a place too.
    pub(super) async fn run<T: FromRedisValue>(
        &mut self,
        command: &Cmd,
        deadline: Duration,
    ) -> Result<T, Error> {
        let deadline = Instant::now() + deadline;
        let place = self.account.place(deadline).await?;
        let reply = timeout_at(deadline, command.query_async(&mut self.connection)).await;
        let Ok(reply) = reply else {
            self.account.timeouts.fetch_add(1, Ordering::Relaxed);
            return Err(Error::timeout());
        };
        place.answered();
        self.account.timeouts.store(0, Ordering::Relaxed);
        reply.map_err(|error| translate(&error))
    }

    /// Returns what `fault` means for this connection, if anything.
    pub(super) fn loss(&self, fault: &Error) -> Option<Loss> {
        if fault.is_disconnected() {
            return Some(Loss::Dead(fault.clone()));
        }
        // A failover has made the server a replica; its name may lead to the new master.
        if fault.server_code() == Some("READONLY") {
            return Some(Loss::Misled);
        }
        let is_silent = self.account.timeouts.load(Ordering::Relaxed) >= MAX_TIMEOUTS;
        (fault.is_timeout() && is_silent).then(|| Loss::Dead(silent()))
    }

    /// Returns true while a reply is owed.
    pub(super) fn is_busy(&self) -> bool {
        self.account.places.available_permits() < self.account.max_in_flight
    }

    /// Asks for a sign of life.
    ///
    /// # Errors
    /// Returns why the connection counts as dead.
    pub(super) async fn ping(&mut self) -> Result<(), Error> {
        let abandoned = self.account.abandoned.load(Ordering::Acquire);
        let ping = redis::cmd("PING");
        let reply = ping.query_async::<Value>(&mut self.connection);
        match timeout(PING_TIMEOUT, reply).await {
            Err(_) => return Err(silent()),
            Ok(Err(error)) if translate(&error).is_disconnected() => return Err(translate(&error)),
            // A refusal is a sign of life too.
            Ok(_) => {}
        }
        // Replies come in the order of the commands, so those have come too.
        self.account.forgive(abandoned);
        Ok(())
    }

    /// Refuses commands that wait for a place, because this connection will give none.
    pub(super) fn close(&self) {
        self.account.places.close();
    }

    /// Waits until the commands under way have ended, at most `patience`.
    pub(super) async fn ended(&self, patience: Duration) {
        let abandoned = self.account.abandoned.load(Ordering::Acquire);
        let places = self.account.max_in_flight.saturating_sub(abandoned);
        let places = u32::try_from(places).expect("the most commands in flight fit into 32 bits");
        // When patience ends, each of them has passed its own deadline.
        drop(timeout(patience, self.account.places.acquire_many(places)).await);
    }
}

impl Account {
    /// Returns a place for a command, when there is one.
    async fn place(&self, deadline: Instant) -> Result<Place<'_>, Error> {
        let permit = match self.places.try_acquire() {
            Ok(permit) => permit,
            Err(TryAcquireError::NoPermits) => timeout_at(deadline, self.places.acquire())
                .await
                .map_err(|_| Error::overloaded())?
                .map_err(|_| silent())?,
            Err(TryAcquireError::Closed) => return Err(silent()),
        };
        Ok(Place {
            account: self,
            permit: Some(permit),
        })
    }

    /// Frees the places of `abandoned` commands that have been answered.
    fn forgive(&self, abandoned: usize) {
        self.abandoned.fetch_sub(abandoned, Ordering::AcqRel);
        self.places.add_permits(abandoned);
        self.timeouts.store(0, Ordering::Relaxed);
    }
}

/// The place of one command, which it keeps when it is dropped before it is answered.
struct Place<'a> {
    account: &'a Account,
    permit: Option<SemaphorePermit<'a>>,
}

impl Place<'_> {
    /// Frees the place.
    fn answered(mut self) {
        self.permit.take();
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if let Some(permit) = self.permit.take() {
            permit.forget();
            self.account.abandoned.fetch_add(1, Ordering::AcqRel);
        }
    }
}

fn silent() -> Error {
    Error::disconnected("Redis stopped answering")
}
