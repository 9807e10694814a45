#[redis_cached(ttl = "10m", timeout = "2s")]
async fn hard_timeout(article: &str) -> Result<Price, Failure> {
    find(article).await
}

#[redis_cached(ttl = "10m", stale_if_error = "24h", timeout(soft = "200ms", hard = "2s"), max_concurrency = 64)]
async fn both_timeouts(article: String) -> Result<Price, Failure> {
    find(article).await
}

#[redis_cached(ttl = "10m", flight = off, max_value_bytes = 65_536, read_timeout = "20ms", write_timeout = "10s")]
async fn alone(article: &str) -> Price {
    find(article).await
}

#[redis_cached(ttl = "10m", flight = process)]
async fn together(article: &str) -> Price {
    find(article).await
}
