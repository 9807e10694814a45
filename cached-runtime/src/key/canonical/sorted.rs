//! Everything of several elements whose order does not count: maps and sets.

use serde::ser::{self, Serialize};

use super::{END, encode_at};
use crate::error::Error;

/// Elements each encoded by itself, so that they can be sorted.
pub(super) struct Sorted<'a> {
    out: &'a mut Vec<u8>,
    tag: u8,
    /// How deep its elements stand.
    depth: usize,
    /// The encoding of each element of a set, or of each key of a map followed by that of its value.
    elements: Vec<Vec<u8>>,
}

impl<'a> Sorted<'a> {
    pub(super) fn new(out: &'a mut Vec<u8>, tag: u8, depth: usize) -> Self {
        Self {
            out,
            tag,
            depth,
            elements: Vec::new(),
        }
    }

    pub(super) fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        let mut element = Vec::new();
        encode_at(self.depth, value, &mut element)?;
        self.elements.push(element);
        Ok(())
    }

    #[expect(clippy::unnecessary_wraps, reason = "what serde's methods return")]
    pub(super) fn close(mut self) -> Result<(), Error> {
        // No encoding is the beginning of another, so sorting a map's pairs sorts them by key.
        self.elements.sort_unstable();
        self.out.push(self.tag);
        for element in &self.elements {
            self.out.extend_from_slice(element);
        }
        self.out.push(END);
        Ok(())
    }
}

impl ser::SerializeMap for Sorted<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        self.element(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        let pair = self
            .elements
            .last_mut()
            .ok_or_else(|| Error::unencodable("an argument failed to serialize"))?;
        encode_at(self.depth, value, pair)
    }

    fn end(self) -> Result<(), Error> {
        self.close()
    }
}
