//! A program of its own, because every cache in it is refused.

use cached_runtime::{Cache, redis_cached};

#[redis_cached(ttl = "1h", key = hash, name = "natal::chart", encrypt)]
async fn chart(minute: u64) -> u64 {
    minute
}

#[tokio::test]
async fn a_function_that_requires_encryption_keeps_a_cache_without_a_secret_from_starting() {
    let error = Cache::builder()
        .guessable_keys()
        .build()
        .await
        .expect_err("it has no secret");

    assert!(error.is_setting());
    let message = error.to_string();
    assert!(
        message.starts_with(
            "values of `natal::chart` are stored only encrypted, which needs a key secret"
        ),
        "{message}"
    );
    assert!(
        message.contains("encryption_without_a_secret.rs:5"),
        "{message}"
    );

    // One in this process has a secret of its own.
    let cache = Cache::builder().build().await.unwrap();
    assert_eq!(cache.scope(chart(7)).await, 7);
}
