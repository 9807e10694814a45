//! The TTL may be a closure over what is stored: the value of an `Ok` or a `Some`.

#![deny(warnings)]

use cached_runtime::redis_cached;

use std::time::Duration;

use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Token {
    text: String,
    valid_for: Duration,
}

#[redis_cached(ttl = |token| token.valid_for)]
async fn token(user: u64) -> Result<Option<Token>, String> {
    let text = user.to_string();
    let valid_for = Duration::from_secs(user);
    Ok(Some(Token { text, valid_for }))
}

#[redis_cached(ttl = move |length| least + Duration::from_millis(length.text.len() as u64), skip(least))]
async fn at_least(user: u64, least: Duration) -> Token {
    let text = user.to_string();
    Token { text, valid_for: least }
}

fn main() {
    drop(token(7));
    drop(at_least(7, Duration::from_secs(1)));
}
