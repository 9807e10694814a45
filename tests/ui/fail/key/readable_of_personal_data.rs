use cached_runtime::{Personal, redis_cached};

#[redis_cached(ttl = "24h", key = "user:{email}")]
async fn age(email: Personal<String>) -> usize {
    email.expose().len()
}

fn main() {}
