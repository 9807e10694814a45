//! The answer to a request for a chart, as JSON.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::{ChartRequest, TZDB_VERSION};
use crate::engine::{Angles, Aspect, BodyPlace, Chart, EngineInfo, House};

/// A natal chart: geocentric, apparent, tropical, in degrees of the ecliptic of date.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChartResponse {
    /// The request as it was understood.
    input: ChartRequest,
    instant: Instant,
    /// Sun to Pluto and the lunar nodes.
    #[schema(min_items = 12, max_items = 12)]
    bodies: Vec<BodyPlace>,
    angles: Angles,
    /// The twelve houses.
    #[schema(min_items = 12, max_items = 12)]
    houses: Vec<House>,
    /// The aspects between the bodies from Sun to Pluto.
    aspects: Vec<Aspect>,
    engine: EngineInfo,
}

/// The instant the chart is cast for.
#[derive(Debug, Serialize, ToSchema)]
struct Instant {
    /// The instant in UTC, RFC 3339.
    #[schema(format = DateTime, example = "1990-05-17T12:30:00Z")]
    utc: String,
    /// What the local clock was ahead of UTC.
    #[schema(pattern = "^[+-][0-9]{2}:[0-9]{2}(:[0-9]{2})?$", example = "+02:00")]
    utc_offset: String,
    /// The instant as a Julian day of universal time.
    #[schema(example = 2_448_029.020_833)]
    julian_day: f64,
    /// Terrestrial time less universal time, in seconds.
    #[schema(example = 57.0)]
    delta_t: f64,
    /// The release of the IANA time zone database that was used.
    #[schema(example = "2026e")]
    tzdb: &'static str,
}

impl ChartResponse {
    pub(super) fn new(input: ChartRequest, chart: Chart) -> Self {
        let moment = input.moment();
        Self {
            input,
            instant: Instant {
                utc: moment.timestamp().to_string(),
                utc_offset: moment.utc_offset(),
                julian_day: chart.julian_day,
                delta_t: chart.delta_t,
                tzdb: TZDB_VERSION,
            },
            bodies: chart.bodies,
            angles: chart.angles,
            houses: chart.houses,
            aspects: chart.aspects,
            engine: chart.engine,
        }
    }
}
