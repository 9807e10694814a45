//! A short trace of a value: what its `Serialize` says, names included, whatever the codec.
//!
//! Two values of one type and one trace are the same to serde. So a value that was decoded is compared
//! with the one that was encoded without asking for a `PartialEq`; and without comparing encodings,
//! which can be the same for different values where a field is left out.
//!
//! A value is traced before it is encoded: encoders are recursive, and none stops before the stack ends.

use std::any::type_name;
use std::cell::Cell;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;

use serde::ser::{self, Serialize, Serializer};

use super::guard::MAX_DEPTH;
use crate::key::is_set;

/// How traces of values are taken.
#[derive(Clone, Copy)]
pub(super) struct Tracer<'a> {
    pub(super) seeds: Seeds,
    /// What the codec tells the value's `Serialize`.
    pub(super) is_human_readable: bool,
    /// Whether a field may be left out: it may not where the codec does not name those that are there.
    pub(super) may_skip: bool,
    /// Returns the name of the type that is traced.
    pub(super) type_name: fn() -> &'static str,
    /// How deep what is traced stands in the value.
    pub(super) depth: usize,
    /// How many more bytes the encoding of the value may have; elements are counted as one each.
    pub(super) room: &'a Cell<usize>,
}

/// Why a value has no trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// A field is left out that may not be.
    SkippedField,
    /// It is nested more deeply than what is decoded may be.
    TooDeep,
    /// No encoding has room for it: to trace the rest of it would take time for nothing.
    TooLarge,
    /// The value's own `Serialize` failed.
    Failed,
}

/// Makes the trace of a value from those of its parts.
pub(super) struct Parts<'a> {
    tracer: Tracer<'a>,
    is_ordered: bool,
    trace: u64,
    count: u64,
    /// The trace of the key whose value comes next.
    key: u64,
}

/// Random numbers, so that no value can be made for which the numbers of a trace are known.
#[derive(Clone, Copy)]
pub(super) struct Seeds(u64, u64);

impl Seeds {
    /// Returns those of this process.
    pub(super) fn get() -> Self {
        static SEEDS: LazyLock<Seeds> = LazyLock::new(|| {
            let random = RandomState::new();
            Seeds(random.hash_one(1), random.hash_one(2))
        });
        *SEEDS
    }

    /// Returns a number that depends on both, and on which is which: folded multiplication, as in
    /// wyhash.
    #[inline]
    fn mix(self, one: u64, other: u64) -> u64 {
        let (low, high) = (one ^ self.0).carrying_mul(other ^ self.1, 0);
        low ^ high
    }

    fn mix_bytes(self, trace: u64, bytes: &[u8]) -> u64 {
        let (words, rest) = bytes.as_chunks::<8>();
        let mut trace = self.mix(trace, bytes.len() as u64);
        for word in words {
            trace = self.mix(trace, u64::from_le_bytes(*word));
        }
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        self.mix(trace, u64::from_le_bytes(last))
    }

    /// Mixes in a name.
    #[inline]
    fn mix_name(self, trace: u64, name: &'static str) -> u64 {
        self.mix(trace, place_of(name))
    }
}

/// Returns a number for a name by its place in the program: one `Serialize` writes both values.
#[inline]
fn place_of(name: &'static str) -> u64 {
    let place = name.as_ptr().addr() as u64;
    place.rotate_left(16) ^ name.len() as u64
}

/// What stands at the beginning of a trace, so that different kinds of values have different ones.
mod kind {
    pub(super) const BOOL: u64 = 1;
    pub(super) const INTEGER: u64 = 2;
    pub(super) const FLOAT: u64 = 3;
    pub(super) const CHAR: u64 = 4;
    pub(super) const TEXT: u64 = 5;
    pub(super) const BYTES: u64 = 6;
    pub(super) const NONE: u64 = 7;
    pub(super) const SOME: u64 = 8;
    pub(super) const UNIT: u64 = 9;
    pub(super) const NEWTYPE: u64 = 10;
    pub(super) const VARIANT: u64 = 11;
    pub(super) const LIST: u64 = 12;
    pub(super) const MAP: u64 = 13;
    pub(super) const STRUCT: u64 = 14;
}

impl<'a> Tracer<'a> {
    /// Returns the trace of `value`.
    ///
    /// # Errors
    /// Returns why it has none.
    pub(super) fn trace<T: Serialize + ?Sized>(self, value: &T) -> Result<u64, Flaw> {
        if self.depth > MAX_DEPTH {
            return Err(Flaw::TooDeep);
        }
        value.serialize(Self {
            type_name: type_name::<T>,
            depth: self.depth + 1,
            ..self
        })
    }

    /// Takes the room of that many bytes or elements.
    #[inline]
    fn take(self, room: usize) -> Result<(), Flaw> {
        let left = self.room.get().checked_sub(room).ok_or(Flaw::TooLarge)?;
        self.room.set(left);
        Ok(())
    }

    fn parts(self, kind: u64) -> Parts<'a> {
        Parts {
            tracer: self,
            is_ordered: true,
            trace: kind,
            count: 0,
            key: 0,
        }
    }
}

impl Parts<'_> {
    fn add(&mut self, part: u64) {
        self.count += 1;
        self.trace = if self.is_ordered {
            self.tracer.seeds.mix(self.trace, part)
        } else {
            self.trace.wrapping_add(self.tracer.seeds.mix(part, 0))
        };
    }

    fn part<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Flaw> {
        let part = self.tracer.trace(value)?;
        self.add(part);
        Ok(())
    }

    fn field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Flaw> {
        let value = self.tracer.trace(value)?;
        // Name and value in one step: the product depends on both.
        self.trace ^= place_of(name);
        self.add(value);
        Ok(())
    }

    fn skip(&self) -> Result<(), Flaw> {
        let may_skip = self.tracer.may_skip;
        may_skip.then_some(()).ok_or(Flaw::SkippedField)
    }

    #[expect(clippy::unnecessary_wraps, reason = "what serde's methods return")]
    fn close(self) -> Result<u64, Flaw> {
        Ok(self.tracer.seeds.mix(self.trace, self.count))
    }
}

/// Methods for numbers, each of which is as many 64-bit words as it takes.
macro_rules! serialize_numbers {
    ($($method:ident($type:ty): $kind:ident, $bits:expr;)*) => {$(
        #[inline]
        fn $method(self, value: $type) -> Result<u64, Flaw> {
            let bits: fn($type) -> u64 = $bits;
            Ok(self.seeds.mix(kind::$kind, bits(value)))
        }
    )*};
}

impl<'a> Serializer for Tracer<'a> {
    type Ok = u64;
    type Error = Flaw;
    type SerializeSeq = Parts<'a>;
    type SerializeTuple = Parts<'a>;
    type SerializeTupleStruct = Parts<'a>;
    type SerializeTupleVariant = Parts<'a>;
    type SerializeMap = Parts<'a>;
    type SerializeStruct = Parts<'a>;
    type SerializeStructVariant = Parts<'a>;

    serialize_numbers! {
        serialize_bool(bool): BOOL, u64::from;
        serialize_i8(i8): INTEGER, |value| i64::from(value).cast_unsigned();
        serialize_i16(i16): INTEGER, |value| i64::from(value).cast_unsigned();
        serialize_i32(i32): INTEGER, |value| i64::from(value).cast_unsigned();
        serialize_i64(i64): INTEGER, i64::cast_unsigned;
        serialize_u8(u8): INTEGER, u64::from;
        serialize_u16(u16): INTEGER, u64::from;
        serialize_u32(u32): INTEGER, u64::from;
        serialize_u64(u64): INTEGER, |value| value;
        serialize_f32(f32): FLOAT, |value| u64::from(value.to_bits());
        serialize_f64(f64): FLOAT, f64::to_bits;
        serialize_char(char): CHAR, |value| u64::from(u32::from(value));
    }

    fn serialize_i128(self, value: i128) -> Result<u64, Flaw> {
        Ok(self.seeds.mix_bytes(kind::INTEGER, &value.to_le_bytes()))
    }

    fn serialize_u128(self, value: u128) -> Result<u64, Flaw> {
        Ok(self.seeds.mix_bytes(kind::INTEGER, &value.to_le_bytes()))
    }

    fn serialize_str(self, value: &str) -> Result<u64, Flaw> {
        self.take(value.len())?;
        Ok(self.seeds.mix_bytes(kind::TEXT, value.as_bytes()))
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<u64, Flaw> {
        self.take(value.len())?;
        Ok(self.seeds.mix_bytes(kind::BYTES, value))
    }

    fn serialize_none(self) -> Result<u64, Flaw> {
        Ok(kind::NONE)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<u64, Flaw> {
        Ok(self.seeds.mix(kind::SOME, self.trace(value)?))
    }

    fn serialize_unit(self) -> Result<u64, Flaw> {
        Ok(kind::UNIT)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<u64, Flaw> {
        Ok(kind::UNIT)
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<u64, Flaw> {
        Ok(self.seeds.mix_name(kind::VARIANT, variant))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<u64, Flaw> {
        Ok(self.seeds.mix(kind::NEWTYPE, self.trace(value)?))
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<u64, Flaw> {
        let variant = self.seeds.mix_name(kind::VARIANT, variant);
        Ok(self.seeds.mix(variant, self.trace(value)?))
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<Parts<'a>, Flaw> {
        // Those of no bytes too, of which no more are decoded.
        self.take(len.unwrap_or(0))?;
        // A set is a sequence to serde, in an order of its own.
        Ok(Parts {
            is_ordered: !is_set((self.type_name)()),
            ..self.parts(kind::LIST)
        })
    }

    fn serialize_tuple(self, _: usize) -> Result<Parts<'a>, Flaw> {
        Ok(self.parts(kind::LIST))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Parts<'a>, Flaw> {
        Ok(self.parts(kind::LIST))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Parts<'a>, Flaw> {
        Ok(self.parts(self.seeds.mix_name(kind::VARIANT, variant)))
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Parts<'a>, Flaw> {
        self.take(len.unwrap_or(0))?;
        Ok(Parts {
            is_ordered: false,
            ..self.parts(kind::MAP)
        })
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Parts<'a>, Flaw> {
        Ok(self.parts(kind::STRUCT))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Parts<'a>, Flaw> {
        Ok(self.parts(self.seeds.mix_name(kind::VARIANT, variant)))
    }

    fn is_human_readable(&self) -> bool {
        self.is_human_readable
    }
}

impl ser::SerializeMap for Parts<'_> {
    type Ok = u64;
    type Error = Flaw;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Flaw> {
        self.key = self.tracer.trace(key)?;
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Flaw> {
        let value = self.tracer.trace(value)?;
        self.add(self.tracer.seeds.mix(self.key, value));
        Ok(())
    }

    fn end(self) -> Result<u64, Flaw> {
        self.close()
    }
}

/// Implements what has elements without names.
macro_rules! elements {
    ($($trait:ident::$method:ident)*) => {$(
        impl ser::$trait for Parts<'_> {
            type Ok = u64;
            type Error = Flaw;

            #[inline]
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Flaw> {
                self.part(value)
            }

            fn end(self) -> Result<u64, Flaw> {
                self.close()
            }
        }
    )*};
}

elements! {
    SerializeSeq::serialize_element
    SerializeTuple::serialize_element
    SerializeTupleStruct::serialize_field
    SerializeTupleVariant::serialize_field
}

/// Implements what has fields with names.
macro_rules! fields {
    ($($trait:ident)*) => {$(
        impl ser::$trait for Parts<'_> {
            type Ok = u64;
            type Error = Flaw;

            #[inline]
            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), Flaw> {
                self.field(name, value)
            }

            fn skip_field(&mut self, _: &'static str) -> Result<(), Flaw> {
                self.skip()
            }

            fn end(self) -> Result<u64, Flaw> {
                self.close()
            }
        }
    )*};
}

fields! { SerializeStruct SerializeStructVariant }

impl ser::Error for Flaw {
    fn custom<T: fmt::Display>(_: T) -> Self {
        // The text may quote the value.
        Self::Failed
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SkippedField => "a field is left out",
            Self::TooDeep => "the value is nested too deeply",
            Self::TooLarge => "the value is too large",
            Self::Failed => "a `Serialize` failed",
        })
    }
}

impl std::error::Error for Flaw {}
