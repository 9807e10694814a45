impl Shop {
    pub async fn price(&self, article: u32) -> Option<u64> {
        ::cached_runtime::__private::call!(
            Option < u64 >, (& self.tenant, & article),
            (.with_options("ttl = \"1m\" , scope = self . tenant")
            .with_ttl(::core::time::Duration::from_millis(60000))),
        )
            .run(async move {
                if false {
                    return ::cached_runtime::__private::return_type::<Option<u64>>();
                }
                self.prices.get(&article).copied()
            })
            .await
    }
}
