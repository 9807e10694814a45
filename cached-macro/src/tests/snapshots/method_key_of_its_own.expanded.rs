impl Shop {
    async fn price(self: Arc<Self>, article: u32) -> u64 {
        ::cached_runtime::__private::call!(
            u64, (& self.tenant, & (article % 10)),
            (.with_options("ttl = \"1m\" , key = (self . tenant , article % 10)")
            .with_ttl(::core::time::Duration::from_millis(60000))),
        )
            .run(async move {
                if false {
                    return ::cached_runtime::__private::return_type::<u64>();
                }
                u64::from(article % 10)
            })
            .await
    }
}
