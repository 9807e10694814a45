//! Time: from the civil instant to the scales astronomy counts in.

use jiff::Timestamp;
use xalen_time::DeltaTModel;

pub(super) const SECONDS_PER_DAY: f64 = 86_400.0;
/// Julian date of 1970-01-01T00:00:00Z.
pub(super) const UNIX_EPOCH_JD: f64 = 2_440_587.5;

/// One instant as Julian dates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Epoch {
    /// Universal time, which turns the Earth. UTC stands for UT1, as in every ephemeris of
    /// astrologers; they differ by less than 0.9 s.
    pub(super) ut: f64,
    /// Terrestrial time, which moves the planets.
    pub(super) tt: f64,
    /// `tt - ut` in seconds.
    pub(super) delta_t: f64,
}

impl Epoch {
    /// Delta-T is the spline of Stephenson, Morrison and Hohenkerk, *Measurement of the Earth's
    /// rotation: 720 BC to AD 2015*, Proc. R. Soc. A 472 (2016); a prediction after 2016.
    pub(super) fn of(instant: Timestamp) -> Self {
        #[expect(
            clippy::cast_precision_loss,
            reason = "seconds of all dates fit 53 bits"
        )]
        let seconds = instant.as_second() as f64 + f64::from(instant.subsec_nanosecond()) * 1e-9;
        let ut = UNIX_EPOCH_JD + seconds / SECONDS_PER_DAY;
        let delta_t = xalen_time::delta_t(ut, &DeltaTModel::StephensonMorrisonHohenkerk2016);
        Self {
            ut,
            tt: ut + delta_t / SECONDS_PER_DAY,
            delta_t,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn epoch(instant: &str) -> Epoch {
        Epoch::of(instant.parse().unwrap())
    }

    #[test]
    fn julian_dates_count_days_from_noon() {
        assert_eq!(
            epoch("2000-01-01T12:00:00Z").ut.to_bits(),
            2_451_545.0_f64.to_bits()
        );
        assert_eq!(
            epoch("1970-01-01T00:00:00Z").ut.to_bits(),
            UNIX_EPOCH_JD.to_bits()
        );
        assert_eq!(
            epoch("1899-12-31T12:00:00Z").ut.to_bits(),
            2_415_020.0_f64.to_bits()
        );
    }

    #[test]
    fn delta_t_follows_the_observed_values() {
        // Observed values: *Astronomical Almanac*, table of delta-T.
        for (instant, observed) in [
            ("1900-01-01T00:00:00Z", -2.7),
            ("1950-01-01T00:00:00Z", 29.1),
            ("2000-01-01T00:00:00Z", 63.8),
            ("2020-01-01T00:00:00Z", 69.4),
        ] {
            let epoch = epoch(instant);

            assert!(
                (epoch.delta_t - observed).abs() < 1.5,
                "{} s in {instant}",
                epoch.delta_t
            );
            assert!(((epoch.tt - epoch.ut) * SECONDS_PER_DAY - epoch.delta_t).abs() < 1e-4);
        }
    }
}
