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
fn a_key_reads_namespace_name_version_fingerprint_digest() {
    let key = key(&keys(), &SPEC_2, &[&7_u32]);

    let (front, digest) = key.rsplit_once(':').unwrap();
    assert_eq!(front, "test:shop::price:2.9f2c61d07ab3e845");
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

#[test]
fn result_types_have_fingerprints_of_their_own() {
    mod one {
        pub(super) struct Price;
    }
    mod other {
        pub(super) struct Price;
    }

    assert_eq!(
        Fingerprint::of::<one::Price>(),
        Fingerprint::of::<one::Price>()
    );
    assert_ne!(
        Fingerprint::of::<one::Price>(),
        Fingerprint::of::<other::Price>()
    );
    assert_ne!(Fingerprint::of::<Vec<u8>>(), Fingerprint::of::<Vec<u16>>());
}

#[test]
fn a_nan_has_no_key() {
    let error = Arguments::encode(&[&1_u8, &f64::NAN]).err().unwrap();

    assert!(error.is_unencodable());
}

#[test]
fn nothing_prints_the_secret() {
    let printed = format!("{:?} {:?}", keys(), KeySecret::new(SECRET).unwrap());

    assert_eq!(printed, r#"Keys { namespace: "test", .. } KeySecret(set)"#);
}
