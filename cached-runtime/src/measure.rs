//! The private parts of a call, one by one, for benchmarks and fuzz targets (feature `testing`).
//!
//! A whole call can be measured from outside; what a key and an envelope take of it cannot. And what a
//! decoder does with hostile bytes shows best without a call around it. Nothing here decides anything:
//! each function is one step of `call`. Not for other use: it changes without notice.

use std::time::{Duration, UNIX_EPOCH};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::codec::envelope::{self, Form};
use crate::codec::{Cipher, Codec};
use crate::entry::{Content, Entry, Times};
use crate::error::Error;
use crate::key::{Argument, Arguments, Fingerprint, Key, KeySecret, Keys};
use crate::spec::Spec;

const TTL: Duration = Duration::from_hours(24);

static SPEC: Spec = Spec::new(|| "measure::function")
    .with_name("measure::function")
    .with_ttl(TTL);

/// Makes keys as a cache with a secret does.
pub struct Keymaker {
    keys: Keys,
    cipher: Option<Cipher>,
}

/// The key of one call, and the form in which its value is stored: bincode in a plain envelope, unless
/// something else is said.
pub struct Identity {
    key: Key,
    cipher: Option<Cipher>,
    codec: Codec,
    is_encrypted: bool,
    compress_above: Option<usize>,
    max_value_bytes: usize,
}

impl Keymaker {
    /// Returns a maker of keys with this secret.
    #[must_use]
    pub fn new(secret: &KeySecret) -> Self {
        Self {
            keys: Keys::keyed("measure".to_owned(), secret),
            cipher: Some(Cipher::new(secret)),
        }
    }

    /// Returns a maker of keys without a secret.
    #[must_use]
    pub fn guessable() -> Self {
        Self {
            keys: Keys::guessable("measure".to_owned()),
            cipher: None,
        }
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
        Ok(Identity {
            key: self.keys.key(&SPEC, Fingerprint::of::<T>(), &arguments),
            cipher: self.cipher.clone(),
            codec: Codec::Bincode,
            is_encrypted: false,
            compress_above: None,
            max_value_bytes: 1 << 20,
        })
    }
}

impl Identity {
    /// Stores the value encrypted.
    #[must_use]
    pub fn encrypted(mut self) -> Self {
        self.is_encrypted = true;
        self
    }

    /// Stores the value compressed where it has so many bytes or more.
    #[must_use]
    pub fn compressed_above(mut self, bytes: usize) -> Self {
        self.compress_above = Some(bytes);
        self
    }

    /// Stores the value in another codec.
    #[must_use]
    pub fn in_codec(mut self, codec: Codec) -> Self {
        self.codec = codec;
        self
    }

    /// Neither stores nor reads a value whose encoding has more bytes.
    #[must_use]
    pub fn up_to(mut self, max_value_bytes: usize) -> Self {
        self.max_value_bytes = max_value_bytes;
        self
    }

    /// Returns the digest of the key, as it is in the envelope.
    #[must_use]
    pub fn digest(&self) -> &[u8; 32] {
        self.key.digest()
    }

    fn form(&self) -> Form<'_> {
        Form {
            codec: self.codec,
            ciphers: self.cipher.as_slice(),
            is_encrypted: self.is_encrypted,
            compress_above: self.compress_above,
            max_value_bytes: self.max_value_bytes,
        }
    }

    /// Returns the envelope of `value`.
    ///
    /// # Errors
    /// Returns an error when the value cannot be encoded.
    pub fn seal<T: Serialize + DeserializeOwned>(&self, value: &T) -> Result<Vec<u8>, Error> {
        let entry: Entry<&T, &()> = Entry {
            content: Content::Value(value),
            times: Times {
                created_at: UNIX_EPOCH,
                fresh_until: UNIX_EPOCH + TTL,
                cost: Duration::from_millis(1),
            },
        };
        envelope::seal(&entry, &self.key, &self.form())
    }

    /// Returns the value in an envelope.
    ///
    /// # Errors
    /// Returns an unreadable error for bytes that are no envelope of this key.
    pub fn open<T: DeserializeOwned>(&self, envelope: &[u8]) -> Result<T, Error> {
        match envelope::open::<T, ()>(envelope, &self.key, &self.form())?.content {
            Content::Value(value) => Ok(value),
            Content::Absence(()) => Err(Error::unreadable("the envelope holds an absence")),
        }
    }
}

/// Returns the canonical encoding of the arguments of a call.
///
/// # Errors
/// Returns an error when an argument has no encoding.
pub fn encode_arguments(arguments: &[&dyn Argument]) -> Result<Vec<u8>, Error> {
    Ok(Arguments::encode(arguments)?.into_encoded())
}

/// Returns the encoding of a value that is known to be read back as the same value.
///
/// # Errors
/// Returns an error when there is none in `limit` bytes.
pub fn encode<T: Serialize + DeserializeOwned>(
    codec: Codec,
    value: &T,
    limit: usize,
) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    codec.store(value, &mut bytes, limit)?;
    Ok(bytes)
}

/// Returns the value that `bytes` hold.
///
/// # Errors
/// Returns an unreadable error for anything else, and for a value beyond the limits.
pub fn decode<T: DeserializeOwned>(codec: Codec, bytes: &[u8], limit: usize) -> Result<T, Error> {
    codec.decode(bytes, limit)
}
