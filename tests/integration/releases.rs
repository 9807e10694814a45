//! Two releases of a service, whose results have different shapes, run against one Redis.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use cached_runtime::{Cache, Outcome, redis_cached};
use cached_tests::cache::{self, outcome};
use cached_tests::redis::RedisServer;
use serde::{Deserialize, Serialize};

/// Numbers that are the same in every run (splitmix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

/// A value made of random ones. Small numbers and short texts, so that bytes of one type are often
/// those of another too.
trait Sample: Sized {
    fn sample(random: &mut Random) -> Self;
}

macro_rules! numbers {
    ($($number:ty)*) => {$(
        impl Sample for $number {
            fn sample(random: &mut Random) -> Self {
                u8::try_from(random.below(4)).unwrap().into()
            }
        }
    )*};
}
numbers!(u8 u16 u32 u64 i16 i32 i64 f64);

impl Sample for bool {
    fn sample(random: &mut Random) -> Self {
        random.below(2) == 1
    }
}

impl Sample for String {
    fn sample(random: &mut Random) -> Self {
        "ab"[..usize::try_from(random.below(3)).unwrap()].to_owned()
    }
}

impl<T: Sample> Sample for Option<T> {
    fn sample(random: &mut Random) -> Self {
        bool::sample(random).then(|| T::sample(random))
    }
}

impl<T: Sample> Sample for Vec<T> {
    fn sample(random: &mut Random) -> Self {
        (0..random.below(3)).map(|_| T::sample(random)).collect()
    }
}

impl<T: Sample> Sample for Box<T> {
    fn sample(random: &mut Random) -> Self {
        Self::new(T::sample(random))
    }
}

impl<A: Sample, B: Sample> Sample for (A, B) {
    fn sample(random: &mut Random) -> Self {
        (A::sample(random), B::sample(random))
    }
}

/// Declares types whose values can be drawn.
macro_rules! types {
    () => {};
    (struct $name:ident { $($(#[$attribute:meta])* $field:ident: $type:ty),* } $($rest:tt)*) => {
        #[derive(Debug, PartialEq, Serialize, Deserialize)]
        pub(super) struct $name {
            $($(#[$attribute])* $field: $type),*
        }
        impl Sample for $name {
            fn sample(random: &mut Random) -> Self {
                Self { $($field: Sample::sample(random)),* }
            }
        }
        types!($($rest)*);
    };
    (enum $name:ident { $($variant:ident($($type:ty),*)),* } $($rest:tt)*) => {
        #[derive(Debug, PartialEq, Serialize, Deserialize)]
        pub(super) enum $name {
            $($variant($($type),*)),*
        }
        impl Sample for $name {
            fn sample(random: &mut Random) -> Self {
                let variants: &[fn(&mut Random) -> Self] =
                    &[$(|_random| Self::$variant($(<$type as Sample>::sample(_random)),*)),*];
                let at = random.below(variants.len() as u64);
                variants[usize::try_from(at).unwrap()](random)
            }
        }
        types!($($rest)*);
    };
}

/// How a call went: whether it returned what its release computes, and the outcome.
type Went = Pin<Box<dyn Future<Output = (bool, Outcome)> + Send>>;

/// One function as it is in both releases.
struct Function {
    name: &'static str,
    /// Whether a value of one release is a value of the other.
    is_shared: bool,
    releases: [fn(u64, Cache) -> Went; 2],
}

/// Declares a function whose result `T` is another type in each release.
macro_rules! function {
    ($module:ident $name:literal, shared: $is_shared:literal, { $($one:tt)* } { $($other:tt)* }) => {
        mod $module {
            mod one {
                use super::super::{Cache, Deserialize, Random, Sample, Serialize, Went, outcome, redis_cached};
                types!($($one)*);
                function!(@release $name, 0);
            }
            mod other {
                use super::super::{Cache, Deserialize, Random, Sample, Serialize, Went, outcome, redis_cached};
                types!($($other)*);
                function!(@release $name, u64::from(!$is_shared));
            }
            pub(super) const FUNCTION: super::Function = super::Function {
                name: $name,
                is_shared: $is_shared,
                releases: [one::call, other::call],
            };
        }
    };
    (@release $name:literal, $release:expr) => {
        fn computed(id: u64) -> T {
            T::sample(&mut Random(id * 2 + $release))
        }

        #[redis_cached(ttl = "1h", key = hash, name = $name, cache = cache, skip(cache))]
        async fn cached(id: u64, cache: &Cache) -> T {
            computed(id)
        }

        pub(super) fn call(id: u64, cache: Cache) -> Went {
            Box::pin(async move {
                let (value, outcome) = outcome(cached(id, &cache)).await;
                (value == computed(id), outcome)
            })
        }
    };
}

function!(appended "field-appended", shared: false,
    { struct T { a: u8, b: u8 } }
    { struct T { a: u8, b: u8, c: Option<u8> } });
function!(removed "field-removed", shared: false,
    { struct T { a: Vec<In> } struct In { x: u8, y: Vec<u8> } }
    { struct T { a: Vec<In> } struct In { x: u8 } });
function!(swapped "fields-swapped", shared: false,
    { struct T { first: u32, second: u32 } }
    { struct T { second: u32, first: u32 } });
function!(renamed "field-renamed", shared: false,
    { struct T { cents: u64 } }
    { struct T { euros: u64 } });
function!(retyped "field-retyped", shared: false,
    { struct T { a: u8, b: u16 } }
    { struct T { a: u8, b: u32 } });
function!(signed "number-signed", shared: false,
    { struct T { a: u32 } }
    { struct T { a: i32 } });
function!(optional "field-optional", shared: false,
    { struct T { a: bool, b: String } }
    { struct T { a: Option<u8>, b: String } });
function!(nested "field-nested", shared: false,
    { struct T { a: u8, b: u8 } }
    { struct T { a: u8, b: In } struct In { b: u8 } });
function!(deep "change-deep-down", shared: false,
    { struct T { a: Option<Vec<In>> } struct In { b: Vec<(u8, Leaf)> } enum Leaf { A(), B(u8) } }
    { struct T { a: Option<Vec<In>> } struct In { b: Vec<(u8, Leaf)> } enum Leaf { A(), B(u16) } });
function!(variant_moved "variants-swapped", shared: false,
    { enum T { A(), B(), C(u8) } }
    { enum T { B(), A(), C(u8) } });
function!(variant_added "variant-added", shared: false,
    { enum T { A(), B(u8) } }
    { enum T { A(), B(u8), C(u8) } });
function!(variant_retyped "variant-retyped", shared: false,
    { enum T { A(u8, u8), B(u16) } }
    { enum T { A(u16), B(u8, u8) } });
function!(listed "one-becomes-many", shared: false,
    { struct T { a: String } }
    { struct T { a: Vec<u8> } });
function!(tree "recursive-type-changed", shared: false,
    { struct T { value: u8, next: Option<Box<Leaf>> } enum Leaf { End(), More(Box<Node>) } struct Node { leaf: Leaf, tag: u8 } }
    { struct T { value: u8, next: Option<Box<Leaf>> } enum Leaf { End(), More(Box<Node>) } struct Node { tag: u8, leaf: Leaf } });
function!(unchanged "nothing-changed", shared: true,
    { struct T { a: u8, b: Vec<In> } struct In { c: Option<String>, d: i64 } }
    { struct T { a: u8, b: Vec<In> } struct In { c: Option<String>, d: i64 } });
function!(boxed "what-does-not-count-changed", shared: true,
    { struct T { a: In, b: f64 } enum In { A(), B(u8, i16) } }
    { struct T { a: Box<In>, #[serde(default, alias = "bb")] b: f64 } enum In { A(), B(u8, i16) } });

const FUNCTIONS: [&Function; 16] = [
    &appended::FUNCTION,
    &removed::FUNCTION,
    &swapped::FUNCTION,
    &renamed::FUNCTION,
    &retyped::FUNCTION,
    &signed::FUNCTION,
    &optional::FUNCTION,
    &nested::FUNCTION,
    &deep::FUNCTION,
    &variant_moved::FUNCTION,
    &variant_added::FUNCTION,
    &variant_retyped::FUNCTION,
    &listed::FUNCTION,
    &tree::FUNCTION,
    &unchanged::FUNCTION,
    &boxed::FUNCTION,
];

/// How many different calls of each function there are.
const IDS: u64 = 25;

/// How many calls are made at random, before each is made once more.
const CALLS: usize = 10_000;

#[tokio::test]
async fn two_releases_of_different_shapes_share_one_redis() {
    let server = RedisServer::start().await;
    let mut caches = Vec::new();
    for _ in 0..2 {
        let builder = cache::builder(&server)
            .read_timeout(Duration::from_secs(10))
            .write_timeout(Duration::from_secs(10));
        caches.push(builder.build().await.expect("the settings are sound"));
    }
    let mut random = Random(0);
    let at_random = std::iter::from_fn(|| {
        let function = usize::try_from(random.below(16)).unwrap();
        let release = usize::try_from(random.below(2)).unwrap();
        Some((function, release, random.below(IDS)))
    });
    let each = (0..16).flat_map(|function| {
        (0..2).flat_map(move |release| (0..IDS).map(move |id| (function, release, id)))
    });

    let mut misses = [0; 16];
    for (function, release, id) in at_random.take(CALLS).chain(each) {
        let Function { name, releases, .. } = FUNCTIONS[function];
        let (is_right, outcome) = releases[release](id, caches[release].clone()).await;
        assert!(
            is_right,
            "{name}: release {release} has got another's value"
        );
        match outcome {
            Outcome::Hit { .. } => {}
            Outcome::Miss { .. } => misses[function] += 1,
            _ => panic!("{name}: {outcome:?}"),
        }
    }

    // An entry that could not be read would be a miss more, one that only seemed to be read one less.
    for (function, misses) in FUNCTIONS.iter().zip(misses) {
        let releases = if function.is_shared { 1 } else { 2 };
        assert_eq!(misses, releases * IDS, "{}", function.name);
    }
}
