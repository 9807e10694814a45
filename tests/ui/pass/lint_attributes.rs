//! What a function allows or expects holds for its body.

#![deny(warnings, missing_docs, unsafe_code, unreachable_pub)]

use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h", key = hash)]
#[expect(unused_variables, reason = "a test")]
async fn expects(article: u32) -> u64 {
    let unused = 1;
    7
}

#[deprecated]
#[redis_cached(ttl = "24h", key = hash)]
async fn is_deprecated() -> u64 {
    7
}

fn main() {
    drop(expects(7));
    #[expect(deprecated)]
    drop(is_deprecated());
}
