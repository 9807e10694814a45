::core::compile_error! {
    "`ttl` is missing: say how long a result may be served, as in `ttl = \"24h\"`"
}
::core::compile_error! {
    "`price` has no parameter `shop` to skip"
}
async fn price(article: u32) -> u64 {
    u64::from(article)
}
