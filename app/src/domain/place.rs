//! Geographic coordinates in degrees, north and east positive.

use super::fault::Fault;
use crate::error::Code;

pub(super) const LATITUDE: &str =
    "latitude must be a JSON number of degrees from -90 to 90, north positive, as in 48.137";
pub(super) const LONGITUDE: &str =
    "longitude must be a JSON number of degrees from -180 to 180, east positive, as in 11.575";

pub(super) const MAX_LATITUDE: f64 = 90.0;
pub(super) const MAX_LONGITUDE: f64 = 180.0;

/// Checks a latitude and returns it with one zero only.
pub(super) fn latitude(degrees: f64) -> Result<f64, Fault> {
    within(degrees, MAX_LATITUDE, "latitude", LATITUDE)
}

/// Checks a longitude and returns it with one zero only.
pub(super) fn longitude(degrees: f64) -> Result<f64, Fault> {
    within(degrees, MAX_LONGITUDE, "longitude", LONGITUDE)
}

fn within(degrees: f64, limit: f64, field: &str, expected: &str) -> Result<f64, Fault> {
    if degrees.abs() <= limit {
        // Adding positive zero turns -0.0 into 0.0 and changes nothing else.
        Ok(degrees + 0.0)
    } else {
        Err(Fault::new(Code::InvalidCoordinates, field, expected))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_poles_and_the_date_line_are_places() {
        for degrees in [-90.0, 90.0] {
            assert_eq!(latitude(degrees), Ok(degrees));
        }
        for degrees in [-180.0, 180.0] {
            assert_eq!(longitude(degrees), Ok(degrees));
        }
    }

    #[test]
    fn beyond_them_there_is_nothing() {
        for degrees in [90.000_001, -90.000_001, f64::NAN, f64::INFINITY] {
            assert_eq!(
                latitude(degrees).map_err(|fault| fault.code),
                Err(Code::InvalidCoordinates)
            );
        }
        assert_eq!(
            longitude(180.000_001).map_err(|fault| fault.code),
            Err(Code::InvalidCoordinates)
        );
    }

    #[test]
    fn there_is_one_equator() {
        assert!(latitude(-0.0).is_ok_and(f64::is_sign_positive));
    }
}
