//! Identity: which stored value belongs to which call.
//!
//! A key reads `{namespace}:{name}:{version}.{fingerprint}:{secret}:{digest}`. The digest is an
//! HMAC-SHA256 over the call's identity and the canonical encoding of the arguments, so that a key
//! tells nothing about them to whoever lacks the secret, which the key names by its id. A readable key
//! shows the arguments: it has `=` and a text in place of the digest. `docs/keys.md` specifies every byte.

mod arguments;
mod canonical;
mod readable;
mod secret;

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::fmt::{self, Write as _};
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use hmac::{Hmac, Mac};
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

pub use arguments::{Argument, Arguments};
pub(crate) use canonical::is_set;
pub use readable::{Readable, Template};
pub use secret::{KeySecret, SecretId};

use crate::shape;
use crate::spec::Spec;

/// Separates these digests from everything else computed with the same secret.
const DOMAIN: &[u8] = b"cached-key-v1";

/// Stands in the place of a secret's id where there is none.
const PLAIN: &str = "plain";

/// Stands before a readable text, where a digest has a digit.
const READABLE: char = '=';

/// What tells one result type from another: 64 bits of a digest of its [shape].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint(u64);

/// Fingerprints by the address of the function that works them out for a type.
///
/// A type need not live for ever, so it has no `TypeId`. Where the linker has made one function of two,
/// they do the same and return the same.
type Fingerprints = HashMap<usize, Fingerprint, BuildHasherDefault<AddressHasher>>;

thread_local! {
    /// Those that this thread has needed, for which it waits for no other.
    static NEEDED: RefCell<Fingerprints> = RefCell::default();
}

impl Fingerprint {
    /// Returns the fingerprint of `T`, which is worked out when it is first needed in the process.
    pub(crate) fn of<T: DeserializeOwned>() -> Self {
        let work_out: fn() -> u64 = shape::fingerprint::<T>;
        let needed =
            |needed: &RefCell<Fingerprints>| needed.borrow().get(&(work_out as usize)).copied();
        match NEEDED.try_with(needed) {
            Ok(Some(fingerprint)) => fingerprint,
            _ => Self::remember(work_out),
        }
    }

    #[cold]
    fn remember(work_out: fn() -> u64) -> Self {
        /// Those that have been worked out, or are by one thread, for which all others wait. Not locked
        /// while one is, which runs the user's code.
        static WORKED_OUT: Mutex<BTreeMap<usize, Arc<OnceLock<Fingerprint>>>> =
            Mutex::new(BTreeMap::new());
        let address = work_out as usize;
        let mut all = WORKED_OUT.lock().unwrap_or_else(PoisonError::into_inner);
        let place = Arc::clone(all.entry(address).or_default());
        drop(all);
        let fingerprint = *place.get_or_init(|| Self(work_out()));
        // A thread that is about to end remembers nothing.
        let _ = NEEDED.try_with(|needed| needed.borrow_mut().insert(address, fingerprint));
        fingerprint
    }
}

/// Returns the number that it is given, spread: addresses differ in the middle.
#[derive(Default)]
struct AddressHasher(u64);

impl Hasher for AddressHasher {
    fn write(&mut self, _: &[u8]) {
        unreachable!("an address is hashed as a number");
    }

    fn write_usize(&mut self, address: usize) {
        self.0 = (address as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Where one call's value is stored.
///
/// ```text
/// natal:natal::calculate_chart:1.9f2c61d07ab3e845:3f9a02c4:5a1b…64 hexadecimal digits…
/// shop:shop::user:1.080f06c7c421252c:3f9a02c4:=user:7:de
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    /// The key in the backend.
    text: String,
    /// Stored in the envelope too, so that a value under a wrong key is noticed.
    digest: [u8; 32],
    /// Which secret the digest is made with; none for one that anybody can make.
    secret: Option<SecretId>,
    /// Where the value is while it has not moved to this key: under a secret that is being replaced.
    previous: Option<Box<Key>>,
}

impl Key {
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// Returns which secret the key is made with, if it is with one.
    pub(crate) fn secret(&self) -> Option<SecretId> {
        self.secret
    }

    /// Returns the key of the same call under the secret that is being replaced, if one is.
    pub(crate) fn previous(&self) -> Option<&Self> {
        self.previous.as_deref()
    }

    /// Returns a key that no change of how keys are made changes.
    #[cfg(test)]
    pub(crate) fn fixed(text: String, digest: [u8; 32], secret: SecretId) -> Self {
        Self {
            text,
            digest,
            secret: Some(secret),
            previous: None,
        }
    }
}

/// Makes the keys of one cache.
#[derive(Clone)]
pub(crate) struct Keys {
    namespace: String,
    hash: Hash,
    /// With the secret that is being replaced, if one is.
    previous: Option<Hash>,
}

/// A digest that has absorbed the secret and the domain, cloned for each key.
#[derive(Clone)]
enum Hash {
    Keyed(SecretId, Hmac<Sha256>),
    Plain(Sha256),
}

impl Keys {
    /// Returns a maker of keys that only a holder of `secret` can link to arguments.
    pub(crate) fn keyed(namespace: String, secret: &KeySecret) -> Self {
        let hash = Hash::keyed(&namespace, secret);
        Self {
            namespace,
            hash,
            previous: None,
        }
    }

    /// Returns a maker of keys from which anybody can find guessable arguments.
    pub(crate) fn guessable(namespace: String) -> Self {
        let mut sha = Sha256::new();
        absorb(&mut sha, DOMAIN);
        absorb(&mut sha, namespace.as_bytes());
        Self {
            namespace,
            hash: Hash::Plain(sha),
            previous: None,
        }
    }

    /// Returns the same maker, whose keys also tell where a value is under `previous`.
    pub(crate) fn with_previous(mut self, previous: &KeySecret) -> Self {
        self.previous = Some(Hash::keyed(&self.namespace, previous));
        self
    }

    /// Returns the key of a call of `spec`'s function with `arguments` and a result of this type.
    pub(crate) fn key(
        &self,
        spec: &'static Spec,
        fingerprint: Fingerprint,
        arguments: &Arguments,
    ) -> Key {
        let key = |hash: &Hash| self.key_with(hash, spec, fingerprint, arguments);
        Key {
            previous: self.previous.as_ref().map(key).map(Box::new),
            ..key(&self.hash)
        }
    }

    fn key_with(
        &self,
        hash: &Hash,
        spec: &'static Spec,
        fingerprint: Fingerprint,
        arguments: &Arguments,
    ) -> Key {
        let (secret, digest): (_, [u8; 32]) = match hash.clone() {
            Hash::Keyed(id, mut mac) => {
                absorb_call(&mut mac, spec, fingerprint, arguments);
                (Some(id), mac.finalize().into_bytes().into())
            }
            Hash::Plain(mut sha) => {
                absorb_call(&mut sha, spec, fingerprint, arguments);
                (None, sha.finalize().into())
            }
        };

        let mut text = String::with_capacity(self.namespace.len() + spec.name().len() + 112);
        text.push_str(&self.namespace);
        text.push(':');
        text.push_str(spec.name());
        write!(text, ":{}.", spec.version()).expect("writing to a string does not fail");
        push_hex(&mut text, &fingerprint.0.to_be_bytes());
        text.push(':');
        match secret {
            Some(id) => push_hex(&mut text, id.as_bytes()),
            None => text.push_str(PLAIN),
        }
        text.push(':');
        match &arguments.readable {
            Some(readable) => {
                text.push(READABLE);
                text.push_str(readable);
            }
            None => push_hex(&mut text, &digest),
        }
        Key {
            text,
            digest,
            secret,
            previous: None,
        }
    }
}

impl Hash {
    fn keyed(namespace: &str, secret: &KeySecret) -> Self {
        let mut mac = secret.mac();
        absorb(&mut mac, DOMAIN);
        absorb(&mut mac, namespace.as_bytes());
        Self::Keyed(secret.id(), mac)
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
