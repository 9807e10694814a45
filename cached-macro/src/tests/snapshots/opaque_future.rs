#[redis_cached(ttl = "1m")]
fn price(article: u32) -> impl Future<Output = u64> + Send {
    async move { u64::from(article) }
}
