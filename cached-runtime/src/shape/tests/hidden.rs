//! Types that read other values, or refuse most of them: as much of their shape is seen as can be.

use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::time::Duration;

use serde::de::{Error as _, Visitor};
use serde::{Deserialize, Deserializer};

use crate::shape::explorer::explore;
use crate::shape::fingerprint;
use crate::shape::graph::Graph;

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
