//! Identity: which stored value belongs to which call.
//!
//! A key reads `{namespace}:{name}:{version}.{fingerprint}:{digest}`. The digest is an HMAC-SHA256
//! over all of it and the canonical encoding of the arguments, so that a key tells nothing about
//! them to whoever lacks the secret. A readable key shows them: it has `=` and a text in place of
//! the digest. `docs/keys.md` specifies every byte.

mod arguments;
mod canonical;
mod readable;
mod secret;

use std::fmt::{self, Write as _};

use hmac::{Hmac, Mac};
use sha2::{Digest as _, Sha256};

pub use arguments::{Argument, Arguments};
pub use readable::{Readable, Template};
pub use secret::KeySecret;

use crate::spec::Spec;

/// Separates these digests from everything else computed with the same secret.
const DOMAIN: &[u8] = b"cached-key-v1";

/// The same for fingerprints.
const FINGERPRINT_DOMAIN: &[u8] = b"cached-fingerprint-v1";

/// Stands before a readable text, where a digest has a digit.
const READABLE: char = '=';

/// What tells one result type from another: 64 bits of a digest of the type's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint(u64);

impl Fingerprint {
    /// Returns the fingerprint of `T`.
    pub(crate) fn of<T>() -> Self {
        let mut hasher = Sha256::new();
        absorb(&mut hasher, FINGERPRINT_DOMAIN);
        absorb(&mut hasher, std::any::type_name::<T>().as_bytes());
        let digest: [u8; 32] = hasher.finalize().into();
        let first = digest
            .first_chunk()
            .expect("a digest has more than 8 bytes");
        Self(u64::from_be_bytes(*first))
    }
}

/// Where one call's value is stored.
///
/// ```text
/// natal:natal::calculate_chart:1.9f2c61d07ab3e845:5a1b…64 hexadecimal digits…
/// shop:shop::user:1.080f06c7c421252c:=user:7:de
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    /// The key in the backend.
    text: String,
    /// Stored in the envelope too, so that a value under a wrong key is noticed.
    digest: [u8; 32],
}

impl Key {
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// Returns a key that no change of how keys are made changes.
    #[cfg(test)]
    pub(crate) fn fixed(text: String, digest: [u8; 32]) -> Self {
        Self { text, digest }
    }
}

/// Makes the keys of one cache.
#[derive(Clone)]
pub(crate) struct Keys {
    namespace: String,
    hash: Hash,
}

/// A digest that has absorbed the secret and the domain, cloned for each key.
#[derive(Clone)]
enum Hash {
    Keyed(Hmac<Sha256>),
    Plain(Sha256),
}

impl Keys {
    /// Returns a maker of keys that only a holder of `secret` can link to arguments.
    pub(crate) fn keyed(namespace: String, secret: &KeySecret) -> Self {
        let mut mac = secret.mac();
        absorb(&mut mac, DOMAIN);
        absorb(&mut mac, namespace.as_bytes());
        let hash = Hash::Keyed(mac);
        Self { namespace, hash }
    }

    /// Returns a maker of keys from which anybody can find guessable arguments.
    pub(crate) fn guessable(namespace: String) -> Self {
        let mut sha = Sha256::new();
        absorb(&mut sha, DOMAIN);
        absorb(&mut sha, namespace.as_bytes());
        let hash = Hash::Plain(sha);
        Self { namespace, hash }
    }

    /// Returns the key of a call of `spec`'s function with `arguments` and a result of this type.
    pub(crate) fn key(
        &self,
        spec: &'static Spec,
        fingerprint: Fingerprint,
        arguments: &Arguments,
    ) -> Key {
        let digest: [u8; 32] = match self.hash.clone() {
            Hash::Keyed(mut mac) => {
                absorb_call(&mut mac, spec, fingerprint, arguments);
                mac.finalize().into_bytes().into()
            }
            Hash::Plain(mut sha) => {
                absorb_call(&mut sha, spec, fingerprint, arguments);
                sha.finalize().into()
            }
        };

        let mut text = String::with_capacity(self.namespace.len() + spec.name().len() + 96);
        write!(
            text,
            "{}:{}:{}.{:016x}:",
            self.namespace,
            spec.name(),
            spec.version(),
            fingerprint.0
        )
        .expect("writing to a string does not fail");
        match &arguments.readable {
            Some(readable) => {
                text.push(READABLE);
                text.push_str(readable);
            }
            None => push_hex(&mut text, &digest),
        }
        Key { text, digest }
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys")
            .field("namespace", &self.namespace)
            .finish_non_exhaustive()
    }
}

fn absorb_call(
    hash: &mut impl Absorb,
    spec: &'static Spec,
    fingerprint: Fingerprint,
    arguments: &Arguments,
) {
    absorb(hash, spec.name().as_bytes());
    hash.update(&spec.version().to_be_bytes());
    hash.update(&fingerprint.0.to_be_bytes());
    hash.update(&(arguments.count as u64).to_be_bytes());
    hash.update(&arguments.encoded);
}

/// Absorbs a field of variable length together with its length.
fn absorb(hash: &mut impl Absorb, field: &[u8]) {
    hash.update(&(field.len() as u64).to_be_bytes());
    hash.update(field);
}

/// What SHA-256 and HMAC-SHA256 have in common here.
trait Absorb {
    fn update(&mut self, bytes: &[u8]);
}

impl Absorb for Sha256 {
    fn update(&mut self, bytes: &[u8]) {
        sha2::Digest::update(self, bytes);
    }
}

impl Absorb for Hmac<Sha256> {
    fn update(&mut self, bytes: &[u8]) {
        Mac::update(self, bytes);
    }
}

fn push_hex(text: &mut String, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
}

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod vectors;
