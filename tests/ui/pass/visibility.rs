//! Every visibility stays what it is.

#![deny(warnings)]

use cached_runtime::redis_cached;

pub mod shop {
    pub mod prices {
        use super::super::redis_cached;

        #[redis_cached(ttl = "24h", key = hash)]
        pub async fn everybody() -> u8 {
            in_module().await
        }

        #[redis_cached(ttl = "24h", key = hash)]
        pub(crate) async fn in_crate() -> u8 {
            2
        }

        #[redis_cached(ttl = "24h", key = hash)]
        pub(super) async fn in_parent() -> u8 {
            3
        }

        #[redis_cached(ttl = "24h", key = hash)]
        pub(in crate::shop) async fn in_path() -> u8 {
            4
        }

        #[redis_cached(ttl = "24h", key = hash)]
        async fn in_module() -> u8 {
            5
        }
    }

    pub async fn sum() -> u8 {
        prices::in_parent().await + prices::in_path().await
    }
}

fn main() {
    drop(shop::prices::everybody());
    drop(shop::prices::in_crate());
    drop(shop::sum());
}
