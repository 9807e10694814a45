//! The houses: twelve sections of the ecliptic that begin at the Ascendant.

use std::fmt;
use std::str::FromStr;

use pericynthion::coords::acds::ac_rad;
use pericynthion::houses::{placidus_rad, porphyry_rad, regiomontanus_rad};
use serde::de::IntoDeserializer;
use serde::de::value::{Error as ValueError, StrDeserializer};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::angles::Horizon;
use super::zodiac;

/// A way to divide the ecliptic into houses; the one-letter names of other programs are read too.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HouseSystem {
    /// Thirds of the time from rising to culmination. None inside the polar circles. Letter P.
    #[default]
    #[serde(alias = "P")]
    Placidus,
    /// Thirds of the time the Midheaven took from rising. None inside the polar circles. Letter K.
    #[serde(alias = "K")]
    Koch,
    /// Whole signs, from the sign of the Ascendant. Letter W.
    #[serde(alias = "W")]
    WholeSign,
    /// Thirty degrees each, from the Ascendant. Letter E.
    #[serde(alias = "E")]
    Equal,
    /// Thirds of the ecliptic between the angles. Letter O.
    #[serde(alias = "O")]
    Porphyry,
    /// Twelfths of the equator, seen along the horizon. None inside the polar circles while the
    /// rising point is west of the meridian. Letter R.
    #[serde(alias = "R")]
    Regiomontanus,
}

impl HouseSystem {
    /// Every system, the default first.
    pub const ALL: [Self; 6] = [
        Self::Placidus,
        Self::Koch,
        Self::WholeSign,
        Self::Equal,
        Self::Porphyry,
        Self::Regiomontanus,
    ];

    /// Returns the name it is written and read by, such as `whole_sign`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Placidus => "placidus",
            Self::Koch => "koch",
            Self::WholeSign => "whole_sign",
            Self::Equal => "equal",
            Self::Porphyry => "porphyry",
            Self::Regiomontanus => "regiomontanus",
        }
    }
}

impl fmt::Display for HouseSystem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Reads a name or a letter, as a request does.
impl FromStr for HouseSystem {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let deserializer: StrDeserializer<'_, ValueError> = text.into_deserializer();
        Self::deserialize(deserializer)
    }
}

/// Longitudes in degrees where the houses begin, the first house first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cusps([f64; 12]);

impl Cusps {
    /// Returns the house (1 to 12) that holds `longitude`: a house begins on its cusp.
    pub(super) fn house_of(&self, longitude: f64) -> u8 {
        let from_first = |cusp: f64| zodiac::normalized(cusp - self.0[0]);
        let place = from_first(longitude);
        self.numbered()
            .filter(|&(_, cusp)| from_first(cusp) <= place)
            .map(|(number, _)| number)
            .last()
            .expect("the first house begins at no distance from itself")
    }

    /// Returns each house's number (1 to 12) and cusp.
    pub(super) fn numbered(&self) -> impl Iterator<Item = (u8, f64)> {
        (1..).zip(self.0)
    }

    fn from_radians(cusps: [f64; 12]) -> Self {
        Self(cusps.map(|cusp| zodiac::normalized(cusp.to_degrees())))
    }

    /// Twelve houses of 30 degrees.
    fn equal_from(first: f64) -> Self {
        Self(std::array::from_fn(|house| {
            let house = u8::try_from(house).expect("there are twelve houses");
            zodiac::normalized(first + 30.0 * f64::from(house))
        }))
    }

    /// The houses 11, 12, 1, 2, 3 and the Midheaven, with the opposite six.
    fn from_eastern(midheaven: f64, [c11, c12, c1, c2, c3]: [f64; 5]) -> Self {
        let half = [c1, c2, c3, midheaven + 180.0, c11 + 180.0, c12 + 180.0];
        Self(std::array::from_fn(|house| {
            zodiac::normalized(if house < 6 {
                half[house]
            } else {
                half[house - 6] + 180.0
            })
        }))
    }
}

/// Returns the cusps, or nothing where the system has none.
pub(super) fn cusps(system: HouseSystem, horizon: &Horizon) -> Option<Cusps> {
    let &Horizon {
        meridian,
        obliquity,
        latitude,
        ..
    } = horizon;
    match system {
        HouseSystem::Placidus | HouseSystem::Koch if horizon.is_polar() => None,
        // Its houses would run against the zodiac.
        HouseSystem::Regiomontanus if horizon.is_turned => None,
        HouseSystem::Placidus => {
            placidus_rad(meridian, obliquity, latitude).map(|cusps| Cusps::from_radians(cusps.0))
        }
        HouseSystem::Koch => Some(koch(horizon)),
        HouseSystem::WholeSign => {
            let (_, into_sign) = zodiac::Sign::of(horizon.ascendant);
            Some(Cusps::equal_from((horizon.ascendant - into_sign).round()))
        }
        HouseSystem::Equal => Some(Cusps::equal_from(horizon.ascendant)),
        HouseSystem::Porphyry => {
            let cusps = porphyry_rad(
                horizon.ascendant.to_radians(),
                horizon.midheaven.to_radians(),
            );
            Some(Cusps::from_radians(cusps.0))
        }
        HouseSystem::Regiomontanus => regiomontanus_rad(meridian, obliquity, latitude)
            .map(|cusps| Cusps::from_radians(cusps.0)),
    }
}

/// Koch's houses: the Ascendants at thirds of the time since the Midheaven rose, and after as much
/// time again. (`pericynthion` 0.9.0 has this one wrong.)
fn koch(horizon: &Horizon) -> Cusps {
    let &Horizon {
        meridian,
        obliquity,
        latitude,
        midheaven,
        ..
    } = horizon;
    let declination = (obliquity.sin() * midheaven.to_radians().sin()).asin();
    let ascensional_difference = (latitude.tan() * declination.tan()).asin();
    let third = (std::f64::consts::FRAC_PI_2 + ascensional_difference) / 3.0;
    let cusp = |thirds: f64| {
        ac_rad(meridian + thirds * third, obliquity, latitude)
            .expect("the latitude is below 90 degrees")
            .to_degrees()
    };
    Cusps::from_eastern(
        midheaven,
        [
            cusp(-2.0),
            cusp(-1.0),
            horizon.ascendant,
            cusp(1.0),
            cusp(2.0),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const OBLIQUITY: f64 = 0.409_092_6;

    #[test]
    fn names_and_letters_are_read_and_others_are_not() {
        for (text, system) in [("P", "placidus"), ("K", "koch"), ("W", "whole_sign")]
            .into_iter()
            .chain([("E", "equal"), ("O", "porphyry"), ("R", "regiomontanus")])
        {
            let parsed: HouseSystem = text.parse().unwrap();

            assert_eq!(parsed.name(), system);
            assert_eq!(system.parse(), Ok(parsed));
            assert_eq!(serde_json::to_value(parsed).unwrap(), system);
        }
        let error = "topocentric"
            .parse::<HouseSystem>()
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("`topocentric`") && error.contains("`whole_sign`"),
            "{error}"
        );
    }

    #[test]
    fn a_body_on_a_cusp_is_in_the_house_it_begins() {
        let cusps = Cusps::equal_from(350.0);

        assert_eq!(cusps.house_of(350.0), 1);
        assert_eq!(cusps.house_of(19.999), 1);
        assert_eq!(cusps.house_of(20.0), 2);
        assert_eq!(cusps.house_of(349.999), 12);
    }

    #[test]
    fn whole_signs_begin_exactly_on_the_sign() {
        for meridian in 0..628 {
            let horizon = Horizon::new(f64::from(meridian) / 100.0, OBLIQUITY, 48.2);

            let cusps = cusps(HouseSystem::WholeSign, &horizon).unwrap();

            assert!(
                cusps
                    .numbered()
                    .all(|(_, cusp)| cusp % 30.0 == 0.0 && cusp < 360.0)
            );
            assert_eq!(cusps.house_of(horizon.ascendant), 1);
        }
    }

    #[test]
    fn inside_the_polar_circles_placidus_and_koch_do_not_exist() {
        for latitude in [66.6, -66.6, 78.2, 90.0, -90.0] {
            let horizon = Horizon::new(0.2, OBLIQUITY, latitude);
            for system in [HouseSystem::Placidus, HouseSystem::Koch] {
                assert_eq!(cusps(system, &horizon), None, "{system} at {latitude}");
            }
            for system in [
                HouseSystem::WholeSign,
                HouseSystem::Equal,
                HouseSystem::Porphyry,
            ] {
                assert!(cusps(system, &horizon).is_some(), "{system} at {latitude}");
            }
        }
    }

    #[test]
    fn regiomontanus_does_not_exist_while_the_rising_point_is_west() {
        let horizon = Horizon::new(285_f64.to_radians(), OBLIQUITY, 71.8);

        assert!(horizon.is_turned);
        assert_eq!(cusps(HouseSystem::Regiomontanus, &horizon), None);
        assert!(cusps(HouseSystem::Porphyry, &horizon).is_some());
    }

    proptest! {
        #[test]
        fn houses_begin_at_the_ascendant_and_go_once_round(
            meridian in 0.0..std::f64::consts::TAU,
            latitude in prop_oneof![-90.0..=90.0, 66.0..67.0, -67.0..-66.0],
        ) {
            let horizon = Horizon::new(meridian, OBLIQUITY, latitude);
            for system in HouseSystem::ALL {
                let Some(cusps) = cusps(system, &horizon) else {
                    prop_assert!(horizon.is_polar(), "{system} at {latitude}");
                    continue;
                };
                let widths: Vec<f64> = (0..12)
                    .map(|house| zodiac::normalized(cusps.0[(house + 1) % 12] - cusps.0[house]))
                    .collect();
                prop_assert!((widths.iter().sum::<f64>() - 360.0).abs() < 1e-6, "{system} {widths:?}");
                if system != HouseSystem::WholeSign {
                    let off = zodiac::difference(cusps.0[0], horizon.ascendant);
                    prop_assert!(off.abs() < 1e-9, "{system} begins {off} degrees off");
                }
                for house in 0..6 {
                    let across = zodiac::difference(cusps.0[house], cusps.0[house + 6]);
                    prop_assert!((across.abs() - 180.0).abs() < 1e-9);
                }
            }
        }
    }
}
