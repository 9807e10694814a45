//! The arguments of one call, as they enter its key.

use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::Serialize;

use super::canonical;
use super::readable::{self, Readable, Template};
use crate::error::Error;

/// A value that can be an argument of a function with `key = hash`: every `Serialize` type.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be part of the key",
    label = "this argument's type is not `serde::Serialize`",
    note = "derive `serde::Serialize` for it and what it holds, bound a type parameter by it, or name the argument in `skip(…)` if the result does not depend on it"
)]
pub trait Argument {
    /// Appends the canonical encoding of the argument to `out`.
    ///
    /// # Errors
    /// Returns an error for a NaN, an infinity, or a value whose `Serialize` fails.
    fn encode(&self, out: &mut Vec<u8>) -> Result<(), Error>;
}

#[diagnostic::do_not_recommend]
impl<T: Serialize> Argument for T {
    fn encode(&self, out: &mut Vec<u8>) -> Result<(), Error> {
        canonical::encode(self, out)
    }
}

/// The longest text that stands in a key in place of its digest, in bytes.
const MAX_READABLE_BYTES: usize = 200;

/// The arguments of a call as they enter its key.
///
/// They can be as personal as they were: this has no `Debug` and never leaves the process.
pub struct Arguments {
    /// For each argument its position, the length of its encoding, and its encoding.
    pub(super) encoded: Vec<u8>,
    pub(super) count: usize,
    /// What stands in the key in place of the digest.
    pub(super) readable: Option<String>,
}

impl Arguments {
    /// Returns the encoding of `arguments` in the order of the function's parameters.
    ///
    /// # Errors
    /// Returns an error when one of them has no encoding.
    pub fn encode(arguments: &[&dyn Argument]) -> Result<Self, Error> {
        let encoded = unless_it_panics(|| {
            let mut encoded = Vec::with_capacity(128);
            for (position, argument) in arguments.iter().enumerate() {
                append(&mut encoded, position, |out| argument.encode(out))?;
            }
            Ok(encoded)
        })?;
        Ok(Self {
            encoded,
            count: arguments.len(),
            readable: None,
        })
    }

    /// Returns the encoding.
    #[cfg(feature = "testing")]
    pub(crate) fn into_encoded(self) -> Vec<u8> {
        self.encoded
    }

    /// Returns the type arguments of the function, `instance`, and the text that `template` makes of
    /// `values`.
    ///
    /// Up to 200 characters of them stand in the key for everybody to read.
    ///
    /// # Errors
    /// Returns an error when one of the values has no text.
    pub fn readable<const N: usize>(
        instance: &str,
        template: &Template<N>,
        values: [&dyn Readable; N],
    ) -> Result<Self, Error> {
        let text = unless_it_panics(|| template.render(values))?;
        let mut encoded = Vec::with_capacity(128);
        append(&mut encoded, 0, |out| canonical::encode(instance, out))?;
        append(&mut encoded, 1, |out| {
            canonical::encode_readable(&text, out)
        })?;
        let readable = readable::instance(instance) + &text;
        Ok(Self {
            encoded,
            count: 2,
            readable: Some(readable).filter(|text| text.len() <= MAX_READABLE_BYTES),
        })
    }
}

/// Appends an argument: its position, the length of what `encode` appends, and that.
fn append(
    out: &mut Vec<u8>,
    position: usize,
    encode: impl FnOnce(&mut Vec<u8>) -> Result<(), Error>,
) -> Result<(), Error> {
    out.extend_from_slice(&(position as u64).to_be_bytes());
    let length_at = out.len();
    out.extend_from_slice(&[0; 8]);
    encode(out)?;
    let length = (out.len() - length_at - 8) as u64;
    out[length_at..length_at + 8].copy_from_slice(&length.to_be_bytes());
    Ok(())
}

/// Returns what `encode` makes of arguments, by code of the user's: the call can do without a key.
fn unless_it_panics<T>(encode: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(encode)).unwrap_or_else(|_| {
        Err(Error::unencodable(
            "the `Serialize` or `Display` of an argument panics",
        ))
    })
}
