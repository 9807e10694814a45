//! Types whose `Deserialize` is derived: what of their definition is part of their shape.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::time::Duration;

use serde::Deserialize;

use crate::shape::fingerprint;

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
