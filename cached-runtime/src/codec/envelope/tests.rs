use proptest::prelude::*;

use super::*;

use std::sync::LazyLock;

use crate::key::{Arguments, Fingerprint, KeySecret, Keys};
use crate::spec::Spec;

const MIB: usize = 1 << 20;

static SPEC: Spec = Spec::new(|| "envelope::tests").with_name("envelope::tests");
static KEY: LazyLock<Key> = LazyLock::new(|| key(1));
static CIPHERS: LazyLock<[Cipher; 1]> = LazyLock::new(|| [cipher(SECRET)]);

const SECRET: &str = "0123456789abcdef0123456789abcdef";
const OTHER_SECRET: &str = "another secret, of 32 bytes also";

fn key(argument: u32) -> Key {
    key_with(SECRET, argument)
}

fn key_with(secret: &str, argument: u32) -> Key {
    let arguments = Arguments::encode(&[&argument]).unwrap();
    let keys = Keys::keyed("test".to_owned(), &KeySecret::new(secret).unwrap());
    keys.key(&SPEC, Fingerprint::of::<String>(), &arguments)
}

fn cipher(secret: &str) -> Cipher {
    Cipher::new(&KeySecret::new(secret).unwrap())
}

fn times() -> Times {
    Times {
        created_at: UNIX_EPOCH + Duration::from_millis(1_700_000_000_123),
        fresh_until: UNIX_EPOCH + Duration::from_millis(1_700_000_060_123),
        cost: Duration::from_micros(1_500),
    }
}

const PLAIN: Form<'_> = Form {
    codec: Codec::Bincode,
    ciphers: &[],
    is_encrypted: false,
    compress_above: None,
    max_value_bytes: MIB,
};

fn encrypted() -> Form<'static> {
    Form {
        ciphers: &*CIPHERS,
        is_encrypted: true,
        ..PLAIN
    }
}

fn compressed() -> Form<'static> {
    Form {
        compress_above: Some(1),
        ..PLAIN
    }
}

fn seal_value<T>(value: &T, times: &Times, form: &Form<'_>) -> Result<Vec<u8>, Error>
where
    T: Serialize + DeserializeOwned,
{
    let entry = Entry {
        content: Content::<_, &()>::Value(value),
        times: *times,
    };
    seal(&entry, &KEY, form)
}

/// Opens an envelope of a value or, in these tests, of an absence made of a number.
fn open_as<T: DeserializeOwned>(bytes: &[u8], form: &Form<'_>) -> Result<Entry<T, u8>, Error> {
    open(bytes, &KEY, form)
}

fn sealed() -> Vec<u8> {
    seal_value(&String::from("value"), &times(), &PLAIN).unwrap()
}

fn sealed_in(form: &Form<'_>) -> Vec<u8> {
    seal_value(&"value".repeat(20), &times(), form).unwrap()
}

fn refusal(bytes: &[u8]) -> String {
    refusal_in(&PLAIN, bytes)
}

fn refusal_in(form: &Form<'_>, bytes: &[u8]) -> String {
    let error = open_as::<String>(bytes, form).unwrap_err();
    assert!(error.is_unreadable());
    error.to_string()
}

/// Replaces a byte and mends the checksum, as a writer of another build would.
fn forged(at: usize, byte: u8) -> Vec<u8> {
    let mut bytes = sealed();
    bytes[at] = byte;
    mend(&mut bytes);
    bytes
}

fn mend(bytes: &mut [u8]) {
    let (sealed, checksum) = bytes.split_last_chunk_mut::<CHECKSUM_BYTES>().unwrap();
    *checksum = crc32c::crc32c(sealed).to_le_bytes();
}

#[test]
fn an_entry_comes_back_as_it_was() {
    for form in [PLAIN, compressed(), encrypted()] {
        let entry = open_as::<String>(&sealed_in(&form), &form).unwrap();

        assert_eq!(entry.content, Content::Value("value".repeat(20)));
        assert_eq!(entry.times, times());
    }
}

#[test]
fn the_layout_is_the_one_in_the_drawing() {
    let bytes = sealed();

    assert_eq!(bytes[..6], *b"RCE\x01\x01\x00");
    assert_eq!(bytes[6..14], 1_700_000_000_123_u64.to_le_bytes());
    assert_eq!(bytes[14..22], 1_700_000_060_123_u64.to_le_bytes());
    assert_eq!(bytes[22..30], 1_500_u64.to_le_bytes());
    assert_eq!(bytes[30..62], *KEY.digest());
    assert_eq!(bytes[62..66], 6_u32.to_le_bytes());
    assert_eq!(bytes[66..72], *b"\x05value");
    assert_eq!(bytes[72..], crc32c::crc32c(&bytes[..72]).to_le_bytes());
    assert_eq!(bytes.len(), 66 + 6 + 4);
}

#[test]
fn the_checksum_is_that_of_rfc_3720() {
    assert_eq!(crc32c::crc32c(b"123456789"), 0xE306_9283);
}

#[test]
fn a_deadline_is_rounded_down() {
    let mut late = times();
    late.fresh_until += Duration::from_micros(999);

    let bytes = seal_value(&0_u8, &late, &PLAIN).unwrap();

    assert_eq!(
        open_as::<u8>(&bytes, &PLAIN).unwrap().times.fresh_until,
        times().fresh_until
    );
}

#[test]
fn an_absence_comes_back_as_one() {
    let entry = Entry {
        content: Content::<&String, _>::Absence(&7_u8),
        times: times(),
    };
    let bytes = seal(&entry, &KEY, &PLAIN).unwrap();

    assert_eq!(
        open_as::<String>(&bytes, &PLAIN).unwrap().content,
        Content::Absence(7)
    );
}

#[test]
fn an_envelope_under_another_key_is_refused() {
    let refusal = |form: &Form<'_>| {
        let opened = open::<String, u8>(&sealed_in(form), &key(2), form);
        opened.unwrap_err().to_string()
    };

    assert_eq!(refusal(&PLAIN), "envelope belongs to another key");
    assert_eq!(refusal(&encrypted()), "envelope is forged");
}

#[test]
fn what_another_build_wrote_is_refused_by_name() {
    assert_eq!(
        refusal(&forged(3, 9)),
        "envelope has format 9; this build reads 1"
    );
    assert_eq!(
        refusal(&forged(4, 200)),
        "envelope has codec 200, which this build does not read"
    );
    assert_eq!(
        refusal(&forged(5, 9)),
        "envelope has the unknown flags 0b00001001"
    );
}

#[test]
fn a_wrong_length_is_refused() {
    assert_eq!(
        refusal(&forged(62, 5)),
        "envelope is not as long as it says"
    );
}

#[test]
fn foreign_bytes_are_refused() {
    assert_eq!(refusal(b""), "envelope is too short");
    assert_eq!(
        refusal(b"{\"json\": true}"),
        "stored bytes are not an envelope"
    );
}

#[test]
fn every_truncation_and_every_extension_is_refused() {
    for form in [PLAIN, compressed(), encrypted()] {
        let whole = sealed_in(&form);
        for end in 0..whole.len() {
            refusal_in(&form, &whole[..end]);
        }
        refusal_in(&form, &[&whole[..], b"x"].concat());
        refusal_in(&form, &[b"x", &whole[..]].concat());
    }
}

#[test]
fn every_flip_of_one_or_two_bits_is_refused() {
    for form in [PLAIN, encrypted()] {
        let mut bytes = seal_value(&7_u8, &times(), &form).unwrap();
        let bits = bytes.len() * 8;
        let refused = |bytes: &[u8]| assert!(open_as::<u8>(bytes, &form).is_err());
        for first in 0..bits {
            bytes[first / 8] ^= 1 << (first % 8);
            refused(&bytes);
            for second in first + 1..bits {
                bytes[second / 8] ^= 1 << (second % 8);
                refused(&bytes);
                bytes[second / 8] ^= 1 << (second % 8);
            }
            bytes[first / 8] ^= 1 << (first % 8);
        }
    }
}

#[test]
fn an_encrypted_envelope_is_laid_out_as_in_the_drawing() {
    let bytes = seal_value(&String::from("value"), &times(), &encrypted()).unwrap();

    assert_eq!(bytes[..6], *b"RCE\x01\x01\x02");
    assert_eq!(bytes[6..62], sealed()[6..62]);
    assert_eq!(bytes[62..66], 6_u32.to_le_bytes());
    assert_ne!(bytes[66..72], *b"\x05value");
    assert_eq!(bytes.len(), 66 + 6 + 12 + 16);
    assert_eq!(bytes.len(), OVERHEAD_BYTES + 6);
}

#[test]
fn an_encrypted_value_is_never_written_twice_in_the_same_way() {
    let [one, other] = [(); 2].map(|()| sealed_in(&encrypted()));

    assert_eq!(one[..66], other[..66]);
    assert_ne!(one[66..], other[66..]);
    assert!(!one.windows(5).any(|bytes| bytes == b"value"));
}

#[test]
fn a_header_that_is_changed_in_an_encrypted_envelope_is_noticed() {
    // Every field: a later expiry, another codec, an absence for a value.
    for at in 0..66 {
        for bit in 0..8 {
            let mut bytes = sealed_in(&encrypted());
            bytes[at] ^= 1 << bit;
            refusal_in(&encrypted(), &bytes);
            // And as a forger would write it who wants it to be taken for a plain one.
            bytes.truncate(bytes.len() - TRAILER_BYTES + CHECKSUM_BYTES);
            mend(&mut bytes);
            refusal_in(&encrypted(), &bytes);
        }
    }
}

#[test]
fn a_plain_envelope_is_refused_where_it_has_to_be_encrypted() {
    assert_eq!(
        refusal_in(&encrypted(), &sealed()),
        "envelope is not encrypted, and has to be"
    );
}

#[test]
fn an_encrypted_envelope_is_read_where_it_need_not_be() {
    let with_secret = Form {
        ciphers: &*CIPHERS,
        ..PLAIN
    };

    assert!(open_as::<String>(&sealed_in(&encrypted()), &with_secret).is_ok());
}

#[test]
fn an_encrypted_envelope_tells_nothing_without_its_secret() {
    let stranger = Form {
        ciphers: &[cipher(OTHER_SECRET)],
        ..encrypted()
    };
    let under_its_own_key = |bytes: &[u8]| {
        let opened = open::<String, u8>(bytes, &key_with(OTHER_SECRET, 1), &stranger);
        opened.unwrap_err().to_string()
    };

    let without = "envelope is encrypted, and this cache has not the secret of its key";
    assert_eq!(refusal_in(&PLAIN, &sealed_in(&encrypted())), without);
    assert_eq!(refusal_in(&stranger, &sealed_in(&encrypted())), without);
    assert_eq!(
        under_its_own_key(&sealed_in(&encrypted())),
        "envelope is forged"
    );
}

#[test]
fn an_envelope_of_a_secret_that_is_being_replaced_is_read() {
    let rotating = Form {
        ciphers: &[cipher(OTHER_SECRET), CIPHERS[0].clone()],
        ..encrypted()
    };

    let entry = open_as::<String>(&sealed_in(&encrypted()), &rotating).unwrap();

    assert_eq!(entry.content, Content::Value("value".repeat(20)));
}

#[test]
fn nothing_is_sealed_in_plain_that_has_to_be_encrypted() {
    let without_secret = Form {
        ciphers: &[],
        ..encrypted()
    };

    let error = seal_value(&7_u8, &times(), &without_secret).unwrap_err();

    assert!(error.is_no_secret(), "{error}");
}

#[test]
fn a_compressed_value_is_read_whatever_the_reader_writes() {
    let both = Form {
        compress_above: Some(1),
        ..encrypted()
    };
    let value = "value".repeat(1000);
    for form in [compressed(), both] {
        let bytes = seal_value(&value, &times(), &form).unwrap();
        assert!(bytes.len() < 300, "{}", bytes.len());
        let reader = Form {
            compress_above: None,
            ..form
        };
        let entry = open_as::<String>(&bytes, &reader).unwrap();
        assert_eq!(entry.content, Content::Value(value.clone()));
    }
}

#[test]
fn a_value_is_compressed_from_its_size_on_and_where_that_helps() {
    let flags = |value: &str, least| {
        let form = Form {
            compress_above: Some(least),
            ..PLAIN
        };
        seal_value(&value.to_owned(), &times(), &form).unwrap()[5]
    };
    let text = "a".repeat(100);

    assert_eq!(flags(&text, 101), COMPRESSED);
    assert_eq!(flags(&text, 102), 0);
    assert_eq!(flags("abcdefghijklmnopqrstuvwxyz", 1), 0);
}

#[test]
fn a_compressed_value_does_not_decompress_beyond_the_limit() {
    let bytes = seal_value(&"value".repeat(1000), &times(), &compressed()).unwrap();
    let small = Form {
        max_value_bytes: 5000,
        ..PLAIN
    };

    assert_eq!(
        refusal_in(&small, &bytes),
        "compressed value is larger than the value limit"
    );
}

#[test]
fn an_entry_of_another_codec_is_read() {
    for codec in Codec::ALL {
        let form = Form {
            codec: *codec,
            ..PLAIN
        };
        let entry = open_as::<String>(&sealed_in(&form), &PLAIN).unwrap();
        assert_eq!(entry.content, Content::Value("value".repeat(20)));
    }
}

#[test]
fn a_value_that_does_not_survive_is_not_sealed() {
    #[derive(Serialize, serde::Deserialize)]
    #[serde(untagged)]
    enum Untagged {
        Number(u8),
    }

    let error = seal_value(&Untagged::Number(7), &times(), &PLAIN).unwrap_err();

    assert!(error.is_lossy(), "{error}");
    assert_eq!(
        error.to_string(),
        "its type asks what comes next while it is read"
    );
}

#[test]
fn a_value_above_the_limit_is_too_large() {
    let small = Form {
        max_value_bytes: 100,
        ..PLAIN
    };
    let error = seal_value(&vec![0_u8; 100], &times(), &small).unwrap_err();

    assert!(error.is_too_large());
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_refused_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        refusal(&bytes);
        refusal_in(&encrypted(), &bytes);
    }

    #[test]
    fn arbitrary_values_come_back(value in any::<(String, Vec<Option<f64>>, i128)>(), is_secret: bool) {
        let form = if is_secret { encrypted() } else { PLAIN };
        let bytes = seal_value(&value, &times(), &form).unwrap();
        let entry = open_as::<(String, Vec<Option<f64>>, i128)>(&bytes, &form).unwrap();
        prop_assert_eq!(entry.content, Content::Value(value));
    }
}
