//! What a request may hold, for the contract: what [`ChartRequest::parse`](super::ChartRequest::parse)
//! checks, as JSON Schema.
//!
//! A request has two forms, by a named zone or by an offset, and may say null for what it leaves out. The
//! limits are those the parsers use; what no schema can say (a month without a 31st, a time that the clocks
//! jumped over) is left to the answer.

use std::borrow::Cow;

use serde_json::{Value, json};
use utoipa::openapi::schema::{OneOfBuilder, Schema};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

use super::civil::{DATE_PATTERN, TIME_PATTERN};
use super::place::{MAX_LATITUDE, MAX_LONGITUDE};
use super::request::MAX_NAME_CHARS;
use super::zone::UTC_OFFSET_PATTERN;
use crate::engine::HouseSystem;

const IN_ZONE: &str = "BirthInZone";
const AT_OFFSET: &str = "BirthAtOffset";

/// The schema of a request for a chart.
pub(crate) struct ChartRequestSchema;

impl PartialSchema for ChartRequestSchema {
    fn schema() -> RefOr<Schema> {
        OneOfBuilder::new()
            .item(Ref::from_schema_name(IN_ZONE))
            .item(Ref::from_schema_name(AT_OFFSET))
            .description(Some(
                "A birth, by a named time zone or by an offset from UTC.",
            ))
            .into()
    }
}

impl ToSchema for ChartRequestSchema {
    fn name() -> Cow<'static, str> {
        "ChartRequest".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        let in_zone = birth(
            "A birth whose clock followed a time zone.",
            "timezone",
            &json!({
                "type": "string",
                "format": "iana-time-zone",
                "description": "The IANA time zone the clock followed, in any case.",
                "example": "Europe/Berlin"
            }),
        );
        let at_offset = birth(
            "A birth whose clock was a known time ahead of UTC, as for local mean time.",
            "utc_offset",
            &json!({
                "type": "string",
                "pattern": UTC_OFFSET_PATTERN,
                "description": "What the clock was ahead of UTC: `+HH:MM`, `+HH:MM:SS` or `Z`, 18 hours at most.",
                "example": "+00:19:32"
            }),
        );
        schemas.push((IN_ZONE.to_owned(), in_zone.into()));
        schemas.push((AT_OFFSET.to_owned(), at_offset.into()));
    }
}

/// Returns the schema of a birth with `zone` as the one field of the two that tells the offset.
fn birth(description: &str, zone: &str, of_zone: &Value) -> Schema {
    let names = HouseSystem::ALL.map(|system| json!(system.name()));
    let letters = ["P", "K", "W", "E", "O", "R"].map(|letter| json!(letter));
    let house_systems: Vec<_> = names
        .into_iter()
        .chain(letters)
        .chain([Value::Null])
        .collect();
    let mut schema = json!({
        "type": "object",
        "description": description,
        "required": ["date", "time", zone, "latitude", "longitude"],
        "additionalProperties": false,
        "properties": {
            "name": {
                "type": ["string", "null"],
                "maxLength": MAX_NAME_CHARS,
                "description": "Whose chart it is; echoed, and neither stored nor logged.",
                "example": "Ada"
            },
            "date": {
                "type": "string",
                "format": "date",
                "pattern": DATE_PATTERN,
                "description": "The local date, in the Gregorian calendar.",
                "example": "1990-05-17"
            },
            "time": {
                "type": "string",
                "pattern": TIME_PATTERN,
                "description": "The local time of day, `HH:MM` or `HH:MM:SS`.",
                "example": "14:30"
            },
            "timezone": {"type": "null", "description": "Not with `utc_offset`."},
            "utc_offset": {"type": "null", "description": "Not with `timezone`."},
            "fold": {
                "type": ["integer", "null"],
                "enum": [0, 1, null],
                "description": "Which of two equal local times is meant where the clocks went back: 0 the first, \
                    1 the second. Without it such a time is refused; elsewhere it has no say."
            },
            "latitude": {
                "type": "number",
                "minimum": -MAX_LATITUDE,
                "maximum": MAX_LATITUDE,
                "description": "Degrees north of the equator.",
                "example": 52.52
            },
            "longitude": {
                "type": "number",
                "minimum": -MAX_LONGITUDE,
                "maximum": MAX_LONGITUDE,
                "description": "Degrees east of Greenwich.",
                "example": 13.405
            },
            "house_system": {
                "type": ["string", "null"],
                "enum": house_systems,
                "default": HouseSystem::default().name(),
                "description": "How the houses are divided, by name or by the letter other programs use."
            }
        }
    });
    schema["properties"][zone] = of_zone.clone();
    serde_json::from_value(schema).expect("it is a schema")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_the_schema_is_in_the_contract() {
        let schema = birth("A birth.", "timezone", &json!({"type": "string"}));

        let written = serde_json::to_value(schema)
            .expect("it serialises")
            .to_string();

        for word in [
            r#""additionalProperties":false"#,
            r#""maxLength":200"#,
            r#""maximum":90"#,
            r#""minimum":-180"#,
            r#""type":"null""#,
            r#""default":"placidus""#,
            r#""enum":[0,1,null]"#,
            r#""format":"date""#,
            r#""pattern":"^([01]"#,
        ] {
            assert!(written.contains(word), "{word} in {written}");
        }
    }
}
