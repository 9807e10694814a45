//! bincode 2, always through these two functions.
//!
//! Without a limit nine hostile bytes make bincode ask for a terabyte and abort the process; and it
//! accepts bytes after the value. So decoding is limited and must consume its input to the last byte.

use bincode::config::{Configuration, Limit, LittleEndian, Varint};
use bincode::error::DecodeError;
use bincode::serde::DecodeError as SerdeError;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::bounded::Bounded;
use super::guard::Guarded;
use super::{DOES_NOT_DESCRIBE_ITSELF, FOLLOWED_BY_OTHER_BYTES};
use crate::error::Error;

/// The most that decoding claims, whatever the bytes say. Reached by nothing that is whole: what
/// counts is the [guard](super::guard), which knows the cache's limit.
const DECODE_LIMIT: usize = 256 << 20;

const CONFIG: Configuration<LittleEndian, Varint, Limit<DECODE_LIMIT>> =
    bincode::config::standard().with_limit::<DECODE_LIMIT>();

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
