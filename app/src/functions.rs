//! What `app functions` prints: every cached function in the program and how it is cached.

use std::array;
use std::iter::once;

use cached_runtime::Spec;
use jiff::SignedDuration;
use serde_json::{Value, json};

/// The columns of the table; the longest stands last.
const TITLES: [&str; 5] = ["FUNCTION", "VERSION", "TTL", "PLACE", "OPTIONS"];

/// Returns an aligned table, a line for each function below the titles.
pub(crate) fn table(functions: &[&'static Spec]) -> String {
    let titles = TITLES.map(str::to_owned);
    let rows: Vec<_> = once(titles)
        .chain(functions.iter().map(|spec| row(spec)))
        .collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: [usize; TITLES.len()] = array::from_fn(|column| width(column).unwrap_or(0));
    rows.iter().map(|row| line(row, &widths)).collect()
}

/// Returns a JSON array with a [description] of each function.
pub(crate) fn json(functions: &[&'static Spec]) -> Value {
    functions.iter().map(|spec| description(spec)).collect()
}

/// Returns how a function is cached, as a JSON object; `ttl_ms` is null where it depends on the arguments or
/// the value.
pub(crate) fn description(spec: &'static Spec) -> Value {
    json!({
        "name": spec.name(),
        "version": spec.version(),
        "ttl_ms": spec.ttl().map(|ttl| ttl.as_millis()),
        "options": options(spec),
        "file": spec.file(),
        "line": spec.line(),
    })
}

fn row(spec: &'static Spec) -> [String; TITLES.len()] {
    [
        spec.name().to_owned(),
        spec.version().to_string(),
        ttl(spec),
        format!("{}:{}", spec.file(), spec.line()),
        options(spec),
    ]
}

fn line(row: &[String], widths: &[usize]) -> String {
    let cells = row.iter().zip(widths);
    let padded: Vec<_> = cells
        .map(|(cell, width)| format!("{cell:width$}"))
        .collect();
    padded.join("  ").trim_end().to_owned() + "\n"
}

fn ttl(spec: &Spec) -> String {
    let ttl = spec.ttl().map(SignedDuration::try_from);
    match ttl {
        Some(Ok(ttl)) => format!("{ttl:#}"),
        Some(Err(_)) | None => "varies".to_owned(),
    }
}

/// Returns the options on one line, however they are laid out in the source.
fn options(spec: &Spec) -> String {
    let words: Vec<_> = spec.options().split_whitespace().collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    static PRICE: Spec = Spec::new(|| "")
        .with_name("shop::price")
        .with_ttl(Duration::from_secs(90))
        .with_options("ttl = \"90s\",\n    key = hash");
    static USER: Spec = Spec::new(|| "")
        .with_name("user")
        .with_version(12)
        .with_options("ttl = user.ttl");

    #[test]
    fn columns_are_aligned_and_options_stay_on_their_line() {
        let place = |spec: &Spec| format!("{}:{}", spec.file(), spec.line());
        let (price, user) = (place(&PRICE), place(&USER));

        let width = price.len();
        let expected = format!(
            "FUNCTION     VERSION  TTL     {:width$}  OPTIONS\n\
             shop::price  1        1m 30s  {price}  ttl = \"90s\", key = hash\n\
             user         12       varies  {user}  ttl = user.ttl\n",
            "PLACE"
        );
        assert_eq!(table(&[&PRICE, &USER]), expected);
    }

    #[test]
    fn a_ttl_that_varies_is_null() {
        assert_eq!(json(&[&PRICE])[0]["ttl_ms"], 90_000);
        assert_eq!(json(&[&USER])[0]["ttl_ms"], Value::Null);
    }
}
