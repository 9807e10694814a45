use cached_runtime::redis_cached;

#[redis_cached(ttl = "soon", key = hash)]
async fn price(article: u32) -> u64 {
    u64::from(article)
}

async fn caller() -> u64 {
    price(7).await
}

fn main() {
    drop(caller());
}
