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

/// Computes a chart: one query to the ephemeris, then [`chart()`].
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

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::*;

    fn birth(instant: Timestamp, house_system: HouseSystem) -> BirthData {
        BirthData::new(instant, 52.52, 13.405, house_system).unwrap()
    }

    async fn covered(ephemeris: &Ephemeris) -> (Timestamp, Timestamp) {
        match compute(
            &birth(Timestamp::UNIX_EPOCH, HouseSystem::Placidus),
            ephemeris,
        )
        .await
        {
            Err(ChartError::OutOfRange { from, to, .. }) => (from, to),
            other => panic!("1970 is not in a miniature ephemeris: {other:?}"),
        }
    }

    #[tokio::test]
    async fn charts_exist_from_the_first_to_the_last_covered_instant() {
        let folder = tempfile::tempdir().unwrap();
        let ephemeris = Ephemeris::miniature(folder.path()).await;
        let (from, to) = covered(&ephemeris).await;

        let second = SignedDuration::from_secs(1);
        for (instant, exists) in [
            (from - second, false),
            (from, true),
            (to, true),
            (to + second, false),
        ] {
            let chart = compute(&birth(instant, HouseSystem::Koch), &ephemeris).await;

            assert_eq!(chart.is_ok(), exists, "{instant}");
        }
    }

    #[tokio::test]
    async fn errors_say_what_to_do_and_nothing_of_the_birth() {
        let folder = tempfile::tempdir().unwrap();
        let ephemeris = Ephemeris::miniature(folder.path()).await;
        let (from, _) = covered(&ephemeris).await;
        let polar = BirthData::new(from, -80.0, 13.405, HouseSystem::Koch).unwrap();

        let undefined = compute(&polar, &ephemeris).await.unwrap_err();
        let outside = compute(&birth(Timestamp::MAX, HouseSystem::Koch), &ephemeris)
            .await
            .unwrap_err();
        ephemeris.close().await;
        let closed = compute(&polar, &ephemeris).await.unwrap_err();

        assert_eq!(
            undefined.to_string(),
            "koch houses do not exist so near the pole; use `whole_sign` there"
        );
        assert_eq!(
            outside.to_string(),
            "the instant is outside ephemeris DE1, which covers 1899-07-29 to 1899-08-05"
        );
        assert!(matches!(closed, ChartError::Unavailable(_)), "{closed:?}");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn many_tasks_compute_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let ephemeris = Ephemeris::miniature(folder.path()).await;
        let (from, _) = covered(&ephemeris).await;
        let expected = compute(&birth(from, HouseSystem::Placidus), &ephemeris)
            .await
            .unwrap();

        let tasks: Vec<_> = (0..50)
            .map(|_| {
                let ephemeris = ephemeris.clone();
                tokio::spawn(async move {
                    compute(&birth(from, HouseSystem::Placidus), &ephemeris).await
                })
            })
            .collect();

        for task in tasks {
            assert_eq!(task.await.unwrap().unwrap(), expected);
        }
    }

    #[tokio::test]
    async fn a_missing_record_is_an_error_and_no_guess() {
        let folder = tempfile::tempdir().unwrap();
        let ephemeris = Ephemeris::miniature(folder.path()).await;
        let (from, _) = covered(&ephemeris).await;
        let birth = birth(from, HouseSystem::Equal);
        let mut records = ephemeris.records(2_414_864.5, 2_414_866.0).await.unwrap();
        assert!(chart(&birth, &records).is_ok());

        while let Some(record) = records.records.pop() {
            let error = chart(&birth, &records).unwrap_err();

            assert!(
                matches!(error, ChartError::Unavailable(_)),
                "without {record:?}"
            );
        }
    }

    #[tokio::test]
    async fn a_chart_survives_a_positional_codec_and_reads_well_as_json() {
        let folder = tempfile::tempdir().unwrap();
        let ephemeris = Ephemeris::miniature(folder.path()).await;
        let (from, _) = covered(&ephemeris).await;
        let chart = compute(&birth(from, HouseSystem::Regiomontanus), &ephemeris)
            .await
            .unwrap();

        let config = bincode::config::standard();
        let bytes = bincode::serde::encode_to_vec(&chart, config).unwrap();
        let (decoded, length): (Chart, usize) =
            bincode::serde::decode_from_slice(&bytes, config).unwrap();
        assert_eq!((decoded, length), (chart.clone(), bytes.len()));

        let json = serde_json::to_value(&chart).unwrap();
        assert_eq!(json["bodies"][0]["name"], "Sun");
        assert_eq!(json["bodies"][0]["sign"], "Leo");
        assert_eq!(json["bodies"][10]["name"], "MeanNode");
        assert_eq!(json["bodies"].as_array().unwrap().len(), 12);
        assert_eq!(json["houses"][11]["number"], 12);
        assert_eq!(json["engine"]["ephemeris"], "DE1");
        assert_eq!(serde_json::from_value::<Chart>(json).unwrap(), chart);
    }
}
