//! What a visitor asks for the parts of its value: elements, entries, fields, and variants.

use std::fmt;

use serde::de::value::{StrDeserializer, U32Deserializer};
use serde::de::{DeserializeSeed, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor};

use super::{Fault, Tracer, Visit};
use crate::shape::graph::{Head, Kind, State};

/// The elements of a list or a tuple.
pub(super) struct Elements<'a> {
    pub(super) visit: Visit<'a>,
    pub(super) next: usize,
    pub(super) len: usize,
}

impl<'de> SeqAccess<'de> for Elements<'_> {
    type Error = Fault;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        if self.next == self.len {
            return Ok(None);
        }
        let explorer = self.visit.tracer.explorer;
        let last = explorer.borrow().graph.node(self.visit.node).edges.len() - 1;
        let at = self.next.min(last);
        self.next += 1;
        let edge = self.visit.edge(at);
        if explorer.borrow().graph.edge(edge).state == State::Alias {
            return self.next_element_seed(seed);
        }
        let is_open = self.visit.is_wanted(at)
            || explorer.borrow().graph.is_unexplored(edge)
            || self.visit.can_have(at);
        if !is_open {
            return Err(self.visit.stop());
        }
        self.visit.seed(at, seed).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.len - self.next)
    }
}

/// The one entry of a map, or none.
pub(super) struct Entries<'a> {
    pub(super) visit: Visit<'a>,
    pub(super) has_entry: bool,
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = Fault;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        if !std::mem::take(&mut self.has_entry) {
            return Ok(None);
        }
        self.visit.seed(0, seed).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        self.visit.seed(1, seed)
    }
}

/// The fields of a struct, each with its name.
pub(super) struct Fields<'a> {
    pub(super) visit: Visit<'a>,
    pub(super) labels: &'static [&'static str],
    pub(super) next: usize,
    /// The field whose name was given last.
    pub(super) last: Option<usize>,
    /// Whether a field was left out.
    pub(super) has_skipped: bool,
}

impl<'de> MapAccess<'de> for &mut Fields<'_> {
    type Error = Fault;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        while self.next < self.labels.len() {
            let at = self.next;
            self.next += 1;
            let explorer = self.visit.tracer.explorer;
            let edge = self.visit.edge(at);
            let is_unexplored = explorer.borrow().graph.is_unexplored(edge);
            if explorer.borrow().graph.edge(edge).state == State::Alias {
                continue;
            }
            if is_unexplored || self.visit.goal == Some(at) || self.visit.can_have(at) {
                self.last = Some(at);
                return seed
                    .deserialize(StrDeserializer::new(self.labels[at]))
                    .map(Some);
            }
            self.has_skipped = true;
        }
        Ok(None)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        let Some(at) = self.last else {
            return Err(self.visit.stop());
        };
        self.visit.seed(at, seed)
    }
}

/// One variant of an enum.
pub(super) struct Variant<'a> {
    pub(super) tracer: Tracer<'a>,
    pub(super) at: usize,
    pub(super) name: &'static str,
}

impl Variant<'_> {
    fn head(&self, kind: Kind) -> Head {
        let mut head = Head::new(kind);
        head.name = self.name;
        head
    }
}

impl<'de> EnumAccess<'de> for Variant<'_> {
    type Error = Fault;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Fault> {
        let variant = if self.tracer.attempt % 2 == 1 {
            let number = u32::try_from(self.at).unwrap_or(u32::MAX);
            seed.deserialize(U32Deserializer::<Fault>::new(number))
        } else {
            seed.deserialize(StrDeserializer::<Fault>::new(self.name))
        };
        Ok((variant?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        let head = self.head(Kind::UnitVariant);
        let visit = self
            .tracer
            .arrive::<Nothing>(head, Some(self.tracer.edge))?;
        visit.made(Ok(()))
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Fault> {
        let head = self.head(Kind::NewtypeVariant);
        let visit = self
            .tracer
            .arrive::<Nothing>(head, Some(self.tracer.edge))?;
        if !visit.is_wanted(0) && !visit.can_have(0) {
            return Err(visit.stop());
        }
        visit.made(visit.seed(0, seed))
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Fault> {
        let mut head = self.head(Kind::TupleVariant);
        head.len = len;
        let visit = self.tracer.arrive::<V>(head, Some(self.tracer.edge))?;
        let next = 0;
        visit.made(visitor.visit_seq(Elements { visit, next, len }))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let mut head = self.head(Kind::StructVariant);
        head.labels = fields.to_vec();
        let visit = self.tracer.arrive::<V>(head, Some(self.tracer.edge))?;
        visit.fields(fields, visitor)
    }
}

/// Stands in the place of a visitor where a variant needs none.
struct Nothing;

impl Visitor<'_> for Nothing {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nothing")
    }
}
