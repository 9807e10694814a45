//! bincode 2, always through these two functions.
//!
//! Without a limit nine hostile bytes make bincode ask for a terabyte and abort the process; and it
//! accepts bytes after the value. So decoding is limited and must consume its input to the last byte.

use bincode::config::{Configuration, Limit, LittleEndian, Varint};
use bincode::enc::write::Writer;
use bincode::error::EncodeError;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::Error;

/// The most memory that decoding claims, whatever the bytes say.
///
/// Sixteen times the default value limit: a claim counts a value's size in memory, which is larger
/// than its encoding with variable-width integers.
const DECODE_LIMIT: usize = 16 << 20;

const CONFIG: Configuration<LittleEndian, Varint, Limit<DECODE_LIMIT>> =
    bincode::config::standard().with_limit::<DECODE_LIMIT>();

pub(super) fn encode<T: Serialize>(
    value: &T,
    out: &mut Vec<u8>,
    limit: usize,
) -> Result<(), Error> {
    let room = limit;
    let mut writer = Bounded { out, room };
    bincode::serde::encode_into_writer(value, &mut writer, CONFIG).map_err(|error| match error {
        EncodeError::UnexpectedEnd => Error::too_large(limit),
        // The text of other errors may quote the value.
        _ => Error::unencodable("value cannot be encoded with bincode"),
    })
}

pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    let (value, consumed) = bincode::serde::decode_from_slice(bytes, CONFIG)
        .map_err(|_| Error::unreadable("value does not decode with bincode"))?;
    if consumed != bytes.len() {
        return Err(Error::unreadable("value is followed by other bytes"));
    }
    Ok(value)
}

/// A writer to the end of a buffer that refuses to write more than it has room for.
struct Bounded<'a> {
    out: &'a mut Vec<u8>,
    room: usize,
}

impl Writer for Bounded<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), EncodeError> {
        self.room = self
            .room
            .checked_sub(bytes.len())
            .ok_or(EncodeError::UnexpectedEnd)?;
        self.out.extend_from_slice(bytes);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded<T: Serialize>(value: &T) -> Vec<u8> {
        let mut out = Vec::new();
        encode(value, &mut out, 1 << 20).unwrap();
        out
    }

    #[test]
    fn a_value_comes_back_as_it_was() {
        let value = (7_u64, String::from("Ωmega"), vec![Some(0.1_f64), None]);

        assert_eq!(
            decode::<(u64, String, Vec<Option<f64>>)>(&encoded(&value)).unwrap(),
            value
        );
    }

    #[test]
    fn a_value_above_the_limit_is_too_large() {
        let mut out = Vec::new();

        let error = encode(&vec![0_u8; 101], &mut out, 101).unwrap_err();

        assert!(error.is_too_large(), "{error}");
        encode(&vec![0_u8; 100], &mut Vec::new(), 101).unwrap();
    }

    #[test]
    fn bytes_that_claim_a_terabyte_are_refused() {
        let claim = [253, 0, 0, 0, 0, 0, 1, 0, 0];

        assert!(decode::<String>(&claim).unwrap_err().is_unreadable());
    }

    #[test]
    fn bytes_after_the_value_are_refused() {
        let mut bytes = encoded(&5_u32);
        bytes.push(0);

        assert!(decode::<u32>(&bytes).unwrap_err().is_unreadable());
    }
}
