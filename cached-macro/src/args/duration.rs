//! `"24h"` to a duration.

use std::time::Duration;

/// What `ttl` takes, as error messages say it.
const EXPECTED: &str =
    "expected numbers with the units ms, s, m, h, d or w, as in \"90s\", \"1h30m\" or \"24h\"";

/// The same bound as `Spec::MAX_TTL` of the runtime, 3,650 days.
const MAX: Duration = Duration::from_hours(24 * 3650);

/// Returns the duration that `text` names.
///
/// # Errors
/// Returns what is wrong and what to write.
pub(super) fn parse(text: &str) -> Result<Duration, String> {
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
            return Err(format!(
                "`{number}` has no unit; write \"{text}s\" for seconds"
            ));
        }
        let unit = unit_of(unit)?;
        let part = number.parse().ok().and_then(|n: u32| unit.checked_mul(n));
        total = part
            .and_then(|part| total.checked_add(part))
            .filter(|total| *total <= MAX)
            .ok_or("it is longer than 3650 days")?;
    }
    if text.is_empty() {
        return Err(EXPECTED.to_owned());
    }
    if total.is_zero() {
        return Err("it is zero, so nothing would ever be served; the least is \"1ms\"".to_owned());
    }
    Ok(total)
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
        unknown => Err(format!(
            "unknown unit `{unknown}`; the units are ms, s, m, h, d and w"
        )),
    }
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
            assert_eq!(parse(text), Ok(Duration::from_millis(millis)), "{text}");
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
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
