#[redis_cached(ttl = "1m", crate = crate::prelude::cache)]
async fn price(article: u32) -> u64 {
    u64::from(article)
}
