use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h")]
async fn default<T: Default>(id: u64) -> Option<T> {
    (id > 0).then(T::default)
}

fn main() {}
