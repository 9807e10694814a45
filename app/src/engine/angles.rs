//! The angles: where the horizon and the meridian of a place cut the ecliptic.

use pericynthion::coords::acds::ac_rad;
use pericynthion::coords::mcic::mc_rad;

use super::frame::Frame;
use super::zodiac;

/// The highest latitude with an east, degrees. At a pole the Ascendant is a limit, and a place this
/// near (a tenth of a millimetre) has the same one to a double's precision.
const HIGHEST_LATITUDE: f64 = 90.0 - 1e-9;

/// The horizon and the meridian of a place at one instant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Horizon {
    /// Right ascension of the meridian, radians.
    pub(super) meridian: f64,
    /// Angle between equator and ecliptic, radians.
    pub(super) obliquity: f64,
    /// Geographic latitude, radians.
    pub(super) latitude: f64,
    /// Longitude of the Midheaven, degrees.
    pub(super) midheaven: f64,
    /// Longitude of the Ascendant, degrees.
    pub(super) ascendant: f64,
    /// Whether the Ascendant is the other crossing than the usual formula's; see [`Horizon::of`].
    pub(super) is_turned: bool,
}

impl Horizon {
    /// Returns the horizon at the Julian date `ut` of a place given in degrees, east positive.
    ///
    /// Meeus, *Astronomical Algorithms*, 2nd ed., chapter 14. Inside the polar circles the rising
    /// point can be west of the meridian; the Ascendant is then the crossing that follows the
    /// Midheaven, so that the houses keep their order.
    pub(super) fn of(frame: &Frame, ut: f64, latitude: f64, longitude: f64) -> Self {
        let meridian = frame.greenwich_sidereal_time(ut) + longitude.to_radians();
        Self::new(meridian, frame.obliquity, latitude)
    }

    /// `meridian` and `obliquity` in radians, `latitude` in degrees.
    pub(super) fn new(meridian: f64, obliquity: f64, latitude: f64) -> Self {
        let latitude = latitude
            .clamp(-HIGHEST_LATITUDE, HIGHEST_LATITUDE)
            .to_radians();
        let midheaven = zodiac::normalized(mc_rad(meridian, obliquity).to_degrees());
        let rising =
            ac_rad(meridian, obliquity, latitude).expect("the latitude is below 90 degrees");
        let rising = rising.to_degrees();
        let is_turned =
            is_polar(latitude, obliquity) && zodiac::normalized(rising - midheaven) > 180.0;
        let ascendant = zodiac::normalized(if is_turned { rising + 180.0 } else { rising });
        Self {
            meridian,
            obliquity,
            latitude,
            midheaven,
            ascendant,
            is_turned,
        }
    }

    /// Returns true inside the polar circles, where some of the ecliptic never rises or sets.
    pub(super) fn is_polar(&self) -> bool {
        is_polar(self.latitude, self.obliquity)
    }
}

fn is_polar(latitude: f64, obliquity: f64) -> bool {
    latitude.abs() >= std::f64::consts::FRAC_PI_2 - obliquity
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const OBLIQUITY: f64 = 0.409_092_6;

    #[test]
    fn on_the_equator_the_solstice_rises_when_the_equinox_culminates() {
        let horizon = Horizon::new(0.0, OBLIQUITY, 0.0);

        assert!(horizon.midheaven.abs() < 1e-12);
        assert!((horizon.ascendant - 90.0).abs() < 1e-12);
        assert!(!horizon.is_polar());
    }

    #[test]
    fn the_polar_circle_belongs_to_the_polar_region() {
        let circle = 90.0 - OBLIQUITY.to_degrees();

        assert!(Horizon::new(1.0, OBLIQUITY, circle + 1e-9).is_polar());
        assert!(Horizon::new(1.0, OBLIQUITY, -circle - 1e-9).is_polar());
        assert!(!Horizon::new(1.0, OBLIQUITY, circle - 1e-9).is_polar());
    }

    proptest! {
        #[test]
        fn the_ascendant_follows_the_midheaven_everywhere(
            meridian in 0.0..std::f64::consts::TAU,
            latitude in -90.0..=90.0,
        ) {
            let horizon = Horizon::new(meridian, OBLIQUITY, latitude);

            prop_assert!(zodiac::normalized(horizon.ascendant - horizon.midheaven) <= 180.0);
            prop_assert!(horizon.is_polar() || !horizon.is_turned);
        }
    }
}
