//! The remote tier: entries over a backend. The only place that knows both bytes and values.

use std::any::type_name;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::absence::Absence;
use crate::backend::{Backend, BackendFuture};
use crate::background::wait_or_leave;
use crate::codec::envelope::{self, Form};
use crate::codec::{Cipher, Codec};
use crate::entry::{Content, Entry};
use crate::error::Error;
use crate::key::Key;
use crate::report::warn_of_unstorable;
use crate::spec::{Limits, Spec};

/// An entry of a function's value `T` and error `E`.
pub(crate) type EntryOf<T, E> = Entry<T, Absence<E>>;

/// Entries in a backend, each in its envelope.
pub(crate) struct Remote {
    pub(crate) backend: Arc<dyn Backend>,
    pub(crate) codec: Codec,
    /// Those of the cache's secrets.
    pub(crate) ciphers: Vec<Cipher>,
    /// Whether the entries of functions that do not say so themselves are encrypted.
    pub(crate) encrypt: bool,
    /// From how many bytes on an encoded value is compressed, if any is.
    pub(crate) compress_above: Option<usize>,
    /// The most bytes that an encoded value may have.
    pub(crate) max_value_bytes: usize,
}

impl Remote {
    /// Returns the entry under `key`, or `None` where there is none; waits for that no longer than `wait`.
    ///
    /// # Errors
    /// Returns the backend's fault, or an unreadable error for bytes that are no entry of this key.
    pub(crate) async fn get<T: DeserializeOwned, E: DeserializeOwned>(
        &self,
        key: &Key,
        spec: &'static Spec,
        wait: Option<Duration>,
    ) -> Result<Option<EntryOf<T, E>>, Error> {
        let limits = spec.limits();
        // Nothing that we wrote is larger.
        let max_bytes = self.largest(limits) + envelope::OVERHEAD_BYTES;
        let found = match wait {
            None => self.backend.get(key.as_str(), max_bytes).await,
            Some(wait) => {
                let (backend, key) = (Arc::clone(&self.backend), key.as_str().to_owned());
                let get = wait_or_leave(wait, async move { backend.get(&key, max_bytes).await });
                get.await.unwrap_or_else(|| Err(Error::timeout()))
            }
        }?;
        if let Some(bytes) = &found {
            spec.tally().count_read_bytes(spec.name(), bytes.len());
        }
        match found {
            Some(bytes) if bytes.len() > max_bytes => {
                Err(Error::unreadable("envelope is larger than the value limit"))
            }
            Some(bytes) => self.open(key, &bytes, spec).map(Some),
            None => Ok(None),
        }
    }

    /// Returns the entry in an envelope for `key`.
    ///
    /// # Errors
    /// Returns an unreadable error for bytes that are no entry of this key.
    pub(crate) fn open<T: DeserializeOwned, E: DeserializeOwned>(
        &self,
        key: &Key,
        envelope: &[u8],
        spec: &Spec,
    ) -> Result<EntryOf<T, E>, Error> {
        envelope::open(envelope, key, &self.form(spec))
    }

    /// Returns the envelope of `entry` for `key`, from which the same entry can be read.
    ///
    /// # Errors
    /// Returns why it cannot be stored, and says so in the log the first time for each function.
    pub(crate) fn seal<T, A>(
        &self,
        key: &Key,
        entry: &Entry<T, A>,
        spec: &'static Spec,
    ) -> Result<Vec<u8>, Error>
    where
        T: Serialize + DeserializeOwned,
        A: Serialize + DeserializeOwned,
    {
        let form = self.form(spec);
        envelope::seal(&entry.as_ref(), key, &form).inspect_err(|fault| {
            if fault.is_too_large() || !spec.is_first_warning() {
                return;
            }
            match &entry.content {
                Content::Value(value) => warn(spec, value, &form, fault),
                Content::Absence(absence) => warn(spec, absence, &form, fault),
            }
        })
    }

    fn form(&self, spec: &Spec) -> Form<'_> {
        let storage = spec.storage();
        Form {
            codec: storage.codec.unwrap_or(self.codec),
            ciphers: &self.ciphers,
            is_encrypted: storage.encrypt.unwrap_or(self.encrypt),
            compress_above: self.compress_above,
            max_value_bytes: self.largest(spec.limits()),
        }
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

    /// As [`put`](Self::put), and removes what stands under the key's previous secret: to whoever looks
    /// there first it would be the value.
    pub(crate) fn replace<'a>(
        &'a self,
        key: &'a Key,
        envelope: Vec<u8>,
        ttl: Duration,
    ) -> BackendFuture<'a, ()> {
        let put = self.put(key, envelope, ttl);
        let Some(previous) = key.previous() else {
            return put;
        };
        let remove = self.backend.remove(previous.as_str());
        Box::pin(async move {
            put.await?;
            remove.await
        })
    }

    /// Removes what is stored under `key`, readable or not, and under its previous secret.
    ///
    /// # Errors
    /// Returns the backend's fault; whether anything is stored is then unknown.
    pub(crate) async fn remove(&self, key: &Key) -> Result<(), Error> {
        let previous = match key.previous() {
            Some(previous) => self.backend.remove(previous.as_str()).await,
            None => Ok(()),
        };
        self.backend.remove(key.as_str()).await.and(previous)
    }

    /// Ends the work of the backend; commands under way get their deadline.
    pub(crate) async fn shutdown(&self) {
        if let Err(fault) = self.backend.shutdown().await {
            tracing::warn!(reason = %fault, "the store did not shut down cleanly");
        }
    }

    fn largest(&self, limits: &Limits) -> usize {
        limits.max_value_bytes.unwrap_or(self.max_value_bytes)
    }
}

/// Says that `value` is not stored, and what would carry it.
fn warn<T>(spec: &'static Spec, value: &T, form: &Form<'_>, fault: &Error)
where
    T: Serialize + DeserializeOwned,
{
    let instead = form.codec.instead(value, form.max_value_bytes);
    warn_of_unstorable(spec, type_name::<T>(), form.codec, instead, fault);
}
