//! The canonical encoding: one byte string for each value, whatever codec, build or platform.
//!
//! Equal values have equal bytes (maps and sets are sorted, `-0.0` is `0.0`) and different values have
//! different bytes: every element starts with a tag, integers have the width of their type, text is
//! length-prefixed, and the names of structs, fields and variants are part of it. NaN and infinities
//! have no encoding, nor has what is nested more than 128 levels deep. `docs/keys.md` specifies the format and publishes test vectors.

mod list;
mod seq;
mod sorted;

pub(crate) use seq::is_set;

use std::any::type_name;
use std::fmt;

use serde::ser::{self, Serialize};

use self::list::List;
use self::seq::Seq;
use self::sorted::Sorted;
use crate::error::Error;

/// How deeply an argument may be nested: its encoding is recursive, and threads have stacks of as little
/// as 2 MiB.
const MAX_DEPTH: usize = 128;

/// Appends the canonical encoding of `value` to `out`.
///
/// # Errors
/// Returns why there is none. On an error `out` holds a part of an encoding.
pub(crate) fn encode<T: Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) -> Result<(), Error> {
    encode_at(0, value, out)
}

/// Appends the encoding of a `value` that stands so deep in another.
fn encode_at<T: Serialize + ?Sized>(
    depth: usize,
    value: &T,
    out: &mut Vec<u8>,
) -> Result<(), Error> {
    if depth > MAX_DEPTH {
        return Err(Error::unencodable("an argument is nested too deeply"));
    }
    value.serialize(Encoder {
        out,
        type_name: type_name::<T>(),
        within: depth + 1,
    })
}

/// Appends the encoding of the text of a readable key, which no value of a serde type has.
#[expect(clippy::unnecessary_wraps, reason = "what encoding a value returns")]
pub(super) fn encode_readable(text: &str, out: &mut Vec<u8>) -> Result<(), Error> {
    out.push(tag::READABLE);
    push_text(text.as_bytes(), out);
    Ok(())
}

impl ser::Error for Error {
    /// Drops the message of a failing `Serialize`, because it may quote the value.
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::unencodable("an argument failed to serialize")
    }
}

/// The first byte of each element. No tag equals [`END`], so a list needs no length.
mod tag {
    pub(super) const UNIT: u8 = b'u';
    pub(super) const BOOL: u8 = b'b';
    pub(super) const SIGNED: u8 = b'i';
    pub(super) const UNSIGNED: u8 = b'n';
    pub(super) const FLOAT: u8 = b'f';
    pub(super) const CHAR: u8 = b'c';
    pub(super) const STR: u8 = b's';
    pub(super) const BYTES: u8 = b'y';
    pub(super) const NONE: u8 = b'0';
    pub(super) const SOME: u8 = b'1';
    pub(super) const SEQ: u8 = b'q';
    pub(super) const SET: u8 = b'h';
    pub(super) const TUPLE: u8 = b't';
    pub(super) const MAP: u8 = b'm';
    pub(super) const UNIT_STRUCT: u8 = b'U';
    pub(super) const NEWTYPE_STRUCT: u8 = b'N';
    pub(super) const TUPLE_STRUCT: u8 = b'T';
    pub(super) const STRUCT: u8 = b'S';
    pub(super) const UNIT_VARIANT: u8 = b'A';
    pub(super) const NEWTYPE_VARIANT: u8 = b'B';
    pub(super) const TUPLE_VARIANT: u8 = b'C';
    pub(super) const STRUCT_VARIANT: u8 = b'D';
    pub(super) const READABLE: u8 = b'r';
}

/// Closes every list of elements.
const END: u8 = b'.';

/// Appends the length of `text` and `text`.
fn push_text(text: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&(text.len() as u64).to_be_bytes());
    out.extend_from_slice(text);
}

/// Writes one element to the end of `out`.
struct Encoder<'a> {
    out: &'a mut Vec<u8>,
    /// Of the element, because to serde a set is a sequence.
    type_name: &'static str,
    /// How deep what is in it stands.
    within: usize,
}

impl<'a> Encoder<'a> {
    fn tag(&mut self, tag: u8) {
        self.out.push(tag);
    }

    fn text(&mut self, text: &[u8]) {
        push_text(text, self.out);
    }

    /// Writes a number: its tag, its width in bytes, its bytes with the highest first.
    #[expect(clippy::unnecessary_wraps, reason = "what serde's methods return")]
    fn number(self, tag: u8, big_endian: &[u8]) -> Result<(), Error> {
        let width = u8::try_from(big_endian.len()).expect("a number has at most 16 bytes");
        self.out.extend_from_slice(&[tag, width]);
        self.out.extend_from_slice(big_endian);
        Ok(())
    }

    fn float(self, big_endian: &[u8], is_finite: bool) -> Result<(), Error> {
        if is_finite {
            self.number(tag::FLOAT, big_endian)
        } else {
            Err(Error::unencodable("an argument holds a NaN or an infinity"))
        }
    }

    /// Starts a list whose elements are written as they come.
    fn list(mut self, tag: u8, names: &[&str]) -> List<'a> {
        self.tag(tag);
        for name in names {
            self.text(name.as_bytes());
        }
        List::new(self.out, self.within)
    }
}

impl<'a> ser::Serializer for Encoder<'a> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Seq<'a>;
    type SerializeTuple = List<'a>;
    type SerializeTupleStruct = List<'a>;
    type SerializeTupleVariant = List<'a>;
    type SerializeMap = Sorted<'a>;
    type SerializeStruct = List<'a>;
    type SerializeStructVariant = List<'a>;

    fn serialize_bool(self, v: bool) -> Result<(), Error> {
        self.out.extend_from_slice(&[tag::BOOL, u8::from(v)]);
        Ok(())
    }

    fn serialize_i8(self, v: i8) -> Result<(), Error> {
        self.number(tag::SIGNED, &v.to_be_bytes())
    }

    fn serialize_i16(self, v: i16) -> Result<(), Error> {
        self.number(tag::SIGNED, &v.to_be_bytes())
    }

    fn serialize_i32(self, v: i32) -> Result<(), Error> {
        self.number(tag::SIGNED, &v.to_be_bytes())
    }

    fn serialize_i64(self, v: i64) -> Result<(), Error> {
        self.number(tag::SIGNED, &v.to_be_bytes())
    }

    fn serialize_i128(self, v: i128) -> Result<(), Error> {
        self.number(tag::SIGNED, &v.to_be_bytes())
    }

    fn serialize_u8(self, v: u8) -> Result<(), Error> {
        self.number(tag::UNSIGNED, &v.to_be_bytes())
    }

    fn serialize_u16(self, v: u16) -> Result<(), Error> {
        self.number(tag::UNSIGNED, &v.to_be_bytes())
    }

    fn serialize_u32(self, v: u32) -> Result<(), Error> {
        self.number(tag::UNSIGNED, &v.to_be_bytes())
    }

    fn serialize_u64(self, v: u64) -> Result<(), Error> {
        self.number(tag::UNSIGNED, &v.to_be_bytes())
    }

    fn serialize_u128(self, v: u128) -> Result<(), Error> {
        self.number(tag::UNSIGNED, &v.to_be_bytes())
    }

    fn serialize_f32(self, v: f32) -> Result<(), Error> {
        // Adding zero turns -0.0 into 0.0 and leaves every other number as it is.
        self.float(&(v + 0.0).to_bits().to_be_bytes(), v.is_finite())
    }

    fn serialize_f64(self, v: f64) -> Result<(), Error> {
        self.float(&(v + 0.0).to_bits().to_be_bytes(), v.is_finite())
    }

    fn serialize_char(self, v: char) -> Result<(), Error> {
        self.number(tag::CHAR, &u32::from(v).to_be_bytes())
    }

    fn serialize_str(mut self, v: &str) -> Result<(), Error> {
        self.tag(tag::STR);
        self.text(v.as_bytes());
        Ok(())
    }

    fn serialize_bytes(mut self, v: &[u8]) -> Result<(), Error> {
        self.tag(tag::BYTES);
        self.text(v);
        Ok(())
    }

    fn serialize_none(mut self) -> Result<(), Error> {
        self.tag(tag::NONE);
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(mut self, value: &T) -> Result<(), Error> {
        self.tag(tag::SOME);
        encode_at(self.within, value, self.out)
    }

    fn serialize_unit(mut self) -> Result<(), Error> {
        self.tag(tag::UNIT);
        Ok(())
    }

    fn serialize_unit_struct(self, name: &'static str) -> Result<(), Error> {
        self.list(tag::UNIT_STRUCT, &[name]).close()
    }

    fn serialize_unit_variant(
        self,
        name: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), Error> {
        self.list(tag::UNIT_VARIANT, &[name, variant]).close()
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        self.list(tag::NEWTYPE_STRUCT, &[name]).only(value)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        self.list(tag::NEWTYPE_VARIANT, &[name, variant])
            .only(value)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Seq<'a>, Error> {
        if is_set(self.type_name) {
            Ok(Seq::Sorted(Sorted::new(self.out, tag::SET, self.within)))
        } else {
            Ok(Seq::Listed(self.list(tag::SEQ, &[])))
        }
    }

    fn serialize_tuple(self, _: usize) -> Result<List<'a>, Error> {
        Ok(self.list(tag::TUPLE, &[]))
    }

    fn serialize_tuple_struct(self, name: &'static str, _: usize) -> Result<List<'a>, Error> {
        Ok(self.list(tag::TUPLE_STRUCT, &[name]))
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<List<'a>, Error> {
        Ok(self.list(tag::TUPLE_VARIANT, &[name, variant]))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Sorted<'a>, Error> {
        Ok(Sorted::new(self.out, tag::MAP, self.within))
    }

    fn serialize_struct(self, name: &'static str, _: usize) -> Result<List<'a>, Error> {
        Ok(self.list(tag::STRUCT, &[name]))
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<List<'a>, Error> {
        Ok(self.list(tag::STRUCT_VARIANT, &[name, variant]))
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests;
