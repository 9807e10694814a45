//! A limit on what decoding may allocate and how long it may take, whatever the bytes say.
//!
//! Codecs bound strings by the bytes that are there, and nothing else: a sequence of a trillion `()`
//! takes no bytes at all and hours, a nested value takes the stack, and a few bytes can stand for many
//! large elements. So a guard stands between each type and its codec. It charges every element to a
//! [budget] by its size in memory, and what stands behind a pointer too; and it counts the depth. A length
//! alone makes a collection take room, before it has seen a single element; so elements are charged
//! ahead, as far as there is room for them, or else nested lengths could take 1 MiB each.
//!
//! What a guard knows of the place of a value it knows as a type, so that what it passes on is no more than
//! two pointers, and most of its questions are answered when it is compiled.

mod budget;

use std::fmt;
use std::marker::PhantomData;

use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};

use self::budget::{Charge, Elements, Fields};

pub(super) use self::budget::{Budget, MAX_DEPTH};

/// The seed of a `T` that is decoded within a budget.
pub(super) struct Guarded<'b, T> {
    budget: &'b Budget,
    types: PhantomData<T>,
}

impl<'b, T> Guarded<'b, T> {
    pub(super) fn new(budget: &'b Budget) -> Self {
        let types = PhantomData;
        Self { budget, types }
    }
}

impl<'de, T: DeserializeOwned> DeserializeSeed<'de> for Guarded<'_, T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, inner: D) -> Result<T, D::Error> {
        T::deserialize(Guard::<_, T>::new(inner, self.budget))
    }
}

/// Anything of serde's from which a value is decoded into a place that was made for a `P`.
struct Guard<'b, I, P> {
    inner: I,
    budget: &'b Budget,
    place: PhantomData<P>,
}

/// A visitor of what has parts that are charged as `C` says.
struct Visit<'b, V, C> {
    inner: V,
    budget: &'b Budget,
    parts: PhantomData<C>,
}

/// The parts of a sequence or a map.
struct Parts<'b, A, C> {
    inner: A,
    budget: &'b Budget,
    /// The elements of a sequence, the keys of a map, or fields.
    keys: C,
    values: C,
}

impl<'b, I, P> Guard<'b, I, P> {
    #[inline]
    fn new(inner: I, budget: &'b Budget) -> Self {
        let place = PhantomData;
        Self {
            inner,
            budget,
            place,
        }
    }
}

impl<'b, V, C> Visit<'b, V, C> {
    #[inline]
    fn new(inner: V, budget: &'b Budget) -> Self {
        let parts = PhantomData;
        Self {
            inner,
            budget,
            parts,
        }
    }
}

impl<'b, A, C: Charge> Parts<'b, A, C> {
    #[inline]
    fn new(inner: A, budget: &'b Budget) -> Self {
        let (keys, values) = Default::default();
        Self {
            inner,
            budget,
            keys,
            values,
        }
    }
}

/// Methods of a deserializer for what has nothing nested in it.
macro_rules! deserialize_plain {
    ($($method:ident)*) => {$(
        #[inline]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
            self.inner.$method(visitor)
        }
    )*};
}

/// Methods of a deserializer for what may have something nested in it.
macro_rules! deserialize_nested {
    ($parts:ty: $($method:ident($($argument:ident: $type:ty),*))*) => {$(
        #[inline]
        fn $method<V: Visitor<'de>>(
            self,
            $($argument: $type,)*
            visitor: V,
        ) -> Result<V::Value, D::Error> {
            let visitor = Visit::<_, $parts>::new(visitor, self.budget);
            self.budget.within::<_, P, _>(|| self.inner.$method($($argument,)* visitor))
        }
    )*};
}

impl<'de, D: Deserializer<'de>, P> Deserializer<'de> for Guard<'_, D, P> {
    type Error = D::Error;

    deserialize_plain! {
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_i128 deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
        deserialize_u128 deserialize_f32 deserialize_f64 deserialize_char deserialize_str
        deserialize_bytes deserialize_unit deserialize_identifier
    }

    deserialize_nested! { Elements:
        deserialize_any()
        deserialize_ignored_any()
        deserialize_seq()
        deserialize_map()
    }

    deserialize_nested! { Fields:
        deserialize_option()
        deserialize_unit_struct(name: &'static str)
        deserialize_newtype_struct(name: &'static str)
        deserialize_tuple(len: usize)
        deserialize_tuple_struct(name: &'static str, len: usize)
        deserialize_struct(name: &'static str, fields: &'static [&'static str])
        deserialize_enum(name: &'static str, variants: &'static [&'static str])
    }

    // Borrowed, because a codec can make room for a string before it sees that its bytes are missing.
    #[inline]
    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_str(visitor)
    }

    #[inline]
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
        #[inline]
        fn $method<E: Error>(self $(, $value: $type)?) -> Result<V::Value, E> {
            self.inner.$method($($value)?)
        }
    )*};
}

/// Methods of a visitor for what has something nested in it.
macro_rules! visit_nested {
    ($($method:ident: $trait:ident)*) => {$(
        #[inline]
        fn $method<I: $trait<'de>>(self, inner: I) -> Result<V::Value, I::Error> {
            self.inner.$method(Guard::<_, V::Value>::new(inner, self.budget))
        }
    )*};
}

impl<'de, V: Visitor<'de>, C: Charge> Visitor<'de> for Visit<'_, V, C> {
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

    #[inline]
    fn visit_seq<A: SeqAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        self.inner.visit_seq(Parts::<_, C>::new(inner, self.budget))
    }

    #[inline]
    fn visit_map<A: MapAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        self.inner.visit_map(Parts::<_, C>::new(inner, self.budget))
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Guard<'_, S, S::Value> {
    type Value = S::Value;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, inner: D) -> Result<S::Value, D::Error> {
        let inner = Guard::<_, S::Value>::new(inner, self.budget);
        self.inner.deserialize(inner)
    }
}

impl<'de, A: SeqAccess<'de>, C: Charge> SeqAccess<'de> for Parts<'_, A, C> {
    type Error = A::Error;

    #[inline]
    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        let expected = || self.budget.room(self.inner.size_hint());
        self.keys.ahead::<S::Value, _>(self.budget, expected)?;
        let element = self
            .inner
            .next_element_seed(Guard::new(seed, self.budget))?;
        if element.is_some() {
            self.keys.one::<S::Value, _>(self.budget)?;
        }
        Ok(element)
    }

    fn size_hint(&self) -> Option<usize> {
        self.budget.room(self.inner.size_hint())
    }
}

impl<'de, A: MapAccess<'de>, C: Charge> MapAccess<'de> for Parts<'_, A, C> {
    type Error = A::Error;

    #[inline]
    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        let expected = || self.budget.room(self.inner.size_hint());
        self.keys.ahead::<S::Value, _>(self.budget, expected)?;
        let key = self.inner.next_key_seed(Guard::new(seed, self.budget))?;
        if key.is_some() {
            self.keys.one::<S::Value, _>(self.budget)?;
        }
        Ok(key)
    }

    #[inline]
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        // The key that this value belongs to is counted no more.
        let others = || self.inner.size_hint();
        let expected = || others().map(|others| others.saturating_add(1));
        self.values.ahead::<S::Value, _>(self.budget, expected)?;
        let value = self.inner.next_value_seed(Guard::new(seed, self.budget))?;
        self.values.one::<S::Value, _>(self.budget)?;
        Ok(value)
    }

    fn size_hint(&self) -> Option<usize> {
        self.budget.room(self.inner.size_hint())
    }
}

impl<'b, 'de, A: EnumAccess<'de>, P> EnumAccess<'de> for Guard<'b, A, P> {
    type Error = A::Error;
    type Variant = Guard<'b, A::Variant, P>;

    #[inline]
    fn variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, Self::Variant), A::Error> {
        let (value, inner) = self.inner.variant_seed(Guard::new(seed, self.budget))?;
        Ok((value, Guard::new(inner, self.budget)))
    }
}

impl<'de, A: VariantAccess<'de>, P> VariantAccess<'de> for Guard<'_, A, P> {
    type Error = A::Error;

    fn unit_variant(self) -> Result<(), A::Error> {
        self.inner.unit_variant()
    }

    #[inline]
    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, A::Error> {
        let seed = Guard::new(seed, self.budget);
        self.inner.newtype_variant_seed(seed)
    }

    #[inline]
    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, A::Error> {
        let visitor = Visit::<_, Fields>::new(visitor, self.budget);
        let decode = || self.inner.tuple_variant(len, visitor);
        self.budget.within::<_, P, _>(decode)
    }

    #[inline]
    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        let visitor = Visit::<_, Fields>::new(visitor, self.budget);
        let decode = || self.inner.struct_variant(fields, visitor);
        self.budget.within::<_, P, _>(decode)
    }
}

#[cfg(test)]
mod tests;
