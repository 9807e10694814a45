/// Documented.
#[redis_cached(ttl = "1m")]
#[must_use]
#[tracing::instrument]
pub(crate) async fn price(article: u32) -> u64 {
    #![allow(unused_variables)]
    let unused = article;
    7
}
