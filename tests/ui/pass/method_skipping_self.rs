//! A method can say that its result depends on nothing of `self`.

#![deny(warnings)]

use cached_runtime::redis_cached;

struct Client;

impl Client {
    #[redis_cached(ttl = "24h", key = hash, skip(self))]
    async fn rate(&self, currency: &str) -> f64 {
        if currency == "EUR" { 1.0 } else { self.ask().await }
    }

    async fn ask(&self) -> f64 {
        1.08
    }
}

fn main() {
    drop(Client.rate("USD"));
}
