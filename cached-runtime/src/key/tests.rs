use super::*;

static SPEC: Spec = spec("shop::price");
static SPEC_OF_ANOTHER: Spec = spec("shop::pric");
static SPEC_2: Spec = spec("shop::price").with_version(2);

const fn spec(name: &'static str) -> Spec {
    Spec::new(|| "").with_name(name)
}
const SECRET: &str = "0123456789abcdef0123456789abcdef";

fn keys() -> Keys {
    Keys::keyed("test".to_owned(), &KeySecret::new(SECRET).unwrap())
}

fn arguments(arguments: &[&dyn Argument]) -> Arguments {
    Arguments::encode(arguments).unwrap()
}

fn key(keys: &Keys, spec: &'static Spec, values: &[&dyn Argument]) -> String {
    let key = keys.key(spec, Fingerprint(0x9f2c_61d0_7ab3_e845), &arguments(values));
    key.as_str().to_owned()
}

#[test]
fn a_key_reads_namespace_name_version_fingerprint_secret_digest() {
    let key = key(&keys(), &SPEC_2, &[&7_u32]);

    let (front, digest) = key.rsplit_once(':').unwrap();
    assert_eq!(front, "test:shop::price:2.9f2c61d07ab3e845:4ec76798");
    assert_eq!(digest.len(), 64);
    assert!(
        digest
            .bytes()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    );
}

#[test]
fn everything_that_identifies_a_call_changes_its_digest() {
    let digest = |keys: &Keys, spec: &'static Spec, fingerprint, values: &[&dyn Argument]| {
        *keys
            .key(spec, Fingerprint(fingerprint), &arguments(values))
            .digest()
    };
    let other_secret = KeySecret::new("another secret of thirty-two byte").unwrap();
    let digests = [
        digest(&keys(), &SPEC, 1, &[&7_u32]),
        digest(&keys(), &SPEC, 1, &[&8_u32]),
        digest(&keys(), &SPEC, 1, &[&7_u32, &7_u32]),
        digest(&keys(), &SPEC, 1, &[]),
        digest(&keys(), &SPEC, 2, &[&7_u32]),
        digest(&keys(), &SPEC_2, 1, &[&7_u32]),
        digest(&keys(), &SPEC_OF_ANOTHER, 1, &[&7_u32]),
        digest(
            &Keys::keyed("tes".to_owned(), &KeySecret::new(SECRET).unwrap()),
            &SPEC,
            1,
            &[&7_u32],
        ),
        digest(
            &Keys::keyed("test".to_owned(), &other_secret),
            &SPEC,
            1,
            &[&7_u32],
        ),
        digest(&Keys::guessable("test".to_owned()), &SPEC, 1, &[&7_u32]),
    ];
    for (at, one) in digests.iter().enumerate() {
        assert!(!digests[..at].contains(one), "{at}");
    }
}

#[test]
fn keys_of_different_secrets_differ_also_where_they_are_readable() {
    let another = KeySecret::new("another secret of thirty-two byte").unwrap();
    let readable = Arguments::readable("", &Template::new(["user:"], ""), [&7]).unwrap();
    let key = |keys: &Keys| keys.key(&SPEC, Fingerprint(1), &readable).text;

    let keyed = key(&keys());
    let keyed_by_another = key(&Keys::keyed("test".to_owned(), &another));
    let plain = key(&Keys::guessable("test".to_owned()));

    assert_eq!(
        keyed,
        "test:shop::price:1.0000000000000001:4ec76798:=user:7"
    );
    assert_ne!(keyed, keyed_by_another);
    assert_eq!(plain, "test:shop::price:1.0000000000000001:plain:=user:7");
}

#[test]
fn a_key_knows_where_its_value_was_under_the_previous_secret() {
    let previous = KeySecret::new("another secret of thirty-two byte").unwrap();
    let values: &[&dyn Argument] = &[&7_u32];

    let key = keys()
        .with_previous(&previous)
        .key(&SPEC, Fingerprint(1), &arguments(values));

    let alone = |keys: &Keys| keys.key(&SPEC, Fingerprint(1), &arguments(values));
    let before = alone(&Keys::keyed("test".to_owned(), &previous));
    assert_eq!(key.previous(), Some(&before));
    assert_eq!(before.previous(), None);
    assert_eq!(key.as_str(), alone(&keys()).as_str());
}

#[test]
fn arguments_do_not_run_into_each_other() {
    assert_ne!(
        key(&keys(), &SPEC, &[&"ab", &"c"]),
        key(&keys(), &SPEC, &[&"a", &"bc"])
    );
    assert_ne!(
        key(&keys(), &SPEC, &[&(1_u8, 2_u8)]),
        key(&keys(), &SPEC, &[&1_u8, &2_u8])
    );
    assert_ne!(
        key(&keys(), &SPEC, &[&1_u8, &2_u8]),
        key(&keys(), &SPEC, &[&2_u8, &1_u8])
    );
}

fn readable(value: &str) -> Key {
    let template = Template::new(["user:"], ":de");
    let arguments = Arguments::readable("", &template, [&value]).unwrap();
    keys().key(&SPEC, Fingerprint(0x9f2c_61d0_7ab3_e845), &arguments)
}

#[test]
fn a_readable_key_shows_its_text_in_place_of_the_digest() {
    assert_eq!(
        readable("7").as_str(),
        "test:shop::price:1.9f2c61d07ab3e845:4ec76798:=user:7:de"
    );
    assert_ne!(readable("7").digest(), readable("8").digest());
}

#[test]
fn a_text_of_more_than_200_bytes_gives_way_to_its_digest() {
    let longest = "7".repeat(192);
    let longer = "7".repeat(193);

    assert!(
        readable(&longest)
            .as_str()
            .ends_with(&format!(":=user:{longest}:de"))
    );
    let key = readable(&longer);
    let mut digest = String::new();
    push_hex(&mut digest, key.digest());
    assert!(key.as_str().ends_with(&format!("e845:4ec76798:{digest}")));
}

#[test]
fn readable_keys_of_two_instances_of_a_function_differ() {
    let text = |instance| {
        let template = Template::new(["user:"], "");
        let arguments = Arguments::readable(instance, &template, [&7]).unwrap();
        keys().key(&SPEC, Fingerprint(1), &arguments).text
    };

    assert!(text("<u8, app::Größe>").ends_with(":=<u8,%20app::Gr%C3%B6%C3%9Fe>user:7"));
    assert!(text("<u16>").ends_with(":=<u16>user:7"));
}

#[test]
fn no_readable_text_passes_for_a_digest_or_an_argument() {
    let digest = "5".repeat(64);
    let template = Template::new([""], "");

    let arguments = Arguments::readable("", &template, [&digest]).unwrap();
    let readable = keys().key(&SPEC, Fingerprint(1), &arguments);
    let hashed = keys().key(&SPEC, Fingerprint(1), &self::arguments(&[&digest]));

    assert!(readable.as_str().ends_with(&format!(":={digest}")));
    assert_ne!(readable.digest(), hashed.digest());
}

#[test]
fn result_types_have_fingerprints_of_their_own() {
    assert_eq!(Fingerprint::of::<Vec<u8>>(), Fingerprint::of::<Vec<u8>>());
    assert_ne!(Fingerprint::of::<Vec<u8>>(), Fingerprint::of::<Vec<u16>>());
}

#[test]
fn a_nan_has_no_key() {
    let error = Arguments::encode(&[&1_u8, &f64::NAN]).err().unwrap();

    assert!(error.is_unencodable());
}

#[test]
fn an_argument_that_panics_has_no_key() {
    struct Panicking;
    impl serde::Serialize for Panicking {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            panic!("no arguments")
        }
    }
    impl fmt::Display for Panicking {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("no text")
        }
    }

    let hashed = Arguments::encode(&[&7, &Panicking]);
    let readable = Arguments::readable("", &Template::new([""], ""), [&Panicking]);

    for arguments in [hashed, readable] {
        assert!(arguments.err().unwrap().is_unencodable());
    }
}

#[test]
fn nothing_prints_the_secret() {
    let printed = format!("{:?} {:?}", keys(), KeySecret::new(SECRET).unwrap());

    assert_eq!(printed, r#"Keys { namespace: "test", .. } KeySecret(set)"#);
}
