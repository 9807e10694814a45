use cached_runtime::redis_cached;

fn is_long(text: &String) -> bool {
    text.len() > 10
}

#[redis_cached(ttl = "24h", store_if = is_long)]
async fn price(article: u32) -> u64 {
    u64::from(article)
}

fn main() {}
