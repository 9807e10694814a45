//! Types that people store, and those for which hostile bytes are worst.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::ffi::CString;
use std::net::IpAddr;
use std::num::NonZeroU8;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cached_runtime::{Codec, measure};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::memory::within;

/// One of the types.
pub(crate) struct Animal {
    pub(crate) name: &'static str,
    /// Decodes the bytes, within the limit.
    pub(crate) decode: fn(Codec, &[u8]),
    /// Returns the encoding of a value, if the codec has one.
    pub(crate) example: fn(Codec) -> Option<Vec<u8>>,
}

/// The most bytes that an encoding may have: few, so that small inputs can try to take more.
pub(crate) const LIMIT: usize = 16 << 10;

/// What decoding may hold at most. Elements are charged by their size up to 16 times the limit; a
/// collection that grows holds up to three times that, and one with a single element four.
pub(crate) const MEMORY: usize = 4 * 16 * LIMIT + (64 << 10);

#[derive(Serialize, Deserialize)]
enum Shape {
    Point,
    Circle { radius: f32 },
    Polygon(Vec<(i16, i16)>),
    Labelled(String, Box<Shape>),
    Group(Vec<Shape>),
}

#[derive(Serialize, Deserialize)]
struct Tree {
    children: Vec<Tree>,
}

#[derive(Serialize, Deserialize)]
struct Link {
    next: Option<Box<Link>>,
}

#[derive(Serialize, Deserialize)]
struct Forest(BTreeMap<u8, Forest>);

#[derive(Serialize, Deserialize)]
struct Directory {
    entries: HashMap<String, Directory>,
}

/// Large in memory, and small where most of it is absent.
#[derive(Serialize, Deserialize)]
struct Wide {
    numbers: [Option<u64>; 32],
    more: Vec<Wide>,
}

#[derive(Serialize, Deserialize)]
struct Numbers {
    small: (u8, i8, u16, i16, u32, i32),
    large: (u64, i64, u128, i128, usize),
    floats: (f32, f64),
    others: (bool, char, NonZeroU8, Range<u32>),
}

#[derive(Serialize, Deserialize)]
#[expect(clippy::option_option, reason = "codecs have to keep them apart")]
struct Record {
    name: Cow<'static, str>,
    tags: HashSet<String>,
    sorted: BTreeSet<i32>,
    scores: BTreeMap<String, Option<f64>>,
    result: Result<u32, String>,
    waits: VecDeque<Duration>,
    at: SystemTime,
    from: IpAddr,
    shared: Arc<str>,
    boxed: Box<[u8]>,
    nested: Option<Option<Option<u8>>>,
    nothing: (),
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Number(u64),
    Text(String),
    List(Vec<Untagged>),
    Map(BTreeMap<String, Untagged>),
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind")]
enum Tagged {
    Leaf {
        value: u8,
    },
    Branch {
        left: Box<Tagged>,
        right: Box<Tagged>,
    },
}

#[derive(Serialize, Deserialize)]
struct Flattened {
    id: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    #[serde(flatten)]
    rest: HashMap<String, Value>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Strict {
    first: u8,
    #[serde(default)]
    second: Vec<()>,
}

/// Lists types, each with its name and an expression for a value.
macro_rules! zoo {
    ($($name:literal: $type:ty = $example:expr;)*) => {
        /// All of them. The first byte of an input is the place of one in this list.
        pub(crate) const ZOO: &[Animal] = &[$(Animal {
            name: $name,
            decode: decode::<$type>,
            example: |codec| {
                let example: $type = $example;
                measure::encode(codec, &example, LIMIT).ok()
            },
        }),*];
    };
}

zoo! {
    "text": String = "natal Ω".to_owned();
    "bytes": Vec<u8> = vec![0, 1, 127, 128, 255];
    "units": Vec<()> = vec![(); 40];
    "unit-arrays": Vec<[(); 3]> = vec![[(); 3]; 5];
    "unit-map": HashMap<(), bool> = HashMap::from([((), true)]);
    "map-of-lists": BTreeMap<u32, Vec<()>> = BTreeMap::from([(7, vec![(); 2]), (9, vec![])]);
    "numbers": Numbers = numbers();
    "record": Record = record();
    "shapes": Vec<Shape> = shapes();
    "tree": Tree = tree();
    "link": Link = link();
    "forest": Forest = forest();
    "directory": Directory = directory();
    "wide": Wide = wide();
    "boxes": Vec<Box<[Option<u64>; 32]>> = vec![Box::new([None; 32]), Box::new([Some(1); 32])];
    "lists": Vec<Vec<Vec<u16>>> = vec![vec![vec![1, 2], vec![]], vec![]];
    "c-string": CString = c"natal".to_owned();
    "untagged": Untagged = untagged();
    "tagged": Tagged = tagged();
    "flattened": Flattened = flattened();
    "strict": Strict = Strict { first: 1, second: vec![(); 3] };
    "json": Value = json!({"text": "ä", "numbers": [0, -1, 2.5e300], "none": null, "is": true});
}

/// Decodes the bytes. What comes of them is stored like any value, or refused, and then is read again.
fn decode<T: Serialize + DeserializeOwned>(codec: Codec, bytes: &[u8]) {
    let decoded = within(MEMORY, || measure::decode::<T>(codec, bytes, LIMIT));
    let Ok(value) = decoded else { return };
    // Half of what decodes is longer in its own encoding: a number can be written in more than one way.
    let Ok(stored) = measure::encode(codec, &value, 4 * LIMIT) else {
        return;
    };
    let read = measure::decode::<T>(codec, &stored, 4 * LIMIT);
    assert!(read.is_ok(), "what is stored is not read: {:?}", read.err());
}

fn numbers() -> Numbers {
    Numbers {
        small: (u8::MAX, i8::MIN, 300, -300, 70_000, -70_000),
        large: (1 << 40, -(1 << 40), u128::MAX, i128::MIN, 5),
        floats: (-0.0, 5e-324),
        others: (true, 'Ω', NonZeroU8::MAX, 3..9),
    }
}

fn record() -> Record {
    Record {
        name: Cow::Borrowed("Ada"),
        tags: HashSet::from(["one".to_owned(), "two".to_owned()]),
        sorted: BTreeSet::from([-3, 0, 3]),
        scores: BTreeMap::from([("a".to_owned(), Some(0.1)), ("b".to_owned(), None)]),
        result: Err("no".to_owned()),
        waits: VecDeque::from([Duration::MAX, Duration::from_millis(1)]),
        at: UNIX_EPOCH + Duration::from_secs(1_790_000_000),
        from: IpAddr::from([127, 0, 0, 1]),
        shared: Arc::from("shared"),
        boxed: Box::new([1, 2, 3]),
        nested: Some(Some(None)),
        nothing: (),
    }
}

fn shapes() -> Vec<Shape> {
    let polygon = Shape::Polygon(vec![(-1, 2), (300, -300)]);
    let labelled = Shape::Labelled("circle".to_owned(), Box::new(Shape::Circle { radius: 1.5 }));
    vec![Shape::Point, Shape::Group(vec![polygon, labelled])]
}

fn tree() -> Tree {
    let leaf = || Tree { children: vec![] };
    let branch = || Tree {
        children: vec![leaf(), leaf()],
    };
    Tree {
        children: vec![branch(), leaf(), branch()],
    }
}

fn link() -> Link {
    (0..20).fold(Link { next: None }, |link, _| Link {
        next: Some(Box::new(link)),
    })
}

fn forest() -> Forest {
    let grove = Forest(BTreeMap::from([(1, Forest(BTreeMap::new()))]));
    Forest(BTreeMap::from([(3, grove), (4, Forest(BTreeMap::new()))]))
}

fn directory() -> Directory {
    let empty = || Directory {
        entries: HashMap::new(),
    };
    let home = Directory {
        entries: HashMap::from([("ada".to_owned(), empty())]),
    };
    Directory {
        entries: HashMap::from([("home".to_owned(), home), ("etc".to_owned(), empty())]),
    }
}

fn wide() -> Wide {
    let inner = Wide {
        numbers: [None; 32],
        more: vec![],
    };
    Wide {
        numbers: [Some(5); 32],
        more: vec![inner],
    }
}

fn untagged() -> Untagged {
    let map = BTreeMap::from([("n".to_owned(), Untagged::Number(5))]);
    Untagged::List(vec![Untagged::Text("text".to_owned()), Untagged::Map(map)])
}

fn tagged() -> Tagged {
    let leaf = |value| Box::new(Tagged::Leaf { value });
    Tagged::Branch {
        left: leaf(1),
        right: leaf(2),
    }
}

fn flattened() -> Flattened {
    Flattened {
        id: 7,
        note: None,
        rest: HashMap::from([("more".to_owned(), json!([1, null, {"deep": [0.5]}]))]),
    }
}
