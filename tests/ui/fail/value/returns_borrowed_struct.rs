use cached_runtime::redis_cached;

#[derive(serde::Serialize, serde::Deserialize)]
struct Label<'a> {
    text: &'a str,
}

#[redis_cached(ttl = "24h")]
async fn label(text: &str) -> Label<'_> {
    Label { text }
}

fn main() {}
