//! Calendar dates and times of day as people write them.
//!
//! One spelling each, `YYYY-MM-DD` and `HH:MM` or `HH:MM:SS`: guessing whether 04-05 is April or
//! May is how wrong charts are made.

use jiff::civil::{Date, Time};

use super::fault::Fault;
use crate::error::Code;

pub(super) const DATE: &str =
    "date must be a day of the Gregorian calendar written YYYY-MM-DD, as in \"1990-05-17\"";
pub(super) const TIME: &str = "time must be a time of day written HH:MM or HH:MM:SS, \
     from \"00:00\" to \"23:59:59\"; for a leap second send :59";

/// What [`date`] reads, but for the days a month does not have.
pub(super) const DATE_PATTERN: &str = "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$";
/// What [`time`] reads.
pub(super) const TIME_PATTERN: &str = "^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$";

/// Reads `YYYY-MM-DD`.
pub(super) fn date(text: &str) -> Result<Date, Fault> {
    let fault = || Fault::new(Code::InvalidDate, "date", DATE);
    let [year, month, day] = numbers(text, '-', [4, 2, 2]).ok_or_else(fault)?;
    let (month, day) = (month.try_into().ok(), day.try_into().ok());
    month
        .zip(day)
        .and_then(|(month, day)| Date::new(year, month, day).ok())
        .ok_or_else(fault)
}

/// Reads `HH:MM` or `HH:MM:SS`; without seconds the minute's first is meant.
pub(super) fn time(text: &str) -> Result<Time, Fault> {
    hours_minutes_seconds(text)
        .and_then(|[hour, minute, second]| Time::new(hour, minute, second, 0).ok())
        .ok_or_else(|| Fault::new(Code::InvalidTime, "time", TIME))
}

/// Reads two or three two-digit numbers separated by colons; a missing third is 0.
pub(super) fn hours_minutes_seconds(text: &str) -> Option<[i8; 3]> {
    let [hours, minutes, seconds] = numbers(text, ':', [2, 2, 2])
        .or_else(|| numbers(text, ':', [2, 2]).map(|[hours, minutes]| [hours, minutes, 0]))?;
    Some([
        hours.try_into().ok()?,
        minutes.try_into().ok()?,
        seconds.try_into().ok()?,
    ])
}

/// Reads exactly `N` unsigned numbers of the given widths; nothing else may stand in `text`.
fn numbers<const N: usize>(text: &str, separator: char, widths: [usize; N]) -> Option<[i16; N]> {
    let mut parts = text.split(separator);
    let mut numbers = [0; N];
    for (number, width) in numbers.iter_mut().zip(widths) {
        let part = parts.next()?;
        if part.len() != width || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_read_in_its_one_spelling() {
        assert_eq!(date("1990-05-17"), Ok(jiff::civil::date(1990, 5, 17)));
        assert_eq!(date("2000-02-29"), Ok(jiff::civil::date(2000, 2, 29)));
    }

    #[test]
    fn days_that_do_not_exist_and_other_spellings_are_not_dates() {
        for text in [
            "",
            "1900-02-29",
            "1990-13-01",
            "1990-00-10",
            "1990-04-31",
            "1990-4-1",
            "17-05-1990",
            "19900517",
            "1990-05-17T12:00",
            " 1990-05-17",
            "1990-05-17 ",
            "+1990-05-17",
            "-990-05-17",
            "1990/05/17",
            "１９９０-05-17",
            "1990-05-17\0",
            "99999-01-01",
        ] {
            assert_eq!(
                date(text).map_err(|fault| fault.code),
                Err(Code::InvalidDate),
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_time_without_seconds_is_the_first_second_of_its_minute() {
        assert_eq!(time("12:00"), time("12:00:00"));
        assert_eq!(time("23:59:59"), Ok(jiff::civil::time(23, 59, 59, 0)));
    }

    #[test]
    fn times_beyond_the_day_and_other_spellings_are_not_times() {
        for text in [
            "",
            "24:00",
            "12:60",
            "12:00:60",
            "1:00",
            "12",
            "12:00:00.5",
            "12:00Z",
            "12:00:00:00",
            "noon",
            "-1:00",
            "12.30",
            "12:0",
            "12:00 PM",
        ] {
            assert_eq!(
                time(text).map_err(|fault| fault.code),
                Err(Code::InvalidTime),
                "{text:?}"
            );
        }
    }
}
