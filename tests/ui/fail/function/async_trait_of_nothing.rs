use cached_runtime::redis_cached;

#[async_trait::async_trait]
trait Log {
    #[redis_cached(ttl = "24h", skip(self))]
    async fn log(&self, line: String) {
        println!("{line}");
    }
}

fn main() {}
