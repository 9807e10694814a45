#[redis_cached(ttl = "1m", skip(query))]
async fn load<'a, T, const N: usize, Q>(id: &'a T, query: Q) -> [u8; N]
where
    T: Serialize + Sync + ?Sized,
    Q: AsyncFnOnce(&T) -> [u8; N],
{
    query(id).await
}
