//! The envelope: what is stored under a key.
//!
//! All numbers are little-endian, times are milliseconds since 1970-01-01 UTC:
//!
//! ```text
//! offset  bytes  what
//!      0      3  magic, the letters "RCE"
//!      3      1  format of the envelope, 1
//!      4      1  codec of the payload: 1 bincode 2
//!      5      1  flags: 4 the payload is an absence (`None` or `Err`); all others 0
//!      6      8  created at
//!     14      8  fresh until
//!     22      8  cost of the computation, microseconds
//!     30     32  digest of the key, as in the key but in binary
//!     62      4  length n of the payload
//!     66      n  payload
//! 66 + n      4  CRC-32C (RFC 3720) of everything before it
//! ```
//!
//! Bytes that break any of this, that belong to another key, or that have anything before or after
//! are unreadable: a miss with a counter. The checksum is there because positional codecs accept
//! most damaged bytes as another value.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Codec;
use crate::entry::{Content, Entry, Times};
use crate::error::Error;

const MAGIC: &[u8; 3] = b"RCE";
const FORMAT: u8 = 1;
/// The flag of a payload that is an absence.
const ABSENCE: u8 = 4;
const HEADER_BYTES: usize = 66;
const CHECKSUM_BYTES: usize = 4;

/// How many bytes an envelope adds to its payload.
pub(crate) const OVERHEAD_BYTES: usize = HEADER_BYTES + CHECKSUM_BYTES;

/// Returns the envelope of `entry` for the key with this digest.
///
/// # Errors
/// Returns an error when the payload needs more than `max_value_bytes` or cannot be encoded.
pub(crate) fn seal<T: Serialize, A: Serialize>(
    entry: &Entry<T, A>,
    digest: &[u8; 32],
    codec: Codec,
    max_value_bytes: usize,
) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::with_capacity(4 << 10);
    bytes.extend_from_slice(MAGIC);
    let Entry { content, times } = entry;
    let flags = match content {
        Content::Value(_) => 0,
        Content::Absence(_) => ABSENCE,
    };
    bytes.extend_from_slice(&[FORMAT, codec.id(), flags]);
    bytes.extend_from_slice(&millis(times.created_at).to_le_bytes());
    bytes.extend_from_slice(&millis(times.fresh_until).to_le_bytes());
    bytes.extend_from_slice(&saturating_u64(times.cost.as_micros()).to_le_bytes());
    bytes.extend_from_slice(digest);
    bytes.extend_from_slice(&[0; 4]);

    let limit = max_value_bytes.min(u32::MAX as usize);
    match content {
        Content::Value(value) => codec.encode(value, &mut bytes, limit)?,
        Content::Absence(absence) => codec.encode(absence, &mut bytes, limit)?,
    }
    let length =
        u32::try_from(bytes.len() - HEADER_BYTES).expect("the payload is within the limit");
    bytes[HEADER_BYTES - 4..HEADER_BYTES].copy_from_slice(&length.to_le_bytes());

    let checksum = crc32c::crc32c(&bytes);
    bytes.extend_from_slice(&checksum.to_le_bytes());
    Ok(bytes)
}

/// Returns the entry in an envelope for the key with this digest.
///
/// # Errors
/// Returns an unreadable error that names what is wrong.
pub(crate) fn open<T: DeserializeOwned, A: DeserializeOwned>(
    bytes: &[u8],
    digest: &[u8; 32],
) -> Result<Entry<T, A>, Error> {
    let (sealed, checksum) = bytes
        .split_last_chunk::<CHECKSUM_BYTES>()
        .ok_or_else(|| Error::unreadable("envelope is too short"))?;
    let mut header = Reader { rest: sealed };

    if header.array::<3>()? != *MAGIC {
        return Err(Error::unreadable("stored bytes are not an envelope"));
    }
    let [format, codec, flags] = header.array()?;
    if format != FORMAT {
        return Err(Error::unreadable(format!(
            "envelope has format {format}; this build reads {FORMAT}"
        )));
    }
    if crc32c::crc32c(sealed) != u32::from_le_bytes(*checksum) {
        return Err(Error::unreadable("envelope fails its checksum"));
    }
    let codec = Codec::from_id(codec)
        .ok_or_else(|| Error::unreadable(format!("envelope has the unknown codec {codec}")))?;
    if flags & !ABSENCE != 0 {
        return Err(Error::unreadable(format!(
            "envelope has the unknown flags {flags:#010b}"
        )));
    }
    let times = Times {
        created_at: UNIX_EPOCH + Duration::from_millis(header.u64()?),
        fresh_until: UNIX_EPOCH + Duration::from_millis(header.u64()?),
        cost: Duration::from_micros(header.u64()?),
    };
    if header.array()? != *digest {
        return Err(Error::unreadable("envelope belongs to another key"));
    }
    let length = u32::from_le_bytes(header.array()?);
    let payload = header.rest;
    if payload.len() != length as usize {
        return Err(Error::unreadable("envelope is not as long as it says"));
    }
    let content = if flags == ABSENCE {
        Content::Absence(codec.decode(payload)?)
    } else {
        Content::Value(codec.decode(payload)?)
    };
    Ok(Entry { content, times })
}

/// Takes fields from the front of a slice.
struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let (field, rest) = self
            .rest
            .split_first_chunk::<N>()
            .ok_or_else(|| Error::unreadable("envelope is too short"))?;
        self.rest = rest;
        Ok(*field)
    }

    fn u64(&mut self) -> Result<u64, Error> {
        Ok(u64::from_le_bytes(self.array()?))
    }
}

/// Returns a time rounded down to milliseconds, so that a rounded deadline is never later.
fn millis(time: SystemTime) -> u64 {
    let since_epoch = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    saturating_u64(since_epoch.as_millis())
}

fn saturating_u64(number: u128) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
