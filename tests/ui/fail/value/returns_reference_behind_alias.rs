use cached_runtime::redis_cached;

type Name = &'static str;

#[redis_cached(ttl = "24h")]
async fn name(id: u64) -> Name {
    if id == 0 { "zero" } else { "other" }
}

fn main() {}
