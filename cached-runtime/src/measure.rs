//! The private parts of a call, one by one, for benchmarks (feature `testing`).
//!
//! A whole call can be measured from outside; what a key and an envelope take of it cannot. Nothing
//! here decides anything: each function is one step of `call`. Not for other use: it
//! changes without notice.

use std::time::{Duration, UNIX_EPOCH};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::codec::{Codec, envelope};
use crate::entry::{Content, Entry, Times};
use crate::error::Error;
use crate::key::{Argument, Arguments, Fingerprint, Key, KeySecret, Keys};
use crate::spec::Spec;

const TTL: Duration = Duration::from_hours(24);

static SPEC: Spec = Spec::new(|| "measure::function")
    .with_name("measure::function")
    .with_ttl(TTL);

/// Makes keys as a cache with a secret does.
pub struct Keymaker(Keys);

/// The key of one call.
pub struct Identity(Key);

impl Keymaker {
    /// Returns a maker of keys with this secret.
    #[must_use]
    pub fn new(secret: &KeySecret) -> Self {
        Self(Keys::keyed("measure".to_owned(), secret))
    }

    /// Returns the key of a call with `arguments` and a result of type `T`.
    ///
    /// # Errors
    /// Returns an error when an argument has no encoding.
    pub fn identity<T: DeserializeOwned>(
        &self,
        arguments: &[&dyn Argument],
    ) -> Result<Identity, Error> {
        let arguments = Arguments::encode(arguments)?;
        let key = self.0.key(&SPEC, Fingerprint::of::<T>(), &arguments);
        Ok(Identity(key))
    }
}

impl Identity {
    /// Returns the envelope of `value`.
    ///
    /// # Errors
    /// Returns an error when the value cannot be encoded.
    pub fn seal<T: Serialize>(&self, value: &T) -> Result<Vec<u8>, Error> {
        let entry: Entry<&T, ()> = Entry {
            content: Content::Value(value),
            times: Times {
                created_at: UNIX_EPOCH,
                fresh_until: UNIX_EPOCH + TTL,
                cost: Duration::from_millis(1),
            },
        };
        envelope::seal(&entry, self.0.digest(), Codec::Bincode, 1 << 20)
    }

    /// Returns the value in an envelope.
    ///
    /// # Errors
    /// Returns an unreadable error for bytes that are no envelope of this key.
    pub fn open<T: DeserializeOwned>(&self, envelope: &[u8]) -> Result<T, Error> {
        match envelope::open::<T, ()>(envelope, self.0.digest())?.content {
            Content::Value(value) => Ok(value),
            Content::Absence(()) => Err(Error::unreadable("the envelope holds an absence")),
        }
    }
}
