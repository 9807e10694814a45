//! The arguments of one call, as they enter its key.

use serde::Serialize;

use super::canonical;
use crate::error::Error;

/// A value that can be an argument of a function with `key = hash`: every `Serialize` type.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be part of the key",
    label = "this argument's type is not `serde::Serialize`",
    note = "derive `serde::Serialize` for it, or name the argument in `skip(…)` if the result does not depend on it"
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

/// The canonical encoding of a call's arguments.
///
/// It can be as personal as they are: it has no `Debug` and never leaves the process.
pub struct Arguments {
    /// For each argument its position, the length of its encoding, and its encoding.
    pub(super) encoded: Vec<u8>,
    pub(super) count: usize,
}

impl Arguments {
    /// Returns the encoding of `arguments` in the order of the function's parameters.
    ///
    /// # Errors
    /// Returns an error when one of them has no encoding.
    pub fn encode(arguments: &[&dyn Argument]) -> Result<Self, Error> {
        let mut encoded = Vec::with_capacity(128);
        for (position, argument) in arguments.iter().enumerate() {
            encoded.extend_from_slice(&(position as u64).to_be_bytes());
            let length_at = encoded.len();
            encoded.extend_from_slice(&[0; 8]);
            argument.encode(&mut encoded)?;
            let length = (encoded.len() - length_at - 8) as u64;
            encoded[length_at..length_at + 8].copy_from_slice(&length.to_be_bytes());
        }
        let count = arguments.len();
        Ok(Self { encoded, count })
    }
}
