//! Bytes from values and values from bytes.
//!
//! The [`envelope`] around a value says which codec wrote it, so that a change of codec is a rolling
//! change: an entry of another codec is still read, and a codec that a build does not know is a miss.

mod bincode;
mod bounded;
mod cipher;
mod compression;
pub(crate) mod envelope;
mod guard;
#[cfg(feature = "json")]
mod json;
#[cfg(feature = "messagepack")]
mod messagepack;
#[cfg(feature = "postcard")]
mod postcard;
mod trace;

use std::any::type_name;
use std::cell::Cell;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::Serialize;
use serde::de::DeserializeOwned;

use self::bounded::Bounded;
use self::guard::{Budget, Guarded};
use self::trace::{Flaw, Seeds, Tracer};
use crate::error::Error;

pub(crate) use cipher::Cipher;

/// A format for values.
///
/// Positional formats, bincode and postcard, write the values of fields one after another: small and
/// fast, and for types that are always written in the same way. The others write the names of fields
/// too, and carry what asks while it is read what comes next: untagged and internally tagged enums,
/// `#[serde(flatten)]`, `skip_serializing_if` and `serde_json::Value`. `docs/codecs.md` compares them.
///
/// A value that a codec does not give back is not stored, so the choice is about size and speed, and
/// about what can be cached at all; never about right and wrong.
///
/// ```
/// use cached_runtime::{Cache, Codec, redis_cached};
///
/// let builder = Cache::builder().codec(Codec::Bincode); // for every function, unless it says otherwise
/// # drop(builder);
///
/// #[redis_cached(ttl = "1h", key = hash, codec = bincode)]
/// async fn price(article: u32) -> u64 {
///     u64::from(article) * 100
/// }
/// # drop(price(1));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
#[repr(u8)]
pub enum Codec {
    /// bincode 2, standard configuration: positional, little-endian, variable-width integers.
    #[default]
    Bincode = 1,
    /// postcard 1: positional, and as small as bincode. Needs the feature `postcard`.
    #[cfg(feature = "postcard")]
    Postcard = 2,
    /// MessagePack with the names of fields. Needs the feature `messagepack`.
    #[cfg(feature = "messagepack")]
    MessagePack = 3,
    /// JSON, which can be read in Redis as it is. Needs the feature `json`.
    #[cfg(feature = "json")]
    Json = 4,
}

/// Why a type does not decode from what it encoded itself as, where the codec knows.
const DOES_NOT_DESCRIBE_ITSELF: &str = "its type asks what comes next while it is read";
const FOLLOWED_BY_OTHER_BYTES: &str = "value is followed by other bytes";

impl Codec {
    /// Those of this build, the ones for most types first.
    pub(crate) const ALL: &[Self] = &[
        #[cfg(feature = "messagepack")]
        Self::MessagePack,
        #[cfg(feature = "json")]
        Self::Json,
        #[cfg(feature = "postcard")]
        Self::Postcard,
        Self::Bincode,
    ];

    /// Returns the codec with this id.
    fn from_id(id: u8) -> Option<Self> {
        Self::ALL.iter().copied().find(|codec| codec.id() == id)
    }

    /// Returns the codec's id in the envelope.
    fn id(self) -> u8 {
        self as u8
    }

    /// Returns the codec as it stands in the attribute.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Bincode => "bincode",
            #[cfg(feature = "postcard")]
            Self::Postcard => "postcard",
            #[cfg(feature = "messagepack")]
            Self::MessagePack => "messagepack",
            #[cfg(feature = "json")]
            Self::Json => "json",
        }
    }

    /// Returns true for a codec that writes no names of fields.
    fn is_positional(self) -> bool {
        match self {
            Self::Bincode => true,
            #[cfg(feature = "postcard")]
            Self::Postcard => true,
            #[cfg(feature = "messagepack")]
            Self::MessagePack => false,
            #[cfg(feature = "json")]
            Self::Json => false,
        }
    }

    /// Returns what the codec tells types that are written differently for people.
    fn is_human_readable(self) -> bool {
        match self {
            #[cfg(feature = "json")]
            Self::Json => true,
            _ => false,
        }
    }

    /// Appends `value` to `out`, which grows by at most `limit` bytes, once it is known to be read back as the
    /// same value.
    ///
    /// Each value is checked, not each type: that one variant survives says nothing of another, and a
    /// field that is left out is there the next time.
    ///
    /// # Errors
    /// Returns why it cannot be stored: a too large one, an unencodable one where it is nested too deeply or
    /// its `Serialize` fails or panics, a lossy one. `out` then holds a part of it.
    pub(crate) fn store<T: Serialize + DeserializeOwned>(
        self,
        value: &T,
        out: &mut Vec<u8>,
        limit: usize,
    ) -> Result<(), Error> {
        let start = out.len();
        let store = || {
            let trace = self.trace(value, limit)?;
            self.encode(value, out, limit)?;
            self.check::<T>(trace, &out[start..], limit)
        };
        // The function has returned: what cannot be stored must not end its call.
        catch_unwind(AssertUnwindSafe(store))
            .unwrap_or_else(|_| Err(Error::unencodable("its `Serialize` panics")))
    }

    /// Returns the trace of `value`, of which an encoding may have `limit` bytes.
    fn trace<T: Serialize>(self, value: &T, limit: usize) -> Result<u64, Error> {
        let tracer = Tracer {
            seeds: Seeds::get(),
            is_human_readable: self.is_human_readable(),
            may_skip: !self.is_positional(),
            type_name: type_name::<T>,
            depth: 0,
            room: &Cell::new(limit),
        };
        tracer.trace(value).map_err(|flaw| match flaw {
            Flaw::SkippedField => Error::lossy("a field is left out by `skip_serializing_if`"),
            Flaw::TooDeep => Error::unencodable("it is nested too deeply"),
            Flaw::TooLarge => Error::too_large(limit),
            Flaw::Failed => Error::unencodable("its `Serialize` fails"),
        })
    }

    /// Appends `value` to `out`, which grows by at most `limit` bytes.
    ///
    /// # Errors
    /// Returns an error when the value needs more bytes or its `Serialize` fails. `out` then holds
    /// a part of it.
    fn encode<T: Serialize>(self, value: &T, out: &mut Vec<u8>, limit: usize) -> Result<(), Error> {
        let out = &mut Bounded::new(out, limit);
        match self {
            Self::Bincode => bincode::encode(value, out),
            #[cfg(feature = "postcard")]
            Self::Postcard => postcard::encode(value, out),
            #[cfg(feature = "messagepack")]
            Self::MessagePack => messagepack::encode(value, out),
            #[cfg(feature = "json")]
            Self::Json => json::encode(value, out),
        }
    }

    /// Returns the value that `bytes` hold, all of them.
    ///
    /// # Errors
    /// Returns an unreadable error for anything else, for a value that is nested too deeply or takes
    /// much more memory than an encoding of `limit` bytes, and where its `Deserialize` panics.
    pub(crate) fn decode<T: DeserializeOwned>(
        self,
        bytes: &[u8],
        limit: usize,
    ) -> Result<T, Error> {
        let budget = Budget::of(limit);
        let guarded = Guarded::new(&budget);
        let decode = || match self {
            Self::Bincode => bincode::decode(bytes, guarded),
            #[cfg(feature = "postcard")]
            Self::Postcard => postcard::decode(bytes, guarded),
            #[cfg(feature = "messagepack")]
            Self::MessagePack => messagepack::decode(bytes, guarded),
            #[cfg(feature = "json")]
            Self::Json => json::decode(bytes, guarded),
        };
        // What stands in the store must not end a call that can do without it.
        catch_unwind(AssertUnwindSafe(decode))
            .unwrap_or_else(|_| Err(Error::unreadable("its `Deserialize` panics")))
    }

    /// Checks that `bytes` are decoded as a value of this trace.
    ///
    /// # Errors
    /// Returns a lossy error that says why they are not.
    fn check<T: Serialize + DeserializeOwned>(
        self,
        trace: u64,
        bytes: &[u8],
        limit: usize,
    ) -> Result<(), Error> {
        let decoded: T = self.decode(bytes, limit).map_err(Error::into_lossy)?;
        match self.trace(&decoded, limit) {
            Ok(same) if same == trace => Ok(()),
            _ => Err(Error::lossy("it is read as another value")),
        }
    }

    /// Returns another codec of this build that carries `value`.
    pub(crate) fn instead<T: Serialize + DeserializeOwned>(
        self,
        value: &T,
        limit: usize,
    ) -> Option<Self> {
        let carries =
            |codec: &Self| *codec != self && codec.store(value, &mut Vec::new(), limit).is_ok();
        Self::ALL.iter().copied().find(carries)
    }
}

impl fmt::Display for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests;
