//! The body may move its arguments out, drop them and shadow them.

#![deny(warnings)]

use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h", key = hash)]
async fn consume(words: Vec<String>, name: String) -> Vec<String> {
    let mut words = words;
    words.push(name);
    let name = words.len();
    std::thread::spawn(move || words).join().unwrap_or_else(|_| vec![name.to_string()])
}

fn main() {
    drop(consume(vec![], String::new()));
}
