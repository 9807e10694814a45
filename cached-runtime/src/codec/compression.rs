//! LZ4 compression of encoded values.
//!
//! A compressed value begins with its length, 4 bytes, little-endian; then comes an LZ4 block.

use lz4_flex::block::{compress_into, decompress_into, get_maximum_output_size};

use crate::error::Error;

const LENGTH_BYTES: usize = 4;

/// Compresses what stands in `bytes` from `start` on, and returns whether that made it shorter; they
/// are left as they are where it would not.
pub(super) fn compress(bytes: &mut Vec<u8>, start: usize) -> bool {
    let value = &bytes[start..];
    let length = u32::try_from(value.len()).expect("a value is within the limit");
    let mut block = vec![0; get_maximum_output_size(value.len())];
    let written = compress_into(value, &mut block).expect("the block has room for any value");
    if LENGTH_BYTES + written >= value.len() {
        return false;
    }
    bytes.truncate(start);
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(&block[..written]);
    true
}

/// Returns the value in compressed bytes.
///
/// # Errors
/// Returns an unreadable error for anything else, and for a value that says to be longer than `limit`,
/// before room is made for it.
pub(super) fn decompress(bytes: &[u8], limit: usize) -> Result<Vec<u8>, Error> {
    let corrupt = || Error::unreadable("compressed value does not decompress");
    let (length, block) = bytes.split_first_chunk().ok_or_else(corrupt)?;
    let length = u32::from_le_bytes(*length) as usize;
    if length > limit {
        return Err(Error::unreadable(
            "compressed value is larger than the value limit",
        ));
    }
    let mut value = vec![0; length];
    match decompress_into(block, &mut value) {
        Ok(written) if written == length => Ok(value),
        _ => Err(corrupt()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compressed(value: &[u8]) -> Vec<u8> {
        let mut bytes = value.to_vec();
        assert!(compress(&mut bytes, 0));
        bytes
    }

    #[test]
    fn a_value_comes_back_from_fewer_bytes() {
        let value = b"natal ".repeat(1000);

        let bytes = compressed(&value);

        assert!(bytes.len() < 100, "{}", bytes.len());
        assert_eq!(decompress(&bytes, value.len()).unwrap(), value);
    }

    #[test]
    fn what_stands_before_the_value_and_what_would_grow_are_left_alone() {
        let mut bytes = b"headervalue".to_vec();

        assert!(!compress(&mut bytes, 6));

        assert_eq!(bytes, b"headervalue");
    }

    #[test]
    fn a_value_that_says_to_be_larger_than_the_limit_is_refused() {
        let bytes = compressed(&[0; 1000]);

        assert!(decompress(&bytes, 999).unwrap_err().is_unreadable());
        assert!(decompress(&bytes, 1000).is_ok());
    }

    #[test]
    fn a_length_that_is_not_that_of_the_value_is_refused() {
        for length in [0_u32, 999, 1001, u32::MAX] {
            let mut bytes = compressed(&[0; 1000]);
            bytes[..4].copy_from_slice(&length.to_le_bytes());
            assert!(decompress(&bytes, 2000).is_err(), "{length}");
        }
    }

    #[test]
    fn what_is_cut_off_is_refused() {
        let bytes = compressed(&b"natal ".repeat(1000));
        for end in 0..bytes.len() {
            assert!(decompress(&bytes[..end], 1 << 20).is_err(), "{end}");
        }
    }
}
