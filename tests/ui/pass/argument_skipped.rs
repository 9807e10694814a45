//! A skipped argument is of any type, and all of them may be skipped.

#![deny(warnings)]

use cached_runtime::redis_cached;

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

struct Pool;

#[redis_cached(ttl = "24h", key = hash, skip(pool, state, log, seen, pointer, words))]
async fn price(pool: &Pool, state: Arc<Pool>, log: impl Fn(&str), seen: Rc<RefCell<u8>>, pointer: *const u8, words: &mut Vec<String>) -> u64 {
    let _ = (pool, state, seen, pointer);
    words.clear();
    log("computed");
    7
}

fn main() {
    let mut words = vec![];
    drop(price(&Pool, Arc::new(Pool), |_| {}, Rc::default(), std::ptr::null(), &mut words));
}
