use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::time::Duration;

use serde::de::{Error as _, IgnoredAny, Visitor};
use serde::{Deserialize, Deserializer};

use super::explorer::explore;
use super::fingerprint;
use super::graph::Graph;

/// Compares the shapes of the types `T` in two modules.
macro_rules! shapes {
    ({ $($one:tt)* } $relation:tt { $($other:tt)* }) => {{
        #[expect(dead_code, reason = "nobody makes values of these")]
        mod one {
            use super::*;
            $($one)*
        }
        #[expect(dead_code, reason = "nobody makes values of these")]
        mod other {
            use super::*;
            $($other)*
        }
        let (one, other) = (fingerprint::<one::T>(), fingerprint::<other::T>());
        assert!(one $relation other, "{}", stringify!($($other)*));
    }};
}

/// Compares the shape of one type `T` with those of others.
macro_rules! all_differ {
    ($one:tt from $($other:tt)*) => {
        $(shapes!($one != $other);)*
    };
}

#[test]
fn what_does_not_change_the_encoding_does_not_change_the_shape() {
    shapes!(
        {
            #[derive(Deserialize)]
            pub(super) struct T {
                a: u8,
                b: String,
            }
        } == {
            /// A comment.
            #[derive(Clone, Debug, Deserialize)]
            #[serde(expecting = "something")]
            pub(super) struct T {
                #[serde(default)]
                a: u8,
                #[serde(alias = "letter", alias = "a1", alias = "z")]
                b: std::rc::Rc<String>,
                #[serde(skip)]
                c: u64,
            }
        }
    );
    shapes!(
        {
            #[derive(Deserialize)]
            pub(super) enum T {
                A,
                B(u8),
            }
        } == {
            #[derive(Clone, Deserialize)]
            #[repr(u8)]
            pub(super) enum T {
                A = 7,
                B(std::sync::Arc<u8>) = 9,
            }
        }
    );
    shapes!(
        {
            #[derive(Deserialize)]
            #[serde(rename_all = "camelCase")]
            pub(super) struct T {
                birth_date: u8,
            }
        } == {
            #[derive(Deserialize)]
            pub(super) struct T {
                #[serde(rename = "birthDate")]
                born: u8,
            }
        }
    );
    shapes!(
        {
            #[derive(Deserialize)]
            pub(super) struct T {
                a: Vec<Within>,
            }
            #[derive(Deserialize)]
            struct Within {
                b: Option<u8>,
            }
        } == {
            #[derive(Deserialize)]
            pub(super) struct T {
                a: Vec<deeper::Within>,
            }
            mod deeper {
                #[derive(serde::Deserialize)]
                pub(super) struct Within {
                    b: Option<u8>,
                }
            }
        }
    );
}

#[test]
fn every_change_to_the_fields_of_a_struct_changes_its_shape() {
    all_differ!({
        #[derive(Deserialize)]
        pub(super) struct T { a: u8, b: Within }
        #[derive(Deserialize)]
        struct Within { c: String, d: u32 }
    } from {
        // One more at the end.
        #[derive(Deserialize)]
        pub(super) struct T { a: u8, b: Within, e: Option<u8> }
        #[derive(Deserialize)]
        struct Within { c: String, d: u32 }
    } {
        // One less, deeper down.
        #[derive(Deserialize)]
        pub(super) struct T { a: u8, b: Within }
        #[derive(Deserialize)]
        struct Within { c: String }
    } {
        // Swapped.
        #[derive(Deserialize)]
        pub(super) struct T { b: Within, a: u8 }
        #[derive(Deserialize)]
        struct Within { c: String, d: u32 }
    } {
        // Swapped, deeper down.
        #[derive(Deserialize)]
        pub(super) struct T { a: u8, b: Within }
        #[derive(Deserialize)]
        struct Within { d: u32, c: String }
    } {
        // Renamed.
        #[derive(Deserialize)]
        pub(super) struct T { a: u8, bb: Within }
        #[derive(Deserialize)]
        struct Within { c: String, d: u32 }
    } {
        // Renamed in its encoding alone.
        #[derive(Deserialize)]
        pub(super) struct T { a: u8, b: Within }
        #[derive(Deserialize)]
        struct Within { #[serde(rename = "C")] c: String, d: u32 }
    } {
        // Of another width.
        #[derive(Deserialize)]
        pub(super) struct T { a: u8, b: Within }
        #[derive(Deserialize)]
        struct Within { c: String, d: u64 }
    } {
        // Optional.
        #[derive(Deserialize)]
        pub(super) struct T { a: u8, b: Within }
        #[derive(Deserialize)]
        struct Within { c: String, d: Option<u32> }
    } {
        // Many.
        #[derive(Deserialize)]
        pub(super) struct T { a: u8, b: Vec<Within> }
        #[derive(Deserialize)]
        struct Within { c: String, d: u32 }
    } {
        // Nested.
        #[derive(Deserialize)]
        pub(super) struct T { a: u8, b: Around }
        #[derive(Deserialize)]
        struct Around { b: Within }
        #[derive(Deserialize)]
        struct Within { c: String, d: u32 }
    } {
        // Of another name.
        #[derive(Deserialize)]
        pub(super) struct T { a: u8, b: Inside }
        #[derive(Deserialize)]
        struct Inside { c: String, d: u32 }
    });
}

#[test]
fn every_change_to_an_enum_changes_its_shape() {
    all_differ!({
        #[derive(Deserialize)]
        pub(super) enum T { A, B(u8), C(u8, Within), D { x: u8, y: Option<Within> } }
        #[derive(Deserialize)]
        enum Within { One, Two(String) }
    } from {
        #[derive(Deserialize)]
        pub(super) enum T { A, B(u8), C(u8, Within), D { x: u8, y: Option<Within> }, E }
        #[derive(Deserialize)]
        enum Within { One, Two(String) }
    } {
        #[derive(Deserialize)]
        pub(super) enum T { B(u8), A, C(u8, Within), D { x: u8, y: Option<Within> } }
        #[derive(Deserialize)]
        enum Within { One, Two(String) }
    } {
        #[derive(Deserialize)]
        pub(super) enum T { A, Z(u8), C(u8, Within), D { x: u8, y: Option<Within> } }
        #[derive(Deserialize)]
        enum Within { One, Two(String) }
    } {
        #[derive(Deserialize)]
        pub(super) enum T { A, B((u8,)), C(u8, Within), D { x: u8, y: Option<Within> } }
        #[derive(Deserialize)]
        enum Within { One, Two(String) }
    } {
        #[derive(Deserialize)]
        pub(super) enum T { A, B(u8), C(u8, Within), D { y: Option<Within>, x: u8 } }
        #[derive(Deserialize)]
        enum Within { One, Two(String) }
    } {
        #[derive(Deserialize)]
        pub(super) enum T { A, B(u8), C(u8, Within), D { x: u8, y: Option<Within> } }
        #[derive(Deserialize)]
        enum Within { One, Two(Option<String>) }
    } {
        #[derive(Deserialize)]
        pub(super) enum T { A, B(u8), C(u8, Within), D { x: u8, y: Option<Within> } }
        #[derive(Deserialize)]
        enum Within { One(()), Two(String) }
    });
}

#[test]
fn types_that_a_positional_codec_confuses_have_shapes_of_their_own() {
    let shapes = [
        fingerprint::<u8>(),
        fingerprint::<i8>(),
        fingerprint::<u16>(),
        fingerprint::<u32>(),
        fingerprint::<u64>(),
        fingerprint::<i64>(),
        fingerprint::<f32>(),
        fingerprint::<f64>(),
        fingerprint::<bool>(),
        fingerprint::<char>(),
        fingerprint::<String>(),
        fingerprint::<()>(),
        fingerprint::<Option<u8>>(),
        fingerprint::<Option<Option<u8>>>(),
        fingerprint::<Vec<u8>>(),
        fingerprint::<Vec<Vec<u8>>>(),
        fingerprint::<[u8; 3]>(),
        fingerprint::<[u8; 4]>(),
        fingerprint::<(u8, u8, u8, u16)>(),
        fingerprint::<(u8, u16, u8, u8)>(),
        fingerprint::<HashMap<String, u8>>(),
        fingerprint::<HashMap<u8, String>>(),
        fingerprint::<Vec<(String, u8)>>(),
        fingerprint::<HashSet<u8>>(),
        fingerprint::<Result<u8, String>>(),
        fingerprint::<Result<String, u8>>(),
        fingerprint::<NonZeroU32>(),
        fingerprint::<IpAddr>(),
        fingerprint::<SocketAddr>(),
        fingerprint::<Duration>(),
        fingerprint::<uuid::Uuid>(),
        fingerprint::<[u8; 16]>(),
        fingerprint::<std::ops::Range<u8>>(),
        fingerprint::<std::path::PathBuf>(),
    ];

    for (at, shape) in shapes.iter().enumerate() {
        // A set and a list are asked for alike, and stored alike.
        let is_set = at == 23;
        let first = shapes.iter().position(|other| other == shape);
        assert_eq!(first == Some(at), !is_set, "{at}");
    }
    assert_eq!(
        fingerprint::<BTreeMap<String, u8>>(),
        fingerprint::<HashMap<String, u8>>()
    );
}

#[test]
fn what_a_type_refers_to_again_is_seen_once() {
    shapes!(
        {
            #[derive(Deserialize)]
            pub(super) struct T {
                value: u8,
                left: Option<Box<T>>,
                right: Vec<T>,
            }
        } != {
            #[derive(Deserialize)]
            pub(super) struct T {
                value: u16,
                left: Option<Box<T>>,
                right: Vec<T>,
            }
        }
    );
    shapes!(
        {
            #[derive(Deserialize)]
            pub(super) enum T {
                Add(Box<T>, Box<T>, Tag),
                If {
                    cond: Box<T>,
                    then: Vec<(T, T)>,
                    tag: Tag,
                },
                Num(f64),
            }
            #[derive(Deserialize)]
            struct Tag {
                line: u32,
            }
        } != {
            #[derive(Deserialize)]
            pub(super) enum T {
                Add(Box<T>, Box<T>, Tag),
                If {
                    cond: Box<T>,
                    then: Vec<(T, T)>,
                    tag: Tag,
                },
                Num(f64),
            }
            #[derive(Deserialize)]
            struct Tag {
                line: u64,
            }
        }
    );
    // A list of itself and nothing else.
    shapes!(
        {
            #[derive(Deserialize)]
            pub(super) struct T(Vec<T>);
        } != {
            #[derive(Deserialize)]
            pub(super) struct T(Option<Box<T>>);
        }
    );
    // Two types that hold each other, of which neither is ever whole.
    shapes!(
        {
            #[derive(Deserialize)]
            pub(super) struct T {
                a: Box<A>,
                z: u8,
            }
            #[derive(Deserialize)]
            struct A {
                b: B,
            }
            #[derive(Deserialize)]
            struct B {
                a: Box<A>,
            }
        } != {
            #[derive(Deserialize)]
            pub(super) struct T {
                a: Box<A>,
                z: u16,
            }
            #[derive(Deserialize)]
            struct A {
                b: B,
            }
            #[derive(Deserialize)]
            struct B {
                a: Box<A>,
            }
        }
    );
}

/// A text that is never right.
#[derive(Debug)]
struct Stubborn;

impl<'de> Deserialize<'de> for Stubborn {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Err(D::Error::custom(text))
    }
}

/// A number that nothing but 7 is.
#[derive(Debug)]
struct Panicking;

impl<'de> Deserialize<'de> for Panicking {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        assert_eq!(u8::deserialize(deserializer)?, 7);
        Ok(Self)
    }
}

#[test]
fn fields_beside_one_that_hides_its_shape_are_seen() {
    shapes!(
        {
            #[derive(Deserialize)]
            pub(super) struct T {
                a: Stubborn,
                b: Vec<(u8, Within)>,
                c: Panicking,
                d: Option<Stubborn>,
                e: u8,
            }
            #[derive(Deserialize)]
            enum Within {
                A,
                B(u8),
            }
        } == {
            #[derive(Deserialize)]
            pub(super) struct T {
                a: Stubborn,
                b: Vec<(u8, Within)>,
                c: Panicking,
                d: Option<Stubborn>,
                e: u8,
            }
            #[derive(Deserialize)]
            enum Within {
                A,
                B(u8),
            }
        }
    );
    all_differ!({
        #[derive(Deserialize)]
        pub(super) struct T { a: Stubborn, b: Vec<(u8, Within)>, c: Panicking, d: Option<Stubborn>, e: u8 }
        #[derive(Deserialize)]
        enum Within { A, B(u8) }
    } from {
        #[derive(Deserialize)]
        pub(super) struct T { a: Stubborn, b: Vec<(u8, Within)>, c: Panicking, d: Option<Stubborn>, e: u8 }
        #[derive(Deserialize)]
        enum Within { A, B(u16) }
    } {
        #[derive(Deserialize)]
        pub(super) struct T { a: Stubborn, b: Vec<(u8, Within)>, c: Panicking, d: Option<Stubborn>, e: u16 }
        #[derive(Deserialize)]
        enum Within { A, B(u8) }
    } {
        #[derive(Deserialize)]
        pub(super) struct T { a: Panicking, b: Vec<(u8, Within)>, c: Stubborn, d: Option<Stubborn>, e: u8 }
        #[derive(Deserialize)]
        enum Within { A, B(u8) }
    } {
        #[derive(Deserialize)]
        pub(super) struct T { a: String, b: Vec<(u8, Within)>, c: Panicking, d: Option<Stubborn>, e: u8 }
        #[derive(Deserialize)]
        enum Within { A, B(u8) }
    });
}

/// Returns how many edges a shape has on which it is known by the name of a type.
fn hidden<T: serde::de::DeserializeOwned>() -> usize {
    let graph: Graph = explore::<T>(false);
    graph.hidden().count()
}

#[test]
fn types_that_are_read_from_other_values_do_not_hide() {
    #[derive(Deserialize)]
    #[serde(try_from = "String")]
    #[expect(dead_code, reason = "nobody makes values of it")]
    struct Email(String);
    impl TryFrom<String> for Email {
        type Error = &'static str;
        fn try_from(text: String) -> Result<Self, Self::Error> {
            if text.contains('@') {
                Ok(Self(text))
            } else {
                Err("no `@`")
            }
        }
    }
    #[derive(Deserialize)]
    #[serde(try_from = "(u32, u32)")]
    struct Even;
    impl TryFrom<(u32, u32)> for Even {
        type Error = &'static str;
        fn try_from((one, other): (u32, u32)) -> Result<Self, Self::Error> {
            if (one + other) % 4 == 0 && one > 0 {
                Ok(Self)
            } else {
                Err("odd")
            }
        }
    }

    assert_eq!(hidden::<(Email, Even, u8)>(), 0);
    assert_eq!(hidden::<(NonZeroU32, IpAddr, uuid::Uuid, SocketAddr)>(), 0);
    assert_eq!(hidden::<HashMap<NonZeroU32, [Option<Duration>; 2]>>(), 0);
    assert_eq!(hidden::<(Vec<Stubborn>, u8)>(), 1);
}

#[test]
fn what_takes_anything_is_known_by_the_name_of_its_type() {
    shapes!(
        {
            #[derive(Deserialize)]
            #[serde(untagged)]
            pub(super) enum T {
                A(u8),
                B(String),
            }
        } != {
            #[derive(Deserialize)]
            #[serde(untagged)]
            pub(super) enum T {
                A(u8),
                B(String),
            }
        }
    );
    shapes!(
        {
            #[derive(Deserialize)]
            #[serde(tag = "kind")]
            pub(super) enum T {
                A { x: u8 },
            }
        } != {
            #[derive(Deserialize)]
            #[serde(tag = "kind")]
            pub(super) enum T {
                A { x: u8 },
            }
        }
    );
    shapes!(
        {
            #[derive(Deserialize)]
            pub(super) struct T {
                a: u8,
                #[serde(flatten)]
                b: Within,
            }
            #[derive(Deserialize)]
            struct Within {
                c: u8,
            }
        } != {
            #[derive(Deserialize)]
            pub(super) struct T {
                a: u8,
                #[serde(flatten)]
                b: Within,
            }
            #[derive(Deserialize)]
            struct Within {
                c: u8,
            }
        }
    );
    // Around and beside it the shape is seen.
    all_differ!({
        #[derive(Deserialize)]
        pub(super) struct T { a: Flat, b: u8 }
        #[derive(Deserialize)]
        struct Flat { #[serde(flatten)] within: Within }
        #[derive(Deserialize)]
        struct Within { c: u8 }
    } from {
        #[derive(Deserialize)]
        pub(super) struct T { a: Flat, b: u16 }
        #[derive(Deserialize)]
        struct Flat { #[serde(flatten)] within: Within }
        #[derive(Deserialize)]
        struct Within { c: u8 }
    });
    shapes!(
        {
            #[derive(Deserialize)]
            #[serde(tag = "t", content = "c")]
            pub(super) enum T {
                A(u8),
                B { x: String },
            }
        } != {
            #[derive(Deserialize)]
            #[serde(tag = "t", content = "c")]
            pub(super) enum T {
                A(u16),
                B { x: String },
            }
        }
    );
}

/// A time that one release counts in seconds and another in milliseconds.
macro_rules! time {
    ($module:ident, $expects:literal) => {
        mod $module {
            use super::*;
            pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<u64, D::Error> {
                struct Time;
                impl Visitor<'_> for Time {
                    type Value = u64;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str($expects)
                    }
                    fn visit_u64<E>(self, number: u64) -> Result<u64, E> {
                        Ok(number)
                    }
                }
                d.deserialize_u64(Time)
            }
        }
    };
}
time!(seconds, "a time in seconds");
time!(milliseconds, "a time in milliseconds");

#[test]
fn numbers_that_say_that_they_mean_something_else_differ() {
    shapes!(
        {
            #[derive(Deserialize)]
            pub(super) struct T {
                #[serde(with = "seconds")]
                at: u64,
            }
        } != {
            #[derive(Deserialize)]
            pub(super) struct T {
                #[serde(with = "milliseconds")]
                at: u64,
            }
        }
    );
}

#[test]
fn what_only_people_read_differently_differs() {
    struct Read<const N: u8>;
    impl<'de, const N: u8> Deserialize<'de> for Read<N> {
        fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
            if d.is_human_readable() && N == 1 {
                String::deserialize(d)?;
            } else {
                u8::deserialize(d)?;
            }
            Ok(Self)
        }
    }

    assert_ne!(fingerprint::<Read<0>>(), fingerprint::<Read<1>>());
}

#[test]
fn a_type_that_never_asks_or_asks_without_end_has_a_shape_too() {
    struct Silent;
    impl<'de> Deserialize<'de> for Silent {
        fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
            Ok(Self)
        }
    }
    struct Endless<T>(std::marker::PhantomData<T>);
    impl<'de, T> Deserialize<'de> for Endless<T> {
        fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
            struct Loop<T>(std::marker::PhantomData<T>);
            impl<'de, T> Visitor<'de> for Loop<T> {
                type Value = Endless<T>;
                fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str("itself")
                }
                fn visit_newtype_struct<D: Deserializer<'de>>(
                    self,
                    d: D,
                ) -> Result<Self::Value, D::Error> {
                    Endless::deserialize(d)
                }
            }
            d.deserialize_newtype_struct("Endless", Loop(std::marker::PhantomData::<T>))
        }
    }

    assert_ne!(
        fingerprint::<(Silent, u8)>(),
        fingerprint::<(Silent, u16)>()
    );
    assert_ne!(fingerprint::<Endless<u8>>(), fingerprint::<Silent>());
    assert_ne!(fingerprint::<IgnoredAny>(), fingerprint::<Silent>());
}

#[test]
fn a_large_array_takes_no_longer_than_it_must() {
    struct Large;
    impl<'de> Deserialize<'de> for Large {
        fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
            struct Elements;
            impl<'de> Visitor<'de> for Elements {
                type Value = Large;
                fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str("a large array")
                }
                fn visit_seq<A: serde::de::SeqAccess<'de>>(
                    self,
                    mut elements: A,
                ) -> Result<Large, A::Error> {
                    while elements.next_element::<u16>()?.is_some() {}
                    Ok(Large)
                }
            }
            d.deserialize_tuple(10_000, Elements)
        }
    }

    assert_eq!(hidden::<(Large, u8)>(), 0);
}
