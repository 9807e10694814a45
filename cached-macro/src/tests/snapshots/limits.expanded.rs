async fn hard_timeout(article: &str) -> Result<Price, Failure> {
    ::cached_runtime::__private::call!(
        Result < Price, Failure >, (& article),
        (.with_options("ttl = \"10m\" , timeout = \"2s\"")
        .with_ttl(::core::time::Duration::from_millis(600000))
        .with_hard_timeout(::core::time::Duration::from_millis(2000))), .refusing()
    )
        .run(async move {
            if false {
                return ::cached_runtime::__private::return_type::<
                    Result<Price, Failure>,
                >();
            }
            find(article).await
        })
        .await
}
async fn both_timeouts(article: String) -> Result<Price, Failure> {
    ::cached_runtime::__private::call!(
        Result < Price, Failure >, (& article),
        (.with_options("ttl = \"10m\" , stale_if_error = \"24h\" , timeout (soft = \"200ms\" , hard = \"2s\") , max_concurrency = 64")
        .with_ttl(::core::time::Duration::from_millis(600000))
        .with_stale_if_error(::core::time::Duration::from_millis(86400000))
        .with_soft_timeout(::core::time::Duration::from_millis(200))
        .with_hard_timeout(::core::time::Duration::from_millis(2000))
        .with_max_concurrency(64)), .stale_if_error().refusing()
    )
        .run_owned(async move {
            if false {
                return ::cached_runtime::__private::return_type::<
                    Result<Price, Failure>,
                >();
            }
            find(article).await
        })
        .await
}
async fn alone(article: &str) -> Price {
    ::cached_runtime::__private::call!(
        Price, (& article),
        (.with_options("ttl = \"10m\" , flight = off , max_value_bytes = 65_536 , read_timeout = \"20ms\" , write_timeout = \"10s\"")
        .with_ttl(::core::time::Duration::from_millis(600000)).without_flight()
        .with_max_value_bytes(65536)
        .with_read_timeout(::core::time::Duration::from_millis(20))
        .with_write_timeout(::core::time::Duration::from_millis(10000))),
    )
        .run(async move {
            if false {
                return ::cached_runtime::__private::return_type::<Price>();
            }
            find(article).await
        })
        .await
}
async fn together(article: &str) -> Price {
    ::cached_runtime::__private::call!(
        Price, (& article), (.with_options("ttl = \"10m\" , flight = process")
        .with_ttl(::core::time::Duration::from_millis(600000))),
    )
        .run(async move {
            if false {
                return ::cached_runtime::__private::return_type::<Price>();
            }
            find(article).await
        })
        .await
}
