//! The lunar nodes: where the Moon's orbit crosses the ecliptic northwards.

use sofars::fundargs::faom03;
use sofars::vm::{pmp, pxp};

use super::frame::{Ecliptic, Frame};
use super::zodiac;
use crate::ephemeris::{Error, Records, Target};

/// Returns the mean node: its polynomial from Simon et al., Astron. Astrophys. 282 (1994), as in
/// the IERS Conventions (2003), with nutation.
pub(super) fn mean_node(frame: &Frame) -> Ecliptic {
    on_ecliptic(faom03(frame.centuries()) + frame.nutation)
}

/// Returns the true node at the Julian date `tt`: that of the ellipse that touches the Moon's path now.
pub(super) fn true_node(tt: f64, frame: &Frame, records: &Records) -> Result<Ecliptic, Error> {
    let moon = records.state(Target::Moon, tt)?;
    let earth = records.state(Target::Earth, tt)?;
    let position = frame.to_ecliptic(&pmp(&moon.position, &earth.position));
    let velocity = frame.to_ecliptic(&pmp(&moon.velocity, &earth.velocity));
    let [x, y, _] = pxp(&position, &velocity);
    Ok(on_ecliptic(x.atan2(-y)))
}

fn on_ecliptic(longitude: f64) -> Ecliptic {
    Ecliptic {
        longitude: zodiac::normalized(longitude.to_degrees()),
        latitude: 0.0,
    }
}
