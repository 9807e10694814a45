//! The law of keys, held to by millions of generated calls: two calls share a key exactly when their
//! arguments are equal.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;
use std::thread;

use fastrand::Rng;
use serde::ser::{
    Serialize, SerializeStruct, SerializeStructVariant, SerializeTuple, SerializeTupleStruct,
    SerializeTupleVariant, Serializer,
};

use super::{Argument, Arguments};

/// Names and texts of which many are the beginning, the end or the tag of another.
const WORDS: [&str; 8] = ["", "a", "ab", "b", ".", "q", "s", "é"];
const BYTES: [&[u8]; 4] = [b"", b"a", b"ab", b".."];
const F32: [f32; 5] = [0.0, 1.5, -1.5, f32::MIN_POSITIVE, f32::MAX];
const F64: [f64; 5] = [0.0, 1.5, -1.5, f64::MIN_POSITIVE, f64::MAX];
/// Integers that fit into every width, so that only their types tell them apart, and wide ones.
const SMALL: [i8; 4] = [0, 1, 46, 127];
const WIDE: [u128; 3] = [0, 1 << 64, u128::MAX];

/// A value of any element of serde's data model, in its simplest form.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Value {
    Bool(bool),
    /// A number of one of the eight integer types of up to 64 bits.
    Integer(u8, i8),
    Signed(i128),
    Unsigned(u128),
    /// The number's place in the table, because floats have no order and no hash.
    F32(usize),
    F64(usize),
    Char(char),
    Text(&'static str),
    Bytes(&'static [u8]),
    None,
    Some(Box<Value>),
    Unit,
    List(Vec<Value>),
    Tuple(Vec<Value>),
    /// A set in a newtype struct: on its way out of this type it would be a sequence.
    Set(BTreeSet<Value>),
    Map(BTreeMap<Value, Value>),
    UnitStruct(&'static str),
    Newtype(&'static str, Box<Value>),
    TupleStruct(&'static str, Vec<Value>),
    Struct(&'static str, Vec<(&'static str, Value)>),
    UnitVariant([&'static str; 2]),
    NewtypeVariant([&'static str; 2], Box<Value>),
    TupleVariant([&'static str; 2], Vec<Value>),
    StructVariant([&'static str; 2], Vec<(&'static str, Value)>),
}

/// Returns a value that nests at most `depth` deep.
fn value(rng: &mut Rng, depth: u8) -> Value {
    let word = |rng: &mut Rng| WORDS[rng.usize(..WORDS.len())];
    let simple = 11;
    match rng.u8(..if depth == 0 { simple } else { 24 }) {
        0 => Value::Bool(rng.bool()),
        1 => Value::Integer(rng.u8(..8), SMALL[rng.usize(..SMALL.len())]),
        2 => Value::Signed(WIDE[rng.usize(..WIDE.len())].cast_signed()),
        3 => Value::Unsigned(WIDE[rng.usize(..WIDE.len())]),
        4 => Value::F32(rng.usize(..F32.len())),
        5 => Value::F64(rng.usize(..F64.len())),
        6 => Value::Char(['a', '.', 'é'][rng.usize(..3)]),
        7 => Value::Text(word(rng)),
        8 => Value::Bytes(BYTES[rng.usize(..BYTES.len())]),
        9 => Value::None,
        10 => Value::Unit,
        11 => Value::Some(Box::new(value(rng, depth - 1))),
        12 => Value::List(values(rng, depth)),
        13 => Value::Tuple(values(rng, depth)),
        14 => Value::Set(values(rng, depth).into_iter().collect()),
        15 => Value::Map(
            values(rng, depth)
                .into_iter()
                .map(|key| (key, value(rng, depth - 1)))
                .collect(),
        ),
        16 => Value::UnitStruct(word(rng)),
        17 => Value::Newtype(word(rng), Box::new(value(rng, depth - 1))),
        18 => Value::TupleStruct(word(rng), values(rng, depth)),
        19 => Value::Struct(word(rng), fields(rng, depth)),
        20 => Value::UnitVariant([word(rng), word(rng)]),
        21 => Value::NewtypeVariant([word(rng), word(rng)], Box::new(value(rng, depth - 1))),
        22 => Value::TupleVariant([word(rng), word(rng)], values(rng, depth)),
        _ => Value::StructVariant([word(rng), word(rng)], fields(rng, depth)),
    }
}

/// Returns what a value of that depth holds.
fn values(rng: &mut Rng, depth: u8) -> Vec<Value> {
    (0..rng.u8(..4)).map(|_| value(rng, depth - 1)).collect()
}

fn fields(rng: &mut Rng, depth: u8) -> Vec<(&'static str, Value)> {
    let values = values(rng, depth);
    WORDS.into_iter().skip(rng.usize(..3)).zip(values).collect()
}

/// A value in one of the forms in which Rust says the same.
///
/// Maps and sets are those of the standard library, where each iterates in an order of its own.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Spelled<'a> {
    value: &'a Value,
    /// Whether zero is `-0.0`.
    negative_zero: bool,
}

impl<'a> Spelled<'a> {
    fn of(self, value: &'a Value) -> Self {
        Self { value, ..self }
    }

    fn zero(self) -> f32 {
        if self.negative_zero { -0.0 } else { 0.0 }
    }
}

impl Serialize for Spelled<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self.value {
            Value::Bool(value) => serializer.serialize_bool(value),
            Value::Integer(width, value) => integer(width, value, serializer),
            Value::Signed(value) => serializer.serialize_i128(value),
            Value::Unsigned(value) => serializer.serialize_u128(value),
            Value::F32(0) => serializer.serialize_f32(self.zero()),
            Value::F32(at) => serializer.serialize_f32(F32[at]),
            Value::F64(0) => serializer.serialize_f64(self.zero().into()),
            Value::F64(at) => serializer.serialize_f64(F64[at]),
            Value::Char(value) => serializer.serialize_char(value),
            Value::Text(value) => serializer.serialize_str(value),
            Value::Bytes(value) => serializer.serialize_bytes(value),
            Value::None => serializer.serialize_none(),
            Value::Some(ref value) => serializer.serialize_some(&self.of(value)),
            Value::Unit => serializer.serialize_unit(),
            Value::List(ref values) => {
                serializer.collect_seq(values.iter().map(|value| self.of(value)))
            }
            Value::Tuple(ref values) => {
                let mut tuple = serializer.serialize_tuple(values.len())?;
                for value in values {
                    tuple.serialize_element(&self.of(value))?;
                }
                tuple.end()
            }
            Value::Set(ref values) => {
                let set: HashSet<_> = values.iter().map(|value| self.of(value)).collect();
                serializer.serialize_newtype_struct("", &set)
            }
            Value::Map(ref pairs) => {
                let pairs = pairs
                    .iter()
                    .map(|(key, value)| (self.of(key), self.of(value)));
                pairs.collect::<HashMap<_, _>>().serialize(serializer)
            }
            Value::UnitStruct(name) => serializer.serialize_unit_struct(name),
            Value::Newtype(name, ref value) => {
                serializer.serialize_newtype_struct(name, &self.of(value))
            }
            Value::TupleStruct(name, ref values) => {
                let mut tuple = serializer.serialize_tuple_struct(name, values.len())?;
                for value in values {
                    tuple.serialize_field(&self.of(value))?;
                }
                tuple.end()
            }
            Value::Struct(name, ref fields) => {
                let mut record = serializer.serialize_struct(name, fields.len())?;
                for (name, value) in fields {
                    record.serialize_field(name, &self.of(value))?;
                }
                record.end()
            }
            Value::UnitVariant([name, variant]) => {
                serializer.serialize_unit_variant(name, 0, variant)
            }
            Value::NewtypeVariant([name, variant], ref value) => {
                serializer.serialize_newtype_variant(name, 0, variant, &self.of(value))
            }
            Value::TupleVariant([name, variant], ref values) => {
                let mut tuple =
                    serializer.serialize_tuple_variant(name, 0, variant, values.len())?;
                for value in values {
                    tuple.serialize_field(&self.of(value))?;
                }
                tuple.end()
            }
            Value::StructVariant([name, variant], ref fields) => {
                let mut record =
                    serializer.serialize_struct_variant(name, 0, variant, fields.len())?;
                for (name, value) in fields {
                    record.serialize_field(name, &self.of(value))?;
                }
                record.end()
            }
        }
    }
}

fn integer<S: Serializer>(width: u8, value: i8, serializer: S) -> Result<S::Ok, S::Error> {
    match width {
        0 => serializer.serialize_i8(value),
        1 => serializer.serialize_i16(value.into()),
        2 => serializer.serialize_i32(value.into()),
        3 => serializer.serialize_i64(value.into()),
        4 => serializer.serialize_u8(value.cast_unsigned()),
        5 => serializer.serialize_u16(value.cast_unsigned().into()),
        6 => serializer.serialize_u32(value.cast_unsigned().into()),
        _ => serializer.serialize_u64(value.cast_unsigned().into()),
    }
}

/// A generated call: its number, from which it is generated again, and hashes of what it is.
///
/// Among the calls of this test two hashes of 64 bits meet by chance once in ten million runs, and
/// every run is the same.
struct Call {
    number: u64,
    arguments: u64,
    /// Of the bytes that the digest is made of.
    encoding: u64,
}

impl Call {
    fn generate(number: u64) -> Self {
        let mut rng = Rng::with_seed(number);
        let values = arguments(&mut rng);
        let negative_zero = rng.bool();
        let spelled = values.iter().map(|value| Spelled {
            value,
            negative_zero,
        });
        let spelled: Vec<_> = spelled.collect();
        let spelled: Vec<_> = spelled.iter().map(|value| value as &dyn Argument).collect();
        let encoded = Arguments::encode(&spelled).expect("every value has an encoding");
        Self {
            number,
            arguments: hash(&values),
            encoding: hash(&(encoded.count, encoded.encoded)),
        }
    }
}

/// Returns none to three values.
fn arguments(rng: &mut Rng) -> Vec<Value> {
    (0..rng.u8(..4)).map(|_| value(rng, 2)).collect()
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[test]
fn calls_share_a_key_exactly_when_their_arguments_are_equal() {
    const CALLS: u64 = 2_000_000;
    let halves = thread::scope(|scope| {
        let halves = [0..CALLS / 2, CALLS / 2..CALLS];
        let generate = |half: Range<u64>| half.map(Call::generate).collect::<Vec<_>>();
        let halves = halves.map(|half| scope.spawn(move || generate(half)));
        halves.map(|half| half.join().expect("every call has a key"))
    });

    let (mut by_arguments, mut by_encoding) = (HashMap::new(), HashMap::new());
    let arguments = |call: &Call| arguments(&mut Rng::with_seed(call.number));
    for call in halves.iter().flatten() {
        let equal = by_arguments.entry(call.arguments).or_insert(call);
        let alike = by_encoding.entry(call.encoding).or_insert(call);
        assert!(
            equal.encoding == call.encoding && alike.arguments == call.arguments,
            "{:?} is taken for {:?} or told from {:?}",
            arguments(call),
            arguments(alike),
            arguments(equal),
        );
    }
    // Neither half of the law is tried in vain.
    let different = by_encoding.len();
    assert!((500_000..1_500_000).contains(&different), "{different}");
}
