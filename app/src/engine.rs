//! The chart engine: from an instant and a place to a natal chart.
//!
//! One query brings the [`Records`] around the instant, the rest is arithmetic:
//!
//! ```text
//! birth ─> time ─> records ─> bodies ─┬─> houses ─> aspects ─> chart
//!                  (ephemeris)   │    └─> angles
//!                          apparent, nodes
//!                                │
//!                              frame
//! ```
//!
//! Longitudes are tropical, geocentric and apparent, on the true equinox and ecliptic of date.
//! Precession, nutation, sidereal time, deflection and aberration are IAU SOFA's (2006/2000A).
//! The only file here that waits for anything is this one.

mod angles;
mod apparent;
mod aspects;
mod birth;
mod bodies;
mod chart;
mod error;
mod frame;
mod houses;
mod nodes;
mod time;
mod zodiac;

pub use aspects::AspectKind;
pub use birth::{BirthData, InvalidCoordinates};
pub use bodies::Body;
pub use chart::{Angles, Aspect, BodyPlace, Chart, EngineInfo, House};
pub use error::ChartError;
pub use houses::HouseSystem;
pub use zodiac::Sign;

use crate::ephemeris::{Ephemeris, Records};
use angles::Horizon;
use bodies::Sky;
use time::Epoch;

/// Days before the instant that its records must cover: light takes 7 hours from Pluto, and a
/// speed needs the position 29 minutes earlier.
const DAYS_BEFORE: f64 = 0.5;
/// Days after the instant that its records must cover, for the position 29 minutes later.
const DAYS_AFTER: f64 = 0.1;

/// Computes a chart: one query to the ephemeris, then [`chart`].
///
/// # Errors
///
/// [`ChartError::OutOfRange`] outside the ephemeris, [`ChartError::HouseSystemUndefined`] where the
/// house system does not exist, [`ChartError::Unavailable`] when the database cannot answer.
pub async fn compute(birth: &BirthData, ephemeris: &Ephemeris) -> Result<Chart, ChartError> {
    let tt = Epoch::of(birth.instant()).tt;
    let records = ephemeris.records(tt - DAYS_BEFORE, tt + DAYS_AFTER).await?;
    chart(birth, &records)
}

/// Computes a chart from the records around its instant: pure arithmetic, the same answer always.
///
/// # Errors
///
/// [`ChartError::HouseSystemUndefined`] where the house system does not exist, and
/// [`ChartError::Unavailable`] when a record is missing.
pub fn chart(birth: &BirthData, records: &Records) -> Result<Chart, ChartError> {
    let epoch = Epoch::of(birth.instant());
    let sky = Sky::at(epoch.tt, records)?;
    let motions = bodies::motions(&sky)?;
    let horizon = Horizon::of(sky.frame(), epoch.ut, birth.latitude(), birth.longitude());
    let house_system = birth.house_system();
    let cusps = houses::cusps(house_system, &horizon)
        .ok_or(ChartError::HouseSystemUndefined { house_system })?;
    Ok(Chart {
        julian_day: epoch.ut,
        delta_t: epoch.delta_t,
        bodies: motions
            .iter()
            .map(|motion| BodyPlace::new(motion, &cusps))
            .collect(),
        angles: Angles::of(&horizon),
        houses: cusps
            .numbered()
            .map(|(number, longitude)| House::new(number, longitude))
            .collect(),
        aspects: aspects::between(&motions),
        engine: EngineInfo::of(&records.coverage.ephemeris),
    })
}
