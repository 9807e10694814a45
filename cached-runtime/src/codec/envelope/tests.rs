use proptest::prelude::*;

use super::*;

const DIGEST: [u8; 32] = [7; 32];
const MIB: usize = 1 << 20;

fn times() -> Times {
    Times {
        created_at: UNIX_EPOCH + Duration::from_millis(1_700_000_000_123),
        fresh_until: UNIX_EPOCH + Duration::from_millis(1_700_000_060_123),
        cost: Duration::from_micros(1_500),
    }
}

fn seal_value<T: Serialize>(value: &T, times: &Times, limit: usize) -> Result<Vec<u8>, Error> {
    let entry = Entry {
        content: Content::<_, ()>::Value(value),
        times: *times,
    };
    seal(&entry, &DIGEST, Codec::Bincode, limit)
}

/// Opens an envelope of a value or, in these tests, of an absence made of a number.
fn open_as<T: DeserializeOwned>(bytes: &[u8]) -> Result<Entry<T, u8>, Error> {
    open(bytes, &DIGEST)
}

fn sealed() -> Vec<u8> {
    seal_value(&String::from("value"), &times(), MIB).unwrap()
}

fn refusal(bytes: &[u8]) -> String {
    let error = open_as::<String>(bytes).unwrap_err();
    assert!(error.is_unreadable());
    error.to_string()
}

/// Replaces a byte and mends the checksum, as a writer of another build would.
fn forged(at: usize, byte: u8) -> Vec<u8> {
    let mut bytes = sealed();
    bytes[at] = byte;
    let end = bytes.len() - CHECKSUM_BYTES;
    let checksum = crc32c::crc32c(&bytes[..end]);
    bytes[end..].copy_from_slice(&checksum.to_le_bytes());
    bytes
}

#[test]
fn an_entry_comes_back_as_it_was() {
    let entry = open_as::<String>(&sealed()).unwrap();

    assert_eq!(entry.content, Content::Value("value".to_owned()));
    assert_eq!(entry.times, times());
}

#[test]
fn the_layout_is_the_one_in_the_drawing() {
    let bytes = sealed();

    assert_eq!(bytes[..6], *b"RCE\x01\x01\x00");
    assert_eq!(bytes[6..14], 1_700_000_000_123_u64.to_le_bytes());
    assert_eq!(bytes[14..22], 1_700_000_060_123_u64.to_le_bytes());
    assert_eq!(bytes[22..30], 1_500_u64.to_le_bytes());
    assert_eq!(bytes[30..62], DIGEST);
    assert_eq!(bytes[62..66], 6_u32.to_le_bytes());
    assert_eq!(bytes[66..72], *b"\x05value");
    assert_eq!(bytes[72..], crc32c::crc32c(&bytes[..72]).to_le_bytes());
    assert_eq!(bytes.len(), OVERHEAD_BYTES + 6);
}

#[test]
fn the_checksum_is_that_of_rfc_3720() {
    assert_eq!(crc32c::crc32c(b"123456789"), 0xE306_9283);
}

#[test]
fn a_deadline_is_rounded_down() {
    let mut late = times();
    late.fresh_until += Duration::from_micros(999);

    let bytes = seal_value(&0_u8, &late, MIB).unwrap();

    assert_eq!(
        open_as::<u8>(&bytes).unwrap().times.fresh_until,
        times().fresh_until
    );
}

#[test]
fn an_absence_comes_back_as_one() {
    let entry = Entry {
        content: Content::<String, _>::Absence(7_u8),
        times: times(),
    };
    let bytes = seal(&entry, &DIGEST, Codec::Bincode, MIB).unwrap();

    assert_eq!(
        open_as::<String>(&bytes).unwrap().content,
        Content::Absence(7)
    );
}

#[test]
fn an_envelope_under_another_key_is_refused() {
    let error = open::<String, u8>(&sealed(), &[8; 32]).unwrap_err();

    assert_eq!(error.to_string(), "envelope belongs to another key");
}

#[test]
fn what_another_build_wrote_is_refused_by_name() {
    assert_eq!(
        refusal(&forged(3, 9)),
        "envelope has format 9; this build reads 1"
    );
    assert_eq!(
        refusal(&forged(4, 200)),
        "envelope has the unknown codec 200"
    );
    assert_eq!(
        refusal(&forged(5, 2)),
        "envelope has the unknown flags 0b00000010"
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
    let whole = sealed();
    for end in 0..whole.len() {
        refusal(&whole[..end]);
    }
    refusal(&[&whole[..], b"x"].concat());
    refusal(&[b"x", &whole[..]].concat());
}

#[test]
fn every_flip_of_one_or_two_bits_is_refused() {
    let mut bytes = sealed();
    let bits = bytes.len() * 8;
    for first in 0..bits {
        bytes[first / 8] ^= 1 << (first % 8);
        refusal(&bytes);
        for second in first + 1..bits {
            bytes[second / 8] ^= 1 << (second % 8);
            refusal(&bytes);
            bytes[second / 8] ^= 1 << (second % 8);
        }
        bytes[first / 8] ^= 1 << (first % 8);
    }
}

#[test]
fn a_value_above_the_limit_is_too_large() {
    let error = seal_value(&vec![0_u8; 100], &times(), 100).unwrap_err();

    assert!(error.is_too_large());
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_refused_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        refusal(&bytes);
    }

    #[test]
    fn arbitrary_values_come_back(value in any::<(String, Vec<Option<f64>>, i128)>()) {
        let bytes = seal_value(&value, &times(), MIB).unwrap();
        let entry = open_as::<(String, Vec<Option<f64>>, i128)>(&bytes).unwrap();
        prop_assert_eq!(entry.content, Content::Value(value));
    }
}
