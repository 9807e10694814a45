//! An axum service whose answers say in their headers what the cache did.
//!
//! `cargo run -p cached-runtime --features tower --example axum_layer`, and twice, in another terminal,
//! `curl -sD- http://127.0.0.1:8080/price/7`. Another address is its argument.

use std::env;
use std::io;

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use cached_runtime::tower::StatusLayer;
use cached_runtime::{Cache, redis_cached};
use tokio::net::TcpListener;

#[redis_cached(ttl = "10m", name = "shop::price")]
async fn price(article: u32) -> u64 {
    u64::from(article) * 100
}

async fn answer(Path(article): Path<u32>) -> String {
    price(article).await.to_string()
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let cache = Cache::builder().namespace("shop").build().await;
    cache.and_then(Cache::install).map_err(io::Error::other)?;

    let router = Router::new()
        .route("/price/{article}", get(answer))
        .layer(StatusLayer::new());

    let address = env::args().nth(1);
    let listener = TcpListener::bind(address.as_deref().unwrap_or("127.0.0.1:8080")).await?;
    println!("listening on {}", listener.local_addr()?);
    axum::serve(listener, router).await
}
