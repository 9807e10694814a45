async fn price(article: u32) -> u64 {
    ::cached_runtime::__private::call!(
        u64, (& article), (.with_options("ttl = \"24h\" , key = hash")
        .with_ttl(::core::time::Duration::from_millis(86400000))),
    )
        .run(async move {
            if false {
                return ::cached_runtime::__private::return_type::<u64>();
            }
            u64::from(article)
        })
        .await
}
