use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::RandomState;
use std::rc::Rc;
use std::sync::Arc;

use serde::Serialize;

use super::encode;

fn encoding<T: Serialize + ?Sized>(value: &T) -> Vec<u8> {
    let mut out = Vec::new();
    encode(value, &mut out).unwrap();
    out
}

fn refusal<T: Serialize>(value: &T) -> String {
    encode(value, &mut Vec::new()).unwrap_err().to_string()
}

#[test]
fn text_borrowed_owned_or_shared_has_one_encoding() {
    assert_eq!(encoding("text"), encoding(&String::from("text")));
    assert_eq!(encoding("text"), encoding(&Box::<str>::from("text")));
}

#[test]
fn integers_of_different_types_differ() {
    let encodings = [
        encoding(&5_u8),
        encoding(&5_u16),
        encoding(&5_u64),
        encoding(&5_i8),
        encoding(&5_i64),
        encoding(&5_u128),
        encoding(&'\u{5}'),
        encoding(&true),
    ];
    for (at, one) in encodings.iter().enumerate() {
        assert!(encodings[..at].iter().all(|other| other != one), "{at}");
    }
}

#[test]
fn the_border_between_two_texts_counts() {
    assert_ne!(encoding(&("ab", "c")), encoding(&("a", "bc")));
    assert_ne!(encoding(&["ab", ""]), encoding(&["a", "b"]));
}

#[test]
fn nested_options_differ() {
    let encodings = [
        encoding(&None::<Option<u8>>),
        encoding(&Some(None::<u8>)),
        encoding(&Some(Some(0_u8))),
        encoding(&Some(0_u8)),
    ];
    assert_ne!(encodings[0], encodings[1]);
    assert_ne!(encodings[1], encodings[2]);
    assert_ne!(encodings[2], encodings[3]);
}

#[test]
fn nesting_of_lists_counts() {
    assert_ne!(
        encoding(&vec![vec![1_u8], vec![]]),
        encoding(&vec![vec![], vec![1_u8]])
    );
    assert_ne!(encoding(&vec![1_u8, 2]), encoding(&(1_u8, 2_u8)));
}

#[test]
fn equal_maps_have_one_encoding_whatever_their_order() {
    let forwards: HashMap<String, u32> = (0..100).map(|n| (n.to_string(), n)).collect();
    let backwards: HashMap<String, u32> = (0..100).rev().map(|n| (n.to_string(), n)).collect();
    let sorted: BTreeMap<String, u32> = (0..100).map(|n| (n.to_string(), n)).collect();

    assert_eq!(encoding(&forwards), encoding(&backwards));
    assert_eq!(encoding(&forwards), encoding(&sorted));
}

/// Two equal sets of which every copy iterates in an order of its own.
fn equal_sets() -> [HashSet<u32>; 2] {
    [(0..100).collect(), (0..100).rev().collect()]
}

#[test]
fn equal_sets_have_one_encoding_whatever_their_order() {
    let [forwards, backwards] = equal_sets();
    let hashbrown: hashbrown::HashSet<u32, RandomState> = (0..100).collect();
    let indexed: [indexmap::IndexSet<u32>; 2] = [(0..100).collect(), (0..100).rev().collect()];

    assert!(forwards.iter().ne(&backwards));
    assert_eq!(encoding(&forwards), encoding(&backwards));
    assert_eq!(encoding(&forwards), encoding(&hashbrown));
    assert_eq!(encoding(&forwards), encoding(&indexed[0]));
    assert_eq!(encoding(&forwards), encoding(&indexed[1]));
    assert_ne!(encoding(&forwards), encoding(&HashSet::from([0_u32])));
}

#[test]
fn equal_sets_have_one_encoding_wherever_they_stand() {
    #[derive(Serialize)]
    struct Tags(HashSet<u32>);
    #[derive(Serialize)]
    struct Article<'a> {
        tags: &'a HashSet<u32>,
    }
    #[derive(Serialize)]
    #[serde(tag = "kind")]
    enum Filter<'a> {
        Tagged { tags: &'a HashSet<u32> },
    }

    let [one, other] = equal_sets().map(|set| {
        [
            encoding(&&set),
            encoding(&Box::new(set.clone())),
            encoding(&Rc::new(set.clone())),
            encoding(&Arc::new(set.clone())),
            encoding(&Cow::Borrowed(&set)),
            encoding(&Cow::<HashSet<u32>>::Owned(set.clone())),
            encoding(&Some(&set)),
            encoding(&vec![&set]),
            encoding(&(1, &set)),
            encoding(&HashMap::from([(1, &set)])),
            encoding(&Article { tags: &set }),
            encoding(&Filter::Tagged { tags: &set }),
            encoding(&Tags(set)),
        ]
    });

    for (at, (one, other)) in one.iter().zip(&other).enumerate() {
        assert!(one == other, "{at}");
    }
    assert!(one[..6].iter().all(|pointed_to| *pointed_to == one[0]));
}

#[test]
fn lists_keep_their_order_and_are_no_sets() {
    assert_ne!(encoding(&vec![1_u8, 2]), encoding(&vec![2_u8, 1]));
    assert_ne!(encoding(&vec![1_u8]), encoding(&HashSet::from([1_u8])));
    assert_eq!(encoding(&vec![1_u8]), encoding(&BTreeSet::from([1_u8])));
}

#[test]
fn names_of_types_fields_and_variants_count() {
    #[derive(Serialize)]
    struct Point {
        x: u8,
        y: u8,
    }
    #[derive(Serialize)]
    struct Size {
        x: u8,
        y: u8,
    }
    #[derive(Serialize)]
    struct Swapped {
        y: u8,
        x: u8,
    }
    #[derive(Serialize)]
    enum Turn {
        Left,
        Right(u8),
    }

    assert_ne!(
        encoding(&Point { x: 1, y: 2 }),
        encoding(&Size { x: 1, y: 2 })
    );
    assert_ne!(
        encoding(&Point { x: 1, y: 2 }),
        encoding(&Swapped { y: 1, x: 2 })
    );
    assert_ne!(encoding(&Turn::Left), encoding(&Turn::Right(0)));
}

#[test]
fn negative_zero_is_zero() {
    assert_eq!(encoding(&-0.0_f64), encoding(&0.0_f64));
    assert_eq!(encoding(&-0.0_f32), encoding(&0.0_f32));
    assert_ne!(encoding(&0.1_f64), encoding(&(0.3_f64 - 0.2)));
}

#[test]
fn numbers_that_are_none_are_refused_wherever_they_stand() {
    for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(refusal(&number), "an argument holds a NaN or an infinity");
        assert_eq!(
            refusal(&[(1, Some(number))]),
            "an argument holds a NaN or an infinity"
        );
    }
    assert_eq!(refusal(&f32::NAN), "an argument holds a NaN or an infinity");
}

#[test]
fn a_failing_serialize_is_refused_without_quoting_it() {
    struct Secretive;
    impl Serialize for Secretive {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("born on 1990-05-17"))
        }
    }

    assert_eq!(refusal(&Secretive), "an argument failed to serialize");
}

mod laws {
    //! Two values have one encoding exactly when they are equal, for generated values of one type.

    use proptest::collection::{btree_map, hash_set, vec};
    use proptest::option;
    use proptest::prelude::*;

    use super::*;

    /// A type with every kind of element, small enough for generated values to be equal at times.
    #[derive(Clone, Debug, PartialEq, Serialize)]
    enum Tree {
        Leaf,
        Number(i8),
        Text(String),
        List(Vec<Tree>),
        Set(HashSet<i8>),
        Pair(Option<bool>, u16),
        Record {
            map: BTreeMap<String, Tree>,
            float: f32,
        },
    }

    fn trees() -> impl Strategy<Value = Tree> {
        let leaves = prop_oneof![
            Just(Tree::Leaf),
            (-1..=1_i8).prop_map(Tree::Number),
            "[ab.]{0,2}".prop_map(Tree::Text),
            hash_set(-1..=1_i8, 0..3).prop_map(Tree::Set),
            (option::of(any::<bool>()), 0..3_u16).prop_map(|(a, b)| Tree::Pair(a, b)),
        ];
        leaves.prop_recursive(3, 12, 3, |tree| {
            let floats = prop_oneof![Just(0.0_f32), Just(-0.0), Just(1.5)];
            prop_oneof![
                vec(tree.clone(), 0..3).prop_map(Tree::List),
                (btree_map("[ab]{0,1}", tree, 0..3), floats)
                    .prop_map(|(map, float)| Tree::Record { map, float }),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        #[test]
        fn encodings_are_equal_exactly_when_values_are(one in trees(), other in trees()) {
            prop_assert_eq!(encoding(&one) == encoding(&other), one == other);
        }

        #[test]
        fn no_encoding_is_the_beginning_of_another(one in trees(), other in trees()) {
            let (one, other) = (encoding(&one), encoding(&other));
            prop_assert!(one == other || !one.starts_with(&other));
        }

        #[test]
        fn tuples_split_differently_differ(a in "[ab]{0,4}", b in "[ab]{0,4}", c in "[ab]{0,4}", d in "[ab]{0,4}") {
            prop_assert_eq!(encoding(&(&a, &b)) == encoding(&(&c, &d)), (&a, &b) == (&c, &d));
        }
    }
}

#[test]
fn an_argument_that_is_nested_too_deeply_is_refused_and_takes_no_stack() {
    /// A list that lives on the stack of nobody.
    struct Chain(u32);
    impl Serialize for Chain {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            match self.0.checked_sub(1) {
                Some(rest) => serializer.serialize_some(&Chain(rest)),
                None => serializer.serialize_none(),
            }
        }
    }

    assert_eq!(encoding(&Chain(128)).len(), 129);
    for depth in [129, 1_000_000] {
        assert_eq!(refusal(&Chain(depth)), "an argument is nested too deeply");
        let chain = || Chain(depth);
        let nested = [
            refusal(&[chain()]),
            refusal(&(7, chain())),
            refusal(&BTreeMap::from([(7, chain())])),
        ];
        assert!(nested.iter().all(|refusal| refusal.contains("too deeply")));
    }
}
