async fn load<'a, T, const N: usize, Q>(id: &'a T, query: Q) -> [u8; N]
where
    T: Serialize + Sync + ?Sized,
    Q: AsyncFnOnce(&T) -> [u8; N],
{
    ::cached_runtime::__private::call!(
        [u8; N], (& id), (.with_options("ttl = \"1m\" , skip (query)")
        .with_ttl(::core::time::Duration::from_millis(60000))),
    )
        .run(async move {
            if false {
                return ::cached_runtime::__private::return_type::<[u8; N]>();
            }
            query(id).await
        })
        .await
}
