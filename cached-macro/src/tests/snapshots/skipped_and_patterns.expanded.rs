async fn area(
    argument_0: (u32, u32),
    mut margin: u32,
    argument_2: u8,
    pool: &Pool,
) -> Result<u32, Failure> {
    ::cached_runtime::__private::call!(
        Result < u32, Failure >, (& argument_0, & margin, & argument_2),
        (.with_options("ttl = \"1m\" , skip (pool)")
        .with_ttl(::core::time::Duration::from_millis(60000))),
    )
        .run(async move {
            if false {
                return ::cached_runtime::__private::return_type::<
                    Result<u32, Failure>,
                >();
            }
            let (width, height) = argument_0;
            let _ = argument_2;
            margin += pool.margin().await?;
            Ok((width + margin) * (height + margin))
        })
        .await
}
