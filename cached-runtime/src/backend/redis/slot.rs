//! The connection slot: commands run on the connection that is there, or fail at once.
//!
//! A background task, the keeper, puts a connection into the slot and replaces it when it is lost.
//! Callers never wait for that. redis-rs's own `ConnectionManager` makes every caller wait for the
//! reconnect, and never replaces a connection that only times out.

use std::future::Future;
use std::sync::{Arc, Weak};
use std::time::Duration;

use redis::{Cmd, FromRedisValue};
use tokio::sync::{Notify, watch};
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep, sleep_until};

use super::connect::Connected;
use super::live::{Live, Loss};
use crate::backend::backoff::{Backoff, jittered};
use crate::error::Error;

/// Pauses between attempts to connect. Lengthened by jitter, they make ten attempts in the first
/// three seconds at most, and the slot is full again half a second after the server is back.
const BACKOFF: Backoff = Backoff {
    first: Duration::from_millis(50),
    longest: Duration::from_millis(400),
};

/// How often the keeper looks whether a reply is owed, and asks for a sign of life if so.
pub(super) const LOOK_INTERVAL: Duration = Duration::from_millis(250);

/// After how many looks it asks an idle connection too, which is every two seconds.
const IDLE_LOOKS: u32 = 8;

/// How long a connection lasts that is not replaced in haste: one lost sooner is followed by a pause, or
/// a server that takes connections and closes them would be connected to without end.
const STEADY: Duration = Duration::from_secs(2);

/// How many reasons for having no connection the log is told before there is one again.
const MAX_REASONS: usize = 16;

/// Makes connections.
pub(super) trait Connect: Send + Sync + 'static {
    /// Returns a new connection that has logged in, or why there is none. Reports to `lost` when it
    /// ends later, where the protocol tells.
    fn connect(&self, lost: Lost) -> impl Future<Output = Result<Connected, Error>> + Send;
}

/// Hears of the end of one connection.
pub(super) struct Lost {
    link: Weak<watch::Sender<Link>>,
    generation: u64,
}

impl Lost {
    /// Returns one for a connection that is in no slot.
    #[cfg(test)]
    pub(super) fn nobody() -> Self {
        Self {
            link: Weak::new(),
            generation: 0,
        }
    }

    pub(super) fn report(&self) {
        if let Some(link) = self.link.upgrade() {
            let why = Error::disconnected("the connection was closed");
            take_down(&link, self.generation, why);
        }
    }
}

/// Holds the current connection; dropping it ends the keeper.
pub(super) struct Slot {
    link: Arc<watch::Sender<Link>>,
    /// Wakes the keeper when the connection leads to the wrong server.
    misled: Arc<Notify>,
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

impl Slot {
    /// Starts the keeper; must run within a tokio runtime.
    pub(super) fn start(connector: impl Connect, max_in_flight: usize) -> Self {
        metrics::counter!("cached_connections_total").increment(0);
        show_connected(false);
        let link = Arc::new(watch::Sender::new(Link::Untried));
        let misled = Arc::new(Notify::new());
        let keeper = Keeper {
            connector,
            max_in_flight,
            link: Arc::clone(&link),
            misled: Arc::clone(&misled),
            attempts: 0,
            reasons: Vec::new(),
        };
        let keeper = tokio::spawn(keeper.keep()).abort_handle();
        Self {
            link,
            misled,
            keeper,
        }
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
        if let Err(fault) = &result {
            match live.loss(fault) {
                Some(Loss::Dead(why)) => take_down(&self.link, live.generation, why),
                Some(Loss::Misled) => self.misled.notify_one(),
                None => {}
            }
        }
        result
    }

    /// Ends the keeper, refuses further commands and waits until those under way have ended, at most
    /// `patience`.
    pub(super) async fn shut_down(&self, patience: Duration) {
        self.keeper.abort();
        show_connected(false);
        let why = Error::disconnected("the cache is shut down");
        if let Link::Up(live) = self.link.send_replace(Link::Down(why)) {
            live.ended(patience).await;
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.keeper.abort();
        show_connected(false);
    }
}

/// Empties the slot if it still holds the connection of this generation.
fn take_down(link: &watch::Sender<Link>, generation: u64, why: Error) {
    link.send_if_modified(|link| match link {
        Link::Up(live) if live.generation == generation => {
            tracing::warn!(reason = %why, "lost the connection to Redis; calls bypass the cache");
            live.close();
            *link = Link::Down(why);
            show_connected(false);
            true
        }
        _ => false,
    });
}

/// Shows whether there is a connection; of several slots in a process, the last to change is shown.
fn show_connected(is_connected: bool) {
    let level = if is_connected { 1.0 } else { 0.0 };
    metrics::gauge!("cached_redis_connected").set(level);
}

/// Keeps a connection in the slot as long as the slot lives.
struct Keeper<C> {
    connector: C,
    max_in_flight: usize,
    link: Arc<watch::Sender<Link>>,
    misled: Arc<Notify>,
    /// How often it has tried to connect; the number of an attempt is the generation of its
    /// connection.
    attempts: u64,
    /// Why there has been no connection since the last one, without those that were the same.
    reasons: Vec<String>,
}

impl<C: Connect> Keeper<C> {
    async fn keep(mut self) {
        let mut pauses = 0;
        loop {
            let live = match self.connect().await {
                Ok(live) => live,
                Err(fault) => {
                    self.note(fault);
                    sleep(jittered(BACKOFF.pause(pauses))).await;
                    pauses += 1;
                    continue;
                }
            };
            let connected_at = Instant::now();
            self.serve(live).await;
            if connected_at.elapsed() >= STEADY {
                pauses = 0;
            } else {
                sleep(jittered(BACKOFF.pause(pauses))).await;
                pauses += 1;
            }
        }
    }

    /// Makes one attempt to connect.
    async fn connect(&mut self) -> Result<Live, Error> {
        self.attempts += 1;
        let lost = Lost {
            link: Arc::downgrade(&self.link),
            generation: self.attempts,
        };
        let connected = self.connector.connect(lost).await?;
        Ok(Live::new(self.attempts, connected, self.max_in_flight))
    }

    /// Notes why there is no connection. The log is told each reason once until there is one: a password
    /// that was changed shows only after a connection that was closed.
    fn note(&mut self, fault: Error) {
        let reason = fault.to_string();
        if self.reasons.len() < MAX_REASONS && !self.reasons.contains(&reason) {
            tracing::warn!(reason, "no connection to Redis; calls bypass the cache");
            self.reasons.push(reason);
        }
        self.link.send_replace(Link::Down(fault));
    }

    /// Puts a connection into the slot and looks after it, and after others that take its place,
    /// until one is lost.
    async fn serve(&mut self, mut live: Live) {
        loop {
            let connected_at = Instant::now();
            let generation = live.generation;
            self.reasons.clear();
            tracing::info!(generation, "connected to Redis");
            metrics::counter!("cached_connections_total").increment(1);
            show_connected(true);
            let link = Arc::clone(&self.link);
            link.send_replace(Link::Up(live.clone()));
            live = tokio::select! {
                () = until_down(&link) => return,
                why = until_silent(live) => return take_down(&link, generation, why),
                successor = self.successor(connected_at) => successor,
            };
        }
    }

    /// Waits until the connection is found to lead to the wrong server, and returns one that was made
    /// since. Until then the old one serves: a server that refuses writes can be read.
    async fn successor(&mut self, mut since: Instant) -> Live {
        loop {
            self.misled.notified().await;
            sleep_until(since + STEADY).await;
            since = Instant::now();
            if let Ok(live) = self.connect().await {
                return live;
            }
        }
    }
}

/// Waits until a command has found the connection dead, or the connection has said so.
async fn until_down(link: &watch::Sender<Link>) {
    let mut changes = link.subscribe();
    let down = changes.wait_for(|link| !matches!(link, Link::Up(_))).await;
    down.expect("the caller holds the sender");
}

/// Asks a connection on which a reply is owed for a sign of life, an idle one now and then, and
/// returns why there is none.
async fn until_silent(mut live: Live) -> Error {
    loop {
        for _ in 0..IDLE_LOOKS {
            sleep(LOOK_INTERVAL).await;
            if live.is_busy() {
                break;
            }
        }
        if let Err(why) = live.ping().await {
            return why;
        }
    }
}

#[cfg(test)]
mod tests;
