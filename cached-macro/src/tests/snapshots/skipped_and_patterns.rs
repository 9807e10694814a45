#[redis_cached(ttl = "1m", skip(pool))]
async fn area((width, height): (u32, u32), mut margin: u32, _: u8, pool: &Pool) -> Result<u32, Failure> {
    margin += pool.margin().await?;
    Ok((width + margin) * (height + margin))
}
