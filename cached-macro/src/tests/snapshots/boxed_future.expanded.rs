fn factorial(n: u64) -> Pin<Box<dyn Future<Output = u64> + Send>> {
    ::cached_runtime::__private::Box::pin(async move {
        ::cached_runtime::__private::call!(
            u64, (& n), (.with_options("ttl = \"1m\"")
            .with_ttl(::core::time::Duration::from_millis(60000))),
        )
            .run(async move {
                (move || -> Pin<Box<dyn Future<Output = u64> + Send>> {
                    Box::pin(async move {
                        if n == 0 { 1 } else { n * factorial(n - 1).await }
                    })
                })()
                    .await
            })
            .await
    })
}
