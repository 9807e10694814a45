//! From a local time to the one instant it names, or the reason why there is not exactly one.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset};

use super::fault::Fault;
use super::zone::{Written, Zone};
use crate::error::Code;

/// An instant, and the offset from UTC the local clock showed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    pub(super) timestamp: Timestamp,
    pub(super) offset: Offset,
}

impl Moment {
    /// Returns the instant, in whole seconds.
    #[must_use]
    pub fn timestamp(&self) -> Timestamp {
        self.timestamp
    }

    /// Returns the offset from UTC as it is written in a request, as in `+05:45`.
    #[must_use]
    pub fn utc_offset(&self) -> String {
        Written(self.offset).to_string()
    }
}

/// Shows nothing: an instant of birth is personal.
impl fmt::Debug for Moment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Moment").finish_non_exhaustive()
    }
}

/// Returns the instant that `local` names in `zone`.
///
/// Where the clocks went back, `fold` chooses: false is the first of the two, true the second.
/// Elsewhere it has no say.
pub(super) fn resolve(local: DateTime, zone: &Zone, fold: Option<bool>) -> Result<Moment, Fault> {
    let offset = match zone {
        Zone::Fixed(offset) => *offset,
        Zone::Named(zone) => match (zone.to_ambiguous_timestamp(local).offset(), fold) {
            (AmbiguousOffset::Unambiguous { offset }, _) => offset,
            (AmbiguousOffset::Fold { before, .. }, Some(false)) => before,
            (AmbiguousOffset::Fold { after, .. }, Some(true)) => after,
            (AmbiguousOffset::Fold { before, after }, None) => {
                return Err(ambiguous(before, after));
            }
            (AmbiguousOffset::Gap { before, after }, _) => return Err(nonexistent(before, after)),
        },
    };
    let timestamp = offset.to_timestamp(local).map_err(|_| {
        Fault::new(
            Code::OutOfEphemerisRange,
            "date",
            "date is beyond the last day this service can compute",
        )
    })?;
    Ok(Moment { timestamp, offset })
}

fn ambiguous(before: Offset, after: Offset) -> Fault {
    let (before, after) = (Written(before), Written(after));
    let message = format!(
        "the clocks went back over this time, so it happened twice, at {before} and at {after}; \
         send fold 0 for the first or fold 1 for the second, or send utc_offset instead of timezone"
    );
    Fault::new(Code::AmbiguousLocalTime, "time", message)
}

fn nonexistent(before: Offset, after: Offset) -> Fault {
    let (before, after) = (Written(before), Written(after));
    let message = format!(
        "the clocks went forward over this time, from {before} to {after}, so it never happened; \
         check the time, or send utc_offset instead of timezone"
    );
    Fault::new(Code::NonexistentLocalTime, "time", message)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::super::zone;
    use super::*;

    fn in_zone(name: &str, local: DateTime, fold: Option<bool>) -> Result<Moment, Fault> {
        resolve(
            local,
            &zone::timezone(name).expect("the zone is known"),
            fold,
        )
    }

    #[test]
    fn a_time_the_clocks_went_over_twice_names_both_offsets_and_the_way_out() {
        let local = date(1985, 10, 27).at(1, 30, 0, 0);

        let fault = in_zone("America/New_York", local, None).expect_err("it happened twice");

        assert_eq!(fault.code, Code::AmbiguousLocalTime);
        for word in ["-04:00", "-05:00", "fold"] {
            assert!(fault.message.contains(word), "{}", fault.message);
        }
    }

    #[test]
    fn fold_chooses_the_first_or_the_second_of_two() {
        let local = date(1985, 10, 27).at(1, 30, 0, 0);

        let first = in_zone("America/New_York", local, Some(false)).expect("fold decides");
        let second = in_zone("America/New_York", local, Some(true)).expect("fold decides");

        assert_eq!(first.timestamp.to_string(), "1985-10-27T05:30:00Z");
        assert_eq!(second.timestamp.to_string(), "1985-10-27T06:30:00Z");
    }

    #[test]
    fn a_time_the_clocks_jumped_over_never_happened_whatever_fold_says() {
        let local = date(2021, 3, 14).at(2, 30, 0, 0);

        for fold in [None, Some(false), Some(true)] {
            let fault = in_zone("America/New_York", local, fold).expect_err("it never happened");
            assert_eq!(fault.code, Code::NonexistentLocalTime);
        }
    }

    #[test]
    fn fold_has_no_say_where_there_is_one_answer() {
        let local = date(1990, 5, 17).at(14, 30, 0, 0);

        let plain = in_zone("Europe/Berlin", local, None).expect("it happened once");

        assert_eq!(in_zone("Europe/Berlin", local, Some(true)), Ok(plain));
    }

    #[test]
    fn an_instant_no_calendar_reaches_is_a_fault_of_the_date() {
        let zone = zone::utc_offset("-18:00").expect("it is an offset");

        let fault =
            resolve(date(9999, 12, 31).at(23, 0, 0, 0), &zone, None).expect_err("out of range");

        assert_eq!(
            (fault.code, fault.path.as_str()),
            (Code::OutOfEphemerisRange, "date")
        );
    }
}
