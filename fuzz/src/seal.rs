//! Sealing a value, changing the envelope, and opening it.

use std::sync::LazyLock;

use arbitrary::Unstructured;
use cached_runtime::Codec;
use cached_runtime::measure::{Identity, Keymaker};

use crate::envelope::secret;

type Value = (String, Vec<i64>, Option<Vec<u8>>);

/// Which call it is, and the form in which its value is stored.
struct Entry {
    identity: Identity,
    is_encrypted: bool,
}

static KEYMAKERS: LazyLock<[Keymaker; 2]> =
    LazyLock::new(|| [Keymaker::guessable(), Keymaker::new(&secret())]);

pub(crate) fn run(bytes: &[u8]) {
    // An input that ends early is read as one that goes on with zeros.
    let _ = check(&mut Unstructured::new(bytes));
}

fn check(input: &mut Unstructured<'_>) -> arbitrary::Result<()> {
    let codecs = [
        Codec::Bincode,
        Codec::Postcard,
        Codec::MessagePack,
        Codec::Json,
    ];
    let codec = *input.choose(&codecs)?;
    let form = input.int_in_range(0..=2)?;
    let least = *input.choose(&[usize::MAX, 0])?;
    let entry = |argument: u32| Entry::of(argument, form, codec, least);
    let Entry {
        identity,
        is_encrypted,
    } = entry(7);
    let value: Value = input.arbitrary()?;

    let sealed = identity.seal(&value).expect("every codec carries the type");
    let opened = identity.open::<Value>(&sealed);
    assert!(
        opened.is_ok_and(|opened| opened == value),
        "a value comes back as another"
    );
    let moved = entry(8).identity.open::<Value>(&sealed);
    assert!(moved.is_err(), "a value is read under another key");

    // A checksum finds up to three flipped bits wherever they are; a tag finds anything.
    let flipped = flip(&sealed, input)?;
    let read = identity.open::<Value>(&flipped);
    assert!(
        read.is_err() || flipped == sealed,
        "flipped bits are not seen"
    );
    let changed = change(sealed.clone(), input)?;
    let read = identity.open::<Value>(&changed);
    assert!(
        !is_encrypted || read.is_err() || changed == sealed,
        "a changed entry is read"
    );
    Ok(())
}

impl Entry {
    fn of(argument: u32, form: u8, codec: Codec, least: usize) -> Self {
        let keymaker = &KEYMAKERS[usize::from(form > 0)];
        let identity = keymaker.identity::<Value>(&[&argument]);
        let identity = identity.expect("a number has an encoding");
        let identity = identity.in_codec(codec).compressed_above(least);
        let is_encrypted = form == 2;
        Self {
            identity: if is_encrypted {
                identity.encrypted()
            } else {
                identity
            },
            is_encrypted,
        }
    }
}

/// Returns the bytes with one to three bits flipped.
fn flip(bytes: &[u8], input: &mut Unstructured<'_>) -> arbitrary::Result<Vec<u8>> {
    let mut bytes = bytes.to_vec();
    for _ in 0..input.int_in_range(1..=3)? {
        let at = input.choose_index(bytes.len())?;
        bytes[at] ^= 1 << input.int_in_range(0..=7)?;
    }
    Ok(bytes)
}

/// Returns the bytes after some are written over, cut off, moved or put in.
fn change(mut bytes: Vec<u8>, input: &mut Unstructured<'_>) -> arbitrary::Result<Vec<u8>> {
    while !bytes.is_empty() && !input.is_empty() {
        let at = input.choose_index(bytes.len())?;
        match input.int_in_range(0..=4)? {
            0 => bytes[at] = input.arbitrary()?,
            1 => bytes.truncate(at),
            2 => bytes.insert(at, input.arbitrary()?),
            3 => bytes.rotate_left(at),
            _ => {
                let other = input.choose_index(bytes.len())?;
                bytes.swap(at, other);
            }
        }
    }
    Ok(bytes)
}

pub(crate) fn seeds() -> Vec<(String, Vec<u8>)> {
    // What is read first stands at the front; lengths of collections are read from the back.
    let seeds = (0..4_u8).flat_map(|codec| (0..3_u8).map(move |form| (codec, form)));
    let seed = |(codec, form)| {
        let text = b"natal natal natal natal\0\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d";
        let mut bytes = vec![codec, form, codec % 2];
        bytes.extend_from_slice(text);
        bytes.extend((0..120_u8).map(|n| n.wrapping_mul(37)));
        bytes.push(24);
        (format!("codec-{codec}-form-{form}"), bytes)
    };
    seeds.map(seed).collect()
}
