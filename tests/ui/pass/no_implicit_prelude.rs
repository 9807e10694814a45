//! Nothing needs the prelude.

#![deny(warnings)]

#![no_implicit_prelude]

use ::core::marker::Copy;
use ::core::option::Option;
use ::core::time::Duration;
use ::std::string::String;

#[::cached_runtime::redis_cached(ttl = "24h", key = hash, none_ttl = "30s", err_ttl = "5s", version = 2, name = "lookup")]
async fn lookup(article: u32, name: &str) -> ::core::result::Result<Option<String>, String> {
    let _ = (article, name);
    ::core::result::Result::Ok(Option::None)
}

#[::cached_runtime::redis_cached(ttl = |_| Duration::from_secs(1), key = article, store_if = |price| *price > 1)]
async fn price(article: u32) -> u32 {
    fn copy<T: Copy>(value: &T) -> T {
        *value
    }
    copy(&article)
}

fn main() {
    let _ = lookup(7, "");
    let _ = price(7);
}
