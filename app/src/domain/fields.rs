//! The fields of a JSON object, split apart but not yet read.
//!
//! Each value stays raw text until its own parser reads it, so that one bad field does not hide the
//! next. The split does not recurse: a body of nothing but brackets is refused without using stack.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, DeserializeOwned, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::fault::{Fault, Faults};
use crate::error::Code;

/// How many unknown fields are named before the rest is left out.
const MAX_UNKNOWN_NAMED: usize = 10;
/// The longest name of an unknown field that is repeated.
const MAX_NAME_BYTES: usize = 40;
/// What stands for the name of a field that is not repeated.
const UNNAMED: &str = "(a field)";

/// The members of a JSON object by name, each a piece of the body.
pub(super) struct Fields<'a> {
    values: BTreeMap<String, &'a RawValue>,
    repeated: Vec<String>,
}

impl<'a> Fields<'a> {
    /// Splits `body` into its members.
    pub(super) fn split(body: &'a [u8]) -> Result<Self, Fault> {
        let text = std::str::from_utf8(body).map_err(|error| {
            not_json(format!(
                "the body is not JSON: not UTF-8 at byte {}; send JSON in UTF-8",
                error.valid_up_to()
            ))
        })?;
        let document: &RawValue =
            serde_json::from_str(text).map_err(|error| not_json(syntax(&error)))?;
        if !document.get().starts_with('{') {
            return Err(Fault::new(
                Code::InvalidRequest,
                "",
                "the body must be a JSON object, as in {\"date\": …}",
            ));
        }
        serde_json::from_str(document.get()).map_err(|error| not_json(syntax(&error)))
    }

    /// Removes the field and returns its value; `null` counts as absent.
    ///
    /// A value that is not a `T` is the fault `code` with the remedy `expected`.
    pub(super) fn take<T: DeserializeOwned>(
        &mut self,
        name: &str,
        code: Code,
        expected: &str,
    ) -> Result<Option<T>, Fault> {
        let Some(value) = self.values.remove(name) else {
            return Ok(None);
        };
        serde_json::from_str(value.get()).map_err(|_| Fault::new(code, name, expected))
    }

    /// Reports what is left: fields no one took, and fields given twice. `known` is named as the
    /// remedy.
    pub(super) fn finish(self, known: &str, faults: &mut Faults) {
        for name in self.repeated.iter().take(MAX_UNKNOWN_NAMED) {
            let name = repeatable(name);
            let message = format!("{name} is given more than once; keep one");
            faults.push(Fault::new(Code::InvalidRequest, name, message));
        }
        for name in self.values.keys().take(MAX_UNKNOWN_NAMED) {
            let name = repeatable(name);
            let message = format!("{name} is not a field; the fields are {known}");
            faults.push(Fault::new(Code::InvalidRequest, name, message));
        }
    }
}

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Split;

        impl<'de> Visitor<'de> for Split {
            type Value = Fields<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Fields {
                    values: BTreeMap::new(),
                    repeated: Vec::new(),
                };
                while let Some((name, value)) = map.next_entry::<String, &RawValue>()? {
                    if fields.values.insert(name.clone(), value).is_some() {
                        fields.repeated.push(name);
                    }
                }
                Ok(fields)
            }
        }

        deserializer.deserialize_map(Split)
    }
}

fn not_json(message: String) -> Fault {
    Fault::new(Code::InvalidJson, "", message)
}

/// Says where the syntax breaks, without repeating what stands there.
fn syntax(error: &serde_json::Error) -> String {
    if error.is_eof() {
        "the body is not JSON: it ends too early; send a JSON object".to_owned()
    } else {
        format!(
            "the body is not JSON: syntax error at line {} column {}",
            error.line(),
            error.column()
        )
    }
}

/// Returns a name that looks like a field's, as a typing error does. Anything else may be a person or a place in
/// the wrong position, and errors do not repeat those.
fn repeatable(name: &str) -> &str {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let is_name = name.len() <= MAX_NAME_BYTES
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(is_plain);
    if is_name { name } else { UNNAMED }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(body: &[u8]) -> Fault {
        Fields::split(body).err().expect("the body is refused")
    }

    fn split(body: &str) -> Fields<'_> {
        Fields::split(body.as_bytes()).unwrap_or_else(|fault| panic!("{}", fault.message))
    }

    #[test]
    fn text_that_is_not_json_is_told_where_it_breaks() {
        let fault = fault(b"{\"date\": }");

        assert_eq!(fault.code, Code::InvalidJson);
        assert_eq!(
            fault.message,
            "the body is not JSON: syntax error at line 1 column 10"
        );
    }

    #[test]
    fn bytes_that_are_not_utf8_are_told_where() {
        let fault = fault(b"{\"name\": \"\xff\"}");

        assert_eq!(fault.code, Code::InvalidJson);
        assert!(
            fault.message.contains("not UTF-8 at byte 10"),
            "{}",
            fault.message
        );
    }

    #[test]
    fn a_hundred_thousand_open_brackets_are_refused_without_using_stack() {
        assert_eq!(
            fault("[".repeat(100_000).as_bytes()).code,
            Code::InvalidJson
        );
        assert_eq!(
            fault(format!("{{\"date\": {}", "[".repeat(100_000)).as_bytes()).code,
            Code::InvalidJson
        );
    }

    #[test]
    fn deeply_nested_json_in_a_field_is_a_fault_of_that_field() {
        let nested = format!(
            "{{\"date\": {}{}}}",
            "[".repeat(100_000),
            "]".repeat(100_000)
        );
        let mut fields = split(&nested);

        let fault = fields
            .take::<String>("date", Code::InvalidDate, "a date")
            .expect_err("not a string");

        assert_eq!(
            (fault.code, fault.path.as_str()),
            (Code::InvalidDate, "date")
        );
    }

    #[test]
    fn json_that_is_not_an_object_is_told_so() {
        for body in ["[]", "1", "null", "\"text\"", " [1, 2] "] {
            assert_eq!(fault(body.as_bytes()).code, Code::InvalidRequest, "{body}");
        }
    }

    #[test]
    fn a_field_given_twice_and_a_field_nobody_knows_are_both_reported() {
        let mut fields = split(r#"{"fold": 0, "fold": 1, "latitud": 5}"#);
        let mut faults = Faults::default();

        fields
            .take::<u8>("fold", Code::InvalidRequest, "")
            .expect("a number");
        fields.finish("`fold`", &mut faults);

        let paths: Vec<_> = faults.iter().map(|fault| fault.path.as_str()).collect();
        assert_eq!(paths, ["fold", "latitud"]);
    }

    #[test]
    fn only_what_looks_like_a_field_is_named() {
        let path = |name: &str| {
            let mut faults = Faults::default();
            split(&format!("{{{name:?}: 1}}")).finish("", &mut faults);
            let fault = faults.iter().next().expect("nobody took it");
            fault.path.clone()
        };

        for name in [
            "latitud",
            "houseSystem",
            "utc_offset_2",
            &"a".repeat(MAX_NAME_BYTES),
        ] {
            assert_eq!(path(name), name);
        }
        for name in [
            "",
            "Ada",
            "ada lovelace",
            "zürich",
            "1990",
            "_",
            &"a".repeat(MAX_NAME_BYTES + 1),
        ] {
            assert_eq!(path(name), UNNAMED);
        }
    }

    #[test]
    fn many_unknown_fields_are_not_all_named() {
        let members: Vec<_> = (0..1000).map(|n| format!("\"field_{n}\": 1")).collect();
        let body = format!("{{{}}}", members.join(","));
        let mut faults = Faults::default();

        split(&body).finish("", &mut faults);

        assert_eq!(faults.iter().count(), MAX_UNKNOWN_NAMED);
    }
}
