//! `none_ttl` is for `Option<T>` and `Result<Option<T>, E>`.

#![deny(warnings)]

use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h", none_ttl = "30s")]
async fn optional(id: u64) -> Option<String> {
    (id > 7).then(String::new)
}

#[redis_cached(ttl = "24h", none_ttl = "30s")]
async fn fallible_optional(id: u64) -> Result<Option<String>, std::fmt::Error> {
    Ok((id > 7).then(String::new))
}

fn main() {
    drop(optional(7));
    drop(fallible_optional(7));
}
