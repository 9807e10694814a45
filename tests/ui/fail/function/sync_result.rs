use cached_runtime::redis_cached;

#[redis_cached(ttl = "24h")]
fn parse(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| text.to_owned())
}

fn main() {}
