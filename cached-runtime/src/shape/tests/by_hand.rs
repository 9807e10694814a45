//! Types whose `Deserialize` is written by hand: what they ask for, and what they say, is part of their shape.

use std::fmt;

use serde::de::{IgnoredAny, Visitor};
use serde::{Deserialize, Deserializer};

use crate::shape::fingerprint;

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
