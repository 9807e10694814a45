impl Prices for Shop {
    #[redis_cached(ttl = "1h", skip(self), stale_while_revalidate = "1h")]
    fn price<'async_trait>(
        self: Arc<Self>,
        article: u32,
    ) -> ::core::pin::Pin<Box<dyn ::core::future::Future<Output = u64> + ::core::marker::Send + 'async_trait>>
    where
        Self: 'async_trait,
    {
        Box::pin(async move { find(article).await })
    }
}
