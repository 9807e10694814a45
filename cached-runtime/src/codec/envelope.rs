//! The envelope: what is stored under a key.
//!
//! All numbers are little-endian, times are milliseconds since 1970-01-01 UTC:
//!
//! ```text
//! offset  bytes  what
//!      0      3  magic, the letters "RCE"
//!      3      1  format of the envelope, 1
//!      4      1  codec of the value: 1 bincode 2, 2 postcard 1, 3 MessagePack, 4 JSON
//!      5      1  flags, added up: 1 compressed, 2 encrypted, 4 an absence (`None` or `Err`); others 0
//!      6      8  created at
//!     14      8  fresh until
//!     22      8  cost of the computation, microseconds
//!     30     32  digest of the key, as in the key but in binary
//!     62      4  length n of the payload
//!     66      n  payload
//! 66 + n         trailer
//! ```
//!
//! The payload is made of the encoded value in this order:
//!
//! ```text
//! compressed   4 bytes, the length of the encoded value; then the value as an LZ4 block
//! encrypted    all of that by AES-256-GCM, in the same length
//! ```
//!
//! The trailer holds what shows that nothing has been changed:
//!
//! ```text
//! encrypted    12 bytes nonce, then 16 bytes tag; the associated data are the 66 bytes of the
//!              header followed by the text of the key
//! otherwise     4 bytes CRC-32C (RFC 3720) of everything before them
//! ```
//!
//! Bytes that break any of this, that belong to another key, or that have anything before or after
//! are unreadable: a miss with a counter. The checksum is there because positional codecs accept
//! most damaged bytes as another value; it stops accidents. The tag stops whoever can write to the
//! store: without the secret no entry can be made, changed, or moved to another key. One that was whole
//! can be put back as long as it is fresh by its own times. Whoever can read the store sees when a value
//! was computed, in what time, whether it is an absence, and its length.

use std::borrow::Cow;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::cipher::{Cipher, TRAILER_BYTES};
use super::{Codec, compression};
use crate::entry::{Content, Entry, Times};
use crate::error::Error;
use crate::key::Key;

const MAGIC: &[u8; 3] = b"RCE";
const FORMAT: u8 = 1;
const COMPRESSED: u8 = 1;
const ENCRYPTED: u8 = 2;
const ABSENCE: u8 = 4;
const HEADER_BYTES: usize = 66;
/// Where in the header the length of the payload stands.
const LENGTH: std::ops::Range<usize> = 62..HEADER_BYTES;
const CHECKSUM_BYTES: usize = 4;

/// How many bytes an envelope adds to its payload, at most.
pub(crate) const OVERHEAD_BYTES: usize = HEADER_BYTES + TRAILER_BYTES;

/// How entries are stored and read.
#[derive(Clone, Copy)]
pub(crate) struct Form<'a> {
    pub(crate) codec: Codec,
    /// Those of the cache's secrets; what is encrypted is read, whether or not it has to be.
    pub(crate) ciphers: &'a [Cipher],
    /// Whether entries are stored encrypted, and not read otherwise.
    pub(crate) is_encrypted: bool,
    /// From how many bytes on an encoded value is compressed, if any is.
    pub(crate) compress_above: Option<usize>,
    /// The most bytes that an encoded value may have.
    pub(crate) max_value_bytes: usize,
}

impl<'a> Form<'a> {
    fn cipher(&self, key: &Key) -> Option<&'a Cipher> {
        self.ciphers.iter().find(|cipher| cipher.is_for(key))
    }
}

/// Returns the envelope of an entry under `key`.
///
/// # Errors
/// Returns an error when the value needs more than the most bytes, cannot be encoded, would be read
/// back as another one, or cannot be encrypted as it has to be.
pub(crate) fn seal<T, A>(
    entry: &Entry<&T, &A>,
    key: &Key,
    form: &Form<'_>,
) -> Result<Vec<u8>, Error>
where
    T: Serialize + DeserializeOwned,
    A: Serialize + DeserializeOwned,
{
    let cipher = if form.is_encrypted {
        Some(form.cipher(key).ok_or_else(Error::no_secret)?)
    } else {
        None
    };
    let mut bytes = Vec::with_capacity(4 << 10);
    let Entry { content, times } = entry;
    let is_absence = matches!(content, Content::Absence(_));
    let flags = flag(is_absence, ABSENCE) | flag(cipher.is_some(), ENCRYPTED);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&[FORMAT, form.codec.id(), flags]);
    bytes.extend_from_slice(&millis(times.created_at).to_le_bytes());
    bytes.extend_from_slice(&millis(times.fresh_until).to_le_bytes());
    bytes.extend_from_slice(&saturating_u64(times.cost.as_micros()).to_le_bytes());
    bytes.extend_from_slice(key.digest());
    bytes.extend_from_slice(&[0; LENGTH.end - LENGTH.start]);

    let limit = form.max_value_bytes.min(u32::MAX as usize);
    match content {
        Content::Value(value) => form.codec.store(*value, &mut bytes, limit)?,
        Content::Absence(absence) => form.codec.store(*absence, &mut bytes, limit)?,
    }
    if form
        .compress_above
        .is_some_and(|least| bytes.len() - HEADER_BYTES >= least)
        && compression::compress(&mut bytes, HEADER_BYTES)
    {
        bytes[5] |= COMPRESSED;
    }
    let length = bytes.len() - HEADER_BYTES;
    let length = u32::try_from(length).expect("the payload is within the limit");
    bytes[LENGTH].copy_from_slice(&length.to_le_bytes());

    if let Some(cipher) = cipher {
        let associated = associated(&bytes[..HEADER_BYTES], key);
        let payload = &mut bytes[HEADER_BYTES..];
        let trailer = cipher.seal(key.digest(), &associated, payload)?;
        bytes.extend_from_slice(&trailer);
    } else {
        let checksum = crc32c::crc32c(&bytes);
        bytes.extend_from_slice(&checksum.to_le_bytes());
    }
    Ok(bytes)
}

/// Returns the entry in an envelope under `key`.
///
/// # Errors
/// Returns an unreadable error that names what is wrong.
pub(crate) fn open<T: DeserializeOwned, A: DeserializeOwned>(
    bytes: &[u8],
    key: &Key,
    form: &Form<'_>,
) -> Result<Entry<T, A>, Error> {
    let mut header = Reader { rest: bytes };
    if header.array::<3>()? != *MAGIC {
        return Err(Error::unreadable("stored bytes are not an envelope"));
    }
    let [format, codec, flags] = header.array()?;
    if format != FORMAT {
        return Err(Error::unreadable(format!(
            "envelope has format {format}; this build reads {FORMAT}"
        )));
    }
    if flags & !(COMPRESSED | ENCRYPTED | ABSENCE) != 0 {
        return Err(Error::unreadable(format!(
            "envelope has the unknown flags {flags:#010b}"
        )));
    }
    let is = |flag| flags & flag != 0;
    let times = Times {
        created_at: time(header.u64()?)?,
        fresh_until: time(header.u64()?)?,
        cost: Duration::from_micros(header.u64()?),
    };
    let digest: [u8; 32] = header.array()?;
    let length = u32::from_le_bytes(header.array()?) as usize;
    let trailer_bytes = if is(ENCRYPTED) {
        TRAILER_BYTES
    } else {
        CHECKSUM_BYTES
    };
    if header.rest.len().checked_sub(trailer_bytes) != Some(length) {
        return Err(Error::unreadable("envelope is not as long as it says"));
    }
    let (payload, trailer) = header.rest.split_at(length);

    let payload = if is(ENCRYPTED) {
        let cipher = form.cipher(key).ok_or_else(|| {
            Error::unreadable("envelope is encrypted, and this cache has not the secret of its key")
        })?;
        let trailer = trailer.try_into().expect("it was split off in this length");
        let associated = associated(&bytes[..HEADER_BYTES], key);
        let mut payload = payload.to_vec();
        cipher
            .open(key.digest(), &associated, &mut payload, trailer)
            .map_err(|_| Error::unreadable("envelope is forged"))?;
        Cow::Owned(payload)
    } else {
        let (sealed, _) = bytes.split_at(HEADER_BYTES + length);
        if crc32c::crc32c(sealed).to_le_bytes() != *trailer {
            return Err(Error::unreadable("envelope fails its checksum"));
        }
        if form.is_encrypted {
            return Err(Error::unreadable(
                "envelope is not encrypted, and has to be",
            ));
        }
        Cow::Borrowed(payload)
    };
    if digest != *key.digest() {
        return Err(Error::unreadable("envelope belongs to another key"));
    }
    let codec = Codec::from_id(codec).ok_or_else(|| {
        Error::unreadable(format!(
            "envelope has codec {codec}, which this build does not read"
        ))
    })?;
    let value = if is(COMPRESSED) {
        Cow::Owned(compression::decompress(&payload, form.max_value_bytes)?)
    } else {
        payload
    };
    let content = if is(ABSENCE) {
        Content::Absence(codec.decode(&value, form.max_value_bytes)?)
    } else {
        Content::Value(codec.decode(&value, form.max_value_bytes)?)
    };
    Ok(Entry { content, times })
}

/// Returns what an encrypted payload is bound to.
fn associated(header: &[u8], key: &Key) -> Vec<u8> {
    [header, key.as_str().as_bytes()].concat()
}

fn flag(is_set: bool, flag: u8) -> u8 {
    if is_set { flag } else { 0 }
}

/// Returns the time so many milliseconds after 1970.
fn time(millis: u64) -> Result<SystemTime, Error> {
    UNIX_EPOCH
        .checked_add(Duration::from_millis(millis))
        .ok_or_else(|| Error::unreadable("envelope has a time that there is not"))
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
mod golden;
#[cfg(test)]
mod tests;
