use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h", early, skip(log))]
async fn price(article: u32, log: &mut Vec<u32>) -> u64 {
    log.push(article);
    u64::from(article)
}

fn main() {}
