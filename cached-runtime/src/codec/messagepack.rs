//! MessagePack with the names of fields, which carries types that a positional codec cannot.

use std::io::Cursor;

use rmp_serde::{Deserializer, Serializer};
use serde::Serialize;
use serde::de::{DeserializeOwned, DeserializeSeed};

use super::FOLLOWED_BY_OTHER_BYTES;
use super::bounded::Bounded;
use super::guard::Guarded;
use crate::error::Error;

pub(super) fn encode<T: Serialize>(value: &T, out: &mut Bounded<'_>) -> Result<(), Error> {
    let mut encoder = Serializer::new(&mut *out).with_struct_map();
    value
        .serialize(&mut encoder)
        // The text of an error may quote the value.
        .map_err(|_| out.fault("value cannot be encoded with MessagePack"))
}

pub(super) fn decode<T: DeserializeOwned>(
    bytes: &[u8],
    guarded: Guarded<'_, T>,
) -> Result<T, Error> {
    let mut decoder = Deserializer::new(Cursor::new(bytes));
    let value = guarded
        .deserialize(&mut decoder)
        .map_err(|_| Error::unreadable("value does not decode with MessagePack"))?;
    if decoder.position() != bytes.len() as u64 {
        return Err(Error::unreadable(FOLLOWED_BY_OTHER_BYTES));
    }
    Ok(value)
}
