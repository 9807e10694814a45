//! A type parameter of the arguments and of the result.

#![deny(warnings)]

use cached_runtime::redis_cached;

use serde::Serialize;
use serde::de::DeserializeOwned;

#[redis_cached(ttl = "24h", key = hash)]
async fn load<K: Serialize + Clone, V: DeserializeOwned + Serialize + Default>(key: &K) -> Option<V> {
    drop(key.clone());
    Some(V::default())
}

fn main() {
    drop(load::<u32, String>(&7));
    drop(load::<str_key::Key, Vec<u8>>(&str_key::Key));
}

mod str_key {
    #[derive(Clone, serde::Serialize)]
    pub struct Key;
}
