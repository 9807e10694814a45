//! The names of the options, and what is meant by names like them.

use proc_macro2::Ident;

/// Every option with an example of its use.
const OPTIONS: [(&str, &str); 11] = [
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
    ("crate", "crate = ::my_crate::cached_runtime"),
];

/// Returns an example of the use of an option.
///
/// # Panics
/// Panics for anything else.
pub(super) fn example(name: &Ident) -> &'static str {
    let example = OPTIONS.iter().find(|(option, _)| name == option);
    example.expect("only known options are parsed").1
}

pub(super) fn option_names() -> String {
    OPTIONS.map(|(name, _)| name).join(", ")
}

/// Returns the option whose name is at most two changes away from `unknown`.
pub(super) fn nearest_option(unknown: &str) -> Option<&'static str> {
    let distances = OPTIONS.map(|(name, _)| (edit_distance(unknown, name), name));
    let (distance, nearest) = distances.into_iter().min()?;
    (distance <= 2).then_some(nearest)
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
}
