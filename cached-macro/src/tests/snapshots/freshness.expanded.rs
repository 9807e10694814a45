async fn price(article: u32, pool: Arc<Pool>) -> Result<Price, Failure> {
    ::cached_runtime::__private::call!(
        Result < Price, Failure >, (& article, & pool),
        (.with_options("ttl = \"10m\" , stale_while_revalidate = \"1h\" , stale_if_error = \"24h\" , early")
        .with_ttl(::core::time::Duration::from_millis(600000))
        .with_stale_while_revalidate(::core::time::Duration::from_millis(3600000))
        .with_stale_if_error(::core::time::Duration::from_millis(86400000))
        .with_early(2.0)), .stale_if_error()
    )
        .run_owned(async move {
            if false {
                return ::cached_runtime::__private::return_type::<
                    Result<Price, Failure>,
                >();
            }
            find(article, &pool).await
        })
        .await
}
async fn closures_own_what_they_capture(
    article: u32,
    limit: u32,
    longest: Option<Duration>,
) -> Result<u32, Failure> {
    ::cached_runtime::__private::call!(
        Result < u32, Failure >, (& article, & limit, & longest),
        (.with_options("ttl = \"10m\" , early = 1 , store_if = | price | * price < limit , err_ttl = move | _ | longest")
        .with_ttl(::core::time::Duration::from_millis(600000)).with_early(1.0)),
        .store_if(move | price | * price < limit).err_ttl(move | _ | longest)
    )
        .run_owned(async move {
            if false {
                return ::cached_runtime::__private::return_type::<
                    Result<u32, Failure>,
                >();
            }
            find(article).await
        })
        .await
}
