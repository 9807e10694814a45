//! The reference charts: what another program says, and how far our charts are from it.
//!
//! `tests/reference-charts/README.md` tells where they come from. Every difference is an angle in
//! arcseconds (or arcseconds a day) with the limit it is held to; what is not an angle (a sign, a
//! house, the list of aspects) is either right or a [`Deviation::Wrong`].

use std::collections::BTreeMap;
use std::fmt;

use app::engine::{self, AspectKind, BirthData, Body, Chart, ChartError, HouseSystem};
use app::ephemeris::Ephemeris;
use serde::Deserialize;

/// Largest error of a longitude, arcseconds.
pub const LONGITUDE_LIMIT: f64 = 1.0;
/// Largest error of the Moon's longitude after 2026, when delta-T is a prediction, arcseconds.
pub const PREDICTED_MOON_LIMIT: f64 = 3.0;
/// Largest error of a latitude, arcseconds.
pub const LATITUDE_LIMIT: f64 = 0.5;
/// Largest error of a speed, arcseconds a day.
pub const SPEED_LIMIT: f64 = 1.0;
/// Largest error of an angle or a cusp, arcseconds.
pub const CUSP_LIMIT: f64 = 1.0;
/// Largest error of an angle or a cusp from 2050 on, when the reference changes its sidereal time.
pub const LATE_CUSP_LIMIT: f64 = 3.0;
/// Speed below which the true node's direction is not compared, degrees a day.
const STANDING_NODE: f64 = 0.002;
/// How far from the edge of an orb or from the exact angle an aspect may be told apart, degrees.
const ASPECT_MARGIN: f64 = 0.001;

const ARCSECONDS: f64 = 3600.0;
/// Julian date of 2027-01-01, the first day with a predicted delta-T.
const PREDICTED_JD: f64 = 2_461_406.5;
/// Julian date of 2050-01-01.
const LATE_JD: f64 = 2_469_807.5;

/// One reference chart.
#[derive(Debug, Deserialize)]
pub struct ReferenceChart {
    /// Its name, such as `greenwich-2000`.
    pub id: String,
    /// The birth data as a client sends them.
    pub input: Input,
    instant: Instant,
    bodies: BTreeMap<String, ReferenceBody>,
    angles: ReferenceAngles,
    houses: BTreeMap<String, Option<Vec<f64>>>,
    aspects: Vec<ReferenceAspect>,
}

/// The birth data of a reference chart, as a client sends them.
#[derive(Debug, Deserialize)]
#[expect(missing_docs, reason = "the fields of the request")]
pub struct Input {
    pub name: String,
    pub date: String,
    pub time: String,
    /// An IANA name, or an offset such as `+02:00`.
    pub timezone: String,
    pub fold: u8,
    pub latitude: f64,
    pub longitude: f64,
}

#[derive(Debug, Deserialize)]
struct Instant {
    utc: String,
    jd_ut: f64,
}

#[derive(Debug, Deserialize)]
struct ReferenceBody {
    longitude: f64,
    latitude: f64,
    speed_longitude: f64,
    retrograde: bool,
    sign: String,
    sign_degree: f64,
    house: BTreeMap<String, Option<u8>>,
}

#[derive(Debug, Deserialize)]
struct ReferenceAngles {
    ascendant: f64,
    midheaven: f64,
}

#[derive(Debug, Deserialize)]
struct ReferenceAspect {
    first: String,
    second: String,
    aspect: String,
    separation: f64,
    orb: f64,
    applying: bool,
}

/// What was compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the documentation")]
pub enum Quantity {
    Longitude(Body),
    Latitude(Body),
    Speed(Body),
    Ascendant,
    Midheaven,
    Cusp(HouseSystem),
}

/// A difference between a chart and its reference.
#[derive(Debug, Clone)]
pub enum Deviation {
    /// An angle that is `error` arcseconds (or arcseconds a day) off.
    Angle {
        /// What was compared.
        quantity: Quantity,
        /// The absolute error.
        error: f64,
        /// The largest error allowed.
        limit: f64,
    },
    /// Something that should be equal and is not.
    Wrong(String),
}

impl Deviation {
    /// Returns true when it may not be.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        match self {
            Self::Angle { error, limit, .. } => error.is_nan() || error > limit,
            Self::Wrong(_) => true,
        }
    }
}

impl fmt::Display for Deviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Angle {
                quantity,
                error,
                limit,
            } => {
                write!(f, "{quantity:?} is {error:.3}\" off, limit {limit}\"")
            }
            Self::Wrong(what) => f.write_str(what),
        }
    }
}

/// Returns the reference charts.
///
/// # Panics
///
/// When `charts.json` is not what it should be.
#[must_use]
pub fn charts() -> Vec<ReferenceChart> {
    serde_json::from_str(include_str!("../reference-charts/charts.json"))
        .expect("charts.json holds reference charts")
}

impl ReferenceChart {
    /// Returns the birth data of the chart with a house system.
    ///
    /// # Panics
    ///
    /// When the chart's instant or place is not one.
    #[must_use]
    pub fn birth(&self, house_system: HouseSystem) -> BirthData {
        let instant = self.instant.utc.parse().expect("the instant is RFC 3339");
        BirthData::new(
            instant,
            self.input.latitude,
            self.input.longitude,
            house_system,
        )
        .expect("the place is on Earth")
    }

    /// Returns whether the reference has cusps in `house_system`.
    #[must_use]
    pub fn has_houses(&self, house_system: HouseSystem) -> bool {
        self.houses[house_system.name()].is_some()
    }

    /// Returns every difference between `chart`, made with `house_system`, and this reference.
    #[must_use]
    pub fn compare(&self, chart: &Chart, house_system: HouseSystem) -> Vec<Deviation> {
        let mut found = Vec::new();
        if (chart.julian_day - self.instant.jd_ut).abs() > 1e-8 {
            found.push(Deviation::Wrong(format!(
                "julian_day is {}",
                chart.julian_day
            )));
        }
        self.compare_bodies(chart, house_system, &mut found);
        self.compare_angles(chart, &mut found);
        self.compare_houses(chart, house_system, &mut found);
        self.compare_aspects(chart, &mut found);
        found
    }

    fn compare_bodies(&self, chart: &Chart, house_system: HouseSystem, found: &mut Vec<Deviation>) {
        let names: Vec<_> = chart.bodies.iter().map(|body| body.name).collect();
        if names != Body::ALL {
            found.push(Deviation::Wrong(format!("bodies are {names:?}")));
        }
        for ours in &chart.bodies {
            let body = ours.name;
            let reference = &self.bodies[&format!("{body:?}")];
            let predicted = body == Body::Moon && self.instant.jd_ut >= PREDICTED_JD;
            let limit = if predicted {
                PREDICTED_MOON_LIMIT
            } else {
                LONGITUDE_LIMIT
            };
            found.extend([
                Deviation::Angle {
                    quantity: Quantity::Longitude(body),
                    error: apart(ours.longitude, reference.longitude),
                    limit,
                },
                Deviation::Angle {
                    quantity: Quantity::Latitude(body),
                    error: (ours.latitude - reference.latitude).abs() * ARCSECONDS,
                    limit: LATITUDE_LIMIT,
                },
                Deviation::Angle {
                    quantity: Quantity::Speed(body),
                    error: (ours.speed - reference.speed_longitude).abs() * ARCSECONDS,
                    limit: SPEED_LIMIT,
                },
            ]);
            let stands = body == Body::TrueNode && reference.speed_longitude.abs() < STANDING_NODE;
            let mut must = |what: &str, right: bool| {
                if !right {
                    found.push(Deviation::Wrong(format!(
                        "{what} of {body:?} is wrong: {ours:?}"
                    )));
                }
            };
            must(
                "direction",
                stands || ours.retrograde == reference.retrograde,
            );
            must("sign", format!("{:?}", ours.sign) == reference.sign);
            must(
                "place in the sign",
                (ours.sign_degree - reference.sign_degree).abs() * ARCSECONDS <= limit,
            );
            if let Some(house) = reference.house.get(house_system.name()) {
                must("house", *house == Some(ours.house));
            }
        }
    }

    fn compare_angles(&self, chart: &Chart, found: &mut Vec<Deviation>) {
        let angles = &chart.angles;
        for (quantity, ours, reference) in [
            (Quantity::Ascendant, angles.ascendant, self.angles.ascendant),
            (Quantity::Midheaven, angles.midheaven, self.angles.midheaven),
            (
                Quantity::Ascendant,
                angles.descendant,
                self.angles.ascendant + 180.0,
            ),
            (
                Quantity::Midheaven,
                angles.imum_coeli,
                self.angles.midheaven + 180.0,
            ),
        ] {
            found.push(Deviation::Angle {
                quantity,
                error: apart(ours, reference),
                limit: self.cusp_limit(),
            });
        }
    }

    fn compare_houses(&self, chart: &Chart, house_system: HouseSystem, found: &mut Vec<Deviation>) {
        let cusps = self.houses[house_system.name()]
            .as_deref()
            .unwrap_or_default();
        let numbers: Vec<_> = chart.houses.iter().map(|house| house.number).collect();
        if numbers != (1..=12).collect::<Vec<_>>() || cusps.len() != 12 {
            found.push(Deviation::Wrong(format!(
                "{house_system} houses are {numbers:?}"
            )));
        }
        for (house, &cusp) in chart.houses.iter().zip(cusps) {
            found.push(Deviation::Angle {
                quantity: Quantity::Cusp(house_system),
                error: apart(house.longitude, cusp),
                limit: self.cusp_limit(),
            });
        }
    }

    fn compare_aspects(&self, chart: &Chart, found: &mut Vec<Deviation>) {
        let mut expected: Vec<_> = self.aspects.iter().collect();
        for ours in &chart.aspects {
            let same = |reference: &&ReferenceAspect| {
                format!("{:?}", ours.first) == reference.first
                    && format!("{:?}", ours.second) == reference.second
                    && name(ours.aspect) == reference.aspect
            };
            let Some(at) = expected.iter().position(same) else {
                if ours.aspect.max_orb() - ours.orb > ASPECT_MARGIN {
                    found.push(Deviation::Wrong(format!("no such aspect: {ours:?}")));
                }
                continue;
            };
            let reference = expected.remove(at);
            let right = (ours.angle - reference.separation).abs() < ASPECT_MARGIN
                && (ours.orb - reference.orb).abs() < ASPECT_MARGIN
                && (ours.applying == reference.applying || reference.orb < ASPECT_MARGIN);
            if !right {
                found.push(Deviation::Wrong(format!(
                    "{ours:?} should be {reference:?}"
                )));
            }
        }
        for missing in expected {
            found.push(Deviation::Wrong(format!("no {missing:?}")));
        }
    }

    fn cusp_limit(&self) -> f64 {
        if self.instant.jd_ut >= LATE_JD {
            LATE_CUSP_LIMIT
        } else {
            CUSP_LIMIT
        }
    }
}

/// Computes every reference chart in every house system and returns all differences.
///
/// # Panics
///
/// When a chart fails that the reference has, or the other way round.
pub async fn deviations(ephemeris: &Ephemeris) -> Vec<(String, Deviation)> {
    let mut all = Vec::new();
    for reference in charts() {
        for house_system in HouseSystem::ALL {
            let computed = engine::compute(&reference.birth(house_system), ephemeris).await;
            let id = &reference.id;
            if !reference.has_houses(house_system) {
                assert!(
                    matches!(computed, Err(ChartError::HouseSystemUndefined { .. })),
                    "{id} has no {house_system} houses: {computed:?}"
                );
                continue;
            }
            let chart = computed.unwrap_or_else(|error| panic!("{id}, {house_system}: {error}"));
            let found = reference.compare(&chart, house_system);
            all.extend(found.into_iter().map(|deviation| (id.clone(), deviation)));
        }
    }
    all
}

/// Asserts that all charts of `ephemeris` are within the limits of the reference charts.
///
/// # Panics
///
/// Naming every difference that is over its limit.
pub async fn every_reference_chart_is_within_limits(ephemeris: &Ephemeris) {
    let failures: Vec<_> = deviations(ephemeris)
        .await
        .into_iter()
        .filter(|(_, deviation)| deviation.is_failure())
        .map(|(id, deviation)| format!("{id}: {deviation}"))
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Returns the angle between two longitudes, arcseconds.
fn apart(one: f64, other: f64) -> f64 {
    let degrees = (one - other).rem_euclid(360.0);
    degrees.min(360.0 - degrees) * ARCSECONDS
}

fn name(kind: AspectKind) -> String {
    format!("{kind:?}").to_lowercase()
}
