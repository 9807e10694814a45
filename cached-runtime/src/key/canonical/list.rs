//! Everything of several elements in their own order: lists, tuples, structs and variants.

use serde::ser::{self, Serialize};

use super::{END, encode, encode_at};
use crate::error::Error;

/// Elements in the order in which they come, closed by [`END`].
pub(super) struct List<'a> {
    out: &'a mut Vec<u8>,
    /// How deep its elements stand.
    depth: usize,
}

impl<'a> List<'a> {
    /// Returns a list that writes to the end of `out`; the caller has written its tag and names.
    pub(super) fn new(out: &'a mut Vec<u8>, depth: usize) -> Self {
        Self { out, depth }
    }

    pub(super) fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        encode_at(self.depth, value, self.out)
    }

    pub(super) fn field<T: Serialize + ?Sized>(
        &mut self,
        name: &str,
        value: &T,
    ) -> Result<(), Error> {
        // A field's name is an element of its own: a struct and a tuple of the same values differ.
        encode(name, self.out)?;
        encode_at(self.depth, value, self.out)
    }

    pub(super) fn only<T: Serialize + ?Sized>(mut self, value: &T) -> Result<(), Error> {
        self.element(value)?;
        self.close()
    }

    #[expect(clippy::unnecessary_wraps, reason = "what serde's methods return")]
    pub(super) fn close(self) -> Result<(), Error> {
        self.out.push(END);
        Ok(())
    }
}

impl ser::SerializeTuple for List<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.element(value)
    }

    fn end(self) -> Result<(), Error> {
        self.close()
    }
}

impl ser::SerializeTupleStruct for List<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.element(value)
    }

    fn end(self) -> Result<(), Error> {
        self.close()
    }
}

impl ser::SerializeTupleVariant for List<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.element(value)
    }

    fn end(self) -> Result<(), Error> {
        self.close()
    }
}

impl ser::SerializeStruct for List<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        self.field(name, value)
    }

    fn end(self) -> Result<(), Error> {
        self.close()
    }
}

impl ser::SerializeStructVariant for List<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        self.field(name, value)
    }

    fn end(self) -> Result<(), Error> {
        self.close()
    }
}
