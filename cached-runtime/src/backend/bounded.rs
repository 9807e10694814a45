//! A deadline around every call of a user's own backend, which may have forgotten its own.
//!
//! Stands between such a backend and its breaker, so that a call that is cut off counts as a timeout.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use super::{Backend, BackendFuture, Timeouts};
use crate::error::Error;

/// A backend of which no call lasts longer than the cache's timeouts.
pub(crate) struct Bounded {
    backend: Arc<dyn Backend>,
    timeouts: Timeouts,
}

impl Bounded {
    pub(crate) fn new(backend: Arc<dyn Backend>, timeouts: Timeouts) -> Self {
        Self { backend, timeouts }
    }
}

fn within<T: Send + 'static>(limit: Duration, call: BackendFuture<'_, T>) -> BackendFuture<'_, T> {
    Box::pin(async move {
        match timeout(limit, call).await {
            Ok(end) => end,
            Err(_) => Err(Error::timeout()),
        }
    })
}

impl Backend for Bounded {
    fn get<'a>(&'a self, key: &'a str, max_bytes: usize) -> BackendFuture<'a, Option<Vec<u8>>> {
        within(self.timeouts.read, self.backend.get(key, max_bytes))
    }

    fn set<'a>(&'a self, key: &'a str, bytes: Vec<u8>, ttl: Duration) -> BackendFuture<'a, ()> {
        within(self.timeouts.write, self.backend.set(key, bytes, ttl))
    }

    fn remove<'a>(&'a self, key: &'a str) -> BackendFuture<'a, ()> {
        within(self.timeouts.write, self.backend.remove(key))
    }

    fn is_connected(&self) -> bool {
        self.backend.is_connected()
    }

    fn shutdown(&self) -> BackendFuture<'_, ()> {
        within(self.timeouts.write, self.backend.shutdown())
    }
}
