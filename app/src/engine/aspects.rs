//! The aspects: pairs of bodies that stand at a meaningful angle.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::bodies::Motion;
use super::chart::Aspect;
use super::zodiac;

/// A meaningful angle between two bodies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AspectKind {
    /// 0 degrees, within 8.
    Conjunction,
    /// 60 degrees, within 6.
    Sextile,
    /// 90 degrees, within 7.
    Square,
    /// 120 degrees, within 8.
    Trine,
    /// 180 degrees, within 8.
    Opposition,
}

impl AspectKind {
    const ALL: [Self; 5] = [
        Self::Conjunction,
        Self::Sextile,
        Self::Square,
        Self::Trine,
        Self::Opposition,
    ];

    /// Returns the exact angle, degrees.
    #[must_use]
    pub fn angle(self) -> f64 {
        match self {
            Self::Conjunction => 0.0,
            Self::Sextile => 60.0,
            Self::Square => 90.0,
            Self::Trine => 120.0,
            Self::Opposition => 180.0,
        }
    }

    /// Returns how far from exact the angle may be, degrees.
    #[must_use]
    pub fn max_orb(self) -> f64 {
        match self {
            Self::Sextile => 6.0,
            Self::Square => 7.0,
            Self::Conjunction | Self::Trine | Self::Opposition => 8.0,
        }
    }
}

/// Returns the aspects between the Sun, the Moon and the planets, each pair in the order given.
pub(super) fn between(motions: &[Motion]) -> Vec<Aspect> {
    let bodies: Vec<_> = motions
        .iter()
        .filter(|motion| !motion.body.is_node())
        .collect();
    let mut aspects = Vec::new();
    for (index, first) in bodies.iter().enumerate() {
        aspects.extend(
            bodies[index + 1..]
                .iter()
                .filter_map(|second| aspect(first, second)),
        );
    }
    aspects
}

fn aspect(first: &Motion, second: &Motion) -> Option<Aspect> {
    let signed = zodiac::difference(first.place.longitude, second.place.longitude);
    let angle = signed.abs();
    let kind = AspectKind::ALL
        .into_iter()
        .find(|kind| (angle - kind.angle()).abs() <= kind.max_orb())?;
    let opening = (second.speed - first.speed) * signed.signum();
    Some(Aspect {
        first: first.body,
        second: second.body,
        aspect: kind,
        angle,
        orb: (angle - kind.angle()).abs(),
        applying: (angle - kind.angle()) * opening < 0.0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::bodies::Body;
    use crate::engine::frame::Ecliptic;

    fn motion(body: Body, longitude: f64, speed: f64) -> Motion {
        Motion {
            body,
            place: Ecliptic {
                longitude,
                latitude: 0.0,
            },
            speed,
        }
    }

    fn sun_and_moon(sun: f64, moon: f64) -> Option<Aspect> {
        between(&[motion(Body::Sun, sun, 1.0), motion(Body::Moon, moon, 13.0)]).pop()
    }

    #[test]
    fn an_aspect_holds_within_its_orb_across_the_start_of_the_zodiac() {
        let aspect = sun_and_moon(355.0, 3.0).unwrap();

        assert_eq!(aspect.aspect, AspectKind::Conjunction);
        assert!((aspect.angle - 8.0).abs() < 1e-12 && (aspect.orb - 8.0).abs() < 1e-12);
        assert_eq!(sun_and_moon(355.0, 3.001), None);
    }

    #[test]
    fn each_kind_is_found_at_its_angle() {
        for kind in AspectKind::ALL {
            assert_eq!(
                sun_and_moon(100.0, 100.0 + kind.angle()).unwrap().aspect,
                kind
            );
            assert_eq!(
                sun_and_moon(100.0, 100.0 - kind.angle()).unwrap().aspect,
                kind
            );
        }
        assert_eq!(sun_and_moon(100.0, 145.0), None);
    }

    #[test]
    fn the_faster_body_applies_before_the_exact_angle_and_separates_after() {
        for kind in [AspectKind::Sextile, AspectKind::Square, AspectKind::Trine] {
            for (side, before, after) in [(1.0, -2.0, 2.0), (-1.0, -2.0, 2.0)] {
                let exact = 100.0 + side * kind.angle();

                assert!(
                    sun_and_moon(100.0, exact + before).unwrap().applying,
                    "{kind:?}"
                );
                assert!(
                    !sun_and_moon(100.0, exact + after).unwrap().applying,
                    "{kind:?}"
                );
            }
        }
        assert!(sun_and_moon(100.0, 97.0).unwrap().applying);
        assert!(!sun_and_moon(100.0, 103.0).unwrap().applying);
        assert!(sun_and_moon(100.0, 277.0).unwrap().applying);
        assert!(!sun_and_moon(100.0, 283.0).unwrap().applying);
    }

    #[test]
    fn nodes_make_no_aspects() {
        assert!(
            between(&[
                motion(Body::Sun, 10.0, 1.0),
                motion(Body::MeanNode, 10.0, -0.05)
            ])
            .is_empty()
        );
    }
}
