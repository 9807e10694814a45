use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h", key = hash)]
async fn count(words: &mut Vec<String>) -> usize {
    words.sort();
    words.len()
}

fn main() {}
