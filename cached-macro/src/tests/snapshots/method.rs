impl Shop {
    #[redis_cached(ttl = "1m", scope = self.tenant)]
    pub async fn price(&self, article: u32) -> Option<u64> {
        self.prices.get(&article).copied()
    }
}
