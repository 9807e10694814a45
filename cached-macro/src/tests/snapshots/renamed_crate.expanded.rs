async fn price(article: u32) -> u64 {
    crate::prelude::cache::__private::call!(
        u64, (& article),
        (.with_options("ttl = \"1m\" , crate = crate :: prelude :: cache")
        .with_ttl(::core::time::Duration::from_millis(60000))),
    )
        .run(async move {
            if false {
                return crate::prelude::cache::__private::return_type::<u64>();
            }
            u64::from(article)
        })
        .await
}
