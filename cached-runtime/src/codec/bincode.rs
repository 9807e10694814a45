//! bincode 2, always through these two functions.
//!
//! Left alone, nine hostile bytes make bincode ask for a terabyte and abort the process; and it accepts
//! bytes after the value. So decoding is limited by the [guard](super::guard), which also has strings
//! borrowed from the bytes that are there, and must consume its input to the last byte. bincode's own
//! limit counts every number that is read, which takes time, and neither units nor depth.

use bincode::config::{Configuration, standard};
use bincode::error::DecodeError;
use bincode::serde::DecodeError as SerdeError;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::bounded::Bounded;
use super::guard::Guarded;
use super::{DOES_NOT_DESCRIBE_ITSELF, FOLLOWED_BY_OTHER_BYTES};
use crate::error::Error;

const CONFIG: Configuration = standard();

pub(super) fn encode<T: Serialize>(value: &T, out: &mut Bounded<'_>) -> Result<(), Error> {
    bincode::serde::encode_into_writer(value, &mut *out, CONFIG)
        // The text of an error may quote the value.
        .map_err(|_| out.fault("value cannot be encoded with bincode"))
}

pub(super) fn decode<T: DeserializeOwned>(
    bytes: &[u8],
    guarded: Guarded<'_, T>,
) -> Result<T, Error> {
    let (value, consumed) = bincode::serde::seed_decode_from_slice(guarded, bytes, CONFIG)
        .map_err(|error| match error {
            DecodeError::Serde(
                SerdeError::AnyNotSupported | SerdeError::IgnoredAnyNotSupported,
            ) => Error::unreadable(DOES_NOT_DESCRIBE_ITSELF),
            _ => Error::unreadable("value does not decode with bincode"),
        })?;
    if consumed != bytes.len() {
        return Err(Error::unreadable(FOLLOWED_BY_OTHER_BYTES));
    }
    Ok(value)
}
