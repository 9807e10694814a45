//! The frame of date: where the equator, the ecliptic and the equinox are at one instant.

use sofars::consts::DJ00;
use sofars::pnp::pn06a;
use sofars::vm::{c2s, rxp};

use super::zodiac;

pub(super) type Vector = [f64; 3];
type Matrix = [[f64; 3]; 3];

/// True equator and equinox of one instant: IAU 2006 precession with IAU 2000A nutation.
pub(super) struct Frame {
    /// Days from J2000.0, terrestrial time.
    days: f64,
    /// Turns vectors of the celestial reference system to the true equator and equinox.
    equatorial: Matrix,
    /// Angle between true equator and ecliptic, radians.
    pub(super) obliquity: f64,
    /// Nutation in longitude, radians.
    pub(super) nutation: f64,
}

/// A direction on the ecliptic of date, degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Ecliptic {
    /// 0 to 360, from the true equinox.
    pub(super) longitude: f64,
    /// -90 to 90, positive to the north.
    pub(super) latitude: f64,
}

impl Frame {
    /// Returns the frame at the Julian date `tt`, terrestrial time.
    pub(super) fn at(tt: f64) -> Self {
        let days = tt - DJ00;
        let (nutation, obliquity_change, mean_obliquity, _, _, _, _, equatorial) =
            pn06a(DJ00, days);
        Self {
            days,
            equatorial,
            obliquity: mean_obliquity + obliquity_change,
            nutation,
        }
    }

    /// Returns the hour angle of the equinox at Greenwich at the Julian date `ut`, in radians.
    pub(super) fn greenwich_sidereal_time(&self, ut: f64) -> f64 {
        sofars::erst::gst06(DJ00, ut - DJ00, DJ00, self.days, &self.equatorial)
    }

    /// Turns a vector of the celestial reference system onto the ecliptic of date.
    pub(super) fn to_ecliptic(&self, vector: &Vector) -> Vector {
        let mut equatorial = [0.0; 3];
        rxp(&self.equatorial, vector, &mut equatorial);
        let [x, y, z] = equatorial;
        let (sin, cos) = self.obliquity.sin_cos();
        [x, y * cos + z * sin, z * cos - y * sin]
    }

    /// Returns the direction of a vector of the celestial reference system.
    pub(super) fn direction(&self, vector: &Vector) -> Ecliptic {
        let (longitude, latitude) = c2s(&self.to_ecliptic(vector));
        Ecliptic {
            longitude: zodiac::normalized(longitude.to_degrees()),
            latitude: latitude.to_degrees(),
        }
    }

    /// Returns Julian centuries from J2000.0, terrestrial time.
    pub(super) fn centuries(&self) -> f64 {
        self.days / sofars::consts::DJC
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pole_of_the_equator_stands_off_the_ecliptic_by_the_obliquity() {
        // Meeus, *Astronomical Algorithms*, example 22.a: 1987 April 10, true obliquity 23°26'36.850".
        let frame = Frame::at(2_446_895.5);

        assert!(
            (frame.obliquity.to_degrees() - (23.0 + 26.0 / 60.0 + 36.850 / 3600.0)).abs() < 2e-5
        );
        assert!((frame.nutation.to_degrees() * 3600.0 - -3.788).abs() < 0.01);
    }

    #[test]
    fn sidereal_time_matches_the_textbook() {
        // Meeus, example 12.a: apparent sidereal time of 1987 April 10, 0h UT, is 13h 10m 46.1351s.
        let hours = Frame::at(2_446_895.5)
            .greenwich_sidereal_time(2_446_895.5)
            .to_degrees()
            / 15.0;

        assert!(
            (hours - (13.0 + 10.0 / 60.0 + 46.1351 / 3600.0)).abs() * 3600.0 < 0.02,
            "{hours}"
        );
    }
}
