//! `Arc<T>` and `Box<T>` as results, also inside others.

#![deny(warnings)]

use cached_runtime::redis_cached;

use std::sync::Arc;

#[redis_cached(ttl = "24h", key = hash)]
async fn shared(id: u64) -> Arc<Vec<u64>> {
    Arc::new(vec![id])
}

#[redis_cached(ttl = "24h", key = hash)]
async fn fallible(id: u64) -> Result<Option<Arc<str>>, Box<dyn std::error::Error + Send + Sync>> {
    Ok(Some(id.to_string().into()))
}

fn main() {
    drop(shared(7));
    drop(fallible(7));
}
