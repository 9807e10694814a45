use cached_runtime::redis_cached;

#[derive(serde::Deserialize)]
struct Price {
    cents: u32,
}

#[redis_cached(ttl = "24h", key = hash)]
async fn price(article: u32) -> Price {
    Price { cents: article }
}

fn main() {}
