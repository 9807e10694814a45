//! The values that scalars are offered, one after the other until one is taken.

use serde::de::Visitor;

use super::tracer::Fault;

/// Texts of the kinds that types are read from.
const TEXTS: &[&str] = &[
    "a",
    "",
    "1",
    "true",
    "1.5",
    "127.0.0.1",
    "::1",
    "127.0.0.1:80",
    "[::1]:80",
    "127.0.0.0/8",
    "00000000-0000-0000-0000-000000000000",
    "2000-01-01",
    "00:00:00",
    "2000-01-01T00:00:00",
    "2000-01-01T00:00:00Z",
    "2000-01-01T00:00:00+00:00[UTC]",
    "2000-01-01 00:00:00 +00:00:00",
    "UTC",
    "Europe/London",
    "+00:00",
    "PT1S",
    "1s",
    "http://localhost/",
    "a@example.org",
    "example.org",
    "1.0.0",
    "EUR",
    "en-GB",
    "#000000",
    "00000000",
    "AAAA",
    "0x0000000000000000000000000000000000000000",
];

/// How many bytes.
const BYTES: &[usize] = &[16, 0, 4, 8, 32, 1, 2, 6, 12, 18, 20, 24, 64];

const NUMBERS: &[u8] = &[1, 0, 2, 10, 16, 100];

/// How many ways there are to answer a type that takes anything.
const ANY: usize = 8;

/// Returns how many probes there are for a scalar.
pub(super) fn count(scalar: &str) -> usize {
    match scalar {
        "bool" | "char" => 2,
        "str" | "string" | "identifier" => TEXTS.len(),
        "bytes" | "byte_buf" => BYTES.len(),
        "unit" => 1,
        "any" | "ignored" => ANY,
        _ => NUMBERS.len(),
    }
}

/// Offers the probe of this number to a visitor.
pub(super) fn offer<'de, V: Visitor<'de>>(
    scalar: &str,
    attempt: usize,
    visitor: V,
) -> Result<V::Value, Fault> {
    let number = *NUMBERS.get(attempt).unwrap_or(&1);
    let text = *TEXTS.get(attempt).unwrap_or(&"a");
    match scalar {
        "bool" => visitor.visit_bool(attempt == 1),
        "i8" => visitor.visit_i8(i8::try_from(number).unwrap_or(1)),
        "i16" => visitor.visit_i16(number.into()),
        "i32" => visitor.visit_i32(number.into()),
        "i64" => visitor.visit_i64(number.into()),
        "i128" => visitor.visit_i128(number.into()),
        "u8" => visitor.visit_u8(number),
        "u16" => visitor.visit_u16(number.into()),
        "u32" => visitor.visit_u32(number.into()),
        "u64" => visitor.visit_u64(number.into()),
        "u128" => visitor.visit_u128(number.into()),
        "f32" => visitor.visit_f32(number.into()),
        "f64" => visitor.visit_f64(number.into()),
        "char" => visitor.visit_char(if attempt == 0 { 'a' } else { '0' }),
        "str" | "identifier" => visitor.visit_str(text),
        "string" => visitor.visit_string(text.to_owned()),
        "bytes" => visitor.visit_bytes(&vec![0; bytes(attempt)]),
        "byte_buf" => visitor.visit_byte_buf(vec![0; bytes(attempt)]),
        "any" | "ignored" => match attempt {
            0 => visitor.visit_unit(),
            1 => visitor.visit_str("a"),
            2 => visitor.visit_u64(1),
            3 => visitor.visit_bool(true),
            4 => visitor.visit_f64(1.0),
            5 => visitor.visit_seq(NothingMore),
            6 => visitor.visit_map(NothingMore),
            _ => visitor.visit_none(),
        },
        _ => visitor.visit_unit(),
    }
}

fn bytes(attempt: usize) -> usize {
    *BYTES.get(attempt).unwrap_or(&0)
}

/// A list and a map without anything in them.
pub(super) struct NothingMore;

impl<'de> serde::de::SeqAccess<'de> for NothingMore {
    type Error = Fault;

    fn next_element_seed<S: serde::de::DeserializeSeed<'de>>(
        &mut self,
        _: S,
    ) -> Result<Option<S::Value>, Fault> {
        Ok(None)
    }
}

impl<'de> serde::de::MapAccess<'de> for NothingMore {
    type Error = Fault;

    fn next_key_seed<S: serde::de::DeserializeSeed<'de>>(
        &mut self,
        _: S,
    ) -> Result<Option<S::Value>, Fault> {
        Ok(None)
    }

    fn next_value_seed<S: serde::de::DeserializeSeed<'de>>(
        &mut self,
        _: S,
    ) -> Result<S::Value, Fault> {
        Err(Fault::Stopped)
    }
}
