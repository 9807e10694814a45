//! postcard 1: as positional and as small as bincode, and maintained.

use postcard::Deserializer;
use serde::Serialize;
use serde::de::{DeserializeOwned, DeserializeSeed};

use super::bounded::Bounded;
use super::guard::Guarded;
use super::{DOES_NOT_DESCRIBE_ITSELF, FOLLOWED_BY_OTHER_BYTES};
use crate::error::Error;

pub(super) fn encode<T: Serialize>(value: &T, out: &mut Bounded<'_>) -> Result<(), Error> {
    postcard::serialize_with_flavor(value, &mut *out)
        // The text of an error may quote the value.
        .map_err(|_| out.fault("value cannot be encoded with postcard"))
}

pub(super) fn decode<T: DeserializeOwned>(
    bytes: &[u8],
    guarded: Guarded<'_, T>,
) -> Result<T, Error> {
    let mut decoder = Deserializer::from_bytes(bytes);
    let value = guarded
        .deserialize(&mut decoder)
        .map_err(|error| match error {
            postcard::Error::WontImplement => Error::unreadable(DOES_NOT_DESCRIBE_ITSELF),
            _ => Error::unreadable("value does not decode with postcard"),
        })?;
    match decoder.finalize() {
        Ok([]) => Ok(value),
        _ => Err(Error::unreadable(FOLLOWED_BY_OTHER_BYTES)),
    }
}
