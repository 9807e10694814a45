//! The zodiac: degrees around the circle and the twelve signs.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A twelfth of the ecliptic, counted from the equinox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[expect(missing_docs, reason = "the names are the documentation")]
pub enum Sign {
    Aries,
    Taurus,
    Gemini,
    Cancer,
    Leo,
    Virgo,
    Libra,
    Scorpio,
    Sagittarius,
    Capricorn,
    Aquarius,
    Pisces,
}

impl Sign {
    const ALL: [Self; 12] = [
        Self::Aries,
        Self::Taurus,
        Self::Gemini,
        Self::Cancer,
        Self::Leo,
        Self::Virgo,
        Self::Libra,
        Self::Scorpio,
        Self::Sagittarius,
        Self::Capricorn,
        Self::Aquarius,
        Self::Pisces,
    ];

    /// Returns the sign of an ecliptic longitude, and the degrees into it (0 to 30).
    #[must_use]
    pub fn of(longitude: f64) -> (Self, f64) {
        let longitude = normalized(longitude);
        let (mut sign, mut start) = (Self::Aries, 0.0);
        for (candidate, index) in Self::ALL.into_iter().zip(0_u8..) {
            if longitude >= f64::from(index) * 30.0 {
                (sign, start) = (candidate, f64::from(index) * 30.0);
            }
        }
        (sign, longitude - start)
    }
}

/// Returns `degrees` within [0, 360).
pub(super) fn normalized(degrees: f64) -> f64 {
    let degrees = degrees.rem_euclid(360.0);
    // The remainder of a tiny negative angle rounds up to the full circle.
    if degrees < 360.0 { degrees } else { 0.0 }
}

/// Returns the way from `from` to `to` the short way round, within [-180, 180).
pub(super) fn difference(from: f64, to: f64) -> f64 {
    normalized(to - from + 180.0) - 180.0
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "whole degrees are exact")]
mod tests {
    use super::*;

    #[test]
    fn a_sign_begins_on_its_first_degree() {
        assert_eq!(Sign::of(0.0), (Sign::Aries, 0.0));
        assert_eq!(Sign::of(29.5), (Sign::Aries, 29.5));
        assert_eq!(Sign::of(30.0), (Sign::Taurus, 0.0));
        assert_eq!(Sign::of(359.0), (Sign::Pisces, 29.0));
        assert_eq!(Sign::of(360.0), (Sign::Aries, 0.0));
        assert_eq!(Sign::of(-1.0), (Sign::Pisces, 29.0));
    }

    #[test]
    fn the_circle_never_reaches_360() {
        assert_eq!(normalized(360.0), 0.0);
        assert_eq!(normalized(-1e-17), 0.0);
        assert_eq!(normalized(725.0), 5.0);
        assert_eq!(Sign::of(-1e-17), (Sign::Aries, 0.0));
    }

    #[test]
    fn differences_go_the_short_way_round() {
        assert_eq!(difference(350.0, 10.0), 20.0);
        assert_eq!(difference(10.0, 350.0), -20.0);
        assert_eq!(difference(0.0, 180.0), -180.0);
    }
}
