//! What serde calls a sequence: a list, or a set that passes for one.

use serde::ser::{self, Serialize};

use super::list::List;
use super::sorted::Sorted;
use crate::error::Error;

/// Sets whose equality ignores the order in which they are iterated.
const SETS: [&str; 3] = [
    "std::collections::hash::set::HashSet",
    "hashbrown::set::HashSet",
    "indexmap::set::IndexSet",
];

/// Types that serialize as the one thing they hold.
const WRAPPERS: [&str; 5] = [
    "alloc::borrow::Cow",
    "alloc::boxed::Box",
    "alloc::rc::Rc",
    "alloc::sync::Arc",
    "cached_runtime::personal::Personal",
];

/// Says whether the type that [`std::any::type_name`] calls `name` is a set or wraps one.
///
/// serde does not tell. A type that this does not know is no set, and that costs a miss at most: its equal
/// values share a key only when their elements come in one order.
pub(crate) fn is_set(name: &str) -> bool {
    if let Some(held) = name.strip_prefix('&') {
        return is_set(held.strip_prefix("mut ").unwrap_or(held));
    }
    if of_type(name, &SETS).is_some() {
        return true;
    }
    of_type(name, &WRAPPERS).is_some_and(|held| is_set(held.strip_prefix("'_, ").unwrap_or(held)))
}

/// Returns the rest of `name` after the `<` of a generic type of one of these paths.
fn of_type<'a>(name: &'a str, paths: &[&str]) -> Option<&'a str> {
    let mut paths = paths.iter();
    paths.find_map(|path| name.strip_prefix(path)?.strip_prefix('<'))
}

/// The elements of a sequence.
pub(super) enum Seq<'a> {
    Listed(List<'a>),
    Sorted(Sorted<'a>),
}

impl ser::SerializeSeq for Seq<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        match self {
            Self::Listed(list) => list.element(value),
            Self::Sorted(set) => set.element(value),
        }
    }

    fn end(self) -> Result<(), Error> {
        match self {
            Self::Listed(list) => list.close(),
            Self::Sorted(set) => set.close(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::collections::{BTreeSet, HashSet};
    use std::rc::Rc;
    use std::sync::Arc;

    use super::*;
    use crate::personal::Personal;

    fn is_set_type<T: ?Sized>() -> bool {
        is_set(std::any::type_name::<T>())
    }

    type Set = HashSet<String>;

    #[test]
    fn a_set_is_known_in_every_wrapper() {
        assert!(is_set_type::<Set>());
        assert!(is_set_type::<&Set>());
        assert!(is_set_type::<&&mut Set>());
        assert!(is_set_type::<Box<Set>>());
        assert!(is_set_type::<Rc<Set>>());
        assert!(is_set_type::<Cow<'_, Set>>());
        assert!(is_set_type::<Personal<Set>>());
        assert!(is_set_type::<&Arc<Box<&Set>>>());
    }

    #[test]
    fn what_holds_a_set_or_is_named_like_one_is_none() {
        struct HashSet;

        assert!(!is_set_type::<Vec<Set>>());
        assert!(!is_set_type::<Box<[Set]>>());
        assert!(!is_set_type::<(Set, Set)>());
        assert!(!is_set_type::<Option<Set>>());
        assert!(!is_set_type::<HashSet>());
        assert!(!is_set_type::<Vec<HashSet>>());
        assert!(!is_set_type::<BTreeSet<u8>>());
        assert!(!is_set_type::<[u8]>());
    }
}
