//! Results with a `'static` lifetime that own their data.

#![deny(warnings)]

use cached_runtime::redis_cached;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Label<'a> {
    text: Cow<'a, str>,
}

#[redis_cached(ttl = "24h", key = hash)]
async fn label(id: u64) -> Label<'static> {
    Label { text: id.to_string().into() }
}

#[redis_cached(ttl = "24h", key = hash)]
async fn name(id: u64) -> Cow<'static, str> {
    if id == 7 { "seven".into() } else { id.to_string().into() }
}

fn main() {
    drop(label(7));
    drop(name(7));
}
