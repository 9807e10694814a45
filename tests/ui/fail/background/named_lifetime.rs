use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h", early)]
async fn price<'a>(article: &'a str) -> u64 {
    article.len() as u64
}

fn main() {}
