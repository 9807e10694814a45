//! JSON, for reading entries with `redis-cli`.
//!
//! The crate's feature `float_roundtrip` is on: without it a float comes back with another last digit.

use serde::Serialize;
use serde::de::{DeserializeOwned, DeserializeSeed};
use serde_json::{Deserializer, Serializer};

use super::FOLLOWED_BY_OTHER_BYTES;
use super::bounded::Bounded;
use super::guard::Guarded;
use crate::error::Error;

pub(super) fn encode<T: Serialize>(value: &T, out: &mut Bounded<'_>) -> Result<(), Error> {
    value
        .serialize(&mut Serializer::new(&mut *out))
        // The text of an error may quote the value.
        .map_err(|_| out.fault("value cannot be encoded with JSON"))
}

pub(super) fn decode<T: DeserializeOwned>(
    bytes: &[u8],
    guarded: Guarded<'_, T>,
) -> Result<T, Error> {
    let mut decoder = Deserializer::from_slice(bytes);
    let value = guarded
        .deserialize(&mut decoder)
        .map_err(|_| Error::unreadable("value does not decode with JSON"))?;
    decoder
        .end()
        .map_err(|_| Error::unreadable(FOLLOWED_BY_OTHER_BYTES))?;
    Ok(value)
}
