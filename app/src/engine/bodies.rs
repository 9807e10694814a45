//! The bodies of a chart: where each is and how fast it moves.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::apparent::Observer;
use super::frame::{Ecliptic, Frame};
use super::{nodes, zodiac};
use crate::ephemeris::{Error, Records, Target};

/// Half the interval a speed is measured over, days: the Moon's speed is then within 0.02" a day.
const HALF_INTERVAL: f64 = 0.02;

/// A point of a chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[expect(missing_docs, reason = "the names are the documentation")]
pub enum Body {
    Sun,
    Moon,
    Mercury,
    Venus,
    Mars,
    Jupiter,
    Saturn,
    Uranus,
    Neptune,
    Pluto,
    /// The ascending node of the Moon's mean orbit.
    MeanNode,
    /// The ascending node of the Moon's orbit at the instant.
    TrueNode,
}

impl Body {
    /// Every body of a chart, in its order.
    pub const ALL: [Self; 12] = [
        Self::Sun,
        Self::Moon,
        Self::Mercury,
        Self::Venus,
        Self::Mars,
        Self::Jupiter,
        Self::Saturn,
        Self::Uranus,
        Self::Neptune,
        Self::Pluto,
        Self::MeanNode,
        Self::TrueNode,
    ];

    /// Returns true for the lunar nodes, which are no bodies and make no aspects.
    pub(super) fn is_node(self) -> bool {
        matches!(self, Self::MeanNode | Self::TrueNode)
    }
}

/// Where a body is and how fast it moves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Motion {
    pub(super) body: Body,
    pub(super) place: Ecliptic,
    /// Change of longitude, degrees per day.
    pub(super) speed: f64,
}

/// Returns the motion of every body at the instant of `now`, in the order of [`Body::ALL`].
pub(super) fn motions(now: &Sky<'_>) -> Result<Vec<Motion>, Error> {
    let before = Sky::at(now.tt - HALF_INTERVAL, now.records)?;
    let after = Sky::at(now.tt + HALF_INTERVAL, now.records)?;
    Body::ALL
        .into_iter()
        .map(|body| {
            let from = before.place(body)?.longitude;
            let to = after.place(body)?.longitude;
            Ok(Motion {
                body,
                place: now.place(body)?,
                speed: zodiac::difference(from, to) / (2.0 * HALF_INTERVAL),
            })
        })
        .collect()
}

/// What is seen from the Earth at one instant.
pub(super) struct Sky<'r> {
    tt: f64,
    records: &'r Records,
    frame: Frame,
    observer: Observer<'r>,
}

impl<'r> Sky<'r> {
    /// Returns the sky at the Julian date `tt`, terrestrial time.
    pub(super) fn at(tt: f64, records: &'r Records) -> Result<Self, Error> {
        Ok(Self {
            tt,
            records,
            frame: Frame::at(tt),
            observer: Observer::at(tt, records)?,
        })
    }

    pub(super) fn frame(&self) -> &Frame {
        &self.frame
    }

    fn place(&self, body: Body) -> Result<Ecliptic, Error> {
        let target = match body {
            Body::Sun => Target::Sun,
            Body::Moon => Target::Moon,
            Body::Mercury => Target::Mercury,
            Body::Venus => Target::Venus,
            Body::Mars => Target::Mars,
            Body::Jupiter => Target::Jupiter,
            Body::Saturn => Target::Saturn,
            Body::Uranus => Target::Uranus,
            Body::Neptune => Target::Neptune,
            Body::Pluto => Target::Pluto,
            Body::MeanNode => return Ok(nodes::mean_node(&self.frame)),
            Body::TrueNode => return nodes::true_node(self.tt, &self.frame, self.records),
        };
        Ok(self.frame.direction(&self.observer.apparent(target)?))
    }
}
