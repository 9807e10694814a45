//! Decoding, each codec into each type of the zoo. The first byte of an input chooses the type.

use cached_runtime::Codec;

use crate::zoo::ZOO;

/// Defines a target for a codec, and its seeds.
macro_rules! codec {
    ($run:ident, $seeds:ident, $codec:ident) => {
        pub(crate) fn $run(bytes: &[u8]) {
            decode(Codec::$codec, bytes);
        }

        pub(crate) fn $seeds() -> Vec<(String, Vec<u8>)> {
            examples(Codec::$codec)
        }
    };
}

codec!(bincode, bincode_seeds, Bincode);
codec!(postcard, postcard_seeds, Postcard);
codec!(messagepack, messagepack_seeds, MessagePack);
codec!(json, json_seeds, Json);

fn decode(codec: Codec, bytes: &[u8]) {
    let Some((animal, encoding)) = bytes.split_first() else {
        return;
    };
    (ZOO[usize::from(*animal) % ZOO.len()].decode)(codec, encoding);
}

fn examples(codec: Codec) -> Vec<(String, Vec<u8>)> {
    let places = (0_u8..).zip(ZOO);
    let examples = places.filter_map(|(place, animal)| {
        let encoding = (animal.example)(codec)?;
        Some((animal.name.to_owned(), [&[place][..], &encoding].concat()))
    });
    examples.collect()
}
