async fn rate() -> f64 {
    ::cached_runtime::__private::call!(
        f64, (), (.with_options("ttl = \"1m\"")
        .with_ttl(::core::time::Duration::from_millis(60000))),
    )
        .run(async move {
            if false {
                return ::cached_runtime::__private::return_type::<f64>();
            }
            1.08
        })
        .await
}
