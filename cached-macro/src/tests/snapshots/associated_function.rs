impl Prices for Shop {
    #[redis_cached(ttl = "1m")]
    async fn price(article: u32) -> u64 {
        Self::lookup(article).await
    }
}
