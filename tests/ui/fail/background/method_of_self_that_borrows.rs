use cached_runtime::redis_cached;

struct Shop<'a>(&'a str);

impl Shop<'_> {
    #[redis_cached(ttl = "24h", skip(self), early)]
    async fn price(self, article: u32) -> u64 {
        u64::from(article) + self.0.len() as u64
    }
}

fn main() {}
