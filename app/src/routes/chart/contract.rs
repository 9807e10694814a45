//! The answers to a request for a chart, for the contract: the chart, and every refusal as the service writes it.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, ToSchema};

use super::database_unavailable;
use super::response::ChartResponse;
use crate::body;
use crate::chart::Error;
use crate::domain::{ChartRequest, TZDB_VERSION};
use crate::engine::{ChartError, EngineInfo, HouseSystem};
use crate::error::{ApiError, contract};
use crate::surroundings::timed_out;

/// The chart of a request in `a time zone`, the first example of one.
const EXAMPLE: &str = include_str!("example.json");

/// The answer with a chart.
pub(super) struct Charted;

impl IntoResponses for Charted {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let chart = ContentBuilder::new()
            .schema(Some(Ref::from_schema_name(ChartResponse::name())))
            .example(Some(example()));
        let response = ResponseBuilder::new()
            .description("The chart")
            .content("application/json", chart.build());
        BTreeMap::from([("200".to_owned(), response.build().into())])
    }
}

/// Every answer without one.
pub(super) struct Refusals;

impl IntoResponses for Refusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let elsewhere = [database_unavailable(), timed_out()];
        let requests = requests();
        let refusals = requests.iter().map(refusal);
        contract::responses(
            refusals
                .chain(charts())
                .chain(body::refusals())
                .chain(elsewhere),
        )
    }
}

/// Returns the example with the releases this program has.
fn example() -> Value {
    let mut chart: Value = serde_json::from_str(EXAMPLE).expect("the example is JSON");
    chart["instant"]["tzdb"] = json!(TZDB_VERSION);
    chart["engine"] = json!(EngineInfo::of("DE421"));
    chart
}

/// Returns a body for every way to refuse one.
fn requests() -> [String; 9] {
    let with = |name: &str, value: &str| {
        let mut request = json!({
            "date": "1985-10-27", "time": "05:30", "timezone": "America/New_York",
            "latitude": 40.71, "longitude": -74.01
        });
        request[name] = json!(value);
        request.to_string()
    };
    [
        "{\"date\": ".to_owned(),
        with("latitud", "40.71"),
        with("date", "1985-02-29"),
        with("time", "24:00"),
        with("latitude", "40.71° N"),
        with("house_system", "campanus"),
        with("timezone", "America/Gotham"),
        with("time", "01:30"),
        with("date", "1985-04-28").replace("05:30", "02:30"),
    ]
}

fn refusal(body: &String) -> ApiError {
    let faults = ChartRequest::parse(body.as_bytes()).expect_err("the example is refused");
    faults.into()
}

/// Returns the refusals of a good request whose chart does not exist.
fn charts() -> [ApiError; 2] {
    let instant = |text: &str| text.parse().expect("it is an instant");
    let out_of_range = ChartError::OutOfRange {
        ephemeris: "DE421".to_owned(),
        from: instant("1899-07-29T12:00:00Z"),
        to: instant("2053-10-08T21:36:00Z"),
    };
    let undefined = ChartError::HouseSystemUndefined {
        house_system: HouseSystem::Placidus,
    };
    [out_of_range, undefined].map(|error| Error::Engine(error).into())
}
