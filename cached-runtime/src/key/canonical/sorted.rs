//! Maps, whose order of pairs does not count.

use serde::ser::{self, Serialize};

use super::{END, encode, tag};
use crate::error::Error;

/// A map's pairs, each encoded by itself so that they can be sorted.
pub(super) struct Map<'a> {
    out: &'a mut Vec<u8>,
    /// The encoding of each key followed by that of its value.
    pairs: Vec<Vec<u8>>,
}

impl<'a> Map<'a> {
    pub(super) fn new(out: &'a mut Vec<u8>) -> Self {
        let pairs = Vec::new();
        Self { out, pairs }
    }
}

impl ser::SerializeMap for Map<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        let mut pair = Vec::new();
        encode(key, &mut pair)?;
        self.pairs.push(pair);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        let pair = self
            .pairs
            .last_mut()
            .ok_or_else(|| Error::unencodable("an argument failed to serialize"))?;
        encode(value, pair)
    }

    fn end(mut self) -> Result<(), Error> {
        // No encoding is the beginning of another, so sorting pairs sorts them by key.
        self.pairs.sort_unstable();
        self.out.push(tag::MAP);
        for pair in &self.pairs {
            self.out.extend_from_slice(pair);
        }
        self.out.push(END);
        Ok(())
    }
}
