impl Prices for Shop {
    #[redis_cached(ttl = "1m", scope = self.tenant)]
    fn price<'life0, 'async_trait>(
        &'life0 self,
        article: u32,
    ) -> ::core::pin::Pin<Box<dyn ::core::future::Future<Output = u64> + ::core::marker::Send + 'async_trait>>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        Box::pin(async move {
            let __self = self;
            let article = article;
            let __ret: u64 = { __self.lookup(article) };
            __ret
        })
    }
}
