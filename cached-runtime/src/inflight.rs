//! Computations under way, so that an invalidation can void those that began before it.
//!
//! A miss registers an attempt before it computes, and writes its value through it. A voided attempt
//! does not write; where it is writing already, the invalidation waits for the end of that and
//! removes what has been stored.
//! Called by [`call`](crate::call) and [`companions`](crate::companions); knows the attempts of one
//! cache in this process, and nothing of values or stores.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::timeout;

use crate::backend::BackendFuture;
use crate::error::Error;
use crate::key::Key;
use crate::outcome::Stored;

/// The longest write timeout that there is: a write that takes longer is one that nobody polls.
const LONGEST_WRITE: Duration = Duration::from_secs(10);

/// The attempts of one cache.
#[derive(Default)]
pub(crate) struct Inflight {
    /// The attempts of each key, by its digest. Locked to look something up, never over an await.
    attempts: Mutex<Attempts>,
}

type Attempts = HashMap<[u8; 32], Vec<Arc<Progress>>>;

/// How far an attempt has come.
#[derive(Default)]
struct Progress {
    /// Whether its value must not be stored.
    is_voided: AtomicBool,
    /// Held while the value is written.
    write: tokio::sync::Mutex<()>,
}

/// The computation of one value and its write. It ends when this is dropped.
pub(crate) struct Attempt<'a> {
    inflight: &'a Inflight,
    digest: [u8; 32],
    progress: Arc<Progress>,
}

/// Writes of voided attempts that are under way.
pub(crate) struct Writes(Vec<Arc<Progress>>);

impl Inflight {
    /// Registers an attempt to compute and store the value of `key`.
    pub(crate) fn begin(&self, key: &Key) -> Attempt<'_> {
        let progress = Arc::<Progress>::default();
        let digest = *key.digest();
        let mut attempts = self.attempts();
        attempts
            .entry(digest)
            .or_default()
            .push(Arc::clone(&progress));
        drop(attempts);
        Attempt {
            inflight: self,
            digest,
            progress,
        }
    }

    /// Keeps the values of all attempts of `key` that have begun from being stored, and returns the
    /// writes for which it is too late.
    pub(crate) fn void(&self, key: &Key) -> Writes {
        let attempts = self.attempts();
        let of_key = attempts.get(key.digest()).into_iter().flatten();
        let void = |progress: &&Arc<Progress>| {
            progress.is_voided.store(true, Ordering::Release);
            // An attempt that does not write now sees that it is void when it is about to.
            progress.write.try_lock().is_err()
        };
        Writes(of_key.filter(void).cloned().collect())
    }

    fn attempts(&self) -> MutexGuard<'_, Attempts> {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Attempt<'_> {
    /// Runs `write` unless the attempt is void, and returns what became of the value.
    pub(crate) async fn write(&self, write: BackendFuture<'_, ()>) -> Stored {
        let _writing = self.progress.write.lock().await;
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
        self.progress.is_voided.load(Ordering::Acquire)
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        let mut attempts = self.inflight.attempts();
        if let Some(of_key) = attempts.get_mut(&self.digest) {
            of_key.retain(|progress| !Arc::ptr_eq(progress, &self.progress));
            if of_key.is_empty() {
                attempts.remove(&self.digest);
            }
        }
    }
}

impl Writes {
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
            for progress in &self.0 {
                drop(progress.write.lock().await);
            }
        };
        timeout(LONGEST_WRITE, ended)
            .await
            .map_err(|_| Error::timeout())
    }
}

#[cfg(test)]
mod tests {
    use std::future::ready;

    use super::*;
    use crate::key::{Arguments, Fingerprint, Keys};
    use crate::spec::Spec;

    static SPEC: Spec = Spec::new(|| "").with_name("shop::price");

    fn key(article: u32) -> Key {
        let arguments = Arguments::encode(&[&article]).unwrap();
        let keys = Keys::guessable("test".to_owned());
        keys.key(&SPEC, Fingerprint::of::<u64>(), &arguments)
    }

    async fn write(attempt: &Attempt<'_>) -> Stored {
        attempt.write(Box::pin(ready(Ok(())))).await
    }

    #[tokio::test]
    async fn every_attempt_that_has_begun_is_void_and_later_ones_are_not() {
        let inflight = Inflight::default();
        let before = [inflight.begin(&key(7)), inflight.begin(&key(7))];
        let of_another_key = inflight.begin(&key(8));

        inflight.void(&key(7)).ended().await.unwrap();
        let after = inflight.begin(&key(7));

        for attempt in &before {
            assert_eq!(write(attempt).await, Stored::Invalidated);
        }
        assert_eq!(write(&of_another_key).await, Stored::Yes);
        assert_eq!(write(&after).await, Stored::Yes);
    }

    #[tokio::test]
    async fn a_void_attempt_does_not_write() {
        let inflight = Inflight::default();
        let attempt = inflight.begin(&key(7));
        inflight.void(&key(7)).ended().await.unwrap();

        let write = Box::pin(async { panic!("a void attempt writes") });

        assert_eq!(attempt.write(write).await, Stored::Invalidated);
    }

    #[test]
    fn an_attempt_that_is_dropped_leaves_nothing_behind() {
        let inflight = Inflight::default();
        let [one, other] = [inflight.begin(&key(7)), inflight.begin(&key(7))];

        drop(one);
        assert_eq!(inflight.attempts()[key(7).digest()].len(), 1);
        drop(other);
        assert!(inflight.attempts().is_empty());
    }
}
