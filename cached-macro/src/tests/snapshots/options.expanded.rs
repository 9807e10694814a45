async fn ttl_of_arguments(article: u32, urgent: bool, state: &State) -> u64 {
    ::cached_runtime::__private::call!(
        u64, (& article, & urgent),
        (.with_options("ttl = if urgent { MINUTE } else { HOUR } , name = \"shop::price\" , version = 2 , cache = state . cache , skip (state)")
        .with_name("shop::price").with_version(2).with_own_cache()), .cache(& state
        .cache).ttl(if urgent { MINUTE } else { HOUR })
    )
        .run(async move {
            if false {
                return ::cached_runtime::__private::return_type::<u64>();
            }
            u64::from(article)
        })
        .await
}
async fn ttl_of_value(article: u32) -> Result<Option<Price>, Failure> {
    ::cached_runtime::__private::call!(
        Result < Option < Price >, Failure >, (& article),
        (.with_options("ttl = | price : & Price | price . valid_for , store_if = Price :: is_final , none_ttl = \"30s\" , err_ttl = \"5s\"")),
        .ttl_by(| price : & Price | price.valid_for).store_if(Price::is_final)
        .none_and_err_ttl(::core::time::Duration::from_millis(30000), | _ |
        ::core::option::Option::Some(::core::time::Duration::from_millis(5000)))
    )
        .run(async move {
            if false {
                return ::cached_runtime::__private::return_type::<
                    Result<Option<Price>, Failure>,
                >();
            }
            find(article).await
        })
        .await
}
async fn ttl_of_error(article: u32) -> Result<Price, Failure> {
    ::cached_runtime::__private::call!(
        Result < Price, Failure >, (& article),
        (.with_options("ttl = \"1h\" , err_ttl = | failure | failure . is_final () . then_some (MINUTE)")
        .with_ttl(::core::time::Duration::from_millis(3600000))), .err_ttl(| failure |
        failure.is_final().then_some(MINUTE))
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
