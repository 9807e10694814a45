//! Redis: GETRANGE, SET and UNLINK, each within its deadline, over a connection that callers never wait for.

mod connect;
mod live;
mod slot;
mod tls;

use std::time::Duration;

use redis::Cmd;

use self::connect::Connector;
use self::slot::Slot;
use super::{Backend, BackendFuture};
use crate::error::Error;
use crate::span::of_command;

pub use self::tls::TlsOptions;

/// How long Redis may keep a call waiting.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timeouts {
    /// For a GETRANGE, from the call to the value.
    pub(crate) read: Duration,
    /// For a SET or an UNLINK.
    pub(crate) write: Duration,
    /// For one attempt to connect, name lookup and login included. No call waits for it.
    pub(crate) connect: Duration,
}

/// One Redis server.
pub(crate) struct Redis {
    slot: Slot,
    timeouts: Timeouts,
}

impl Redis {
    /// Starts to connect, and returns when the first attempt has ended one way or the other. At most
    /// `max_in_flight` commands, up to 65,536, wait for their replies at any time.
    ///
    /// # Errors
    /// Returns a setting error for a URL that names no Redis server, and for TLS options that do not
    /// go with it or are not whole.
    pub(crate) async fn start(
        url: &str,
        tls: Option<TlsOptions>,
        timeouts: Timeouts,
        max_in_flight: usize,
    ) -> Result<Self, Error> {
        let connector = Connector::new(url, tls, timeouts.connect)?;
        let slot = Slot::start(connector, max_in_flight);
        slot.tried().await;
        Ok(Self { slot, timeouts })
    }
}

impl Backend for Redis {
    fn get<'a>(&'a self, key: &'a str, max_bytes: usize) -> BackendFuture<'a, Option<Vec<u8>>> {
        // Not GET: whoever may write here could store half a gigabyte, and each read would bring all of
        // it into memory and hold up every reply behind it. The last position counts too.
        let last = isize::try_from(max_bytes).unwrap_or(isize::MAX);
        let get = Cmd::getrange(key, 0, last);
        Box::pin(async move {
            let run = self.slot.run(get, self.timeouts.read);
            let found: Vec<u8> = of_command("GETRANGE", run).await?;
            // So it says that there is nothing under the key. No entry is empty.
            Ok((!found.is_empty()).then_some(found))
        })
    }

    fn set<'a>(&'a self, key: &'a str, bytes: Vec<u8>, ttl: Duration) -> BackendFuture<'a, ()> {
        let millis = u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX);
        // One command, so that no value is ever without its expiry.
        let mut set = redis::cmd("SET");
        set.arg(key).arg(bytes).arg("PX").arg(millis);
        Box::pin(of_command("SET", self.slot.run(set, self.timeouts.write)))
    }

    fn remove<'a>(&'a self, key: &'a str) -> BackendFuture<'a, ()> {
        // Not DEL: the server frees a large value in the background.
        let unlink = Cmd::unlink(key);
        Box::pin(of_command(
            "UNLINK",
            self.slot.run(unlink, self.timeouts.write),
        ))
    }

    fn is_connected(&self) -> bool {
        self.slot.is_connected()
    }

    fn shutdown(&self) -> BackendFuture<'_, ()> {
        let longest = self.timeouts.read.max(self.timeouts.write);
        Box::pin(async move {
            self.slot.shut_down(longest).await;
            Ok(())
        })
    }
}
