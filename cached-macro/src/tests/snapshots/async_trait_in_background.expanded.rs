impl Prices for Shop {
    fn price<'async_trait>(
        self: Arc<Self>,
        article: u32,
    ) -> ::core::pin::Pin<
        Box<
            dyn ::core::future::Future<
                Output = u64,
            > + ::core::marker::Send + 'async_trait,
        >,
    >
    where
        Self: 'async_trait,
    {
        ::cached_runtime::__private::Box::pin(async move {
            ::cached_runtime::__private::call!(
                u64, (& article),
                (.with_options("ttl = \"1h\" , skip (self) , stale_while_revalidate = \"1h\"")
                .with_ttl(::core::time::Duration::from_millis(3600000))
                .with_stale_while_revalidate(::core::time::Duration::from_millis(3600000))),
            )
                .run_owned(async move {
                    (move || -> ::core::pin::Pin<
                        Box<
                            dyn ::core::future::Future<
                                Output = u64,
                            > + ::core::marker::Send + 'async_trait,
                        >,
                    > { Box::pin(async move { find(article).await }) })()
                        .await
                })
                .await
        })
    }
}
