impl Prices for Shop {
    fn price<'life0, 'async_trait>(
        &'life0 self,
        article: u32,
    ) -> ::core::pin::Pin<
        Box<
            dyn ::core::future::Future<
                Output = u64,
            > + ::core::marker::Send + 'async_trait,
        >,
    >
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        ::cached_runtime::__private::Box::pin(async move {
            ::cached_runtime::__private::call!(
                u64, (& self.tenant, & article),
                (.with_options("ttl = \"1m\" , scope = self . tenant")
                .with_ttl(::core::time::Duration::from_millis(60000))),
            )
                .run(async move {
                    (move || -> ::core::pin::Pin<
                        Box<
                            dyn ::core::future::Future<
                                Output = u64,
                            > + ::core::marker::Send + 'async_trait,
                        >,
                    > {
                        Box::pin(async move {
                            let __self = self;
                            let article = article;
                            let __ret: u64 = { __self.lookup(article) };
                            __ret
                        })
                    })()
                        .await
                })
                .await
        })
    }
}
