#[redis_cached(ttl = "10m", stale_while_revalidate = "1h", stale_if_error = "24h", early)]
async fn price(article: u32, pool: Arc<Pool>) -> Result<Price, Failure> {
    find(article, &pool).await
}

#[redis_cached(ttl = "10m", early = 1, store_if = |price| *price < limit, err_ttl = move |_| longest)]
async fn closures_own_what_they_capture(article: u32, limit: u32, longest: Option<Duration>) -> Result<u32, Failure> {
    find(article).await
}
