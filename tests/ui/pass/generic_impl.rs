//! A method of a generic type.

#![deny(warnings)]

use cached_runtime::redis_cached;

use std::marker::PhantomData;

use serde::{Serialize, de::DeserializeOwned};

struct Repository<T, const SHARDS: u8> {
    table: &'static str,
    rows: PhantomData<T>,
}

impl<T: Serialize + DeserializeOwned + Default, const SHARDS: u8> Repository<T, SHARDS> {
    #[redis_cached(ttl = "24h", key = hash, scope = self.table)]
    async fn row(&self, id: u64) -> Option<T> {
        (id % u64::from(SHARDS) == 0).then(T::default)
    }

    #[redis_cached(ttl = "24h", key = hash)]
    async fn empty() -> Vec<T> {
        vec![]
    }
}

fn main() {
    let users = Repository::<String, 2> { table: "user", rows: PhantomData };
    drop(users.row(7));
    drop(Repository::<u8, 1>::empty());
}
