use cached_runtime::redis_cached;

async fn prices() -> u64 {
    #[redis_cached(ttl = "24h")]
    let price = async |article: u32| u64::from(article);
    price(7).await
}

fn main() {}
