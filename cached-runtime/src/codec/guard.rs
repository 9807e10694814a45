//! A limit on what decoding may allocate and how long it may take, whatever the bytes say.
//!
//! Codecs bound strings by the bytes that are there, and nothing else: a sequence of a trillion `()`
//! takes no bytes at all and hours, a nested value takes the stack, and a few bytes can stand for many
//! large elements. So a guard stands between each type and its codec. It charges every element to a
//! budget by its size in memory, and what stands behind a pointer too; and it counts the depth. A length
//! alone makes a collection take room, before it has seen a single element; so elements are charged
//! ahead, as far as there is room for them, or else nested lengths could take 1 MiB each.

#![expect(
    clippy::inline_always,
    reason = "every field passes through here; with hints alone decoding takes an eighth longer"
)]

use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};

/// How much more memory a value may take than its encoding: a number takes one byte of varint, and
/// an element of a vector holds fields that are mostly absent. An element is charged that much at
/// least, so that there are no more of them than bytes within the limit: one without a size takes time.
const MEMORY_PER_BYTE: usize = 16;

/// The most memory for which a collection makes room ahead, in bytes: the constant in serde's `size_hint`.
const MAX_ROOM_AHEAD: usize = 1 << 20;

/// How large an element is taken to be before one has been seen, in bytes: by what is left of the budget
/// that says for how many of them room is made ahead.
const UNSEEN_ELEMENT: usize = 256;

/// How deeply a value may be nested, as in JSON: its decoding is recursive, and threads have stacks of
/// as little as 2 MiB.
const MAX_DEPTH: usize = 128;

/// The memory that decoding may still claim, in bytes.
pub(super) struct Budget(Cell<usize>);

/// The seed of a `T` that is decoded within a budget.
pub(super) struct Guarded<'b, T> {
    level: Level<'b>,
    types: PhantomData<T>,
}

/// Where in a value decoding is.
#[derive(Clone, Copy)]
struct Level<'b> {
    budget: &'b Budget,
    depth: usize,
    /// The memory that has been charged for what is decoded here.
    slot: usize,
    /// Whether elements are charged one by one, unlike fields, which are part of their struct.
    is_collection: bool,
}

impl Budget {
    /// Returns the budget of a value whose encoding may have `limit` bytes.
    pub(super) fn of(limit: usize) -> Self {
        Self(Cell::new(limit.saturating_mul(MEMORY_PER_BYTE)))
    }

    #[inline(always)]
    fn charge<E: Error>(&self, bytes: usize) -> Result<(), E> {
        let left = self.0.get().checked_sub(bytes);
        let left = left.ok_or_else(|| E::custom("the value takes more memory than its limit"))?;
        self.0.set(left);
        Ok(())
    }
}

impl<'b, T> Guarded<'b, T> {
    pub(super) fn new(budget: &'b Budget) -> Self {
        let level = Level {
            budget,
            depth: 0,
            slot: size_of::<T>(),
            is_collection: false,
        };
        let types = PhantomData;
        Self { level, types }
    }
}

impl<'de, T: DeserializeOwned> DeserializeSeed<'de> for Guarded<'_, T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, inner: D) -> Result<T, D::Error> {
        let level = self.level;
        T::deserialize(Guard { inner, level })
    }
}

impl Level<'_> {
    /// Returns the level within a `T` that is decoded here.
    ///
    /// # Errors
    /// Returns an error where that is too deep or takes too much memory.
    #[inline(always)]
    fn within<T, E: Error>(self, is_collection: bool) -> Result<Self, E> {
        if self.depth == MAX_DEPTH {
            return Err(E::custom("the value is nested too deeply"));
        }
        let slot = size_of::<T>();
        if slot > self.slot {
            // It does not fit into the place it was made for: that one holds a pointer to it.
            self.budget.charge(slot)?;
        }
        Ok(Self {
            depth: self.depth + 1,
            slot,
            is_collection,
            ..self
        })
    }

    /// Returns for how many elements to make room ahead, of those that are expected.
    fn room(self, expected: Option<usize>) -> Option<usize> {
        let most = self.budget.0.get() / UNSEEN_ELEMENT;
        expected.map(|expected| expected.min(most))
    }

    /// Returns the level of a `T` that is a part of what is decoded here.
    #[inline(always)]
    fn part<T>(self) -> Self {
        let slot = if self.is_collection {
            size_of::<T>()
        } else {
            self.slot
        };
        Self { slot, ..self }
    }
}

/// The elements of a collection, or its keys, or its values, as they are charged.
#[derive(Clone, Copy, Default)]
struct Charged {
    /// How many more are paid for; none before the first.
    ahead: Option<usize>,
}

impl Charged {
    /// Charges those for which room has been made if there are `expected` of them, all of type `T`.
    ///
    /// # Errors
    /// Returns an error where they take too much memory.
    #[inline(always)]
    fn first<T, E: Error>(
        &mut self,
        level: Level<'_>,
        expected: impl FnOnce() -> Option<usize>,
    ) -> Result<(), E> {
        if !level.is_collection || self.ahead.is_some() {
            return Ok(());
        }
        let most = MAX_ROOM_AHEAD.checked_div(size_of::<T>()).unwrap_or(0);
        let ahead = expected().unwrap_or(0).min(most);
        self.ahead = Some(ahead);
        level.budget.charge(ahead.saturating_mul(charge::<T>()))
    }

    /// Charges one more `T` that has been decoded.
    ///
    /// # Errors
    /// Returns an error where it takes too much memory.
    #[inline(always)]
    fn one<T, E: Error>(&mut self, level: Level<'_>) -> Result<(), E> {
        match &mut self.ahead {
            Some(ahead) if *ahead > 0 => *ahead -= 1,
            _ if level.is_collection => level.budget.charge(charge::<T>())?,
            _ => {}
        }
        Ok(())
    }
}

/// Returns what an element of type `T` is charged.
const fn charge<T>() -> usize {
    if size_of::<T>() > MEMORY_PER_BYTE {
        size_of::<T>()
    } else {
        MEMORY_PER_BYTE
    }
}

/// Anything of serde's that leads to what is nested in a value.
struct Guard<'b, I> {
    inner: I,
    level: Level<'b>,
}

/// Methods of a deserializer for what has nothing nested in it.
macro_rules! deserialize_plain {
    ($($method:ident)*) => {$(
        #[inline(always)]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
            self.inner.$method(visitor)
        }
    )*};
}

/// Methods of a deserializer for what may have something nested in it.
macro_rules! deserialize_nested {
    ($is_collection:literal $($method:ident($($argument:ident: $type:ty),*))*) => {$(
        #[inline(always)]
        fn $method<V: Visitor<'de>>(
            self,
            $($argument: $type,)*
            inner: V,
        ) -> Result<V::Value, D::Error> {
            let level = self.level.within::<V::Value, _>($is_collection)?;
            self.inner.$method($($argument,)* Guard { inner, level })
        }
    )*};
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Guard<'_, D> {
    type Error = D::Error;

    deserialize_plain! {
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_i128 deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
        deserialize_u128 deserialize_f32 deserialize_f64 deserialize_char deserialize_str
        deserialize_bytes deserialize_unit deserialize_identifier
    }

    deserialize_nested! { true
        deserialize_any()
        deserialize_ignored_any()
        deserialize_seq()
        deserialize_map()
    }

    deserialize_nested! { false
        deserialize_option()
        deserialize_unit_struct(name: &'static str)
        deserialize_newtype_struct(name: &'static str)
        deserialize_tuple(len: usize)
        deserialize_tuple_struct(name: &'static str, len: usize)
        deserialize_struct(name: &'static str, fields: &'static [&'static str])
        deserialize_enum(name: &'static str, variants: &'static [&'static str])
    }

    // Borrowed, because a codec can make room for a string before it sees that its bytes are missing.
    #[inline(always)]
    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_str(visitor)
    }

    #[inline(always)]
    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_bytes(visitor)
    }

    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}

/// Methods of a visitor for what has nothing nested in it.
macro_rules! visit_plain {
    ($($method:ident($($value:ident: $type:ty)?))*) => {$(
        #[inline(always)]
        fn $method<E: Error>(self $(, $value: $type)?) -> Result<V::Value, E> {
            self.inner.$method($($value)?)
        }
    )*};
}

/// Methods of a visitor for what has something nested in it.
macro_rules! visit_nested {
    ($($method:ident: $trait:ident)*) => {$(
        #[inline(always)]
        fn $method<I: $trait<'de>>(self, inner: I) -> Result<V::Value, I::Error> {
            let level = self.level;
            self.inner.$method(Guard { inner, level })
        }
    )*};
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Guard<'_, V> {
    type Value = V::Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.expecting(formatter)
    }

    visit_plain! {
        visit_bool(value: bool)
        visit_i8(value: i8)
        visit_i16(value: i16)
        visit_i32(value: i32)
        visit_i64(value: i64)
        visit_i128(value: i128)
        visit_u8(value: u8)
        visit_u16(value: u16)
        visit_u32(value: u32)
        visit_u64(value: u64)
        visit_u128(value: u128)
        visit_f32(value: f32)
        visit_f64(value: f64)
        visit_char(value: char)
        visit_str(value: &str)
        visit_borrowed_str(value: &'de str)
        visit_string(value: String)
        visit_bytes(value: &[u8])
        visit_borrowed_bytes(value: &'de [u8])
        visit_byte_buf(value: Vec<u8>)
        visit_none()
        visit_unit()
    }

    visit_nested! {
        visit_some: Deserializer
        visit_newtype_struct: Deserializer
        visit_enum: EnumAccess
    }

    #[inline(always)]
    fn visit_seq<A: SeqAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        self.inner.visit_seq(Elements::new(inner, self.level))
    }

    #[inline(always)]
    fn visit_map<A: MapAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        self.inner.visit_map(Elements::new(inner, self.level))
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Guard<'_, S> {
    type Value = S::Value;

    #[inline(always)]
    fn deserialize<D: Deserializer<'de>>(self, inner: D) -> Result<S::Value, D::Error> {
        let level = self.level;
        self.inner.deserialize(Guard { inner, level })
    }
}

/// The parts of a sequence or a map.
struct Elements<'b, A> {
    inner: A,
    level: Level<'b>,
    /// The elements of a sequence or the keys of a map.
    keys: Charged,
    values: Charged,
}

impl<'b, A> Elements<'b, A> {
    #[inline(always)]
    fn new(inner: A, level: Level<'b>) -> Self {
        let (keys, values) = Default::default();
        Self {
            inner,
            level,
            keys,
            values,
        }
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Elements<'_, A> {
    type Error = A::Error;

    #[inline(always)]
    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        inner: S,
    ) -> Result<Option<S::Value>, A::Error> {
        let expected = || self.level.room(self.inner.size_hint());
        self.keys.first::<S::Value, _>(self.level, expected)?;
        let level = self.level.part::<S::Value>();
        let element = self.inner.next_element_seed(Guard { inner, level })?;
        if element.is_some() {
            self.keys.one::<S::Value, _>(self.level)?;
        }
        Ok(element)
    }

    fn size_hint(&self) -> Option<usize> {
        self.level.room(self.inner.size_hint())
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Elements<'_, A> {
    type Error = A::Error;

    #[inline(always)]
    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        inner: S,
    ) -> Result<Option<S::Value>, A::Error> {
        let expected = || self.level.room(self.inner.size_hint());
        self.keys.first::<S::Value, _>(self.level, expected)?;
        let level = self.level.part::<S::Value>();
        let key = self.inner.next_key_seed(Guard { inner, level })?;
        if key.is_some() {
            self.keys.one::<S::Value, _>(self.level)?;
        }
        Ok(key)
    }

    #[inline(always)]
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, inner: S) -> Result<S::Value, A::Error> {
        // The key that this value belongs to is counted no more.
        let expected = || {
            self.inner
                .size_hint()
                .map(|others| others.saturating_add(1))
        };
        self.values.first::<S::Value, _>(self.level, expected)?;
        let level = self.level.part::<S::Value>();
        let value = self.inner.next_value_seed(Guard { inner, level })?;
        self.values.one::<S::Value, _>(self.level)?;
        Ok(value)
    }

    fn size_hint(&self) -> Option<usize> {
        self.level.room(self.inner.size_hint())
    }
}

impl<'b, 'de, A: EnumAccess<'de>> EnumAccess<'de> for Guard<'b, A> {
    type Error = A::Error;
    type Variant = Guard<'b, A::Variant>;

    #[inline(always)]
    fn variant_seed<S: DeserializeSeed<'de>>(
        self,
        inner: S,
    ) -> Result<(S::Value, Self::Variant), A::Error> {
        let level = self.level;
        let (value, inner) = self.inner.variant_seed(Guard { inner, level })?;
        Ok((value, Guard { inner, level }))
    }
}

impl<'de, A: VariantAccess<'de>> VariantAccess<'de> for Guard<'_, A> {
    type Error = A::Error;

    fn unit_variant(self) -> Result<(), A::Error> {
        self.inner.unit_variant()
    }

    #[inline(always)]
    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, inner: S) -> Result<S::Value, A::Error> {
        let level = self.level;
        self.inner.newtype_variant_seed(Guard { inner, level })
    }

    #[inline(always)]
    fn tuple_variant<V: Visitor<'de>>(self, len: usize, inner: V) -> Result<V::Value, A::Error> {
        let level = self.level.within::<V::Value, _>(false)?;
        self.inner.tuple_variant(len, Guard { inner, level })
    }

    #[inline(always)]
    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        inner: V,
    ) -> Result<V::Value, A::Error> {
        let level = self.level.within::<V::Value, _>(false)?;
        self.inner.struct_variant(fields, Guard { inner, level })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use serde::{Deserialize, Serialize};

    use super::*;
    use crate::codec::Codec;

    #[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
    struct Link {
        next: Option<Box<Link>>,
    }

    fn chain(links: usize) -> Link {
        (1..links).fold(Link::default(), |link, _| Link {
            next: Some(Box::new(link)),
        })
    }

    fn encoded<T: Serialize>(codec: Codec, value: &T) -> Vec<u8> {
        let mut out = Vec::new();
        codec.encode(value, &mut out, 1 << 20).unwrap();
        out
    }

    #[test]
    fn a_sequence_without_bytes_costs_as_many_steps_as_the_limit_allows() {
        // A length of 2^63 in each of the positional codecs.
        let claims: &[(Codec, &[u8])] = &[
            (Codec::Bincode, &[253, 0, 0, 0, 0, 0, 0, 0, 128]),
            #[cfg(feature = "postcard")]
            (
                Codec::Postcard,
                &[128, 128, 128, 128, 128, 128, 128, 128, 128, 1],
            ),
        ];
        for (codec, claim) in claims {
            let error = codec.decode::<Vec<()>>(claim, 1000).unwrap_err();
            assert!(error.is_unreadable(), "{error}");
            let error = codec.decode::<HashMap<(), bool>>(claim, 1000).unwrap_err();
            assert!(error.is_unreadable(), "{error}");
        }
    }

    /// What a codec tells a collection to make room for.
    struct Room(Option<usize>);

    impl<'de> Deserialize<'de> for Room {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct Asks;

            impl<'de> Visitor<'de> for Asks {
                type Value = Room;

                fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str("a sequence")
                }

                fn visit_seq<A: SeqAccess<'de>>(self, elements: A) -> Result<Room, A::Error> {
                    Ok(Room(elements.size_hint()))
                }
            }
            deserializer.deserialize_seq(Asks)
        }
    }

    #[test]
    fn room_is_made_for_what_is_expected_as_far_as_the_limit_allows() {
        let claim = [253, 0, 0, 0, 0, 0, 0, 0, 128];
        let room = |claim: &[u8], limit| Codec::Bincode.decode::<Room>(claim, limit).unwrap().0;

        assert_eq!(room(&[200], 1 << 20), Some(200));
        assert_eq!(room(&claim, 1 << 20), Some(1 << 16));
        assert_eq!(room(&claim, 1 << 12), Some(1 << 8));
    }

    #[test]
    fn a_sequence_of_units_within_the_limit_comes_back() {
        for codec in Codec::ALL {
            let bytes = encoded(*codec, &vec![(); 1000]);
            let units: Vec<()> = codec.decode(&bytes, 1000).unwrap();
            assert_eq!(units.len(), 1000, "{codec:?}");
        }
    }

    #[test]
    fn small_bytes_of_large_elements_stop_at_the_limit() {
        let many = vec![Box::new([None::<u64>; 32]); 100];
        for codec in Codec::ALL {
            let bytes = encoded(*codec, &many);
            let decode = |limit| codec.decode::<Vec<Box<[Option<u64>; 32]>>>(&bytes, limit);
            assert_eq!(decode(1 << 20).unwrap(), many, "{codec:?}");
            assert!(decode(1000).is_err(), "{codec:?}");
        }
    }

    #[test]
    fn a_chain_of_values_ends_before_the_stack_does() {
        for codec in Codec::ALL {
            let short = encoded(*codec, &chain(40));
            assert_eq!(codec.decode::<Link>(&short, 1 << 20).unwrap(), chain(40));
            let long = encoded(*codec, &chain(200));
            assert!(codec.decode::<Link>(&long, 1 << 20).is_err(), "{codec:?}");
        }
        assert!(
            Codec::Bincode
                .decode::<Link>(&vec![1; 1 << 20], 1 << 20)
                .is_err()
        );
    }
}
