#[redis_cached(ttl = "24h", codec = json, encrypt)]
async fn price(article: u32) -> u64 {
    BODY
}

#[redis_cached(ttl = "24h", encrypt = false, cache = state.cache, skip(state))]
async fn title(article: u32, state: &State) -> String {
    BODY
}
