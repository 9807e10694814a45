//! What a function owns can be an argument where it may run in the background.

#![deny(warnings)]

use cached_runtime::redis_cached;

use std::borrow::Cow;
use std::sync::Arc;

struct Pool;

type Check = Box<dyn Fn(&str) -> bool + Send + Sync>;

#[redis_cached(ttl = "10m", early, skip(pool))]
async fn shared(id: u64, pool: Arc<Pool>) -> u64 {
    let Pool = *pool;
    id
}

#[redis_cached(ttl = "10m", early)]
async fn lent_for_ever(text: &'static str, part: Cow<'static, str>, parts: &'static [&'static str]) -> usize {
    text.len() + part.len() + parts.len()
}

#[redis_cached(ttl = "10m", early, skip(by_pointer, by_closure, by_impl, by_object))]
async fn functions(
    text: String,
    by_pointer: fn(&str) -> bool,
    by_closure: Check,
    by_impl: impl Fn(&str) -> bool + Send + 'static,
    by_object: Arc<dyn for<'a> Fn(&'a str) -> bool + Send + Sync>,
) -> bool {
    by_pointer(&text) && by_closure(&text) && by_impl(&text) && by_object(&text)
}

#[redis_cached(ttl = "10m", early)]
async fn patterns((width, height): (u32, u32), [depth, _]: [u32; 2]) -> u32 {
    width * height * depth
}

#[redis_cached(ttl = "10m", early)]
async fn generic<T>(value: T) -> String
where
    T: serde::Serialize + ToString + Send + 'static,
{
    std::future::ready(()).await;
    value.to_string()
}

#[redis_cached(ttl = "10m", early)]
async fn moved(mut words: Vec<String>) -> Vec<String> {
    words.push(String::new());
    words
}

fn is_short(text: &str) -> bool {
    text.len() < 7
}

fn main() {
    drop(shared(7, Arc::new(Pool)));
    drop(lent_for_ever("a", "b".into(), &["c"]));
    drop(functions(String::new(), is_short, Box::new(is_short), is_short, Arc::new(is_short)));
    drop(patterns((1, 2), [3, 4]));
    drop(generic(7));
    drop(moved(Vec::new()));
}
