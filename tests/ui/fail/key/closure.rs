use cached_runtime::redis_cached;

#[redis_cached(ttl = "10m", key = |article| article % 10)]
async fn price(article: u64) -> u64 {
    article * 100
}

fn main() {}
