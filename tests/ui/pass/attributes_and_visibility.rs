//! Other attributes, docs and visibility stay on the function.

#![deny(warnings)]

use cached_runtime::redis_cached;

pub mod shop {
    use super::redis_cached;

    /// Documented.
    #[must_use]
    #[inline]
    #[redis_cached(ttl = "24h", key = hash)]
    #[allow(clippy::unused_async)]
    pub(crate) async fn price(article: u32) -> u64 {
        #![allow(unused_variables)]
        let unused = 1;
        u64::from(article)
    }
}

fn main() {
    drop(shop::price(7));
}
