//! Where personal data must not be: keys, stored bytes, logs, metrics.

use cached_tests::app::{CHART, Program, SECRET, TestApp, birth};
use cached_tests::redis::RedisServer;
use redis::Cmd;
use reqwest::Method;
use rustix::process::Signal;
use serde_json::json;

/// What of [`birth`] tells who was born when and where, as clients and as programs write it. The
/// time of day is not among it, because log lines have one of their own.
const PERSONAL: [&str; 8] = [
    "Ada Lovelace",
    "1990-05-17",
    "643033800",
    "2448029",
    "Berlin",
    "52.5208",
    "13.4094",
    "placidus",
];

#[tokio::test]
async fn keys_are_namespace_function_version_secret_and_digest() {
    let redis = RedisServer::start().await;
    let app = TestApp::with_redis(&redis).await;
    for name in ["Ada", "Grace"] {
        for day in 10..20 {
            let birth = json!({
                "name": name, "date": format!("1990-05-{day}"), "time": "14:30",
                "timezone": "Europe/Berlin", "latitude": 52.5208, "longitude": 13.4094
            });
            app.post_chart(&birth).await;
        }
    }

    let keys = redis.keys().await;

    assert_eq!(keys.len(), 10);
    for key in keys {
        let rest = key
            .strip_prefix("natal:natal::calculate_chart:")
            .expect(&key);
        let [version, secret, digest] = rest.split(':').collect::<Vec<_>>()[..] else {
            panic!("{key}");
        };
        let (version, fingerprint) = version.split_once('.').expect(&key);
        assert!(version.parse::<u32>().is_ok(), "{key}");
        assert!(is_hex(fingerprint, 16) && is_hex(secret, 8), "{key}");
        assert!(is_hex(digest, 64), "{key}");
    }
}

#[tokio::test]
async fn neither_keys_nor_values_hold_who_was_born_when_and_where() {
    let redis = RedisServer::start().await;
    let app = TestApp::with_redis(&redis).await;
    app.post_chart(&birth()).await;

    for key in redis.keys().await {
        let value = redis.get(&key).await.expect("a listed key has a value");
        let kept = key + &String::from_utf8_lossy(&value);
        for datum in PERSONAL {
            assert!(!kept.contains(datum), "{datum} in {kept}");
        }
    }
}

#[tokio::test]
async fn every_entry_leaves_redis_by_itself() {
    let redis = RedisServer::start().await;
    let app = TestApp::with_redis(&redis).await;
    app.post_chart(&birth()).await;

    for key in redis.keys().await {
        let millis: i64 = redis.query(Cmd::pttl(&key)).await;
        assert!((1..=24 * 3600 * 1000).contains(&millis), "{millis}");
    }
}

#[tokio::test]
async fn the_log_holds_no_birth_data_whatever_its_level() {
    let redis = RedisServer::start().await;
    let url = redis.url();
    let settings = [
        ("REDIS_URL", &*url),
        ("CACHE_KEY_SECRET", SECRET),
        ("LOG", "trace"),
    ];
    let program = Program::start(&settings).await;
    let chart = format!("{CHART}?name=Ada%20Lovelace&date=1990-05-17");
    let refused = json!({"date": "1990-05-17 14:30", "timezone": "Berlin", "Ada Lovelace": 1});
    for body in [birth(), birth(), refused] {
        let id = "Ada Lovelace, 1990-05-17";
        let request = program
            .request(Method::POST, &chart)
            .header("x-request-id", id);
        request.json(&body).send().await.expect("an answer comes");
    }
    let stray = program
        .request(Method::GET, "/charts/Berlin/1990-05-17")
        .send();
    stray.await.expect("an answer comes");
    redis.kill();
    let bypassed = program.request(Method::POST, CHART).json(&birth()).send();
    bypassed.await.expect("an answer comes");

    program.signal(Signal::TERM);
    let ended = program.ended().await;

    let answered = ended
        .output
        .lines()
        .filter(|line| line.contains("\"answered\""))
        .count();
    assert_eq!(answered, 5, "{}", ended.output);
    for line in ended.output.lines() {
        for datum in PERSONAL {
            assert!(!line.contains(datum), "{datum} in {line}");
        }
    }
    assert_eq!(ended.errors, "");
}

#[tokio::test]
async fn metrics_hold_no_birth_data() {
    let app = TestApp::start(&[]).await;
    app.post_chart(&birth()).await;
    app.get("/charts/Berlin/1990-05-17").await;

    let metrics = app.metrics().await;

    for name in ["Ada", "Lovelace", "1990-05-17", "Berlin", "/charts"] {
        assert!(!metrics.body().contains(name), "{name}");
    }
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
