//! Tuples, arrays, maps and sets.

#![deny(warnings)]

use cached_runtime::redis_cached;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

type Tuple = (u8, String, (bool, [u8; 4]));

#[redis_cached(ttl = "24h", key = hash)]
async fn all(a: Tuple, b: [[f32; 2]; 2], c: HashMap<String, u8>, d: HashSet<u8>, e: BTreeMap<u8, u8>, f: &BTreeSet<String>, g: VecDeque<u8>) -> usize {
    drop((a, b));
    c.len() + d.len() + e.len() + f.len() + g.len()
}

fn main() {
    let tuple = (1, String::new(), (true, [1, 2, 3, 4]));
    drop(all(tuple, [[1.0; 2]; 2], HashMap::new(), HashSet::new(), BTreeMap::new(), &BTreeSet::new(), VecDeque::new()));
}
