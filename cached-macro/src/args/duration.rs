//! `"24h"` to a duration.

use std::time::Duration;

/// Which durations an option takes, and how its errors speak of the others.
pub(super) struct Range {
    longest: Duration,
    longest_in_words: &'static str,
    /// What would come of zero.
    zero: &'static str,
    /// What a number without a unit is likely to mean: units and their names.
    units: &'static [(&'static str, &'static str)],
}

/// How long something is stored.
pub(super) const LIFETIME: Range = Range {
    zero: "nothing would ever be served",
    units: &[("s", "seconds")],
    ..LONG
};

/// How long something is served after its lifetime.
pub(super) const STALE: Range = Range {
    zero: "nothing would ever be served stale",
    ..LIFETIME
};

/// How long a call waits for the function.
pub(super) const WAIT: Range = Range {
    zero: "every call would be out of time",
    units: &[("s", "seconds"), ("ms", "milliseconds")],
    ..LONG
};

/// How long a call waits for the cache.
pub(super) const COMMAND: Range = Range {
    longest: Duration::from_secs(10),
    longest_in_words: "10 seconds",
    units: &[("ms", "milliseconds")],
    ..WAIT
};

/// The same bound as `Spec::MAX_TTL` of the runtime.
const LONG: Range = Range {
    longest: Duration::from_hours(24 * 3650),
    longest_in_words: "3650 days",
    zero: "",
    units: &[],
};

/// What durations look like, as error messages say it.
const EXPECTED: &str =
    "expected numbers with the units ms, s, m, h, d or w, as in \"90s\", \"1h30m\" or \"24h\"";

/// Returns the duration in `range` that `text` names.
///
/// # Errors
/// Returns what is wrong and what to write.
pub(super) fn parse(text: &str, range: &Range) -> Result<Duration, String> {
    let mut total = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let letters = rest[digits..]
            .bytes()
            .take_while(u8::is_ascii_alphabetic)
            .count();
        let (number, unit) = rest[..digits + letters].split_at(digits);
        rest = &rest[digits + letters..];

        if number.is_empty() {
            return Err(EXPECTED.to_owned());
        }
        if unit.is_empty() && rest.is_empty() {
            let remedy = range.with_unit(|unit| format!("\"{text}{unit}\""));
            return Err(format!("`{number}` has no unit; write {remedy}"));
        }
        let unit = unit_of(unit)?;
        let part = number.parse().ok().and_then(|n: u32| unit.checked_mul(n));
        total = part
            .and_then(|part| total.checked_add(part))
            .filter(|total| *total <= range.longest)
            .ok_or_else(|| format!("it is longer than {}", range.longest_in_words))?;
    }
    if text.is_empty() {
        return Err(EXPECTED.to_owned());
    }
    if total.is_zero() {
        return Err(format!(
            "it is zero, so {}; the least is \"1ms\"",
            range.zero
        ));
    }
    Ok(total)
}

impl Range {
    /// Returns how to write a number with a unit, where `written` is how to write it with this one.
    pub(super) fn with_unit(&self, written: impl Fn(&str) -> String) -> String {
        let ways = self.units.iter();
        let ways = ways.map(|(unit, name)| format!("{} for {name}", written(unit)));
        ways.collect::<Vec<_>>().join(" or ")
    }
}

fn unit_of(unit: &str) -> Result<Duration, String> {
    match unit {
        "ms" => Ok(Duration::from_millis(1)),
        "s" => Ok(Duration::from_secs(1)),
        "m" => Ok(Duration::from_mins(1)),
        "h" => Ok(Duration::from_hours(1)),
        "d" => Ok(Duration::from_hours(24)),
        "w" => Ok(Duration::from_hours(24 * 7)),
        "" => Err(EXPECTED.to_owned()),
        unknown => Err(match meant_by(unknown) {
            Some(unit) => format!("unknown unit `{unknown}`; write `{unit}`"),
            None => format!("unknown unit `{unknown}`; the units are ms, s, m, h, d and w"),
        }),
    }
}

/// Returns the unit that is meant by a longer name of it, or by one in capitals.
fn meant_by(name: &str) -> Option<&'static str> {
    Some(match name.to_ascii_lowercase().as_str() {
        "ms" | "msec" | "millis" | "millisecond" | "milliseconds" => "ms",
        "s" | "sec" | "secs" | "second" | "seconds" => "s",
        "min" | "mins" | "minute" | "minutes" => "m",
        "h" | "hr" | "hrs" | "hour" | "hours" => "h",
        "d" | "day" | "days" => "d",
        "w" | "week" | "weeks" => "w",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_units_add_up() {
        let cases = [
            ("1ms", 1),
            ("90s", 90_000),
            ("15m", 900_000),
            ("24h", 86_400_000),
            ("1h30m", 5_400_000),
            ("7d", 604_800_000),
            ("2w", 1_209_600_000),
            ("3650d", 315_360_000_000),
        ];
        for (text, millis) in cases {
            let duration = Duration::from_millis(millis);
            assert_eq!(parse(text, &LIFETIME), Ok(duration), "{text}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for text in [
            "",
            " ",
            "h",
            "1 h",
            "-5m",
            "1.5h",
            "24",
            "1h30",
            "0s",
            "3650d1ms",
            "5y",
            "1H",
            "١h",
            "9999999999s",
        ] {
            assert!(parse(text, &LIFETIME).is_err(), "{text}");
        }
    }

    #[test]
    fn a_range_ends_with_its_longest_duration() {
        assert_eq!(parse("10s", &COMMAND), Ok(Duration::from_secs(10)));
        assert_eq!(
            parse("10s1ms", &COMMAND),
            Err("it is longer than 10 seconds".to_owned())
        );
    }

    #[test]
    fn a_number_without_unit_gets_those_that_are_likely() {
        let refused = |range| parse("20", range).unwrap_err();

        assert_eq!(
            refused(&WAIT),
            "`20` has no unit; write \"20s\" for seconds or \"20ms\" for milliseconds"
        );
        assert_eq!(
            refused(&COMMAND),
            "`20` has no unit; write \"20ms\" for milliseconds"
        );
    }
}
