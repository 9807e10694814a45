#[redis_cached(ttl = "1m")]
async fn rate() -> f64 {
    1.08
}
