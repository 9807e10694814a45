//! A guard that an option takes is let go before the body runs.

#![deny(warnings)]

use cached_runtime::redis_cached;

use std::sync::Mutex;
use std::time::Duration;

struct State {
    ttl: Mutex<Duration>,
    names: Mutex<Vec<String>>,
}

fn require_send<T: Send>(_: T) {}

#[redis_cached(ttl = *state.ttl.lock().unwrap(), key = (article, state.names.lock().unwrap().first()), skip(log))]
async fn price(article: u64, state: &State, log: &str) -> u64 {
    let _ = log;
    let names = state.names.lock().unwrap().len();
    std::future::ready(article + names as u64).await
}

fn main() {
    let state = State { ttl: Mutex::new(Duration::from_secs(1)), names: Mutex::new(vec![]) };
    require_send(price(7, &state, ""));
}
