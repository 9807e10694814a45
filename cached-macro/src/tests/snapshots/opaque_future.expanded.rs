fn price(article: u32) -> impl Future<Output = u64> + Send {
    async move {
        ::cached_runtime::__private::call!(
            u64, (& article), (.with_options("ttl = \"1m\"")
            .with_ttl(::core::time::Duration::from_millis(60000))),
        )
            .run(async move { (move || { async move { u64::from(article) } })().await })
            .await
    }
}
