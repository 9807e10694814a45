use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::*;
use crate::codec::Codec;

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Link {
    next: Option<Box<Link>>,
}

fn chain(links: usize) -> Link {
    (1..links).fold(Link::default(), |link, _| Link {
        next: Some(Box::new(link)),
    })
}

fn encoded<T: Serialize>(codec: Codec, value: &T) -> Vec<u8> {
    let mut out = Vec::new();
    codec.encode(value, &mut out, 1 << 20).unwrap();
    out
}

#[test]
fn a_sequence_without_bytes_costs_as_many_steps_as_the_limit_allows() {
    // A length of 2^63 in each of the positional codecs.
    let claims: &[(Codec, &[u8])] = &[
        (Codec::Bincode, &[253, 0, 0, 0, 0, 0, 0, 0, 128]),
        #[cfg(feature = "postcard")]
        (
            Codec::Postcard,
            &[128, 128, 128, 128, 128, 128, 128, 128, 128, 1],
        ),
    ];
    for (codec, claim) in claims {
        let error = codec.decode::<Vec<()>>(claim, 1000).unwrap_err();
        assert!(error.is_unreadable(), "{error}");
        let error = codec.decode::<HashMap<(), bool>>(claim, 1000).unwrap_err();
        assert!(error.is_unreadable(), "{error}");
    }
}

/// What a codec tells a collection to make room for.
struct Room(Option<usize>);

impl<'de> Deserialize<'de> for Room {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Asks;

        impl<'de> Visitor<'de> for Asks {
            type Value = Room;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a sequence")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, elements: A) -> Result<Room, A::Error> {
                Ok(Room(elements.size_hint()))
            }
        }
        deserializer.deserialize_seq(Asks)
    }
}

#[test]
fn room_is_made_for_what_is_expected_as_far_as_the_limit_allows() {
    let claim = [253, 0, 0, 0, 0, 0, 0, 0, 128];
    let room = |claim: &[u8], limit| Codec::Bincode.decode::<Room>(claim, limit).unwrap().0;

    assert_eq!(room(&[200], 1 << 20), Some(200));
    assert_eq!(room(&claim, 1 << 20), Some(1 << 16));
    assert_eq!(room(&claim, 1 << 12), Some(1 << 8));
}

#[test]
fn a_sequence_of_units_within_the_limit_comes_back() {
    for codec in Codec::ALL {
        let bytes = encoded(*codec, &vec![(); 1000]);
        let units: Vec<()> = codec.decode(&bytes, 1000).unwrap();
        assert_eq!(units.len(), 1000, "{codec:?}");
    }
}

#[test]
fn small_bytes_of_large_elements_stop_at_the_limit() {
    let many = vec![Box::new([None::<u64>; 32]); 100];
    for codec in Codec::ALL {
        let bytes = encoded(*codec, &many);
        let decode = |limit| codec.decode::<Vec<Box<[Option<u64>; 32]>>>(&bytes, limit);
        assert_eq!(decode(1 << 20).unwrap(), many, "{codec:?}");
        assert!(decode(1000).is_err(), "{codec:?}");
    }
}

#[test]
fn what_a_field_points_to_is_charged_however_large_its_struct_is() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Wide {
        numbers: [u64; 32],
        behind: Box<[Option<u64>; 16]>,
    }
    // In a vector 264 bytes each, and 256 behind the pointer.
    let wide = |number| Wide {
        numbers: [number; 32],
        behind: Box::new([None; 16]),
    };
    let many: Vec<_> = (0..100).map(wide).collect();
    for codec in Codec::ALL {
        let bytes = encoded(*codec, &many);
        let decode = |limit| codec.decode::<Vec<Wide>>(&bytes, limit);
        assert_eq!(decode(52_000 / 16).unwrap(), many, "{codec:?}");
        assert!(decode(51_000 / 16).is_err(), "{codec:?}");
    }
}

#[test]
fn a_chain_of_values_ends_before_the_stack_does() {
    for codec in Codec::ALL {
        let short = encoded(*codec, &chain(40));
        assert_eq!(codec.decode::<Link>(&short, 1 << 20).unwrap(), chain(40));
        let long = encoded(*codec, &chain(200));
        assert!(codec.decode::<Link>(&long, 1 << 20).is_err(), "{codec:?}");
    }
    assert!(
        Codec::Bincode
            .decode::<Link>(&vec![1; 1 << 20], 1 << 20)
            .is_err()
    );
}
