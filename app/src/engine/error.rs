//! Why a chart cannot be computed.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::houses::HouseSystem;
use super::time::{SECONDS_PER_DAY, UNIX_EPOCH_JD};
use super::{DAYS_AFTER, DAYS_BEFORE};
use crate::ephemeris::{self, Coverage};

/// Why a chart cannot be computed. Its text holds nothing of the birth data but the house system.
#[derive(Debug, Clone)]
pub enum ChartError {
    /// The ephemeris does not cover the instant.
    OutOfRange {
        /// The ephemeris in the database.
        ephemeris: String,
        /// The first instant with a chart.
        from: Timestamp,
        /// The last instant with a chart.
        to: Timestamp,
    },
    /// The house system has no houses here: Placidus and Koch inside the polar circles,
    /// Regiomontanus there at some hours.
    HouseSystemUndefined {
        /// The house system asked for.
        house_system: HouseSystem,
    },
    /// The database cannot answer now; the same request may succeed later.
    Unavailable(Arc<ephemeris::Error>),
}

impl ChartError {
    fn out_of_range(coverage: &Coverage) -> Self {
        Self::OutOfRange {
            ephemeris: coverage.ephemeris.clone(),
            from: timestamp(coverage.start_jd + DAYS_BEFORE, f64::ceil),
            to: timestamp(coverage.end_jd - DAYS_AFTER, f64::floor),
        }
    }
}

impl From<ephemeris::Error> for ChartError {
    fn from(error: ephemeris::Error) -> Self {
        match error.out_of_range_coverage() {
            Some(coverage) => Self::out_of_range(coverage),
            None => Self::Unavailable(Arc::new(error)),
        }
    }
}

impl fmt::Display for ChartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfRange {
                ephemeris,
                from,
                to,
            } => {
                let [from, to] = [from, to].map(|instant| instant.to_zoned(TimeZone::UTC).date());
                write!(
                    f,
                    "the instant is outside ephemeris {ephemeris}, which covers {from} to {to}"
                )
            }
            Self::HouseSystemUndefined { house_system } => write!(
                f,
                "{house_system} houses do not exist so near the pole; use `whole_sign` there"
            ),
            Self::Unavailable(_) => f.write_str("the ephemeris cannot be read now"),
        }
    }
}

impl std::error::Error for ChartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unavailable(source) => Some(&**source),
            _ => None,
        }
    }
}

/// Returns the instant of a Julian date, terrestrial time, to the whole second.
fn timestamp(tt: f64, round: fn(f64) -> f64) -> Timestamp {
    let ut = tt
        - xalen_time::delta_t(
            tt,
            &xalen_time::DeltaTModel::StephensonMorrisonHohenkerk2016,
        ) / SECONDS_PER_DAY;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a cast saturates, and so do timestamps here"
    )]
    let seconds = round((ut - UNIX_EPOCH_JD) * SECONDS_PER_DAY) as i64;
    Timestamp::from_second(seconds).unwrap_or(if seconds < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}
