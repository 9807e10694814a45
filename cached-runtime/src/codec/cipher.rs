//! Encryption of values, which is their authentication too: AES-256-GCM.
//!
//! Every entry has a key of its own, made from the secret and the digest of its key in Redis, both by
//! HKDF-SHA256 (RFC 5869):
//!
//! ```text
//! values = HKDF(secret, "cached-value-v1")
//! key of an entry = HKDF-Expand(values, digest of the key)
//! ```
//!
//! A nonce is 96 random bits. A key bears 2^32 of them (NIST SP 800-38D, section 8.3); with one key for
//! all entries a cache that stores a thousand values a second would be there after fifty days. With a
//! key for each it takes an entry that is written a thousand times a second for as long.

use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::{Aes256Gcm, Nonce, Tag};
use hkdf::Hkdf;
use sha2::Sha256;

use crate::error::Error;
use crate::key::{Key, KeySecret, SecretId};

/// Separates these keys from everything else made from the same secret.
const LABEL: &[u8] = b"cached-value-v1";

/// What stands behind an encrypted payload: the nonce, then the tag.
pub(super) const TRAILER_BYTES: usize = NONCE_BYTES + TAG_BYTES;
const NONCE_BYTES: usize = 12;
const TAG_BYTES: usize = 16;

/// What is to be decrypted is not what was encrypted with this secret.
pub(super) struct Forged;

/// Encrypts and decrypts the entries of one secret.
#[derive(Clone)]
pub(crate) struct Cipher {
    secret: SecretId,
    values: Hkdf<Sha256>,
}

impl Cipher {
    pub(crate) fn new(secret: &KeySecret) -> Self {
        let values = Hkdf::from_prk(&secret.derive(LABEL)).expect("a key of 32 bytes is enough");
        Self {
            secret: secret.id(),
            values,
        }
    }

    /// Returns true for the cipher of the entries under `key`.
    pub(super) fn is_for(&self, key: &Key) -> bool {
        key.secret() == Some(self.secret)
    }

    /// Encrypts `payload` in place and returns its trailer. It opens again only with the same `digest`
    /// and the same `associated` data.
    ///
    /// # Errors
    /// Returns an error when the operating system has no randomness to give.
    pub(super) fn seal(
        &self,
        digest: &[u8; 32],
        associated: &[u8],
        payload: &mut [u8],
    ) -> Result<[u8; TRAILER_BYTES], Error> {
        let mut trailer = [0; TRAILER_BYTES];
        let (nonce, tag) = trailer.split_at_mut(NONCE_BYTES);
        getrandom::fill(nonce)
            .map_err(|_| Error::unencodable("the system has no random nonce to give"))?;
        let nonce: &Nonce<_> = (&*nonce).try_into().expect("it has the length of a nonce");
        let sealed = self
            .of_entry(digest)
            .encrypt_inout_detached(nonce, associated, payload.into())
            .expect("values are far shorter than the 64 GiB of AES-GCM");
        tag.copy_from_slice(&sealed);
        Ok(trailer)
    }

    /// Decrypts `payload` in place.
    ///
    /// # Errors
    /// Returns an error when the payload, the associated data, the digest or the trailer is not what was
    /// sealed, or not with this secret. The payload is then as it was.
    pub(super) fn open(
        &self,
        digest: &[u8; 32],
        associated: &[u8],
        payload: &mut [u8],
        trailer: &[u8; TRAILER_BYTES],
    ) -> Result<(), Forged> {
        let (nonce, tag) = trailer.split_at(NONCE_BYTES);
        let nonce: &Nonce<_> = nonce.try_into().expect("it has the length of a nonce");
        let tag: &Tag = tag.try_into().expect("it has the length of a tag");
        self.of_entry(digest)
            .decrypt_inout_detached(nonce, associated, payload.into(), tag)
            .map_err(|_| Forged)
    }

    /// Returns the cipher with the key of one entry.
    fn of_entry(&self, digest: &[u8; 32]) -> Aes256Gcm {
        let mut key = [0; 32];
        let derived = self.values.expand(digest, &mut key);
        derived.expect("32 bytes are within what HKDF gives");
        Aes256Gcm::new(&key.into())
    }
}
