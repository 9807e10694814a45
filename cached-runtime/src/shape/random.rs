//! Random shapes and random changes to them: every change is seen.
//!
//! Types are fixed when a test is compiled, so one that asks for whatever a [`Schema`] says stands in for
//! them: `At<N>` is the type of its part with the number `N`.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use fastrand::Rng;
use serde::de::{EnumAccess, Error, MapAccess, SeqAccess, VariantAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::fingerprint;

const SCALARS: [&str; 8] = ["u8", "u16", "i8", "f64", "bool", "char", "string", "unit"];
const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

/// The most parts of a schema.
const PARTS: usize = 24;

/// A part: what is asked for, and the numbers of the parts that it holds.
#[derive(Clone, Debug, PartialEq)]
struct Part {
    kind: Kind,
    name: &'static str,
    labels: Vec<&'static str>,
    parts: Vec<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Scalar,
    Option,
    Seq,
    Map,
    Tuple,
    Newtype,
    Struct,
    /// Each variant holds a part.
    Enum,
}

type Schema = Vec<Part>;

thread_local! {
    /// What `At` asks for.
    static SCHEMA: RefCell<Rc<Schema>> = RefCell::default();
}

/// Appends a random part and all that it holds to `schema`, and returns its number.
fn grow(schema: &mut Schema, rng: &mut Rng, depth: usize) -> usize {
    let is_leaf = depth == 0 || schema.len() + 8 > PARTS;
    let kind = match rng.u8(..if is_leaf { 1 } else { 9 }) {
        0 => Kind::Scalar,
        1 => Kind::Option,
        2 => Kind::Seq,
        3 => Kind::Map,
        4 => Kind::Tuple,
        5 => Kind::Newtype,
        6 => Kind::Enum,
        _ => Kind::Struct,
    };
    let count = match kind {
        Kind::Scalar => 0,
        Kind::Option | Kind::Seq | Kind::Newtype => 1,
        Kind::Map => 2,
        Kind::Tuple | Kind::Struct | Kind::Enum => rng.usize(1..=3),
    };
    let name = match kind {
        Kind::Scalar => *rng.choice(&SCALARS).unwrap(),
        Kind::Newtype | Kind::Struct | Kind::Enum => *rng.choice(&NAMES).unwrap(),
        _ => "",
    };
    let labels = match kind {
        Kind::Struct | Kind::Enum => rng.choose_multiple(NAMES, count),
        _ => Vec::new(),
    };
    let at = schema.len();
    schema.push(Part {
        kind,
        name,
        labels,
        parts: Vec::new(),
    });
    for _ in 0..count {
        let part = grow(schema, rng, depth - 1);
        schema[at].parts.push(part);
    }
    at
}

/// Returns `schema` with one change, if the place that was drawn allows for it.
fn changed(schema: &Schema, rng: &mut Rng) -> Option<Schema> {
    let mut changed = schema.clone();
    let at = rng.usize(..schema.len());
    let part = &mut changed[at];
    let count = part.labels.len();
    match rng.u8(..6) {
        0 if part.kind == Kind::Scalar => part.name = rng.choice(&SCALARS)?,
        0 if !part.name.is_empty() => part.name = rng.choice(&NAMES)?,
        1 if count > 0 => {
            let unused = NAMES.iter().find(|name| !part.labels.contains(name));
            part.labels[rng.usize(..count)] = unused?;
        }
        2 if count > 1 => {
            part.labels.swap(0, 1);
            part.parts.swap(0, 1);
        }
        3 if count > 1 => {
            part.labels.pop();
            part.parts.pop();
        }
        4 if part.parts.len() > 1 => {
            part.parts.swap(0, 1);
        }
        5 if changed.len() < PARTS && at > 0 => {
            // Around it, another part.
            let within = changed.len();
            let part = changed[at].clone();
            changed.push(part);
            changed[at] = Part {
                kind: *rng.choice(&[Kind::Option, Kind::Seq])?,
                name: "",
                labels: Vec::new(),
                parts: vec![within],
            };
        }
        _ => return None,
    }
    (written(&changed, 0) != written(schema, 0)).then_some(changed)
}

/// Returns all that a part says, so that two that are written alike are alike.
fn written(schema: &Schema, at: usize) -> String {
    let Part {
        kind,
        name,
        labels,
        parts,
    } = &schema[at];
    let parts = parts.iter().map(|&part| written(schema, part));
    format!("{kind:?} {name} {labels:?} {:?}", parts.collect::<Vec<_>>())
}

/// The part with the number `N` of the schema.
struct At<const N: usize>;

impl<const N: usize> At<N> {
    fn part() -> Part {
        SCHEMA.with_borrow(|schema| schema[N].clone())
    }
}

/// Calls a method for the part whose number is known at run time, and returns what `then` makes of it.
macro_rules! at {
    ($number:expr, $access:ident.$method:ident) => {
        at!($number, $access.$method, |_| ())
    };
    ($number:expr, $access:ident.$method:ident, $then:expr) => {
        at!(@ $number, $access.$method, $then,
            0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23)
    };
    (@ $number:expr, $access:ident.$method:ident, $then:expr, $($n:literal)*) => {
        match $number {
            $($n => $access.$method::<At<$n>>().map($then),)*
            _ => unreachable!("a schema has {PARTS} parts at most"),
        }
    };
}

impl<'de, const N: usize> Deserialize<'de> for At<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let part = Self::part();
        let labels: &'static [&'static str] = part.labels.clone().leak();
        match part.kind {
            Kind::Scalar => match part.name {
                "u8" => deserializer.deserialize_u8(Self),
                "u16" => deserializer.deserialize_u16(Self),
                "i8" => deserializer.deserialize_i8(Self),
                "f64" => deserializer.deserialize_f64(Self),
                "bool" => deserializer.deserialize_bool(Self),
                "char" => deserializer.deserialize_char(Self),
                "string" => deserializer.deserialize_string(Self),
                _ => deserializer.deserialize_unit(Self),
            },
            Kind::Option => deserializer.deserialize_option(Self),
            Kind::Seq => deserializer.deserialize_seq(Self),
            Kind::Map => deserializer.deserialize_map(Self),
            Kind::Tuple => deserializer.deserialize_tuple(part.parts.len(), Self),
            Kind::Newtype => deserializer.deserialize_newtype_struct(part.name, Self),
            Kind::Struct => deserializer.deserialize_struct(part.name, labels, Self),
            Kind::Enum => deserializer.deserialize_enum(part.name, labels, Self),
        }
    }
}

/// Takes the part that `At<N>` holds, for a visitor that is handed a deserializer.
fn take_first<'de, const N: usize, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    struct Held<D>(D);
    impl<'de, D: Deserializer<'de>> Held<D> {
        fn take<T: Deserialize<'de>>(self) -> Result<T, D::Error> {
            T::deserialize(self.0)
        }
    }
    let held = Held(deserializer);
    at!(At::<N>::part().parts[0], held.take)
}

impl<'de, const N: usize> Visitor<'de> for At<N> {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a part")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_none<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self, D::Error> {
        take_first::<N, D>(deserializer).map(|()| self)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self, D::Error> {
        take_first::<N, D>(deserializer).map(|()| self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self, A::Error> {
        let part = Self::part();
        if part.kind == Kind::Seq {
            while elements.size_hint() != Some(0) {
                at!(part.parts[0], elements.next_element)?;
            }
        } else {
            for element in part.parts {
                at!(element, elements.next_element)?;
            }
        }
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self, A::Error> {
        let part = Self::part();
        if part.kind == Kind::Map {
            let has_entry = at!(part.parts[0], entries.next_key, |key| key.is_some())?;
            if has_entry {
                at!(part.parts[1], entries.next_value)?;
            }
            return Ok(self);
        }
        let mut given = Vec::new();
        while let Some(label) = entries.next_key::<String>()? {
            let at = part.labels.iter().position(|known| **known == label);
            let at = at.ok_or_else(|| A::Error::custom("an unknown field"))?;
            at!(part.parts[at], entries.next_value)?;
            given.push(at);
        }
        if given.len() == part.parts.len() {
            Ok(self)
        } else {
            Err(A::Error::missing_field("one"))
        }
    }

    fn visit_enum<A: EnumAccess<'de>>(self, variants: A) -> Result<Self, A::Error> {
        let part = Self::part();
        let (label, variant) = variants.variant::<String>()?;
        let at = part.labels.iter().position(|known| **known == label);
        let at = at.ok_or_else(|| A::Error::custom("an unknown variant"))?;
        at!(part.parts[at], variant.newtype_variant)?;
        Ok(self)
    }
}

fn fingerprint_of(schema: &Schema) -> u64 {
    SCHEMA.set(Rc::new(schema.clone()));
    fingerprint::<At<0>>()
}

#[test]
fn every_random_change_to_a_random_shape_is_seen() {
    let mut rng = Rng::with_seed(7);
    let mut compared = 0;
    while compared < 1_000 {
        let mut schema = Schema::new();
        grow(&mut schema, &mut rng, 4);
        let before = fingerprint_of(&schema);
        assert_eq!(before, fingerprint_of(&schema), "{schema:#?}");
        for _ in 0..6 {
            let Some(changed) = changed(&schema, &mut rng) else {
                continue;
            };
            let after = fingerprint_of(&changed);
            assert_ne!(before, after, "{schema:#?} and {changed:#?}");
            compared += 1;
        }
    }
}
