//! How far a computation has come, so that an invalidation can void it.
//!
//! A voided attempt does not write; where it is writing already, the invalidation waits for the end of
//! that and removes what has been stored.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::timeout;

use crate::backend::BackendFuture;
use crate::error::Error;
use crate::outcome::Stored;

/// The longest write timeout that there is: a write that takes longer is one that nobody polls.
const LONGEST_WRITE: Duration = Duration::from_secs(10);

/// The computation of one value and its write.
#[derive(Default)]
pub(super) struct Attempt {
    /// Whether its value must not be stored.
    is_voided: AtomicBool,
    /// Held while the value is written.
    write: tokio::sync::Mutex<()>,
}

/// Writes of voided attempts that are under way.
#[must_use]
pub(crate) struct Writes(Vec<Arc<Attempt>>);

impl Attempt {
    /// Keeps the value from being stored, and returns false when it is too late for that.
    fn void(&self) -> bool {
        self.is_voided.store(true, Ordering::Release);
        // An attempt that does not write now sees that it is void when it is about to.
        self.write.try_lock().is_ok()
    }

    /// Runs `write` unless the attempt is void, and returns what became of the value.
    pub(super) async fn write(&self, write: BackendFuture<'_, ()>) -> Stored {
        let _writing = self.write.lock().await;
        if self.is_voided() {
            return Stored::Invalidated;
        }
        match write.await {
            _ if self.is_voided() => Stored::Invalidated,
            Ok(()) => Stored::Yes,
            Err(fault) => Stored::from_fault(&fault),
        }
    }

    fn is_voided(&self) -> bool {
        self.is_voided.load(Ordering::Acquire)
    }
}

impl Writes {
    /// Voids `attempts` and returns the writes for which that is too late.
    pub(super) fn of<'a>(attempts: impl Iterator<Item = &'a Arc<Attempt>>) -> Self {
        Self(
            attempts
                .filter(|attempt| !attempt.void())
                .cloned()
                .collect(),
        )
    }

    /// Waits until each of them has ended or has been dropped.
    ///
    /// # Errors
    /// Returns a timeout for a write that nobody polls.
    pub(crate) async fn ended(self) -> Result<(), Error> {
        // Without a write there is no timer, which would need a tokio runtime.
        if self.0.is_empty() {
            return Ok(());
        }
        let ended = async {
            for attempt in &self.0 {
                drop(attempt.write.lock().await);
            }
        };
        timeout(LONGEST_WRITE, ended)
            .await
            .map_err(|_| Error::timeout())
    }
}
