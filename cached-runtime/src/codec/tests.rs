use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Debug;

use proptest::prelude::*;
use serde::Deserialize;

use super::*;

const LIMIT: usize = 1 << 20;

fn encoded<T: Serialize>(codec: Codec, value: &T) -> Vec<u8> {
    let mut out = Vec::new();
    codec.encode(value, &mut out, LIMIT).unwrap();
    out
}

/// Checks that `bytes` are decoded as `value`.
fn check<T>(codec: Codec, value: &T, bytes: &[u8]) -> Result<(), Error>
where
    T: Serialize + DeserializeOwned,
{
    let trace = codec.trace(value, LIMIT)?;
    codec.check::<T>(trace, bytes, LIMIT)
}

/// Returns the codecs that carry `value`, after a check that none gives back another one.
fn carriers<T>(value: &T) -> Vec<Codec>
where
    T: Serialize + DeserializeOwned + PartialEq + Debug,
{
    let carries = |codec: &Codec| {
        let mut bytes = Vec::new();
        let stored = codec.store(value, &mut bytes, LIMIT);
        let read = codec.decode::<T>(&bytes, LIMIT);
        if stored.is_ok() {
            assert_eq!(&read.unwrap(), value, "{codec}");
        }
        stored.is_ok()
    };
    Codec::ALL.iter().copied().filter(carries).collect()
}

fn positional() -> impl Iterator<Item = Codec> {
    let codecs = Codec::ALL.iter().copied();
    codecs.filter(|codec| codec.is_positional())
}

/// Checks that all codecs that name fields carry `value`, and no positional one does.
fn needs_names<T>(value: &T)
where
    T: Serialize + DeserializeOwned + PartialEq + Debug,
{
    let naming = Codec::ALL.iter().filter(|codec| !codec.is_positional());
    let naming: Vec<Codec> = naming.copied().collect();
    assert_eq!(carriers(value), naming, "{value:?}");
}

#[test]
fn a_value_comes_back_as_it_was() {
    let map: HashMap<u32, String> = (0..50).map(|n| (n, n.to_string())).collect();
    let set: HashSet<String> = map.values().cloned().collect();
    let value = (
        7_u64,
        "Ωmega".to_owned(),
        vec![Some(0.1_f64), None],
        map,
        set,
    );

    assert_eq!(carriers(&value), Codec::ALL);
}

#[test]
fn a_float_comes_back_to_the_last_bit() {
    let floats: Vec<f64> = (1..2000).map(|n| 1.0 / f64::from(n) * 1e-7).collect();

    assert_eq!(carriers(&floats), Codec::ALL);
    assert_eq!(
        carriers(&vec![f64::MIN_POSITIVE, f64::MAX, -0.0, 5e-324]),
        Codec::ALL
    );
}

#[test]
fn a_value_above_the_limit_is_too_large() {
    for codec in Codec::ALL {
        let value = "x".repeat(1000);
        let error = codec.encode(&value, &mut Vec::new(), 1000).unwrap_err();
        assert!(error.is_too_large(), "{codec} {error}");
        codec.encode(&value, &mut Vec::new(), 1003).unwrap();
    }
}

#[test]
fn bytes_that_claim_a_terabyte_are_refused() {
    let claim = [253, 0, 0, 0, 0, 0, 1, 0, 0];
    let in_messagepack = [0xdb, 255, 255, 255, 255];
    for codec in Codec::ALL {
        for claim in [&claim[..], &in_messagepack] {
            let error = codec.decode::<String>(claim, LIMIT).unwrap_err();
            assert!(error.is_unreadable());
            assert!(codec.decode::<Vec<u64>>(claim, LIMIT).is_err());
            assert!(codec.decode::<HashMap<u64, u64>>(claim, LIMIT).is_err());
        }
    }
}

#[test]
fn bytes_before_and_after_the_value_are_refused() {
    for codec in Codec::ALL {
        let value = encoded(*codec, &("value".to_owned(), 5_u32));
        let decode = |bytes: &[u8]| codec.decode::<(String, u32)>(bytes, LIMIT);
        assert!(decode(&value).is_ok(), "{codec}");
        assert!(decode(&[&value[..], b"\0"].concat()).is_err(), "{codec}");
        assert!(decode(&[b"\0", &value[..]].concat()).is_err(), "{codec}");
        assert!(decode(&value[..value.len() - 1]).is_err(), "{codec}");
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Number(u64),
    Text(String),
    Pair { first: u8, second: Option<u8> },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind")]
enum Tagged {
    Circle { radius: f64 },
    Square { side: f64 },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Flat {
    id: u64,
    #[serde(flatten)]
    rest: BTreeMap<String, String>,
}

#[test]
fn types_that_ask_what_comes_next_need_names() {
    needs_names(&Untagged::Number(7));
    needs_names(&Untagged::Text("seven".to_owned()));
    needs_names(&Untagged::Pair {
        first: 1,
        second: None,
    });
    needs_names(&Tagged::Square { side: 0.1 });
    needs_names(&Flat {
        id: 7,
        rest: BTreeMap::from([("name".to_owned(), "Ada".to_owned())]),
    });
}

#[test]
fn an_enum_survives_by_the_variant_it_holds() {
    /// Whose second variant is read as the first.
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(untagged)]
    enum Overlapping {
        Short { id: u8 },
        Long { id: u8, name: String },
    }
    needs_names(&Overlapping::Short { id: 7 });

    let long = Overlapping::Long {
        id: 7,
        name: "Ada".to_owned(),
    };

    assert_eq!(carriers(&long), []);
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Skipping {
    #[serde(default, skip_serializing_if = "is_zero")]
    first: u8,
    second: Vec<u8>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde calls")]
fn is_zero(number: &u8) -> bool {
    *number == 0
}

#[test]
fn a_field_that_is_left_out_needs_names() {
    // The bytes of this value are those of another one, to the last: they decode, and encode again.
    let value = Skipping {
        first: 0,
        second: vec![1, 0],
    };
    for codec in positional() {
        let bytes = encoded(codec, &value);
        let other: Skipping = codec.decode(&bytes, LIMIT).unwrap();
        assert_ne!(other, value);
        assert_eq!(encoded(codec, &other), bytes);
        let error = check(codec, &value, &bytes).unwrap_err();
        assert_eq!(
            error.to_string(),
            "a field is left out by `skip_serializing_if`"
        );
    }

    needs_names(&value);
}

#[test]
fn a_field_that_is_not_left_out_this_time_survives() {
    let value = Skipping {
        first: 1,
        second: vec![],
    };

    assert_eq!(carriers(&value), Codec::ALL);
}

#[test]
fn a_field_that_is_only_written_is_noticed() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct WrittenOnly {
        #[serde(skip_deserializing)]
        first: u8,
        second: u8,
    }

    let value = WrittenOnly {
        first: 1,
        second: 2,
    };

    assert_eq!(carriers(&value), []);
}

#[test]
fn unknown_fields_may_be_denied() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Strict {
        first: u8,
        second: Option<String>,
    }

    let value = Strict {
        first: 1,
        second: None,
    };

    assert_eq!(carriers(&value), Codec::ALL);
}

#[test]
fn an_absence_within_a_presence_needs_a_positional_codec() {
    let value: Vec<Option<Option<u8>>> = vec![None, Some(None), Some(Some(1))];

    assert_eq!(carriers(&value), positional().collect::<Vec<_>>());
}

#[cfg(feature = "json")]
#[test]
fn a_json_value_needs_names() {
    let value = serde_json::json!({"a": [1, 2.5, null, {"b": "text"}], "c": u64::MAX});

    needs_names(&value);
}

#[cfg(feature = "json")]
#[test]
fn what_json_cannot_write_is_not_stored_as_it() {
    let nan = [f64::NAN];
    let bytes = encoded(Codec::Json, &nan);
    assert!(check(Codec::Json, &nan, &bytes).unwrap_err().is_lossy());

    let keyed_by_a_pair = HashMap::from([((1, 2), 3)]);
    let codecs = carriers(&keyed_by_a_pair);
    assert!(!codecs.contains(&Codec::Json), "{codecs:?}");
}

#[test]
fn a_nan_survives_where_it_is_written_bit_by_bit() {
    for codec in positional() {
        let nan = [f64::NAN, f64::from_bits(0x7ff8_0000_0000_0001)];
        let bytes = encoded(codec, &nan);
        check(codec, &nan, &bytes).unwrap();
    }
}

#[test]
fn a_field_of_another_name_is_another_value() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(untagged, from = "u8")]
    enum Side {
        Left { left: u8 },
        Right { right: u8 },
    }
    impl From<u8> for Side {
        fn from(right: u8) -> Self {
            Self::Right { right }
        }
    }
    let positional: Vec<Codec> = positional().collect();

    assert_eq!(carriers(&Side::Left { left: 7 }), []);
    assert_eq!(carriers(&Side::Right { right: 7 }), positional);
}

#[test]
fn a_list_in_another_order_is_another_value() {
    /// Written backwards.
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(transparent)]
    struct Reversed(Vec<u8>);
    impl Serialize for Reversed {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_seq(self.0.iter().rev())
        }
    }

    assert_eq!(carriers(&Reversed(vec![1, 2, 3])), []);
}

#[test]
fn a_deserialize_that_panics_is_an_entry_that_cannot_be_read() {
    #[derive(Debug, PartialEq, Serialize)]
    struct Panicking(u8);
    impl<'de> Deserialize<'de> for Panicking {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            assert_ne!(u8::deserialize(deserializer)?, 7, "no sevens");
            Ok(Self(0))
        }
    }

    for codec in Codec::ALL {
        let bytes = encoded(*codec, &Panicking(7));
        let decoded = codec.decode::<Panicking>(&bytes, LIMIT);
        assert!(decoded.unwrap_err().is_unreadable(), "{codec}");
        let stored = codec.store(&Panicking(7), &mut Vec::new(), LIMIT);
        assert!(stored.unwrap_err().is_lossy(), "{codec}");
    }
}

#[test]
fn the_codec_that_carries_a_value_is_found() {
    let value = Untagged::Number(7);
    let instead = Codec::Bincode.instead(&value, LIMIT);
    let mut naming = Codec::ALL.iter().filter(|codec| !codec.is_positional());
    assert_eq!(instead, naming.next().copied());

    assert_eq!(Codec::Bincode.instead(&"x".repeat(100), 10), None);
}

#[test]
fn every_codec_has_an_id_of_its_own() {
    for codec in Codec::ALL {
        assert_eq!(Codec::from_id(codec.id()), Some(*codec));
    }
    assert_eq!(Codec::from_id(0), None);
    assert_eq!(Codec::from_id(200), None);
}

/// Everything that serde can say, nested.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Tree {
    Nothing,
    Flag(bool),
    Number(i64),
    Large(u128),
    Fraction(f64),
    Letter(char),
    Text(String),
    Pair(Box<Tree>, Option<Box<Tree>>),
    Named {
        list: Vec<Tree>,
        table: BTreeMap<String, Tree>,
    },
    Skips(Skipping),
    Untagged(Untagged),
    Tagged(Tagged),
}

fn tree() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![
        Just(Tree::Nothing),
        any::<bool>().prop_map(Tree::Flag),
        any::<i64>().prop_map(Tree::Number),
        any::<u128>().prop_map(Tree::Large),
        any::<f64>().prop_map(Tree::Fraction),
        any::<char>().prop_map(Tree::Letter),
        any::<String>().prop_map(Tree::Text),
        (0..3_u8, proptest::collection::vec(0..3_u8, 0..3))
            .prop_map(|(first, second)| Tree::Skips(Skipping { first, second })),
        any::<u64>().prop_map(|number| Tree::Untagged(Untagged::Number(number))),
        any::<f64>().prop_map(|side| Tree::Tagged(Tagged::Square { side })),
    ];
    leaf.prop_recursive(4, 40, 4, |inner| {
        let list = proptest::collection::vec(inner.clone(), 0..4);
        let table = proptest::collection::btree_map(any::<String>(), inner.clone(), 0..4);
        prop_oneof![
            (inner.clone(), proptest::option::of(inner))
                .prop_map(|(one, other)| Tree::Pair(Box::new(one), other.map(Box::new))),
            (list, table).prop_map(|(list, table)| Tree::Named { list, table }),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_stored_comes_back_or_nothing_is(tree in tree()) {
        carriers(&tree);
    }

    #[test]
    fn what_is_stored_in_any_field_comes_back_or_nothing_is(trees in proptest::collection::vec(
        (0..3_u8, proptest::collection::vec(0..3_u8, 0..4)), 0..8))
    {
        let skipping = |(first, second)| Skipping { first, second };
        let all: Vec<Skipping> = trees.into_iter().map(skipping).collect();
        carriers(&all);
    }

    #[test]
    fn arbitrary_bytes_are_refused_or_read_in_time(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
        for codec in Codec::ALL {
            let _ = codec.decode::<Tree>(&bytes, 1 << 12);
            let _ = codec.decode::<Vec<()>>(&bytes, 1 << 12);
            let _ = codec.decode::<HashMap<String, Vec<()>>>(&bytes, 1 << 12);
        }
    }
}

/// A list whose end is as many levels down as it is long.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Chain {
    next: Option<Box<Chain>>,
}

impl Chain {
    fn of(links: usize) -> Self {
        (0..links).fold(Self::default(), |chain, _| Self {
            next: Some(Box::new(chain)),
        })
    }
}

impl Drop for Chain {
    /// Link by link, as the one that is derived takes the stack.
    fn drop(&mut self) {
        let mut next = self.next.take();
        while let Some(mut link) = next {
            next = link.next.take();
        }
    }
}

#[test]
fn a_value_that_is_nested_too_deeply_is_refused_and_takes_no_stack() {
    for codec in Codec::ALL {
        // Two levels each: the option and what is in it.
        codec
            .store(&Chain::of(60), &mut Vec::new(), LIMIT)
            .unwrap_or_else(|error| panic!("{codec} {error}"));

        for links in [65, 1_000, 1_000_000] {
            let deep = Chain::of(links);
            let error = codec.store(&deep, &mut Vec::new(), LIMIT).unwrap_err();
            assert!(error.is_unencodable(), "{codec} {links} {error}");
            assert_eq!(codec.instead(&deep, LIMIT), None);
        }
    }
}

#[test]
fn a_serialize_that_panics_is_a_value_that_is_not_stored() {
    #[derive(Deserialize)]
    struct Panicking;
    impl Serialize for Panicking {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            panic!("no values")
        }
    }

    for codec in Codec::ALL {
        let stored = codec.store(&Panicking, &mut Vec::new(), LIMIT);
        assert!(stored.unwrap_err().is_unencodable(), "{codec}");
    }
}

#[test]
fn what_no_encoding_has_room_for_is_not_looked_at_to_the_end() {
    /// Text that counts how often it is looked at.
    #[derive(Deserialize)]
    struct Counted(String);
    thread_local! { static LOOKS: Cell<usize> = const { Cell::new(0) }; }
    impl Serialize for Counted {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            LOOKS.set(LOOKS.get() + 1);
            serializer.serialize_str(&self.0)
        }
    }
    let texts: Vec<Counted> = (0..100).map(|_| Counted("x".repeat(1000))).collect();

    for codec in Codec::ALL {
        LOOKS.set(0);
        let error = codec.store(&texts, &mut Vec::new(), 10_000).unwrap_err();
        assert!(error.is_too_large(), "{codec} {error}");
        assert!(LOOKS.get() <= 10, "{codec} {}", LOOKS.get());
    }
    let units = vec![(); 2_000];
    let error = Codec::Bincode.store(&units, &mut Vec::new(), 1_000);
    assert!(error.unwrap_err().is_too_large());
}
