//! `SECURITY.md` says what is so: every test that it names is there, and what it says of replay is true.

use std::fs;
use std::path::Path;
use std::time::Duration;

use cached_runtime::{Cache, Outcome, redis_cached};
use cached_tests::cache::{self, outcome};
use cached_tests::redis::RedisServer;
use redis::Cmd;

const PAGE: &str = include_str!("../../SECURITY.md");

#[redis_cached(ttl = "1h", key = hash, cache = cache, skip(cache), encrypt)]
async fn greeting(name: &str, cache: &Cache) -> String {
    let _ = cache;
    format!("Hello, {name}!")
}

#[tokio::test]
async fn an_entry_that_is_put_back_is_served_until_its_own_time_is_over() {
    let server = RedisServer::start().await;
    let (cache, clock) = cache::cache(&server).await;
    greeting("Ada", &cache).await;
    let key = server.keys().await.pop().expect("one value is stored");
    let stored = server.get(&key).await.expect("it is there");
    let put_back = async || {
        server.query::<()>(Cmd::set(&key, &stored)).await;
        outcome(greeting("Ada", &cache)).await.1
    };

    clock.advance(Duration::from_mins(59));
    let within = put_back().await;
    clock.advance(Duration::from_mins(2));
    let beyond = put_back().await;

    assert!(matches!(within, Outcome::Hit { .. }), "{within:?}");
    assert!(matches!(beyond, Outcome::Miss { .. }), "{beyond:?}");
}

/// Returns the text of every Rust file below `folder`.
fn sources(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() {
            sources(&path, text);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            text.push_str(&fs::read_to_string(&path).expect("a source is text"));
        }
    }
}

#[test]
fn every_test_that_the_page_names_is_there() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let mut all = String::new();
    for folder in [
        "app/src",
        "cached-runtime/src",
        "cached-runtime/tests",
        "tests/integration",
    ] {
        sources(&root.join(folder), &mut all);
    }
    // A test's name is a sentence; nothing else on the page is so long.
    let is_test = |word: &&str| word.bytes().filter(|byte| *byte == b'_').count() >= 3;
    let is_plain = |word: &&str| {
        word.bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    };
    let named: Vec<_> = PAGE.split('`').filter(is_test).filter(is_plain).collect();

    assert!(named.len() > 20, "{named:?}");
    for name in named {
        assert!(
            all.contains(&format!("fn {name}()")),
            "there is no test `{name}`"
        );
    }
}
