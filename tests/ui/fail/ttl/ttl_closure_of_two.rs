use cached_runtime::redis_cached;

const HOUR: std::time::Duration = std::time::Duration::from_hours(1);

#[redis_cached(ttl = |price, article| HOUR * price * article, key = hash)]
async fn price(article: u32) -> u64 {
    u64::from(article)
}

fn main() {}
