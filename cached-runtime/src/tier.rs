//! The remote tier: entries over a backend. The only place that knows both bytes and values.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::absence::Absence;
use crate::backend::{Backend, BackendFuture};
use crate::codec::{Codec, envelope};
use crate::entry::Entry;
use crate::error::Error;
use crate::key::Key;

/// Entries in a backend, each in its envelope.
pub(crate) struct Remote {
    pub(crate) backend: Arc<dyn Backend>,
    pub(crate) codec: Codec,
    /// The most bytes that an encoded value may have.
    pub(crate) max_value_bytes: usize,
}

impl Remote {
    /// Returns the entry under `key`, or `None` where there is none.
    ///
    /// # Errors
    /// Returns the backend's fault, or an unreadable error for bytes that are no entry of this key.
    pub(crate) async fn get<T: DeserializeOwned, E: DeserializeOwned>(
        &self,
        key: &Key,
    ) -> Result<Option<Entry<T, Absence<E>>>, Error> {
        match self.backend.get(key.as_str()).await? {
            // Nothing that we wrote is larger, so there is no need to look into it.
            Some(bytes) if bytes.len() > self.max_value_bytes + envelope::OVERHEAD_BYTES => {
                Err(Error::unreadable("envelope is larger than the value limit"))
            }
            Some(bytes) => envelope::open(&bytes, key.digest()).map(Some),
            None => Ok(None),
        }
    }

    /// Returns the envelope of `entry` for `key`.
    ///
    /// # Errors
    /// Returns why it cannot be stored.
    pub(crate) fn seal<T: Serialize, A: Serialize>(
        &self,
        key: &Key,
        entry: &Entry<T, A>,
    ) -> Result<Vec<u8>, Error> {
        envelope::seal(entry, key.digest(), self.codec, self.max_value_bytes)
    }

    /// Stores an envelope under `key` for `ttl`.
    ///
    /// # Errors
    /// Returns the backend's fault; whether the envelope was stored is then unknown.
    pub(crate) fn put<'a>(
        &'a self,
        key: &'a Key,
        envelope: Vec<u8>,
        ttl: Duration,
    ) -> BackendFuture<'a, ()> {
        self.backend.set(key.as_str(), envelope, ttl)
    }

    /// Removes what is stored under `key`, readable or not.
    ///
    /// # Errors
    /// Returns the backend's fault; whether anything is stored is then unknown.
    pub(crate) fn remove<'a>(&'a self, key: &'a Key) -> BackendFuture<'a, ()> {
        self.backend.remove(key.as_str())
    }
}
