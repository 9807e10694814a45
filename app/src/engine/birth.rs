//! Birth data: what determines a chart, and so what its cache key is made of.

use std::fmt;

use cached_runtime::Personal;
use jiff::Timestamp;
use serde::Serialize;

use super::houses::HouseSystem;

/// An instant, a place and a house system: all that determines a chart, and nothing else.
///
/// Two spellings of one instant and place are equal: the instant is in UTC whatever zone it was
/// given in, and the meridian at 180 degrees has one name. What identifies a person is [`Personal`]:
/// it enters the hashed key and nothing that can be read.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BirthData {
    instant: Personal<Timestamp>,
    latitude: Personal<f64>,
    longitude: Personal<f64>,
    house_system: HouseSystem,
}

impl BirthData {
    /// Returns birth data for a place in degrees: `latitude` from -90 to 90, positive to the
    /// north, `longitude` from -180 to 180, positive to the east.
    ///
    /// # Errors
    ///
    /// [`InvalidCoordinates`] says which of the two is out of its range or not a number.
    ///
    /// ```
    /// use app::engine::{BirthData, HouseSystem};
    ///
    /// let instant = "1990-05-17T12:30:00Z".parse()?;
    /// let birth = BirthData::new(instant, 52.52, 13.405, HouseSystem::Placidus)?;
    /// assert!(!format!("{birth:?}").contains("52.52"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(
        instant: Timestamp,
        latitude: f64,
        longitude: f64,
        house_system: HouseSystem,
    ) -> Result<Self, InvalidCoordinates> {
        if !(-90.0..=90.0).contains(&latitude) {
            return Err(InvalidCoordinates::Latitude);
        }
        if !(-180.0..=180.0).contains(&longitude) {
            return Err(InvalidCoordinates::Longitude);
        }
        let longitude = if longitude <= -180.0 {
            180.0
        } else {
            longitude
        };
        Ok(Self {
            instant: instant.into(),
            latitude: latitude.into(),
            longitude: longitude.into(),
            house_system,
        })
    }

    /// Returns the instant of birth.
    #[must_use]
    pub fn instant(&self) -> Timestamp {
        *self.instant.expose()
    }

    /// Returns the latitude in degrees, positive to the north.
    #[must_use]
    pub fn latitude(&self) -> f64 {
        *self.latitude.expose()
    }

    /// Returns the longitude in degrees within (-180, 180], positive to the east.
    #[must_use]
    pub fn longitude(&self) -> f64 {
        *self.longitude.expose()
    }

    /// Returns the house system.
    #[must_use]
    pub fn house_system(&self) -> HouseSystem {
        self.house_system
    }
}

/// A coordinate that is no place on Earth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidCoordinates {
    /// The latitude is not within -90 to 90 degrees.
    Latitude,
    /// The longitude is not within -180 to 180 degrees.
    Longitude,
}

impl fmt::Display for InvalidCoordinates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Latitude => "latitude must be from -90 to 90 degrees",
            Self::Longitude => "longitude must be from -180 to 180 degrees",
        })
    }
}

impl std::error::Error for InvalidCoordinates {}

#[cfg(test)]
mod tests {
    use super::*;

    fn birth(latitude: f64, longitude: f64) -> Result<BirthData, InvalidCoordinates> {
        BirthData::new(
            Timestamp::UNIX_EPOCH,
            latitude,
            longitude,
            HouseSystem::default(),
        )
    }

    #[test]
    fn the_meridian_at_180_degrees_has_one_name() {
        assert_eq!(birth(10.0, -180.0), birth(10.0, 180.0));
        assert_ne!(birth(10.0, -179.9), birth(10.0, 179.9));
    }

    #[test]
    fn places_that_are_not_on_earth_are_refused() {
        for latitude in [90.1, -90.1, f64::NAN, f64::INFINITY] {
            assert_eq!(birth(latitude, 0.0), Err(InvalidCoordinates::Latitude));
        }
        for longitude in [180.1, -180.1, f64::NAN, f64::NEG_INFINITY] {
            assert_eq!(birth(0.0, longitude), Err(InvalidCoordinates::Longitude));
        }
        assert!(birth(-90.0, 180.0).is_ok());
    }

    #[test]
    fn debug_shows_no_personal_data() {
        let text = format!("{:?}", birth(52.52, 13.405).unwrap());

        assert_eq!(
            text,
            "BirthData { instant: Personal(redacted), latitude: Personal(redacted), \
             longitude: Personal(redacted), house_system: Placidus }"
        );
    }
}
