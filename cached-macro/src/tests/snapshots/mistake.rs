#[redis_cached(key = hash, skip(shop))]
async fn price(article: u32) -> u64 {
    u64::from(article)
}
