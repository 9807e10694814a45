//! The connection slot: commands run on the connection that is there, or fail at once.
//!
//! A background task, the keeper, puts a connection into the slot and replaces it when it is lost.
//! Callers never wait for that. redis-rs's own `ConnectionManager` makes every caller wait for the
//! reconnect, and never replaces a connection that only times out.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use redis::aio::MultiplexedConnection;
use redis::{Cmd, FromRedisValue};
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep, timeout};

use super::connect::{Connector, translate};
use crate::error::Error;

/// Pauses between attempts to connect: 50 ms to 500 ms, each lengthened by up to as much again, so
/// that many processes do not come back in step and the first one is back within a second.
const BACKOFF: ExponentialBuilder = ExponentialBuilder::new()
    .with_min_delay(Duration::from_millis(50))
    .with_max_delay(Duration::from_millis(500))
    .with_factor(2.0)
    .without_max_times()
    .with_jitter();

/// How many timeouts in a row make a connection count as dead.
const MAX_TIMEOUTS: u32 = 3;

/// How often the keeper asks an otherwise healthy connection for a sign of life.
const PING_INTERVAL: Duration = Duration::from_secs(2);

/// How long a connection lasts that is not replaced in haste: one lost sooner is followed by a pause, or
/// a server that takes connections and refuses writes would be connected to once a write.
const STEADY: Duration = Duration::from_secs(2);

/// How long a ping may take.
const PING_TIMEOUT: Duration = Duration::from_millis(500);

/// Holds the current connection; dropping it ends the keeper.
pub(super) struct Slot {
    link: Arc<watch::Sender<Link>>,
    keeper: AbortHandle,
}

/// What is in the slot.
enum Link {
    /// The keeper has not finished its first attempt.
    Untried,
    /// There is no connection, for this reason.
    Down(Error),
    Up(Live),
}

/// A connection in use.
#[derive(Clone)]
struct Live {
    /// Tells this connection from its predecessors, so that a late failure of an old one does not
    /// take down its successor.
    generation: u64,
    connection: MultiplexedConnection,
    /// Commands that timed out since the last reply.
    timeouts: Arc<AtomicU32>,
}

impl Slot {
    /// Starts the keeper; must run within a tokio runtime.
    pub(super) fn start(connector: Connector) -> Self {
        let link = Arc::new(watch::Sender::new(Link::Untried));
        let keeper = tokio::spawn(keep(connector, Arc::clone(&link))).abort_handle();
        Self { link, keeper }
    }

    /// Waits until the first attempt to connect has ended.
    pub(super) async fn tried(&self) {
        let mut link = self.link.subscribe();
        let tried = link.wait_for(|link| !matches!(link, Link::Untried)).await;
        tried.expect("this slot holds the sender");
    }

    /// Returns true while there is a connection.
    pub(super) fn is_connected(&self) -> bool {
        matches!(*self.link.borrow(), Link::Up(_))
    }

    /// Runs `command` on the current connection and returns its reply.
    ///
    /// Dropping the future leaves the connection usable; whether the command runs is then unknown.
    ///
    /// # Errors
    /// Returns an error at once when there is no connection, and within `deadline` otherwise.
    pub(super) async fn run<T: FromRedisValue>(
        &self,
        command: Cmd,
        deadline: Duration,
    ) -> Result<T, Error> {
        let mut live = match &*self.link.borrow() {
            Link::Up(live) => live.clone(),
            Link::Down(why) => return Err(why.clone()),
            Link::Untried => return Err(Error::disconnected("not connected yet")),
        };
        let result = live.run(&command, deadline).await;
        if let Err(fault) = &result
            && let Some(why) = live.loss(fault)
        {
            take_down(&self.link, live.generation, why);
        }
        result
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

impl Live {
    async fn run<T: FromRedisValue>(
        &mut self,
        command: &Cmd,
        deadline: Duration,
    ) -> Result<T, Error> {
        let Ok(reply) = timeout(deadline, command.query_async(&mut self.connection)).await else {
            self.timeouts.fetch_add(1, Ordering::Relaxed);
            return Err(Error::timeout());
        };
        self.timeouts.store(0, Ordering::Relaxed);
        reply.map_err(|error| translate(&error))
    }

    /// Returns why this connection will not serve again, if `fault` means that.
    fn loss(&self, fault: &Error) -> Option<Error> {
        // A failover has made a `READONLY` server a replica; its name may lead to the new master.
        if fault.is_disconnected() || fault.server_code() == Some("READONLY") {
            return Some(fault.clone());
        }
        let is_silent = self.timeouts.load(Ordering::Relaxed) >= MAX_TIMEOUTS;
        (fault.is_timeout() && is_silent).then(|| Error::disconnected("Redis stopped answering"))
    }
}

/// Empties the slot if it still holds the connection of this generation.
fn take_down(link: &watch::Sender<Link>, generation: u64, why: Error) {
    link.send_if_modified(|link| match link {
        Link::Up(live) if live.generation == generation => {
            tracing::warn!(reason = %why, "lost the connection to Redis; calls bypass the cache");
            *link = Link::Down(why);
            true
        }
        _ => false,
    });
}

/// The keeper: keeps a connection in the slot as long as the slot lives.
async fn keep(connector: Connector, link: Arc<watch::Sender<Link>>) {
    let mut pauses = BACKOFF.build();
    for generation in 1.. {
        let connection = connect(&connector, &link, &mut pauses).await;
        let connected_at = Instant::now();
        tracing::info!(generation, "connected to Redis");
        metrics::counter!("cached_connections_total").increment(1);
        let live = Live {
            generation,
            connection,
            timeouts: Arc::default(),
        };
        link.send_replace(Link::Up(live.clone()));
        tokio::select! {
            () = until_down(&link) => {}
            why = until_silent(live) => take_down(&link, generation, why),
        }
        if connected_at.elapsed() >= STEADY {
            pauses = BACKOFF.build();
        } else {
            pause(&mut pauses).await;
        }
    }
}

/// Tries to connect until it works, however long that takes.
async fn connect(
    connector: &Connector,
    link: &watch::Sender<Link>,
    pauses: &mut ExponentialBackoff,
) -> MultiplexedConnection {
    loop {
        let fault = match connector.connect().await {
            Ok(connection) => return connection,
            Err(fault) => fault,
        };
        link.send_modify(|link| {
            if matches!(link, Link::Untried) {
                tracing::warn!(reason = %fault, "no connection to Redis; calls bypass the cache");
            }
            *link = Link::Down(fault);
        });
        pause(pauses).await;
    }
}

/// Waits for the next of the pauses, each longer than the one before.
async fn pause(pauses: &mut ExponentialBackoff) {
    sleep(pauses.next().expect("the back-off has no last pause")).await;
}

/// Waits until a command has found the connection dead.
async fn until_down(link: &watch::Sender<Link>) {
    let mut changes = link.subscribe();
    let down = changes.wait_for(|link| !matches!(link, Link::Up(_))).await;
    down.expect("the caller holds the sender");
}

/// Pings the connection for as long as it answers, and returns why it does not.
async fn until_silent(mut live: Live) -> Error {
    loop {
        sleep(PING_INTERVAL).await;
        let pong = live.run::<()>(&redis::cmd("PING"), PING_TIMEOUT).await;
        if let Err(fault) = pong
            && let Some(why) = live.loss(&fault)
        {
            return why;
        }
    }
}
