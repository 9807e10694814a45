//! The canonical encoding of arguments: equal ones have equal bytes, different ones different bytes.
//!
//! An input is made into a few values of everything that serde knows; and once more after one of its bytes
//! is changed, which mostly makes values that differ in one place, or not at all.

use std::collections::{BTreeSet, HashSet};

use arbitrary::Unstructured;
use cached_runtime::measure::encode_arguments;
use serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

/// How deeply values are nested at most.
const DEPTH: usize = 12;

/// Names of types, variants and fields.
const NAMES: [&str; 8] = ["", "a", "b", "ab", "a.", "Ω", "Point", "s\0\0\0"];

type Name = &'static str;

/// A value of any kind; numbers with a point are their bits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Node {
    Unit,
    Bool(bool),
    I8(i8),
    I16(i16),
    I32(i32),
    I64(i64),
    I128(i128),
    U8(u8),
    U16(u16),
    U32(u32),
    U64(u64),
    U128(u128),
    F32(u32),
    F64(u64),
    Char(char),
    Str(String),
    Bytes(Vec<u8>),
    None,
    Some(Box<Node>),
    UnitStruct(Name),
    UnitVariant(Name, Name),
    Newtype(Name, Box<Node>),
    NewtypeVariant(Name, Name, Box<Node>),
    Seq(Vec<Node>),
    Set(BTreeSet<i16>),
    Tuple(Vec<Node>),
    TupleStruct(Name, Vec<Node>),
    TupleVariant(Name, Name, Vec<Node>),
    Map(Vec<(Node, Node)>),
    Struct(Name, Vec<(Name, Node)>),
    StructVariant(Name, Name, Vec<(Name, Node)>),
}

/// A value whose maps are iterated in the one order or in the other.
struct Iterated<'a> {
    node: &'a Node,
    is_reversed: bool,
}

pub(crate) fn run(bytes: &[u8]) {
    let Some(([at, flip], bytes)) = bytes.split_first_chunk::<2>() else {
        return;
    };
    let mut changed = bytes.to_vec();
    if let Some(byte) = changed.get_mut(usize::from(*at)) {
        *byte ^= flip;
    }
    let (one, other) = (nodes(bytes), nodes(&changed));

    let encoding = encoded(&one, false);
    assert_eq!(
        encoding,
        encoded(&one, true),
        "a map's order is in its encoding: {one:?}"
    );
    let is_encodable = one.iter().all(Node::is_encodable);
    assert_eq!(encoding.is_some(), is_encodable, "{one:?}");

    if let (Some(encoding), Some(other_encoding)) = (encoding, encoded(&other, false)) {
        let is_equal = normal(one.clone()) == normal(other.clone());
        assert_eq!(
            encoding == other_encoding,
            is_equal,
            "{one:?} and {other:?}"
        );
    }
}

/// Returns the encoding of the values as arguments, if they have one.
fn encoded(nodes: &[Node], is_reversed: bool) -> Option<Vec<u8>> {
    let of = |at: usize| nodes.get(at).map(|node| Iterated { node, is_reversed });
    let encoded = match (of(0), of(1), of(2)) {
        (Some(a), Some(b), Some(c)) => encode_arguments(&[&a, &b, &c]),
        (Some(a), Some(b), None) => encode_arguments(&[&a, &b]),
        (Some(a), None, _) => encode_arguments(&[&a]),
        (None, ..) => encode_arguments(&[]),
    };
    encoded.ok()
}

/// Returns up to three values from an input; where it ends early, fewer.
fn nodes(bytes: &[u8]) -> Vec<Node> {
    let mut input = Unstructured::new(bytes);
    let count = input.int_in_range(0..=3_usize).unwrap_or_default();
    let mut nodes = Vec::new();
    for _ in 0..count {
        nodes.extend(Node::read(&mut input, DEPTH));
    }
    nodes
}

fn normal(nodes: Vec<Node>) -> Vec<Node> {
    nodes.into_iter().map(Node::normal).collect()
}

fn name(input: &mut Unstructured<'_>) -> arbitrary::Result<Name> {
    Ok(NAMES[usize::from(input.arbitrary::<u8>()?) % NAMES.len()])
}

impl Node {
    /// Takes a value from an input that is nested so deeply at most.
    fn read(input: &mut Unstructured<'_>, depth: usize) -> arbitrary::Result<Self> {
        let kinds = if depth == 0 { 20 } else { 31 };
        let kind = input.arbitrary::<u8>()? % kinds;
        let node = |input: &mut Unstructured<'_>| Self::read(input, depth - 1);
        let boxed = |input: &mut Unstructured<'_>| node(input).map(Box::new);
        let field = |input: &mut Unstructured<'_>| Ok((name(input)?, node(input)?));
        let pair = |input: &mut Unstructured<'_>| Ok((node(input)?, node(input)?));
        Ok(match kind {
            0 => Self::Unit,
            1 => Self::Bool(input.arbitrary()?),
            2 => Self::I8(input.arbitrary()?),
            3 => Self::I16(input.arbitrary()?),
            4 => Self::I32(input.arbitrary()?),
            5 => Self::I64(input.arbitrary()?),
            6 => Self::I128(input.arbitrary()?),
            7 => Self::U8(input.arbitrary()?),
            8 => Self::U16(input.arbitrary()?),
            9 => Self::U32(input.arbitrary()?),
            10 => Self::U64(input.arbitrary()?),
            11 => Self::U128(input.arbitrary()?),
            12 => Self::F32(input.arbitrary()?),
            13 => Self::F64(input.arbitrary()?),
            14 => Self::Char(input.arbitrary()?),
            15 => Self::Str(
                list(input, Unstructured::arbitrary::<char>)?
                    .into_iter()
                    .collect(),
            ),
            16 => Self::Bytes(list(input, Unstructured::arbitrary)?),
            17 => Self::None,
            18 => Self::UnitStruct(name(input)?),
            19 => Self::UnitVariant(name(input)?, name(input)?),
            20 => Self::Some(boxed(input)?),
            21 => Self::Newtype(name(input)?, boxed(input)?),
            22 => Self::NewtypeVariant(name(input)?, name(input)?, boxed(input)?),
            23 => Self::Seq(list(input, node)?),
            24 => Self::Set(list(input, Unstructured::arbitrary)?.into_iter().collect()),
            25 => Self::Tuple(list(input, node)?),
            26 => Self::TupleStruct(name(input)?, list(input, node)?),
            27 => Self::TupleVariant(name(input)?, name(input)?, list(input, node)?),
            28 => Self::Map(list(input, pair)?),
            29 => Self::Struct(name(input)?, list(input, field)?),
            _ => Self::StructVariant(name(input)?, name(input)?, list(input, field)?),
        })
    }

    /// Returns the one of all equal values that stands for them.
    fn normal(self) -> Self {
        let boxed = |node: Box<Self>| Box::new(node.normal());
        let fields = |fields: Vec<(Name, Self)>| {
            let fields = fields.into_iter();
            fields.map(|(name, node)| (name, node.normal())).collect()
        };
        match self {
            Self::F32(bits) if f32::from_bits(bits) == 0.0 => Self::F32(0),
            Self::F64(bits) if f64::from_bits(bits) == 0.0 => Self::F64(0),
            Self::Some(node) => Self::Some(boxed(node)),
            Self::Newtype(name, node) => Self::Newtype(name, boxed(node)),
            Self::NewtypeVariant(name, variant, node) => {
                Self::NewtypeVariant(name, variant, boxed(node))
            }
            Self::Seq(nodes) => Self::Seq(normal(nodes)),
            Self::Tuple(nodes) => Self::Tuple(normal(nodes)),
            Self::TupleStruct(name, nodes) => Self::TupleStruct(name, normal(nodes)),
            Self::TupleVariant(name, variant, nodes) => {
                Self::TupleVariant(name, variant, normal(nodes))
            }
            Self::Map(pairs) => {
                let pairs = pairs.into_iter();
                let mut pairs: Vec<_> = pairs.map(|(k, v)| (k.normal(), v.normal())).collect();
                pairs.sort();
                Self::Map(pairs)
            }
            Self::Struct(name, nodes) => Self::Struct(name, fields(nodes)),
            Self::StructVariant(name, variant, nodes) => {
                Self::StructVariant(name, variant, fields(nodes))
            }
            leaf => leaf,
        }
    }

    /// Returns false where a value holds a NaN or an infinity.
    fn is_encodable(&self) -> bool {
        match self {
            Self::F32(bits) => f32::from_bits(*bits).is_finite(),
            Self::F64(bits) => f64::from_bits(*bits).is_finite(),
            Self::Some(node) | Self::Newtype(_, node) | Self::NewtypeVariant(_, _, node) => {
                node.is_encodable()
            }
            Self::Seq(nodes)
            | Self::Tuple(nodes)
            | Self::TupleStruct(_, nodes)
            | Self::TupleVariant(_, _, nodes) => nodes.iter().all(Self::is_encodable),
            Self::Map(pairs) => pairs
                .iter()
                .all(|(k, v)| k.is_encodable() && v.is_encodable()),
            Self::Struct(_, fields) | Self::StructVariant(_, _, fields) => {
                fields.iter().all(|(_, node)| node.is_encodable())
            }
            _ => true,
        }
    }
}

/// Takes up to five elements from an input.
fn list<'a, T>(
    input: &mut Unstructured<'a>,
    element: impl Fn(&mut Unstructured<'a>) -> arbitrary::Result<T>,
) -> arbitrary::Result<Vec<T>> {
    let count = input.arbitrary::<u8>()? % 6;
    (0..count).map(|_| element(input)).collect()
}

impl Iterated<'_> {
    fn of<'a>(&self, node: &'a Node) -> Iterated<'a> {
        let is_reversed = self.is_reversed;
        Iterated { node, is_reversed }
    }
}

impl Serialize for Iterated<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.node {
            Node::Unit => serializer.serialize_unit(),
            Node::Bool(value) => serializer.serialize_bool(*value),
            Node::I8(value) => serializer.serialize_i8(*value),
            Node::I16(value) => serializer.serialize_i16(*value),
            Node::I32(value) => serializer.serialize_i32(*value),
            Node::I64(value) => serializer.serialize_i64(*value),
            Node::I128(value) => serializer.serialize_i128(*value),
            Node::U8(value) => serializer.serialize_u8(*value),
            Node::U16(value) => serializer.serialize_u16(*value),
            Node::U32(value) => serializer.serialize_u32(*value),
            Node::U64(value) => serializer.serialize_u64(*value),
            Node::U128(value) => serializer.serialize_u128(*value),
            Node::F32(bits) => serializer.serialize_f32(f32::from_bits(*bits)),
            Node::F64(bits) => serializer.serialize_f64(f64::from_bits(*bits)),
            Node::Char(value) => serializer.serialize_char(*value),
            Node::Str(value) => serializer.serialize_str(value),
            Node::Bytes(value) => serializer.serialize_bytes(value),
            Node::None => serializer.serialize_none(),
            Node::Some(node) => serializer.serialize_some(&self.of(node)),
            Node::UnitStruct(name) => serializer.serialize_unit_struct(name),
            Node::UnitVariant(name, variant) => serializer.serialize_unit_variant(name, 0, variant),
            Node::Newtype(name, node) => serializer.serialize_newtype_struct(name, &self.of(node)),
            Node::NewtypeVariant(name, variant, node) => {
                serializer.serialize_newtype_variant(name, 0, variant, &self.of(node))
            }
            // Half of the lists do not tell how long they are.
            Node::Seq(nodes) => {
                let length = (!self.is_reversed).then_some(nodes.len());
                let mut seq = serializer.serialize_seq(length)?;
                for node in nodes {
                    seq.serialize_element(&self.of(node))?;
                }
                seq.end()
            }
            // Its copies iterate in orders of their own.
            Node::Set(set) => serializer.serialize_some(&set.iter().collect::<HashSet<_>>()),
            Node::Tuple(nodes) => {
                let mut tuple = serializer.serialize_tuple(nodes.len())?;
                for node in nodes {
                    tuple.serialize_element(&self.of(node))?;
                }
                tuple.end()
            }
            Node::TupleStruct(name, nodes) => {
                let mut tuple = serializer.serialize_tuple_struct(name, nodes.len())?;
                for node in nodes {
                    tuple.serialize_field(&self.of(node))?;
                }
                tuple.end()
            }
            Node::TupleVariant(name, variant, nodes) => {
                let mut tuple =
                    serializer.serialize_tuple_variant(name, 0, variant, nodes.len())?;
                for node in nodes {
                    tuple.serialize_field(&self.of(node))?;
                }
                tuple.end()
            }
            Node::Map(pairs) => {
                let mut map = serializer.serialize_map(None)?;
                let mut pairs: Vec<_> = pairs.iter().collect();
                if self.is_reversed {
                    pairs.reverse();
                }
                for (key, value) in pairs {
                    map.serialize_entry(&self.of(key), &self.of(value))?;
                }
                map.end()
            }
            Node::Struct(name, fields) => {
                let mut record = serializer.serialize_struct(name, fields.len())?;
                for (field, node) in fields {
                    record.serialize_field(field, &self.of(node))?;
                }
                record.end()
            }
            Node::StructVariant(name, variant, fields) => {
                let mut record =
                    serializer.serialize_struct_variant(name, 0, variant, fields.len())?;
                for (field, node) in fields {
                    record.serialize_field(field, &self.of(node))?;
                }
                record.end()
            }
        }
    }
}

pub(crate) fn seeds() -> Vec<(String, Vec<u8>)> {
    // Two arguments of a kind, after a change of one byte in the first. Numbers of arguments come from the end.
    let seed = |kind: u8| {
        let parts = (0..60_u8).map(|n| n.wrapping_mul(kind) % 31);
        let mut bytes = vec![kind % 8, 1, kind];
        bytes.extend(parts.clone());
        bytes.push(kind);
        bytes.extend(parts.rev());
        bytes.push(2);
        (format!("kind-{kind}"), bytes)
    };
    (0..31).map(seed).collect()
}
