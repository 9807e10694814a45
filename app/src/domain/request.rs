//! A request for a natal chart: the JSON contract, checked field by field.
//!
//! What determines the chart is the instant, the place and the house system:
//! [`ChartRequest::birth`]. The rest is how a person spelt it, and is only echoed.

use std::fmt;

use jiff::civil::{Date, Time};
use serde::Serialize;
use utoipa::ToSchema;

use super::fault::{Fault, Faults};
use super::fields::Fields;
use super::moment::Moment;
use super::place;
use super::when::When;
use crate::engine::{BirthData, HouseSystem};
use crate::error::Code;

/// The longest name, in Unicode code points.
pub(super) const MAX_NAME_CHARS: usize = 200;

const FIELDS: &str =
    "name, date, time, timezone, utc_offset, fold, latitude, longitude and house_system";
const NAME: &str = "name must be a string of at most 200 characters";
const HOUSE_SYSTEM: &str = "house_system must be placidus, koch, whole_sign, equal, porphyry \
     or regiomontanus, or its letter P, K, W, E, O or R";

/// A birth as the client gave it, checked.
///
/// It can only be made by [`parse`](Self::parse), and serialises to the request that would make it
/// again.
#[derive(Serialize, ToSchema)]
#[schema(as = ChartInput, description = "The request as it was understood, with what it left out. \
    Sent again, it makes the same chart.")]
pub struct ChartRequest {
    /// Whose chart it is; echoed, and neither stored nor logged.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200, nullable = false, example = "Ada")]
    name: Option<String>,
    /// The local date, in the Gregorian calendar.
    #[schema(value_type = String, format = Date, example = "1990-05-17")]
    date: Date,
    /// The local time of day, `HH:MM:SS`.
    #[schema(value_type = String, pattern = "^[0-9]{2}:[0-9]{2}:[0-9]{2}$", example = "14:30:00")]
    time: Time,
    /// The IANA time zone the clock followed, in its own spelling. Either this or `utc_offset`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Europe/Berlin")]
    timezone: Option<String>,
    /// The offset the clock showed, `+HH:MM` or `+HH:MM:SS`. Either this or `timezone`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(
        nullable = false,
        pattern = "^[+-][0-9]{2}:[0-9]{2}(:[0-9]{2})?$",
        example = "+05:45"
    )]
    utc_offset: Option<String>,
    /// Which of two equal local times is meant where the clocks went back: 0 the first, 1 the
    /// second.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 1, example = 0)]
    fold: Option<u8>,
    /// Degrees north of the equator.
    #[schema(minimum = -90, maximum = 90, example = 52.52)]
    latitude: f64,
    /// Degrees east of Greenwich.
    #[schema(minimum = -180, maximum = 180, example = 13.405)]
    longitude: f64,
    /// How the houses are divided.
    house_system: HouseSystem,
    #[serde(skip)]
    #[schema(ignore)]
    moment: Moment,
    #[serde(skip)]
    #[schema(ignore)]
    birth: BirthData,
}

impl ChartRequest {
    /// Reads a request body.
    ///
    /// # Errors
    ///
    /// Returns every fault of the body, in the order of the fields in the contract, unknown fields
    /// last.
    pub fn parse(body: &[u8]) -> Result<Self, Faults> {
        let mut fields = Fields::split(body)?;
        let mut faults = Faults::default();

        let name = faults.check(name(&mut fields));
        let when = When::take(&mut fields, &mut faults);
        let latitude = faults.check(latitude(&mut fields));
        let longitude = faults.check(longitude(&mut fields));
        let house_system = faults.check(house_system(&mut fields));
        fields.finish(FIELDS, &mut faults);

        match (name, when, latitude, longitude, house_system) {
            (Some(name), Some(when), Some(latitude), Some(longitude), Some(house_system))
                if faults.is_empty() =>
            {
                Ok(Self::new(name, &when, latitude, longitude, house_system))
            }
            _ => Err(faults),
        }
    }

    fn new(
        name: Option<String>,
        when: &When,
        latitude: f64,
        longitude: f64,
        house_system: HouseSystem,
    ) -> Self {
        let birth = BirthData::new(when.moment.timestamp(), latitude, longitude, house_system)
            .expect("each coordinate is within its range");
        Self {
            name,
            date: when.date,
            time: when.time,
            timezone: when.zone.name(),
            utc_offset: when.zone.offset(),
            fold: when.fold.map(u8::from),
            latitude,
            longitude,
            house_system,
            moment: when.moment,
            birth,
        }
    }

    /// Returns what determines the chart.
    #[must_use]
    pub fn birth(&self) -> &BirthData {
        &self.birth
    }

    /// Returns the instant of birth.
    #[must_use]
    pub fn moment(&self) -> Moment {
        self.moment
    }
}

impl fmt::Debug for ChartRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ChartRequest")
            .finish_non_exhaustive()
    }
}

fn name(fields: &mut Fields<'_>) -> Result<Option<String>, Fault> {
    match fields.take::<String>("name", Code::InvalidRequest, NAME)? {
        Some(name) if name.chars().count() > MAX_NAME_CHARS => {
            Err(Fault::new(Code::InvalidRequest, "name", NAME))
        }
        name => Ok(name),
    }
}

fn latitude(fields: &mut Fields<'_>) -> Result<f64, Fault> {
    let degrees = fields.take("latitude", Code::InvalidCoordinates, place::LATITUDE)?;
    place::latitude(degrees.ok_or_else(|| Fault::missing("latitude", place::LATITUDE))?)
}

fn longitude(fields: &mut Fields<'_>) -> Result<f64, Fault> {
    let degrees = fields.take("longitude", Code::InvalidCoordinates, place::LONGITUDE)?;
    place::longitude(degrees.ok_or_else(|| Fault::missing("longitude", place::LONGITUDE))?)
}

fn house_system(fields: &mut Fields<'_>) -> Result<HouseSystem, Fault> {
    let fault = || Fault::new(Code::InvalidHouseSystem, "house_system", HOUSE_SYSTEM);
    match fields.take::<String>("house_system", Code::InvalidHouseSystem, HOUSE_SYSTEM)? {
        Some(text) => text.parse().map_err(|_| fault()),
        None => Ok(HouseSystem::default()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// Returns a good request with `changes` made to it; `null` removes a field.
    fn with(changes: Value) -> String {
        let mut request = json!({
            "date": "1990-05-17", "time": "14:30", "timezone": "Europe/Berlin",
            "latitude": 52.52, "longitude": 13.405
        });
        let Value::Object(changes) = changes else {
            panic!("changes are an object")
        };
        request
            .as_object_mut()
            .expect("a request is an object")
            .extend(changes);
        request.to_string()
    }

    fn parse(body: &str) -> ChartRequest {
        ChartRequest::parse(body.as_bytes()).expect("the request is good")
    }

    fn faults(body: &str) -> Vec<(Code, String)> {
        let faults = ChartRequest::parse(body.as_bytes()).expect_err("the request is bad");
        faults
            .iter()
            .map(|fault| (fault.code, fault.path.clone()))
            .collect()
    }

    #[test]
    fn spellings_of_one_birth_are_one_birth() {
        let birth = parse(&with(json!({}))).birth().clone();

        for other in [
            json!({"time": "14:30:00"}),
            json!({"timezone": "europe/berlin"}),
            json!({"timezone": null, "utc_offset": "+02:00"}),
            json!({"timezone": null, "utc_offset": "Z", "time": "12:30"}),
            json!({"timezone": "Pacific/Auckland", "date": "1990-05-18", "time": "00:30"}),
            json!({"house_system": "placidus"}),
            json!({"house_system": "P"}),
            json!({"fold": 1}),
            json!({"name": "Ada"}),
        ] {
            assert!(parse(&with(other.clone())).birth() == &birth, "{other}");
        }
        let trailing_zero = with(json!({})).replace("52.52", "52.520");
        assert!(parse(&trailing_zero).birth() == &birth);
    }

    #[test]
    fn either_zero_is_one_place() {
        let body = with(json!({"latitude": 0.0, "longitude": 0.0}));

        assert!(parse(&body).birth() == parse(&body.replace("0.0", "-0.0")).birth());
    }

    #[test]
    fn a_request_is_echoed_in_full_and_means_the_same_again() {
        let request = parse(&with(
            json!({"name": "Ada", "timezone": "europe/berlin", "house_system": "K", "fold": 0}),
        ));

        let echo = serde_json::to_value(&request).expect("it serialises");

        let expected = json!({
            "name": "Ada", "date": "1990-05-17", "time": "14:30:00",
            "timezone": "Europe/Berlin", "fold": 0, "latitude": 52.52, "longitude": 13.405,
            "house_system": "koch"
        });
        assert_eq!(echo, expected);
        assert!(parse(&echo.to_string()).birth() == request.birth());
    }

    #[test]
    fn every_fault_is_found_at_once_in_the_order_of_the_fields() {
        let body = r#"{"name": 5, "date": "1990-02-30", "time": "25:00",
            "timezone": "Mars", "fold": 2,
            "latitude": "52", "longitude": 1e999, "house_system": "X", "latitud": 1}"#;

        let found = faults(body);

        let expected = [
            (Code::InvalidRequest, "name"),
            (Code::InvalidDate, "date"),
            (Code::InvalidTime, "time"),
            (Code::UnknownTimezone, "timezone"),
            (Code::InvalidRequest, "fold"),
            (Code::InvalidCoordinates, "latitude"),
            (Code::InvalidCoordinates, "longitude"),
            (Code::InvalidHouseSystem, "house_system"),
            (Code::InvalidRequest, "latitud"),
        ];
        assert_eq!(found, expected.map(|(code, path)| (code, path.to_owned())));
    }

    #[test]
    fn every_missing_field_is_named() {
        let paths: Vec<_> = faults("{}").into_iter().map(|(_, path)| path).collect();

        assert_eq!(paths, ["date", "time", "timezone", "latitude", "longitude"]);
    }

    #[test]
    fn one_zone_is_given_and_not_two() {
        let found = faults(&with(json!({"utc_offset": "+02:00"})));

        assert_eq!(found, [(Code::InvalidRequest, "utc_offset".to_owned())]);
    }

    #[test]
    fn a_name_is_bounded_in_characters() {
        assert!(ChartRequest::parse(with(json!({"name": "é".repeat(200)})).as_bytes()).is_ok());
        assert_eq!(
            faults(&with(json!({"name": "é".repeat(201)}))),
            [(Code::InvalidRequest, "name".to_owned())]
        );
    }

    #[test]
    fn no_message_repeats_what_the_client_sent() {
        let body = with(json!({
            "date": "secret-d", "time": "secret-t", "timezone": "secret-z",
            "house_system": "secret-h"
        }));

        let faults = ChartRequest::parse(body.as_bytes()).expect_err("the request is bad");

        assert_eq!(faults.iter().count(), 4);
        assert!(faults.iter().all(|fault| !fault.message.contains("secret")));
    }

    #[test]
    fn debug_shows_nothing_of_a_birth() {
        assert_eq!(
            format!("{:?}", parse(&with(json!({"name": "Ada"})))),
            "ChartRequest { .. }"
        );
    }
}
