//! Records: the polynomials around one instant, and the places they give.
//!
//! Everything a chart needs from the database, as values: no I/O happens here.

use super::chebyshev;
use super::error::Error;

/// A vector along the axes of the International Celestial Reference Frame.
pub(crate) type Vector = [f64; 3];

/// A point whose motion the ephemeris holds, with its number in JPL's files.
///
/// Sun, planets and the barycenter of Earth and Moon are given from the barycenter of the solar
/// system; Earth and Moon from their own barycenter. The outer planets stand for the barycenter of
/// the planet and its moons, as in every chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the documentation")]
pub enum Target {
    Mercury = 1,
    Venus = 2,
    EarthMoonBarycenter = 3,
    Mars = 4,
    Jupiter = 5,
    Saturn = 6,
    Uranus = 7,
    Neptune = 8,
    Pluto = 9,
    Sun = 10,
    Moon = 301,
    Earth = 399,
}

impl Target {
    /// Every target a chart is made from.
    pub const ALL: [Self; 12] = [
        Self::Mercury,
        Self::Venus,
        Self::EarthMoonBarycenter,
        Self::Mars,
        Self::Jupiter,
        Self::Saturn,
        Self::Uranus,
        Self::Neptune,
        Self::Pluto,
        Self::Sun,
        Self::Moon,
        Self::Earth,
    ];

    /// Returns the number of the target in JPL's files.
    #[must_use]
    pub fn code(self) -> i16 {
        self as i16
    }

    /// Returns the number of the point the target is measured from.
    #[must_use]
    pub fn center(self) -> i16 {
        match self {
            Self::Moon | Self::Earth => Self::EarthMoonBarycenter.code(),
            _ => 0,
        }
    }
}

/// Which ephemeris is in the database and what span of time it covers.
#[derive(Debug, Clone, PartialEq)]
pub struct Coverage {
    /// The name of the ephemeris, such as `DE421`.
    pub ephemeris: String,
    /// The first covered instant, Julian date in TDB.
    pub start_jd: f64,
    /// The end of the covered span, Julian date in TDB.
    pub end_jd: f64,
}

impl Coverage {
    /// Returns true when the whole span from `from_jd` to `to_jd` is covered.
    #[must_use]
    pub fn contains(&self, from_jd: f64, to_jd: f64) -> bool {
        self.start_jd <= from_jd && to_jd <= self.end_jd
    }
}

/// One polynomial: the place of a target over one span of time.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// The target's number in JPL's files.
    pub target: i16,
    /// The start of the span, Julian date in TDB.
    pub start_jd: f64,
    /// The end of the span, Julian date in TDB.
    pub end_jd: f64,
    /// Chebyshev coefficients in kilometres: as many for x, then for y, then for z.
    pub coefficients: Vec<f64>,
}

/// A place and a velocity from the target's center, in kilometres and kilometres per day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct State {
    pub(crate) position: Vector,
    pub(crate) velocity: Vector,
}

impl Record {
    fn contains(&self, target: Target, jd: f64) -> bool {
        self.target == target.code() && self.start_jd <= jd && jd <= self.end_jd
    }

    fn state(&self, jd: f64) -> State {
        let days = self.end_jd - self.start_jd;
        let x = 2.0 * (jd - self.start_jd) / days - 1.0;
        let degree = self.coefficients.len() / 3;
        let mut state = State {
            position: [0.0; 3],
            velocity: [0.0; 3],
        };
        for axis in 0..3 {
            let series = &self.coefficients[axis * degree..(axis + 1) * degree];
            let (value, slope) = chebyshev::evaluate(series, x);
            state.position[axis] = value;
            state.velocity[axis] = slope * 2.0 / days;
        }
        state
    }
}

/// The records of all targets around one instant, with the ephemeris they come from.
#[derive(Debug, Clone, PartialEq)]
pub struct Records {
    /// The ephemeris the records belong to.
    pub coverage: Coverage,
    /// The records, in no particular order.
    pub records: Vec<Record>,
}

impl Records {
    /// Returns where `target` is at `jd` (TDB), seen from its own center.
    ///
    /// A record says nothing outside its span (there its polynomial is nonsense), so an instant
    /// without a record is an error.
    pub(crate) fn state(&self, target: Target, jd: f64) -> Result<State, Error> {
        self.records
            .iter()
            .find(|record| record.contains(target, jd))
            .map(|record| record.state(jd))
            .ok_or_else(|| Error::missing_record(&self.coverage.ephemeris, target))
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "halves and small whole numbers are exact")]
mod tests {
    use super::*;

    fn records() -> Records {
        Records {
            coverage: Coverage {
                ephemeris: "DE0".into(),
                start_jd: 100.0,
                end_jd: 108.0,
            },
            records: vec![Record {
                target: Target::Mars.code(),
                start_jd: 100.0,
                end_jd: 108.0,
                coefficients: vec![1.0, 4.0, 2.0, 8.0, 3.0, 0.0],
            }],
        }
    }

    #[test]
    fn a_record_gives_place_and_velocity_on_three_axes() {
        let state = records().state(Target::Mars, 106.0).unwrap();

        assert_eq!(state.position, [3.0, 6.0, 3.0]);
        assert_eq!(state.velocity, [1.0, 2.0, 0.0]);
    }

    #[test]
    fn both_ends_of_a_record_belong_to_it() {
        assert_eq!(
            records().state(Target::Mars, 100.0).unwrap().position,
            [-3.0, -6.0, 3.0]
        );
        assert_eq!(
            records().state(Target::Mars, 108.0).unwrap().position,
            [5.0, 10.0, 3.0]
        );
    }

    #[test]
    fn an_instant_outside_every_record_is_refused_without_naming_it() {
        for jd in [99.999, 108.001, f64::NAN] {
            let error = records().state(Target::Mars, jd).unwrap_err();

            assert_eq!(
                error.to_string(),
                "the database holds no DE0 record of Mars for this instant; import the ephemeris again"
            );
        }
    }

    #[test]
    fn one_target_is_not_answered_with_another() {
        assert!(records().state(Target::Venus, 104.0).is_err());
    }

    #[test]
    fn coverage_holds_whole_spans_only() {
        let coverage = records().coverage;

        assert!(coverage.contains(100.0, 108.0));
        assert!(!coverage.contains(99.9, 104.0));
        assert!(!coverage.contains(104.0, 108.1));
        assert!(!coverage.contains(f64::NAN, 104.0));
    }
}
