//! Opening whatever stands under a key, and envelopes that are whole with anything in them.
//!
//! The first byte of an input chooses the form in which the cache stores, and whether the rest is what
//! stands there, or the codec, the flags, the times and the payload of an envelope around them.

use std::collections::HashMap;
use std::sync::LazyLock;

use cached_runtime::measure::{Identity, Keymaker};
use cached_runtime::{Codec, KeySecret};
use serde::{Deserialize, Serialize};

use crate::memory::within;
use crate::zoo::{LIMIT, MEMORY};

const IS_WHOLE: u8 = 4;
const COMPRESSED: u8 = 1;
const ABSENCE: u8 = 4;

#[derive(Serialize, Deserialize)]
struct Value {
    text: String,
    numbers: Vec<u32>,
    inner: HashMap<String, Value>,
    units: Vec<()>,
}

/// The same call in a cache without a secret, with one, and with one that encrypts.
static IDENTITIES: LazyLock<[Identity; 3]> = LazyLock::new(|| {
    let keyed = Keymaker::new(&secret());
    let identity = |keymaker: &Keymaker| keymaker.identity::<Value>(&[&7_u32]);
    let identity = |keymaker| {
        identity(keymaker)
            .expect("a number has an encoding")
            .up_to(LIMIT)
    };
    [
        identity(&Keymaker::guessable()),
        identity(&keyed),
        identity(&keyed).encrypted(),
    ]
});

pub(crate) fn secret() -> KeySecret {
    KeySecret::new([7; 32]).expect("it is long enough")
}

pub(crate) fn run(bytes: &[u8]) {
    let Some((choice, bytes)) = bytes.split_first() else {
        return;
    };
    let identities = &*IDENTITIES;
    let form = usize::from(choice % 4).min(identities.len() - 1);
    let identity = &identities[form];
    let stored = if choice & IS_WHOLE == 0 {
        bytes.to_vec()
    } else {
        whole(bytes, identity)
    };

    // The decompressed value stands beside the stored one.
    let opened = within(MEMORY + 2 * LIMIT + stored.len(), || {
        identity.open::<Value>(&stored)
    });

    assert!(
        form != 2 || opened.is_err(),
        "an entry is read that nobody encrypted"
    );
}

/// Returns an envelope of this key that is whole, with the codec, flags, times and payload in `bytes`.
fn whole(bytes: &[u8], identity: &Identity) -> Vec<u8> {
    let (choices, rest) = bytes.split_at(bytes.len().min(2));
    let (times, payload) = rest.split_at(rest.len().min(24));
    let mut padded = [0; 26];
    padded[..choices.len()].copy_from_slice(choices);
    padded[2..2 + times.len()].copy_from_slice(times);
    let [codec, flags, times @ ..] = padded;
    let length = u32::try_from(payload.len()).expect("an input is short");
    let sealed = [
        b"RCE\x01".as_slice(),
        // One that there is, mostly, and none that says to be encrypted.
        &[codec % 6, flags & (COMPRESSED | ABSENCE)],
        &times[..],
        identity.digest(),
        &length.to_le_bytes(),
        payload,
    ]
    .concat();
    let checksum = crc32c::crc32c(&sealed).to_le_bytes();
    [&sealed[..], &checksum].concat()
}

pub(crate) fn seeds() -> Vec<(String, Vec<u8>)> {
    let value = || {
        let (text, numbers, units) = ("natal ".repeat(20), vec![1, 300, 70_000], vec![(); 3]);
        let inner = HashMap::new();
        Value {
            text,
            numbers,
            inner,
            units,
        }
    };
    let outer = Value {
        inner: HashMap::from([("inner".to_owned(), value())]),
        ..value()
    };
    let mut seeds = Vec::new();
    for (codec, name) in [
        (Codec::Bincode, "bincode"),
        (Codec::Postcard, "postcard"),
        (Codec::MessagePack, "messagepack"),
        (Codec::Json, "json"),
    ] {
        for (least, compressed) in [(usize::MAX, ""), (0, "-compressed")] {
            let identity = Keymaker::guessable().identity::<Value>(&[&7_u32]);
            let identity = identity
                .expect("a number has an encoding")
                .in_codec(codec)
                .compressed_above(least);
            let stored = identity.seal(&outer).expect("it can be stored");
            let (_, from_codec) = stored.split_at(4);
            let payload = &stored[66..stored.len() - 4];
            let parts = [&[IS_WHOLE], &from_codec[..26], payload].concat();
            seeds.push((format!("whole-{name}{compressed}"), parts));
            seeds.push((
                format!("stored-{name}{compressed}"),
                [&[0], &stored[..]].concat(),
            ));
        }
    }
    let encrypted = IDENTITIES[2].seal(&outer).expect("it can be stored");
    seeds.push((
        "stored-encrypted-required".to_owned(),
        [&[2], &encrypted[..encrypted.len() - 1]].concat(),
    ));
    seeds.push((
        "stored-encrypted".to_owned(),
        [&[1], &encrypted[..]].concat(),
    ));
    seeds
}
