//! The chart: what the engine answers, and what the service stores and sends.
//!
//! It is stored by a positional codec: every field is always there, in this order.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::angles::Horizon;
use super::aspects::AspectKind;
use super::bodies::{Body, Motion};
use super::houses::Cusps;
use super::zodiac::{self, Sign};

/// A natal chart. All angles are degrees; longitudes are 0 to 360 from the true equinox of date.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Chart {
    /// Julian date of the instant, universal time.
    pub julian_day: f64,
    /// Terrestrial time minus universal time, seconds.
    pub delta_t: f64,
    /// Sun, Moon, planets and lunar nodes, in that order.
    pub bodies: Vec<BodyPlace>,
    /// The four angles.
    pub angles: Angles,
    /// The twelve houses, the first house first.
    pub houses: Vec<House>,
    /// The aspects between Sun, Moon and planets.
    pub aspects: Vec<Aspect>,
    /// What the chart was computed with.
    pub engine: EngineInfo,
}

/// Where a body is, seen from the center of the Earth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BodyPlace {
    /// Which body.
    pub name: Body,
    /// Apparent ecliptic longitude.
    #[schema(minimum = 0, exclusive_maximum = 360, example = 56.3)]
    pub longitude: f64,
    /// Apparent ecliptic latitude, -90 to 90; 0 for the nodes.
    #[schema(minimum = -90, maximum = 90, example = 0.0)]
    pub latitude: f64,
    /// Change of longitude, degrees per day.
    #[schema(example = 0.962)]
    pub speed: f64,
    /// Whether the longitude decreases.
    pub retrograde: bool,
    /// The sign it is in.
    pub sign: Sign,
    /// Degrees into the sign, 0 to 30.
    #[schema(minimum = 0, exclusive_maximum = 30, example = 26.3)]
    pub sign_degree: f64,
    /// The house it is in, 1 to 12.
    #[schema(minimum = 1, maximum = 12, example = 9)]
    pub house: u8,
}

/// Longitudes where the horizon and the meridian cut the ecliptic.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Angles {
    /// Rising in the east; inside the polar circles the crossing that follows the Midheaven.
    #[schema(minimum = 0, exclusive_maximum = 360, example = 171.5)]
    pub ascendant: f64,
    /// Culminating on the meridian.
    #[schema(minimum = 0, exclusive_maximum = 360, example = 78.2)]
    pub midheaven: f64,
    /// Opposite the Ascendant.
    #[schema(minimum = 0, exclusive_maximum = 360, example = 351.5)]
    pub descendant: f64,
    /// Opposite the Midheaven.
    #[schema(minimum = 0, exclusive_maximum = 360, example = 258.2)]
    pub imum_coeli: f64,
}

/// One house.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct House {
    /// 1 to 12.
    #[schema(minimum = 1, maximum = 12, example = 1)]
    pub number: u8,
    /// Where it begins.
    #[schema(minimum = 0, exclusive_maximum = 360, example = 171.5)]
    pub longitude: f64,
    /// The sign it begins in.
    pub sign: Sign,
}

/// Two bodies at a meaningful angle.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Aspect {
    /// The body that comes first in the chart.
    pub first: Body,
    /// The other body.
    pub second: Body,
    /// Which angle is meant.
    pub aspect: AspectKind,
    /// The angle between them along the ecliptic, 0 to 180.
    #[schema(minimum = 0, maximum = 180, example = 58.1)]
    pub angle: f64,
    /// How far that is from exact.
    #[schema(minimum = 0, maximum = 8, example = 1.9)]
    pub orb: f64,
    /// Whether it is becoming more exact.
    pub applying: bool,
}

/// What a chart was computed with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EngineInfo {
    /// The ephemeris, such as `DE421`.
    #[schema(example = "DE421")]
    pub ephemeris: String,
    /// The version of this engine.
    #[schema(example = "0.1.0")]
    pub version: String,
}

impl BodyPlace {
    pub(super) fn new(motion: &Motion, cusps: &Cusps) -> Self {
        let (sign, sign_degree) = Sign::of(motion.place.longitude);
        Self {
            name: motion.body,
            longitude: motion.place.longitude,
            latitude: motion.place.latitude,
            speed: motion.speed,
            retrograde: motion.speed < 0.0,
            sign,
            sign_degree,
            house: cusps.house_of(motion.place.longitude),
        }
    }
}

impl Angles {
    pub(super) fn of(horizon: &Horizon) -> Self {
        Self {
            ascendant: horizon.ascendant,
            midheaven: horizon.midheaven,
            descendant: zodiac::normalized(horizon.ascendant + 180.0),
            imum_coeli: zodiac::normalized(horizon.midheaven + 180.0),
        }
    }
}

impl House {
    pub(super) fn new(number: u8, longitude: f64) -> Self {
        let (sign, _) = Sign::of(longitude);
        Self {
            number,
            longitude,
            sign,
        }
    }
}

impl EngineInfo {
    pub(crate) fn of(ephemeris: &str) -> Self {
        Self {
            ephemeris: ephemeris.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}
