//! Bytes from values and values from bytes.
//!
//! The [`envelope`] around a value says which codec wrote it, so that a change of codec is a rolling
//! change: a codec that a build does not know is a miss.

mod bincode;
pub(crate) mod envelope;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::Error;

/// A format for values, named by its id in the envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Codec {
    /// bincode 2, standard configuration: positional, little-endian, variable-width integers.
    Bincode = 1,
}

impl Codec {
    /// Returns the codec with this id.
    fn from_id(id: u8) -> Option<Self> {
        match id {
            1 => Some(Self::Bincode),
            _ => None,
        }
    }

    /// Returns the codec's id.
    fn id(self) -> u8 {
        self as u8
    }

    /// Appends `value` to `out`, which grows by at most `limit` bytes.
    ///
    /// # Errors
    /// Returns an error when the value needs more bytes or its `Serialize` fails. `out` then holds
    /// a part of it.
    pub(crate) fn encode<T: Serialize>(
        self,
        value: &T,
        out: &mut Vec<u8>,
        limit: usize,
    ) -> Result<(), Error> {
        match self {
            Self::Bincode => bincode::encode(value, out, limit),
        }
    }

    /// Returns the value that `bytes` hold, all of them.
    ///
    /// # Errors
    /// Returns an unreadable error for anything else, without allocating more than a fixed bound.
    pub(crate) fn decode<T: DeserializeOwned>(self, bytes: &[u8]) -> Result<T, Error> {
        match self {
            Self::Bincode => bincode::decode(bytes),
        }
    }
}
