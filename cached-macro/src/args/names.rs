//! The names of the options, and what is meant by names like them.

use proc_macro2::Ident;

/// Every option with an example of its use.
const OPTIONS: [(&str, &str); 22] = [
    ("ttl", "ttl = \"24h\""),
    ("key", "key = hash"),
    ("skip", "skip(pool)"),
    ("scope", "scope = self.tenant"),
    ("name", "name = \"shop::price\""),
    ("version", "version = 2"),
    ("cache", "cache = state.cache"),
    ("store_if", "store_if = |value| value.is_complete()"),
    ("none_ttl", "none_ttl = \"30s\""),
    ("err_ttl", "err_ttl = \"5s\""),
    ("stale_while_revalidate", "stale_while_revalidate = \"10m\""),
    ("stale_if_error", "stale_if_error = \"24h\""),
    ("early", "early = 2.0"),
    ("timeout", "timeout = \"2s\""),
    ("max_concurrency", "max_concurrency = 64"),
    ("flight", "flight = off"),
    ("max_value_bytes", "max_value_bytes = 65536"),
    ("read_timeout", "read_timeout = \"20ms\""),
    ("write_timeout", "write_timeout = \"20ms\""),
    ("codec", "codec = messagepack"),
    ("encrypt", "encrypt = false"),
    ("crate", "crate = ::my_crate::cached_runtime"),
];

/// The parts of `timeout(…)` with an example of their use.
const PARTS: [(&str, &str); 2] = [("soft", "soft = \"200ms\""), ("hard", "hard = \"2s\"")];

/// What is meant by names that other caches have for these options.
const OTHER_NAMES: [(&str, &str); 16] = [
    ("swr", "stale_while_revalidate"),
    ("sie", "stale_if_error"),
    ("fail_safe", "stale_if_error"),
    ("refresh_ahead", "early"),
    ("xfetch", "early"),
    ("soft", "timeout(soft = \"200ms\")"),
    ("soft_timeout", "timeout(soft = \"200ms\")"),
    ("hard", "timeout(hard = \"2s\")"),
    ("hard_timeout", "timeout(hard = \"2s\")"),
    ("deadline", "timeout = \"2s\""),
    ("single_flight", "flight"),
    ("coalesce", "flight"),
    ("concurrency", "max_concurrency"),
    ("serializer", "codec"),
    ("format", "codec"),
    ("encryption", "encrypt"),
];

/// Returns an example of the use of an option or of a part of one.
///
/// # Panics
/// Panics for anything else.
pub(super) fn example(name: &Ident) -> &'static str {
    let mut known = OPTIONS.iter().chain(&PARTS);
    let example = known.find(|(known, _)| name == known);
    example.expect("only known options are parsed").1
}

pub(super) fn option_names() -> String {
    OPTIONS.map(|(name, _)| name).join(", ")
}

/// Returns what can be meant by a name that is no option: what other caches call so, the options that
/// begin so, or one whose name is at most two changes away.
pub(super) fn meant_by(unknown: &str) -> Vec<&'static str> {
    let names = OPTIONS.map(|(name, _)| name);
    if let Some((_, meant)) = OTHER_NAMES.iter().find(|(other, _)| *other == unknown) {
        return vec![meant];
    }
    let begin_so = names.iter().filter(|name| name.starts_with(unknown));
    let begin_so: Vec<_> = begin_so.copied().collect();
    if unknown.len() > 2 && !begin_so.is_empty() {
        return begin_so;
    }
    let distances = names.map(|name| (edit_distance(unknown, name), name));
    let nearest = distances.into_iter().min();
    nearest
        .filter(|(distance, _)| *distance <= 2)
        .map(|(_, name)| vec![name])
        .unwrap_or_default()
}

/// Returns how many insertions, deletions and replacements turn `one` into `other` (Levenshtein).
fn edit_distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in other.bytes().enumerate() {
            let replaced = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edit_distance_counts_the_changes() {
        assert_eq!(edit_distance("ttl", "ttl"), 0);
        assert_eq!(edit_distance("tll", "ttl"), 1);
        assert_eq!(edit_distance("verison", "version"), 2);
        assert_eq!(edit_distance("", "key"), 3);
    }

    #[test]
    fn a_name_like_an_option_means_it() {
        assert_eq!(meant_by("verison"), ["version"]);
        assert_eq!(meant_by("swr"), ["stale_while_revalidate"]);
        assert_eq!(
            meant_by("stale"),
            ["stale_while_revalidate", "stale_if_error"]
        );
        assert_eq!(meant_by("s"), [""; 0]);
        assert_eq!(meant_by("compression"), [""; 0]);
    }

    #[test]
    fn another_name_is_no_option_and_means_one() {
        for (other, meant) in OTHER_NAMES {
            assert!(OPTIONS.iter().all(|(name, _)| *name != other), "{other}");
            let mut names = OPTIONS.iter();
            assert!(names.any(|(name, _)| meant.starts_with(name)), "{meant}");
        }
    }
}
