//! Personal data in arguments: it may enter a hashed key and nothing that can be read.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A value that identifies somebody: it never prints, and a readable key refuses it.
///
/// To serde it is the value itself, so wrapping an argument changes neither its key nor a request's or an answer's
/// form. It has no `Display` and no `Deref`: whoever reads it says so with [`expose`](Self::expose). A failing
/// `Deserialize` of `T` may quote its input, as without the wrapper.
///
/// ```
/// use cached_runtime::{Personal, redis_cached};
///
/// #[redis_cached(ttl = "24h", key = hash)]
/// async fn horoscope(born: Personal<String>) -> u32 {
///     born.expose().len().try_into().unwrap_or(0) // imagine the stars
/// }
///
/// let born = Personal::from("1990-05-17".to_owned());
/// assert_eq!(format!("{born:?}"), "Personal(redacted)");
/// assert_eq!(born.expose(), "1990-05-17");
/// ```
///
/// It goes into no message:
///
/// ```compile_fail,E0277
/// let born = cached_runtime::Personal::from("1990-05-17");
/// println!("born {born}");
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Personal<T>(T);

impl<T> Personal<T> {
    /// Returns the value for reading.
    #[must_use]
    pub fn expose(&self) -> &T {
        &self.0
    }

    /// Returns the value, no longer protected.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> From<T> for Personal<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T> fmt::Debug for Personal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Personal(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::key::Argument;

    fn encoding(argument: &dyn Argument) -> Vec<u8> {
        let mut out = Vec::new();
        argument.encode(&mut out).unwrap();
        out
    }

    #[derive(Debug)]
    #[expect(dead_code, reason = "for its `Debug`")]
    struct Birth {
        place: Personal<Option<&'static str>>,
    }

    #[test]
    fn nothing_prints_it() {
        let birth = Birth {
            place: Some("Paris").into(),
        };

        assert_eq!(format!("{birth:?}"), "Birth { place: Personal(redacted) }");
    }

    #[test]
    fn its_key_is_that_of_the_value() {
        let forwards: HashSet<u32> = (0..100).collect();
        let backwards: HashSet<u32> = (0..100).rev().collect();

        assert_eq!(encoding(&Personal("text")), encoding(&"text"));
        assert_eq!(encoding(&Personal(-0.0)), encoding(&0.0));
        assert_eq!(encoding(&Personal(&forwards)), encoding(&backwards));
    }

    #[test]
    fn it_reads_and_writes_as_the_value() {
        let config = bincode::config::standard();
        let bytes = bincode::serde::encode_to_vec(Personal("text"), config).unwrap();

        let (read, _): (Personal<String>, _) =
            bincode::serde::decode_from_slice(&bytes, config).unwrap();

        assert_eq!(read.into_inner(), "text");
        assert_eq!(
            bytes,
            bincode::serde::encode_to_vec("text", config).unwrap()
        );
    }
}
