//! The in-process store: for development, for tests, and for a service without Redis.
//!
//! It holds envelopes, like Redis, so a function behaves the same on both.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, OptionsBuilder, Weighter};

use super::{Backend, BackendFuture};
use crate::clock::Clock;
use crate::error::Error;

/// What an entry costs beside its key and its bytes: the map's slot, two allocations, the deadline.
const ENTRY_BYTES: usize = 128;

/// What an entry is taken to weigh when the store plans its tables, a few thousand bytes.
const TYPICAL_ENTRY_BYTES: u64 = 4 << 10;

/// How many parts the store has, each with its own lock and an equal share of the capacity.
const SHARDS: usize = 8;

/// A store in this process, bounded in bytes; the least useful entries make room for new ones.
pub(crate) struct Memory {
    entries: Cache<String, Stored, ByBytes>,
    clock: Arc<dyn Clock>,
}

#[derive(Clone)]
struct Stored {
    bytes: Arc<[u8]>,
    expires_at: SystemTime,
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<String, Stored> for ByBytes {
    fn weight(&self, key: &String, stored: &Stored) -> u64 {
        (key.len() + stored.bytes.len() + ENTRY_BYTES) as u64
    }
}

impl Memory {
    /// Returns an empty store of at most `capacity_bytes`.
    pub(crate) fn new(capacity_bytes: u64, clock: Arc<dyn Clock>) -> Self {
        let planned_entries = usize::try_from(capacity_bytes / TYPICAL_ENTRY_BYTES);
        let options = OptionsBuilder::new()
            .shards(SHARDS)
            .estimated_items_capacity(planned_entries.unwrap_or(usize::MAX))
            .weight_capacity(capacity_bytes)
            .build()
            .expect("both capacities are set");
        let entries = Cache::with_options(
            options,
            ByBytes,
            DefaultHashBuilder::default(),
            DefaultLifecycle::default(),
        );
        Self { entries, clock }
    }
}

impl Backend for Memory {
    fn get<'a>(&'a self, key: &'a str, _: usize) -> BackendFuture<'a, Option<Vec<u8>>> {
        Box::pin(async move {
            let Some(stored) = self.entries.get(key) else {
                return Ok(None);
            };
            if stored.expires_at <= self.clock.now() {
                self.entries
                    .remove_if(key, |current| Arc::ptr_eq(&current.bytes, &stored.bytes));
                return Ok(None);
            }
            Ok(Some(stored.bytes.to_vec()))
        })
    }

    fn set<'a>(&'a self, key: &'a str, bytes: Vec<u8>, ttl: Duration) -> BackendFuture<'a, ()> {
        Box::pin(async move {
            // The store drops an entry that outweighs its part without saying so.
            let room = self.entries.shard_capacity() / 2;
            let stored = Stored {
                bytes: bytes.into(),
                expires_at: self.clock.now() + ttl,
            };
            let key = key.to_owned();
            if ByBytes.weight(&key, &stored) > room {
                return Err(Error::too_large(
                    usize::try_from(room).unwrap_or(usize::MAX),
                ));
            }
            self.entries.insert(key, stored);
            Ok(())
        })
    }

    fn remove<'a>(&'a self, key: &'a str) -> BackendFuture<'a, ()> {
        Box::pin(async move {
            self.entries.remove(key);
            Ok(())
        })
    }

    fn is_connected(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;

    const MINUTE: Duration = Duration::from_mins(1);

    fn memory(capacity_bytes: u64) -> (Memory, ManualClock) {
        let clock = ManualClock::new();
        (Memory::new(capacity_bytes, Arc::new(clock.clone())), clock)
    }

    #[tokio::test]
    async fn a_value_is_gone_when_its_ttl_has_passed() {
        let (memory, clock) = memory(1 << 20);
        memory.set("key", b"value".to_vec(), MINUTE).await.unwrap();

        clock.advance(Duration::from_millis(59_999));
        assert_eq!(
            memory.get("key", 100).await.unwrap().as_deref(),
            Some(&b"value"[..])
        );
        clock.advance(Duration::from_millis(1));
        assert_eq!(memory.get("key", 100).await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_later_value_replaces_an_earlier_one() {
        let (memory, _) = memory(1 << 20);

        memory.set("key", b"old".to_vec(), MINUTE).await.unwrap();
        memory.set("key", b"new".to_vec(), MINUTE).await.unwrap();

        assert_eq!(
            memory.get("key", 100).await.unwrap().as_deref(),
            Some(&b"new"[..])
        );
    }

    #[tokio::test]
    async fn a_removed_value_is_gone_and_removing_nothing_is_no_error() {
        let (memory, _) = memory(1 << 20);
        memory.set("key", b"value".to_vec(), MINUTE).await.unwrap();

        for _ in 0..2 {
            memory.remove("key").await.unwrap();
            assert_eq!(memory.get("key", 100).await.unwrap(), None);
        }
    }

    #[tokio::test]
    async fn the_store_never_holds_more_than_its_capacity() {
        const CAPACITY: u64 = 1 << 20;
        let (memory, _) = memory(CAPACITY);

        for number in 0..2_000 {
            let key = format!("key:{number}");
            memory.set(&key, vec![0; 4 << 10], MINUTE).await.unwrap();
            assert!(memory.entries.weight() <= CAPACITY);
        }

        assert!(
            memory.entries.len() > 100,
            "it keeps {}",
            memory.entries.len()
        );
    }

    #[tokio::test]
    async fn a_value_that_fits_no_part_of_the_store_is_refused() {
        let (memory, _) = memory(1 << 20);

        let half_a_part = (1 << 20) / SHARDS / 2;
        let error = memory
            .set("key", vec![0; half_a_part], MINUTE)
            .await
            .unwrap_err();
        assert!(error.is_too_large());

        let fits = vec![0; half_a_part - ENTRY_BYTES - "key".len()];
        memory.set("key", fits, MINUTE).await.unwrap();
        assert!(memory.get("key", 100).await.unwrap().is_some());
    }

    #[tokio::test]
    async fn the_default_capacity_holds_a_value_of_the_default_limit() {
        let (memory, _) = memory(64 << 20);

        memory.set("key", vec![7; 1 << 20], MINUTE).await.unwrap();

        assert_eq!(
            memory
                .get("key", 100)
                .await
                .unwrap()
                .map(|bytes| bytes.len()),
            Some(1 << 20)
        );
    }
}
