//! Entries as releases wrote them, in `tests/golden`: each is read for as long as its format is.
//!
//! `UPDATE_GOLDEN=1 cargo test -p cached-runtime --all-features golden` writes those that are not there
//! yet, and never one that is: what a release wrote does not change.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use serde::Deserialize;

use super::*;
use crate::key::KeySecret;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden");
const SECRET: &str = "the secret of the golden entries";

/// Something of everything that serde knows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Golden {
    numbers: (u8, u16, u32, u64, u128, i8, i16, i32, i64, i128),
    floats: Vec<f64>,
    single: f32,
    letter: char,
    text: String,
    options: [Option<bool>; 3],
    variants: Vec<Variant>,
    table: BTreeMap<String, u32>,
    unit: (),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Variant {
    Unit,
    Newtype(u32),
    Tuple(u8, String),
    Struct { longitude: f64, retrograde: bool },
}

fn value() -> Golden {
    Golden {
        numbers: (
            250,
            251,
            65_536,
            u64::MAX,
            u128::MAX,
            -1,
            -300,
            i32::MIN,
            i64::MIN,
            i128::MIN,
        ),
        floats: vec![0.1, -0.0, 1e300, 5e-324, 280.466_456_789_012_3],
        single: 0.1,
        letter: 'Ω',
        text: "Ωmega ".repeat(40),
        options: [None, Some(false), Some(true)],
        variants: vec![
            Variant::Unit,
            Variant::Newtype(7),
            Variant::Tuple(8, "eight".to_owned()),
            Variant::Struct {
                longitude: 12.5,
                retrograde: true,
            },
        ],
        table: BTreeMap::from([("one".to_owned(), 1), ("two".to_owned(), 2)]),
        unit: (),
    }
}

fn entry(is_absence: bool) -> Entry<Golden, String> {
    let content = if is_absence {
        Content::Absence("no such chart".to_owned())
    } else {
        Content::Value(value())
    };
    let times = Times {
        created_at: UNIX_EPOCH + Duration::from_millis(1_795_000_000_123),
        fresh_until: UNIX_EPOCH + Duration::from_millis(1_795_086_400_123),
        cost: Duration::from_micros(1_500),
    };
    Entry { content, times }
}

fn key() -> Key {
    let secret = KeySecret::new(SECRET).unwrap().id();
    let digest = "07".repeat(32);
    let text = format!("golden:shop::chart:1.0123456789abcdef:{secret}:{digest}");
    Key::fixed(text, [7; 32], secret)
}

/// Returns the name of the entry in each form that this build writes.
fn forms(ciphers: &[Cipher]) -> BTreeMap<String, (bool, Form<'_>)> {
    let mut forms = BTreeMap::new();
    for codec in Codec::ALL {
        for (name, is_absence, is_encrypted, compress_above) in [
            ("plain", false, false, None),
            ("absence", true, false, None),
            ("compressed", false, false, Some(64)),
            ("encrypted", false, true, None),
            ("compressed-encrypted", false, true, Some(64)),
        ] {
            let form = Form {
                codec: *codec,
                ciphers,
                is_encrypted,
                compress_above,
                max_value_bytes: 1 << 20,
            };
            let name = format!("format-{FORMAT}-{codec}-{name}.bin");
            forms.insert(name, (is_absence, form));
        }
    }
    forms
}

fn path(name: &str) -> PathBuf {
    PathBuf::from(FOLDER).join(name)
}

#[test]
fn every_entry_that_a_release_wrote_is_read() {
    let ciphers = [Cipher::new(&KeySecret::new(SECRET).unwrap())];
    let forms = forms(&ciphers);
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    for (name, (is_absence, form)) in &forms {
        if update && !path(name).exists() {
            let sealed = seal(&entry(*is_absence).as_ref(), &key(), form).unwrap();
            fs::write(path(name), sealed).unwrap();
        }
    }

    for (name, (is_absence, form)) in &forms {
        let stored = fs::read(path(name));
        let stored = stored.unwrap_or_else(|error| panic!("{name}: {error}; write it"));
        // Whatever this reader writes itself.
        let reader = Form {
            codec: Codec::Bincode,
            is_encrypted: false,
            compress_above: None,
            ..*form
        };
        let read = open::<Golden, String>(&stored, &key(), &reader);
        assert_eq!(read.unwrap(), entry(*is_absence), "{name}");
    }
}

#[test]
fn what_is_neither_encrypted_nor_compressed_is_written_as_it_was() {
    for (name, (is_absence, form)) in &forms(&[]) {
        if form.is_encrypted || form.compress_above.is_some() {
            continue;
        }
        let sealed = seal(&entry(*is_absence).as_ref(), &key(), form).unwrap();
        assert!(sealed == fs::read(path(name)).unwrap(), "{name}");
    }
}

#[test]
fn what_this_build_cannot_read_is_a_clean_miss() {
    let written: BTreeSet<String> = fs::read_dir(FOLDER)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains(".bin"))
        .collect();
    let readable = forms(&[]);

    for name in written.iter().filter(|name| !readable.contains_key(*name)) {
        let stored = fs::read(path(name)).unwrap();
        let form = readable.values().next().expect("bincode is always there").1;
        let read = open::<Golden, String>(&stored, &key(), &form);
        assert!(read.unwrap_err().is_unreadable(), "{name}");
    }
}
