//! Apparent places: where a body is seen from the center of the Earth.
//!
//! Light left the body earlier, bent past the Sun and meets a moving observer: light time,
//! deflection and aberration after Urban and Seidelmann (eds), *Explanatory Supplement to the
//! Astronomical Almanac*, 3rd ed., chapter 7.

use sofars::astro::{ab, ld};
use sofars::consts::{DAU, DC};
use sofars::vm::{pmp, pn, ppp};

use super::frame::Vector;
use crate::ephemeris::{Error, Records, Target};

const KILOMETRES_PER_AU: f64 = DAU / 1000.0;

/// Rounds of the light-time equation; each leaves at most a ten-thousandth (v/c) of the error before.
const LIGHT_TIME_ROUNDS: usize = 3;

/// Where deflection stops growing, inside the Sun's disk: as SOFA's `iauLdsun`.
const DEFLECTION_LIMIT: f64 = 1e-6;

/// The center of the Earth at one instant, and what it needs to see the sky.
pub(super) struct Observer<'r> {
    records: &'r Records,
    tt: f64,
    /// From the barycenter of the solar system, au.
    position: Vector,
    /// In units of the speed of light.
    velocity: Vector,
    /// From the barycenter of the solar system, au.
    sun: Vector,
}

impl<'r> Observer<'r> {
    /// Returns the observer at the Julian date `tt`.
    pub(super) fn at(tt: f64, records: &'r Records) -> Result<Self, Error> {
        let barycenter = records.state(Target::EarthMoonBarycenter, tt)?;
        let earth = records.state(Target::Earth, tt)?;
        Ok(Self {
            records,
            tt,
            position: au(&ppp(&barycenter.position, &earth.position)),
            velocity: au(&ppp(&barycenter.velocity, &earth.velocity)).map(|axis| axis / DC),
            sun: barycentric(Target::Sun, tt, records)?,
        })
    }

    /// Returns the apparent direction of `target`, a unit vector of the celestial reference system.
    pub(super) fn apparent(&self, target: Target) -> Result<Vector, Error> {
        let place = self.place_when_light_left(target)?;
        let (_, natural) = pn(&pmp(&place, &self.position));
        let (sun_distance, from_sun) = pn(&pmp(&self.position, &self.sun));
        let deflected = match target {
            // Light from the Sun's center goes straight; the Moon is always on the near side.
            Target::Sun | Target::Moon => natural,
            _ => {
                let (_, sun_to_target) = pn(&pmp(&place, &self.sun));
                let limit = DEFLECTION_LIMIT / (sun_distance * sun_distance).max(1.0);
                ld(1.0, natural, sun_to_target, from_sun, sun_distance, limit)
            }
        };
        let speed_squared: f64 = self.velocity.iter().map(|axis| axis * axis).sum();
        Ok(ab(
            &deflected,
            &self.velocity,
            sun_distance,
            (1.0 - speed_squared).sqrt(),
        ))
    }

    /// Returns where `target` was when the light that arrives now left it.
    fn place_when_light_left(&self, target: Target) -> Result<Vector, Error> {
        let mut place = barycentric(target, self.tt, self.records)?;
        for _ in 0..LIGHT_TIME_ROUNDS {
            let (distance, _) = pn(&pmp(&place, &self.position));
            place = barycentric(target, self.tt - distance / DC, self.records)?;
        }
        Ok(place)
    }
}

/// Returns the place of `target` from the barycenter of the solar system, au.
fn barycentric(target: Target, tt: f64, records: &Records) -> Result<Vector, Error> {
    let position = records.state(target, tt)?.position;
    if target == Target::Moon {
        let barycenter = records.state(Target::EarthMoonBarycenter, tt)?.position;
        return Ok(au(&ppp(&barycenter, &position)));
    }
    Ok(au(&position))
}

fn au(kilometres: &Vector) -> Vector {
    kilometres.map(|axis| axis / KILOMETRES_PER_AU)
}
