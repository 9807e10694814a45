//! The secret that keeps keys from being guessed.

use std::fmt;

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::error::Error;

/// Separates the id of a secret from everything else computed with it.
const ID_DOMAIN: &[u8] = b"cached-secret-id-v1";

/// The secret of the digests in keys, 32 bytes or more.
///
/// All processes that share entries share it. Whoever has it and can list the keys of the cache can
/// try out arguments; whoever has only the keys learns nothing. It never prints.
///
/// ```
/// use cached_runtime::KeySecret;
///
/// let secret = KeySecret::new("0123456789abcdef0123456789abcdef")?;
/// assert_eq!(format!("{secret:?}"), "KeySecret(set)");
/// # Ok::<(), cached_runtime::Error>(())
/// ```
#[derive(Clone)]
pub struct KeySecret {
    /// HMAC's state after the secret; the bytes themselves are not kept.
    mac: Hmac<Sha256>,
    id: SecretId,
    /// What HKDF extracts from the secret; keys for other purposes come from it.
    extract: [u8; 32],
}

/// Tells secrets apart without telling them: 32 bits of a digest that is made with the secret.
///
/// It stands in the keys of the entries that are stored under the secret.
///
/// ```
/// use cached_runtime::KeySecret;
///
/// let secret = KeySecret::new("0123456789abcdef0123456789abcdef")?;
/// assert_eq!(secret.id().to_string(), "4ec76798");
/// # Ok::<(), cached_runtime::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SecretId([u8; 4]);

impl fmt::Display for SecretId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", u32::from_be_bytes(self.0))
    }
}

impl SecretId {
    pub(super) fn as_bytes(&self) -> &[u8; 4] {
        &self.0
    }
}

impl KeySecret {
    /// The least number of bytes, the size of a SHA-256 digest (RFC 2104, section 3).
    pub const MIN_BYTES: usize = 32;

    /// Returns the secret made of these bytes; `openssl rand -hex 32` prints good ones.
    ///
    /// # Errors
    /// Returns a setting error for fewer than [`MIN_BYTES`](Self::MIN_BYTES) bytes.
    pub fn new(bytes: impl AsRef<[u8]>) -> Result<Self, Error> {
        let bytes = bytes.as_ref();
        if bytes.len() < Self::MIN_BYTES {
            return Err(Error::setting(format!(
                "key secret has {} bytes; it takes {} or more",
                bytes.len(),
                Self::MIN_BYTES
            )));
        }
        Ok(Self::from_bytes(bytes))
    }

    /// Returns a secret that no other process has.
    ///
    /// # Errors
    /// Returns a setting error when the operating system has no randomness to give.
    pub fn random() -> Result<Self, Error> {
        let mut bytes = [0; Self::MIN_BYTES];
        getrandom::fill(&mut bytes)
            .map_err(|error| Error::setting(format!("no random key secret: {error}")))?;
        Ok(Self::from_bytes(&bytes))
    }

    fn from_bytes(bytes: &[u8]) -> Self {
        let mac: Hmac<Sha256> =
            Hmac::new_from_slice(bytes).expect("HMAC takes a key of any length");
        let (extract, _) = Hkdf::<Sha256>::extract(None, bytes);
        let mut id = mac.clone();
        super::absorb(&mut id, ID_DOMAIN);
        let digest: [u8; 32] = id.finalize().into_bytes().into();
        let id = digest
            .first_chunk()
            .expect("a digest has more than 4 bytes");
        Self {
            mac,
            id: SecretId(*id),
            extract: extract.into(),
        }
    }

    /// Returns what tells this secret from others.
    #[must_use]
    pub fn id(&self) -> SecretId {
        self.id
    }

    /// Returns an HMAC that has absorbed nothing yet.
    pub(super) fn mac(&self) -> Hmac<Sha256> {
        self.mac.clone()
    }

    /// Returns the key for the purpose named by `label`: HKDF-SHA256 (RFC 5869) without a salt.
    ///
    /// Keys of two labels tell nothing about each other, nor about the secret and its digests.
    pub(crate) fn derive(&self, label: &[u8]) -> [u8; 32] {
        let mut key = [0; 32];
        Hkdf::<Sha256>::from_prk(&self.extract)
            .expect("what was extracted is as long as a digest")
            .expand(label, &mut key)
            .expect("32 bytes are within what HKDF gives");
        key
    }
}

impl fmt::Debug for KeySecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeySecret(set)")
    }
}
