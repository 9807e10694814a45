//! The deserializer that a type is run against: it writes down what it is asked for, and answers.

mod parts;

use std::any::type_name;
use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, Expected, Unexpected, Visitor};

use self::parts::{Elements, Entries, Fields, Variant};
use super::explorer::Explorer;
use super::graph::{EdgeId, Head, Identity, Kind, NodeId, ROOT};
use super::probes;

/// Why a value could not be made.
#[derive(Debug)]
pub(super) enum Fault {
    /// The type does not take what it was offered.
    Refused,
    /// A field of this name has been given before.
    Duplicate(&'static str),
    /// There is nothing to offer.
    Stopped,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a probe was refused")
    }
}

impl std::error::Error for Fault {}

impl Error for Fault {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::Refused
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::Duplicate(field)
    }

    // Without the text, which costs more than all the rest.
    fn invalid_type(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        Self::Refused
    }

    fn invalid_value(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        Self::Refused
    }
}

/// A value that is asked for.
#[derive(Clone, Copy)]
pub(super) struct Tracer<'a> {
    explorer: &'a RefCell<Explorer>,
    /// What it is the value of.
    edge: EdgeId,
    /// Which probe is offered.
    attempt: usize,
}

/// A value of parts that is being made.
#[derive(Clone, Copy)]
struct Visit<'a> {
    tracer: Tracer<'a>,
    node: NodeId,
    /// The edge that has something left to find out.
    goal: Option<usize>,
    /// Whether nothing is known of its parts.
    is_new: bool,
}

impl<'a> Tracer<'a> {
    /// Returns the tracer above the type itself.
    pub(super) fn root(explorer: &'a RefCell<Explorer>) -> Self {
        Self {
            explorer,
            edge: (ROOT, 0),
            attempt: 0,
        }
    }

    /// Returns what `ask` makes of the value at `edge`, which is of the Rust type of this name.
    pub(super) fn follow<T>(
        self,
        edge: EdgeId,
        type_name: &'static str,
        ask: impl FnOnce(Tracer<'a>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let attempts = self.explorer.borrow_mut().enter(edge, type_name);
        // What is refused as a whole is offered with other parts.
        let attempt = if attempts > 0 { attempts } else { self.attempt };
        let value = ask(Tracer {
            edge,
            attempt,
            ..self
        });
        let fault = value.as_ref().err();
        self.explorer.borrow_mut().leave(edge, fault);
        value
    }

    fn arrive<'de, V: Visitor<'de>>(
        self,
        head: Head,
        parent: Option<EdgeId>,
    ) -> Result<Visit<'a>, Fault> {
        let identity = Identity {
            visitor: type_name::<V>(),
            value: type_name::<V::Value>(),
            head,
            parent,
        };
        let mut explorer = self.explorer.borrow_mut();
        let (node, is_new) = explorer.arrive(self.edge, identity)?;
        let goal = explorer.next_on_path(self.edge, node);
        Ok(Visit {
            tracer: self,
            node,
            goal,
            is_new,
        })
    }

    fn scalar<'de, V: Visitor<'de>>(
        self,
        scalar: &'static str,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let mut head = Head::new(Kind::Scalar);
        head.scalar = scalar;
        head.name = name;
        if name.is_empty() {
            head.expects = (&visitor as &dyn Expected).to_string();
        }
        let visit = self.arrive::<V>(head, None)?;
        visit.made(probes::offer(scalar, self.attempt, visitor))
    }

    fn any<'de, V: Visitor<'de>>(
        self,
        scalar: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let mut head = Head::new(Kind::Any);
        head.scalar = scalar;
        let visit = self.arrive::<V>(head, None)?;
        visit.made(probes::offer(scalar, self.attempt, visitor))
    }
}

impl<'a> Visit<'a> {
    fn edge(self, at: usize) -> EdgeId {
        (self.node, at)
    }

    /// Returns whether an edge is followed to find something out.
    fn is_wanted(self, at: usize) -> bool {
        let explorer = self.tracer.explorer.borrow();
        let edge = self.edge(at);
        // A probe that was refused with as little as possible is tried with more.
        let is_tried = self.tracer.attempt % 2 == 1
            && explorer.graph.is_deliverable(edge)
            && !explorer.is_followed(edge);
        self.goal == Some(at) || self.is_new && explorer.graph.is_unexplored(edge) || is_tried
    }

    /// Returns whether a value can be had for an edge without finding anything out.
    fn can_have(self, at: usize) -> bool {
        let explorer = self.tracer.explorer.borrow();
        explorer.graph.is_deliverable(self.edge(at))
    }

    fn follow<T>(
        self,
        at: usize,
        type_name: &'static str,
        ask: impl FnOnce(Tracer<'a>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.tracer.follow(self.edge(at), type_name, ask)
    }

    fn seed<'de, S: DeserializeSeed<'de>>(self, at: usize, seed: S) -> Result<S::Value, Fault> {
        self.follow(at, type_name::<S::Value>(), |tracer| {
            seed.deserialize(tracer)
        })
    }

    /// Takes in whether a value has been made.
    fn made<T>(self, value: Result<T, Fault>) -> Result<T, Fault> {
        if value.is_ok() {
            let mut explorer = self.tracer.explorer.borrow_mut();
            explorer.graph.settle_height(self.node);
        }
        value
    }

    /// Gives up on a value for which there is nothing to offer.
    fn stop(self) -> Fault {
        self.tracer.explorer.borrow_mut().explain();
        Fault::Stopped
    }

    /// Has a visitor make a struct of the fields that can be had, in their order.
    fn fields<'de, V: Visitor<'de>>(
        self,
        labels: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        if self.tracer.attempt % 4 == 3 {
            let elements = Elements {
                visit: self,
                next: 0,
                len: labels.len(),
            };
            return self.made(visitor.visit_seq(elements));
        }
        let mut fields = Fields {
            visit: self,
            labels,
            next: 0,
            last: None,
            has_skipped: false,
        };
        let value = visitor.visit_map(&mut fields);
        if let Err(fault) = &value {
            let mut explorer = self.tracer.explorer.borrow_mut();
            match (fault, fields.last) {
                (Fault::Duplicate(name), Some(last)) => explorer.alias(self.node, last, name),
                _ if fields.has_skipped => explorer.explain(),
                _ => {}
            }
        }
        self.made(value)
    }
}

/// Methods for scalars, with the names that serde has for them.
macro_rules! scalars {
    ($($method:ident $scalar:literal)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            self.scalar($scalar, "", visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for Tracer<'_> {
    type Error = Fault;

    scalars! {
        deserialize_bool "bool"
        deserialize_i8 "i8"
        deserialize_i16 "i16"
        deserialize_i32 "i32"
        deserialize_i64 "i64"
        deserialize_i128 "i128"
        deserialize_u8 "u8"
        deserialize_u16 "u16"
        deserialize_u32 "u32"
        deserialize_u64 "u64"
        deserialize_u128 "u128"
        deserialize_f32 "f32"
        deserialize_f64 "f64"
        deserialize_char "char"
        deserialize_str "str"
        deserialize_string "string"
        deserialize_bytes "bytes"
        deserialize_byte_buf "byte_buf"
        deserialize_unit "unit"
        deserialize_identifier "identifier"
    }

    fn is_human_readable(&self) -> bool {
        self.explorer.borrow().is_human_readable
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.any("any", visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.any("ignored", visitor)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.scalar("unit", name, visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let visit = self.arrive::<V>(Head::new(Kind::Option), None)?;
        let value = if visit.is_wanted(0) {
            let name = type_name::<V::Value>();
            visit.follow(0, name, |tracer| visitor.visit_some(tracer))
        } else {
            visitor.visit_none()
        };
        visit.made(value)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let mut head = Head::new(Kind::Newtype);
        head.name = name;
        let visit = self.arrive::<V>(head, None)?;
        if !visit.is_wanted(0) && !visit.can_have(0) {
            return Err(visit.stop());
        }
        let name = type_name::<V::Value>();
        visit.made(visit.follow(0, name, |tracer| visitor.visit_newtype_struct(tracer)))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let visit = self.arrive::<V>(Head::new(Kind::Seq), None)?;
        let len = usize::from(visit.is_wanted(0));
        let next = 0;
        visit.made(visitor.visit_seq(Elements { visit, next, len }))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_tuple_struct("", len, visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let mut head = Head::new(Kind::Tuple);
        head.name = name;
        head.len = len;
        let visit = self.arrive::<V>(head, None)?;
        let next = 0;
        visit.made(visitor.visit_seq(Elements { visit, next, len }))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let visit = self.arrive::<V>(Head::new(Kind::Map), None)?;
        let value = visitor.visit_map(Entries {
            visit,
            has_entry: visit.is_wanted(0) || visit.is_wanted(1),
        });
        visit.note_fields_unknown();
        visit.made(value)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let mut head = Head::new(Kind::Struct);
        head.name = name;
        head.labels = fields.to_vec();
        self.arrive::<V>(head, None)?.fields(fields, visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let mut head = Head::new(Kind::Enum);
        head.name = name;
        head.labels = variants.to_vec();
        let visit = self.arrive::<V>(head, None)?;
        let wanted = (0..variants.len()).find(|&at| visit.is_wanted(at));
        let chosen = visit.goal.or(wanted).or_else(|| {
            let explorer = self.explorer.borrow();
            explorer.graph.smallest(visit.node)
        });
        let Some(at) = chosen else {
            return Err(visit.stop());
        };
        let name = type_name::<V::Value>();
        visit.made(visit.follow(at, name, |tracer| {
            visitor.visit_enum(Variant {
                tracer,
                at,
                name: variants[at],
            })
        }))
    }
}

impl Visit<'_> {
    /// Takes in that a map is a struct whose fields are not known in advance, if its keys are those of
    /// fields.
    fn note_fields_unknown(self) {
        let mut explorer = self.tracer.explorer.borrow_mut();
        let graph = &mut explorer.graph;
        let keys = &graph.edge(self.edge(0)).targets;
        let is_field = |&key: &NodeId| graph.node(key).head.scalar == "identifier";
        if keys.iter().any(is_field) {
            graph.node_mut(self.node).is_opaque = true;
        }
    }
}
