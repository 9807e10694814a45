//! Keys of one's own: a template that can be read in Redis, and an expression under which equal questions are equal.
//!
//! `cargo run -p cached-runtime --example custom_key`

use cached_runtime::{Cache, Error, KeySecret, key, observe, redis_cached};

#[redis_cached(ttl = "10m", key = "user:{id}:{language}", name = "greeting")]
async fn greeting(id: u64, language: &str) -> String {
    match language {
        "de" => format!("Hallo {id}"),
        _ => format!("Hello {id}"),
    }
}

#[redis_cached(ttl = "10m", key = word.trim().to_lowercase(), name = "translation")]
async fn translation(word: &str) -> Option<String> {
    (word.trim().to_lowercase() == "chat").then(|| "cat".to_owned())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    // Without a secret the process makes one up. A program takes it from its environment.
    let secret = KeySecret::new("only an example, known to everybody")?;
    Cache::builder()
        .namespace("shop")
        .key_secret(secret)
        .build()
        .await?
        .install()?;

    println!("{}", key(greeting(7, "de")).await?);
    println!("{}", key(translation("chat")).await?);
    for word in ["chat", " Chat"] {
        let (found, calls) = observe(translation(word)).await;
        println!("{word:?} is {found:?}: {}", calls[0].outcome);
    }
    Ok(())
}
