use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h", early, store_if = |price| *price < words.len())]
async fn price(words: Vec<String>) -> usize {
    words.len()
}

fn main() {}
