//! Two releases of a service, whose results have different shapes, run against one Redis.

use std::future::Future;
use std::pin::Pin;

use cached_runtime::{Cache, Outcome, redis_cached};
use cached_tests::cache::{self, outcome};
use cached_tests::redis::RedisServer;
use fastrand::Rng;
use serde::{Deserialize, Serialize};

/// A value made of random ones. Small numbers and short texts, so that bytes of one type are often
/// those of another too.
trait Sample: Sized {
    fn sample(random: &mut Rng) -> Self;
}

macro_rules! numbers {
    ($($number:ty)*) => {$(
        impl Sample for $number {
            fn sample(random: &mut Rng) -> Self {
                random.u8(..4).into()
            }
        }
    )*};
}
numbers!(u8 u16 u32 u64 i16 i32 i64 f64);

impl Sample for bool {
    fn sample(random: &mut Rng) -> Self {
        random.bool()
    }
}

impl Sample for String {
    fn sample(random: &mut Rng) -> Self {
        "ab"[..random.usize(..3)].to_owned()
    }
}

impl<T: Sample> Sample for Option<T> {
    fn sample(random: &mut Rng) -> Self {
        bool::sample(random).then(|| T::sample(random))
    }
}

impl<T: Sample> Sample for Vec<T> {
    fn sample(random: &mut Rng) -> Self {
        (0..random.u8(..3)).map(|_| T::sample(random)).collect()
    }
}

impl<T: Sample> Sample for Box<T> {
    fn sample(random: &mut Rng) -> Self {
        Self::new(T::sample(random))
    }
}

impl<A: Sample, B: Sample> Sample for (A, B) {
    fn sample(random: &mut Rng) -> Self {
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
            fn sample(random: &mut Rng) -> Self {
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
            fn sample(random: &mut Rng) -> Self {
                let variants: &[fn(&mut Rng) -> Self] =
                    &[$(|_random| Self::$variant($(<$type as Sample>::sample(_random)),*)),*];
                variants[random.usize(..variants.len())](random)
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

/// Declares a function whose `T` is another type in each release: its result, or the error in it.
macro_rules! function {
    ($module:ident $name:literal, $kind:ident, shared: $is_shared:literal, { $($one:tt)* } { $($other:tt)* }) => {
        mod $module {
            mod one {
                use super::super::{Cache, Deserialize, Rng, Sample, Serialize, Went, outcome, redis_cached};
                types!($($one)*);
                function!(@$kind $name, 0);
            }
            mod other {
                use super::super::{Cache, Deserialize, Rng, Sample, Serialize, Went, outcome, redis_cached};
                types!($($other)*);
                function!(@$kind $name, u64::from(!$is_shared));
            }
            pub(super) const FUNCTION: super::Function = super::Function {
                name: $name,
                is_shared: $is_shared,
                releases: [one::call, other::call],
            };
        }
    };
    (@error $name:literal, $release:expr) => {
        fn computed(id: u64) -> Result<u8, T> {
            Err(T::sample(&mut Rng::with_seed(id * 2 + $release)))
        }

        #[redis_cached(ttl = "1h", err_ttl = "1h", key = hash, name = $name, cache = cache, skip(cache))]
        async fn cached(id: u64, cache: &Cache) -> Result<u8, T> {
            computed(id)
        }

        function!(@call);
    };
    (@value $name:literal, $release:expr) => {
        fn computed(id: u64) -> T {
            T::sample(&mut Rng::with_seed(id * 2 + $release))
        }

        #[redis_cached(ttl = "1h", key = hash, name = $name, cache = cache, skip(cache))]
        async fn cached(id: u64, cache: &Cache) -> T {
            computed(id)
        }

        function!(@call);
    };
    (@call) => {
        pub(super) fn call(id: u64, cache: Cache) -> Went {
            Box::pin(async move {
                let (value, outcome) = outcome(cached(id, &cache)).await;
                (value == computed(id), outcome)
            })
        }
    };
}

function!(appended "field-appended", value, shared: false,
    { struct T { a: u8, b: u8 } }
    { struct T { a: u8, b: u8, c: Option<u8> } });
function!(removed "field-removed", value, shared: false,
    { struct T { a: Vec<In> } struct In { x: u8, y: Vec<u8> } }
    { struct T { a: Vec<In> } struct In { x: u8 } });
function!(swapped "fields-swapped", value, shared: false,
    { struct T { first: u32, second: u32 } }
    { struct T { second: u32, first: u32 } });
function!(renamed "field-renamed", value, shared: false,
    { struct T { cents: u64 } }
    { struct T { euros: u64 } });
function!(retyped "field-retyped", value, shared: false,
    { struct T { a: u8, b: u16 } }
    { struct T { a: u8, b: u32 } });
function!(signed "number-signed", value, shared: false,
    { struct T { a: u32 } }
    { struct T { a: i32 } });
function!(optional "field-optional", value, shared: false,
    { struct T { a: bool, b: String } }
    { struct T { a: Option<u8>, b: String } });
function!(nested "field-nested", value, shared: false,
    { struct T { a: u8, b: u8 } }
    { struct T { a: u8, b: In } struct In { b: u8 } });
function!(deep "change-deep-down", value, shared: false,
    { struct T { a: Option<Vec<In>> } struct In { b: Vec<(u8, Leaf)> } enum Leaf { A(), B(u8) } }
    { struct T { a: Option<Vec<In>> } struct In { b: Vec<(u8, Leaf)> } enum Leaf { A(), B(u16) } });
function!(variant_moved "variants-swapped", value, shared: false,
    { enum T { A(), B(), C(u8) } }
    { enum T { B(), A(), C(u8) } });
function!(variant_added "variant-added", value, shared: false,
    { enum T { A(), B(u8) } }
    { enum T { A(), B(u8), C(u8) } });
function!(variant_retyped "variant-retyped", value, shared: false,
    { enum T { A(u8, u8), B(u16) } }
    { enum T { A(u16), B(u8, u8) } });
function!(listed "one-becomes-many", value, shared: false,
    { struct T { a: String } }
    { struct T { a: Vec<u8> } });
function!(tree "recursive-type-changed", value, shared: false,
    { struct T { value: u8, next: Option<Box<Leaf>> } enum Leaf { End(), More(Box<Node>) } struct Node { leaf: Leaf, tag: u8 } }
    { struct T { value: u8, next: Option<Box<Leaf>> } enum Leaf { End(), More(Box<Node>) } struct Node { tag: u8, leaf: Leaf } });
function!(unchanged "nothing-changed", value, shared: true,
    { struct T { a: u8, b: Vec<In> } struct In { c: Option<String>, d: i64 } }
    { struct T { a: u8, b: Vec<In> } struct In { c: Option<String>, d: i64 } });
function!(boxed "what-does-not-count-changed", value, shared: true,
    { struct T { a: In, b: f64 } enum In { A(), B(u8, i16) } }
    { struct T { a: Box<In>, #[serde(default, alias = "bb")] b: f64 } enum In { A(), B(u8, i16) } });

function!(error_swapped "variants-of-an-error-swapped", error, shared: false,
    { enum T { NotFound(), Denied() } }
    { enum T { Denied(), NotFound() } });
function!(error_retyped "field-of-an-error-retyped", error, shared: false,
    { struct T { code: u8, detail: Vec<u8> } }
    { struct T { code: u8, detail: String } });
function!(error_unchanged "error-unchanged", error, shared: true,
    { enum T { NotFound(), Denied(u16) } }
    { enum T { NotFound(), Denied(u16) } });

const FUNCTIONS: [&Function; 19] = [
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
    &error_swapped::FUNCTION,
    &error_retyped::FUNCTION,
    &error_unchanged::FUNCTION,
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
        let builder = cache::builder(&server);
        caches.push(builder.build().await.expect("the settings are sound"));
    }
    let mut random = Rng::with_seed(0);
    let at_random = std::iter::from_fn(|| {
        Some((
            random.usize(..FUNCTIONS.len()),
            random.usize(..2),
            random.u64(..IDS),
        ))
    });
    let each = (0..FUNCTIONS.len()).flat_map(|function| {
        (0..2).flat_map(move |release| (0..IDS).map(move |id| (function, release, id)))
    });

    let mut misses = [0; FUNCTIONS.len()];
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
