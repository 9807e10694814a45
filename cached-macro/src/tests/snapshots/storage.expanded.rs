async fn price(article: u32) -> u64 {
    ::cached_runtime::__private::call!(
        u64, (& article), (.with_options("ttl = \"24h\" , codec = json , encrypt")
        .with_ttl(::core::time::Duration::from_millis(86400000))
        .with_codec(::cached_runtime::__private::codecs::json).with_encrypt(true)),
    )
        .run(async move {
            if false {
                return ::cached_runtime::__private::return_type::<u64>();
            }
            BODY
        })
        .await
}
async fn title(article: u32, state: &State) -> String {
    ::cached_runtime::__private::call!(
        String, (& article),
        (.with_options("ttl = \"24h\" , encrypt = false , cache = state . cache , skip (state)")
        .with_ttl(::core::time::Duration::from_millis(86400000)).with_encrypt(false)
        .with_own_cache()), .cache(& state.cache)
    )
        .run(async move {
            if false {
                return ::cached_runtime::__private::return_type::<String>();
            }
            BODY
        })
        .await
}
