#[redis_cached(ttl = if urgent { MINUTE } else { HOUR }, name = "shop::price", version = 2, cache = state.cache, skip(state))]
async fn ttl_of_arguments(article: u32, urgent: bool, state: &State) -> u64 {
    u64::from(article)
}

#[redis_cached(ttl = |price: &Price| price.valid_for, store_if = Price::is_final, none_ttl = "30s", err_ttl = "5s")]
async fn ttl_of_value(article: u32) -> Result<Option<Price>, Failure> {
    find(article).await
}

#[redis_cached(ttl = "1h", err_ttl = |failure| failure.is_final().then_some(MINUTE))]
async fn ttl_of_error(article: u32) -> Result<Price, Failure> {
    find(article).await
}
