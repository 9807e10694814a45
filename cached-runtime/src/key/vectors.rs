//! The encodings and digests that `docs/keys.md` publishes are those of the code, in every process and build.

use std::collections::{HashMap, HashSet};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize, Serializer};

use super::{Argument, Arguments, Fingerprint, Key, KeySecret, Keys, Template, push_hex};
use crate::spec::Spec;

static SPEC: Spec = Spec::new(|| "").with_name("shop::price");
static SPEC_2: Spec = Spec::new(|| "").with_name("shop::price").with_version(2);

const PAGE: &str = include_str!("../../../docs/keys.md");

/// Returns the rows of the page's table under this head.
fn published(head: &str) -> Vec<&'static str> {
    PAGE.lines()
        .skip_while(|line| *line != head)
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    push_hex(&mut text, bytes);
    text
}

struct Bytes(&'static [u8]);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

#[derive(Serialize)]
struct Metre;

#[derive(Serialize)]
struct Length(u8);

#[derive(Serialize)]
struct Size(u8, u8);

#[derive(Serialize)]
struct Place {
    latitude: f64,
    name: Option<&'static str>,
}

#[derive(Serialize)]
enum Shape {
    Point,
    Square(u8),
    Rectangle(u8, u8),
    Circle { radius: u8 },
}

/// Each expression with its encoding, as a row of the page.
macro_rules! rows {
    ($($text:literal => $value:expr,)*) => {
        [$({
            let mut bytes = Vec::new();
            Argument::encode(&$value, &mut bytes).unwrap();
            format!("| `{}` | `{}` |", $text, hex(&bytes))
        }),*]
    };
}

#[test]
fn the_published_encodings_are_those_of_the_code() {
    let rows = rows![
        "true" => true,
        "5_u8" => 5_u8,
        "5_u16" => 5_u16,
        "5_u32" => 5_u32,
        "5_u64" => 5_u64,
        "u128::MAX" => u128::MAX,
        "-1_i8" => -1_i8,
        "-1_i16" => -1_i16,
        "-1_i32" => -1_i32,
        "-1_i64" => -1_i64,
        "i128::MIN" => i128::MIN,
        "1.5_f32" => 1.5_f32,
        "1.5_f64" => 1.5_f64,
        "-0.0_f64" => -0.0_f64,
        "'é'" => 'é',
        r#""text""# => "text",
        r#""""# => "",
        r#"Bytes(b"text")"# => Bytes(b"text"),
        "None::<u8>" => None::<u8>,
        "Some(())" => Some(()),
        "Some(None::<u8>)" => Some(None::<u8>),
        "Some(Some(0_u8))" => Some(Some(0_u8)),
        "vec![1_u8, 2]" => vec![1_u8, 2],
        r#"(1_u8, "a")"# => (1_u8, "a"),
        "[1_u8, 2]" => [1_u8, 2],
        r#"HashSet::from(["b", "a"])"# => HashSet::from(["b", "a"]),
        r#"HashMap::from([("b", 2_u8), ("a", 1)])"# => HashMap::from([("b", 2_u8), ("a", 1)]),
        "Metre" => Metre,
        "Length(5_u8)" => Length(5),
        "Size(2_u8, 3_u8)" => Size(2, 3),
        r#"Place { latitude: 51.5, name: Some("London") }"# => Place { latitude: 51.5, name: Some("London") },
        "Shape::Point" => Shape::Point,
        "Shape::Square(2_u8)" => Shape::Square(2),
        "Shape::Rectangle(2_u8, 3_u8)" => Shape::Rectangle(2, 3),
        "Shape::Circle { radius: 1_u8 }" => Shape::Circle { radius: 1 },
        "vec![HashSet::from([Some(2_u8), None])]" => vec![HashSet::from([Some(2_u8), None])],
        "HashMap::from([((1_u8, true), vec![Shape::Point])])" => HashMap::from([((1_u8, true), vec![Shape::Point])]),
    ];

    assert_eq!(published("| value | encoding |"), rows);
}

/// Returns the key of a call of the page's function.
fn key(version: u32, arguments: &Arguments) -> Key {
    let secret = KeySecret::new("0123456789abcdef0123456789abcdef").unwrap();
    let spec = if version == 2 { &SPEC_2 } else { &SPEC };
    Keys::keyed("test".to_owned(), &secret).key(spec, Fingerprint(0x0123_4567_89ab_cdef), arguments)
}

#[test]
fn the_published_digests_are_those_of_the_code() {
    let row = |call: &str, version, values: &[&dyn Argument]| {
        let key = key(version, &Arguments::encode(values).unwrap());
        format!("| {call} | `{}` |", hex(key.digest()))
    };
    let rows = [
        row(r#"1, `""`"#, 1, &[&""]),
        row(r#"1, `""` and `7_u32`"#, 1, &[&"", &7_u32]),
        row(r#"2, `""` and `7_u32`"#, 2, &[&"", &7_u32]),
        row(
            r#"1, `""`, `7_u32` and `"desk"`"#,
            1,
            &[&"", &7_u32, &"desk"],
        ),
        row(r#"1, `"<u8>"` and `7_u32`"#, 1, &[&"<u8>", &7_u32]),
    ];

    assert_eq!(published("| version, arguments | digest |"), rows);
}

#[derive(Deserialize)]
#[serde(rename = "Place")]
#[expect(dead_code, reason = "its shape is all that is asked for")]
struct StoredPlace {
    latitude: f64,
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename = "Shape")]
#[expect(dead_code, reason = "its shape is all that is asked for")]
enum StoredShape {
    Point,
    Square(u8),
    Rectangle(u8, u8),
    Circle { radius: u8 },
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "its shape is all that is asked for")]
struct Tree {
    left: Option<Box<Tree>>,
    right: Option<Box<Tree>>,
}

#[test]
fn the_published_fingerprints_are_those_of_the_code() {
    fn row<T: DeserializeOwned>(text: &str) -> String {
        let fingerprint = Fingerprint::of::<T>().0.to_be_bytes();
        format!("| `{text}` | `{}` |", hex(&fingerprint))
    }
    let rows = [
        row::<u64>("u64"),
        row::<Vec<(String, u32)>>("Vec<(String, u32)>"),
        row::<StoredPlace>("struct Place { latitude: f64, name: Option<String> }"),
        row::<StoredShape>(
            "enum Shape { Point, Square(u8), Rectangle(u8, u8), Circle { radius: u8 } }",
        ),
        row::<Tree>("struct Tree { left: Option<Box<Tree>>, right: Option<Box<Tree>> }"),
    ];

    assert_eq!(published("| type | fingerprint |"), rows);
}

#[test]
fn the_published_key_is_that_of_the_code() {
    let secret = KeySecret::new("0123456789abcdef0123456789abcdef").unwrap();
    let arguments = Arguments::encode(&[&"", &7_u32, &"desk"]).unwrap();
    let keys = Keys::keyed("test".to_owned(), &secret);

    let key = keys.key(&SPEC, Fingerprint::of::<u64>(), &arguments);

    assert!(PAGE.lines().any(|line| line == key.as_str()), "{key:?}");
}

#[test]
fn the_published_ids_of_secrets_are_those_of_the_code() {
    let row = |secret: &str| {
        let id = KeySecret::new(secret).unwrap().id();
        format!("| `{secret}` | `{id}` |")
    };
    let rows = [
        row("0123456789abcdef0123456789abcdef"),
        row("another secret of thirty-two byte"),
    ];

    assert_eq!(published("| secret | id |"), rows);
}

#[test]
fn the_published_readable_keys_are_those_of_the_code() {
    let row = |instance: &str, id: u32, lang: &str| {
        let template = Template::new(["user:", ":"], "");
        let arguments = Arguments::readable(instance, &template, [&id, &lang]).unwrap();
        let key = key(1, &arguments);
        format!(
            "| `{instance:?}` | `{id}`, `{lang:?}` | `{}` | `{}` |",
            key.as_str(),
            hex(key.digest())
        )
    };
    let rows = [
        row("", 7, "de"),
        row("", 7, "a:b é"),
        row("", 7, ""),
        row("<u8, shop::User>", 7, "de"),
    ];

    assert_eq!(
        published("| type arguments | values | key | digest |"),
        rows
    );
}
