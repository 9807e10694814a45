//! A hard timeout needs an error that is made from a refusal; a soft one needs owned arguments.

#![deny(warnings)]

use cached_runtime::redis_cached;

use cached_runtime::Refusal;

#[allow(dead_code)]
enum Failure {
    Refused(Refusal),
    NotFound,
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

type Fallible<T> = Result<T, Failure>;

#[redis_cached(ttl = "10m", timeout = "2s")]
async fn hard(article: &str) -> Fallible<u64> {
    article.parse().map_err(|_| Failure::NotFound)
}

#[redis_cached(ttl = "10m", timeout(hard = "2s"))]
async fn hard_by_name(article: &str) -> Result<Option<u64>, Failure> {
    Ok(article.parse().ok())
}

#[redis_cached(ttl = "10m", timeout(soft = "200ms"), stale_if_error = "24h")]
async fn soft(article: String) -> Result<u64, std::num::ParseIntError> {
    article.parse()
}

#[redis_cached(ttl = "10m", timeout(hard = "2s", soft = "200ms",), stale_if_error = "24h")]
async fn both(article: String) -> Fallible<u64> {
    article.parse().map_err(|_| Failure::NotFound)
}

#[redis_cached(ttl = "10m", timeout = "2s")]
async fn any_error(article: u32) -> anyhow::Result<u64> {
    Ok(u64::from(article))
}

#[redis_cached(ttl = "10m", timeout = "2s")]
async fn boxed_error(article: u32) -> Result<u64, Box<dyn std::error::Error + Send + Sync>> {
    Ok(u64::from(article))
}

fn main() {
    drop(hard("7"));
    drop(hard_by_name("7"));
    drop(soft("7".to_owned()));
    drop(both("7".to_owned()));
    drop(any_error(7));
    drop(boxed_error(7));
}
