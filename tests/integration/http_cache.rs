//! What the cache does for the service, seen from outside: hit, miss, bypass, and for whom.

use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use cached_tests::app::{Program, SECRET, TestApp, birth, birth_with};
use cached_tests::redis::RedisServer;
use serde_json::json;
use sqlx::{Connection, SqliteConnection};

/// How long a chart may be served after it was computed.
const TTL: Duration = Duration::from_hours(24);

#[tokio::test]
async fn the_same_birth_twice_is_a_miss_and_then_a_hit_with_the_same_body() {
    let redis = RedisServer::start().await;
    let app = TestApp::with_redis(&redis).await;

    let first = app.post_chart(&birth()).await;
    let second = app.post_chart(&birth()).await;

    assert_eq!((first.status(), first.cache()), (200, Some("MISS")));
    assert_eq!((second.status(), second.cache()), (200, Some("HIT")));
    assert_eq!(first.body(), second.body());
}

#[tokio::test]
async fn different_births_are_both_misses() {
    let redis = RedisServer::start().await;
    let app = TestApp::with_redis(&redis).await;
    app.post_chart(&birth()).await;

    for changes in [
        json!({"time": "14:30:01"}),
        json!({"date": "1990-05-18"}),
        json!({"timezone": "Europe/London"}),
        json!({"latitude": 52.5209}),
        json!({"longitude": 13.4095}),
        json!({"house_system": "koch"}),
    ] {
        let other = app.post_chart(&birth_with(&changes)).await;
        assert_eq!(
            (other.status(), other.cache()),
            (200, Some("MISS")),
            "{changes}"
        );
    }
}

#[tokio::test]
async fn a_killed_redis_is_bypassed() {
    let redis = RedisServer::start().await;
    let app = TestApp::with_redis(&redis).await;
    let cached = app.post_chart(&birth()).await;

    redis.kill();
    let bypassed = app.post_chart(&birth()).await;

    assert_eq!((bypassed.status(), bypassed.cache()), (200, Some("BYPASS")));
    assert_eq!(bypassed.body(), cached.body());
}

#[tokio::test]
async fn a_redis_that_is_back_is_used_again() {
    let redis = RedisServer::start().await;
    let app = TestApp::with_redis(&redis).await;
    redis.kill();
    assert_eq!(app.post_chart(&birth()).await.cache(), Some("BYPASS"));

    redis.restart().await;
    let connected =
        app.eventually(async |app| app.get("/readyz").await.json()["cache"]["connected"] == true);
    connected.await;

    assert_eq!(app.post_chart(&birth()).await.cache(), Some("MISS"));
    assert_eq!(app.post_chart(&birth()).await.cache(), Some("HIT"));
}

#[tokio::test]
async fn a_redis_that_is_away_at_start_is_bypassed() {
    let redis = RedisServer::start().await;
    redis.kill();

    let app = TestApp::with_redis(&redis).await;
    let answer = app.post_chart(&birth()).await;

    assert_eq!((answer.status(), answer.cache()), (200, Some("BYPASS")));
}

#[tokio::test]
async fn a_frozen_redis_is_bypassed() {
    let redis = RedisServer::start().await;
    let app = TestApp::with_redis(&redis).await;
    app.post_chart(&birth()).await;

    redis.freeze();
    let answer = app.post_chart(&birth()).await;
    redis.thaw();

    assert_eq!((answer.status(), answer.cache()), (200, Some("BYPASS")));
}

#[tokio::test]
async fn a_chart_is_computed_anew_after_its_time() {
    let redis = RedisServer::start().await;
    let app = TestApp::with_redis(&redis).await;
    app.post_chart(&birth()).await;

    app.clock().advance(TTL / 2);
    assert_eq!(app.post_chart(&birth()).await.cache(), Some("HIT"));

    app.clock().advance(TTL / 2);
    assert_eq!(app.post_chart(&birth()).await.cache(), Some("MISS"));
    assert_eq!(app.post_chart(&birth()).await.cache(), Some("HIT"));
}

#[tokio::test]
async fn a_service_without_redis_caches_in_its_process() {
    let app = TestApp::start(&[]).await;

    assert_eq!(app.post_chart(&birth()).await.cache(), Some("MISS"));
    assert_eq!(app.post_chart(&birth()).await.cache(), Some("HIT"));
    app.clock().advance(TTL);
    assert_eq!(app.post_chart(&birth()).await.cache(), Some("MISS"));
}

#[tokio::test]
async fn a_cache_that_is_off_is_bypassed_and_never_connected() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    listener
        .set_nonblocking(true)
        .expect("a listener can be polled");
    let url = format!("redis://{}", listener.local_addr().expect("it is bound"));
    let connections = || std::iter::from_fn(|| listener.accept().ok()).count();

    let off = [
        ("REDIS_URL", &*url),
        ("CACHE_KEY_SECRET", SECRET),
        ("ENABLE_CACHE", "false"),
    ];
    let app = TestApp::start(&off).await;
    for _ in 0..2 {
        let answer = app.post_chart(&birth()).await;
        assert_eq!((answer.status(), answer.cache()), (200, Some("BYPASS")));
    }
    app.get("/readyz").await;
    assert_eq!(connections(), 0);

    let on = [
        ("REDIS_URL", &*url),
        ("CACHE_KEY_SECRET", SECRET),
        ("ENABLE_CACHE", "true"),
    ];
    let _app = TestApp::start(&on).await;
    assert_ne!(connections(), 0, "the listener sees a cache that is on");
}

#[tokio::test]
async fn spellings_of_one_birth_share_an_entry() {
    let redis = RedisServer::start().await;
    let app = TestApp::with_redis(&redis).await;
    app.post_chart(&birth()).await;

    for changes in [
        json!({"time": "14:30:00"}),
        json!({"timezone": "europe/berlin"}),
        json!({"timezone": null, "utc_offset": "+02:00"}),
        json!({"timezone": null, "utc_offset": "Z", "time": "12:30"}),
        json!({"timezone": "Pacific/Auckland", "date": "1990-05-18", "time": "00:30"}),
        json!({"house_system": "P"}),
        json!({"fold": 1}),
        json!({"name": "Grace Hopper"}),
        json!({"name": null}),
    ] {
        let answer = app.post_chart(&birth_with(&changes)).await;
        assert_eq!(answer.cache(), Some("HIT"), "{changes}");
    }
    let spelt = birth().to_string().replace("52.5208", "52.520800");
    assert_eq!(app.post_body(spelt).await.cache(), Some("HIT"));
    assert_eq!(redis.keys().await.len(), 1);
}

#[tokio::test]
async fn either_zero_and_either_side_of_the_date_line_share_an_entry() {
    let app = TestApp::start(&[]).await;
    let at = |longitude: &str| {
        birth()
            .to_string()
            .replace("13.4094", longitude)
            .replace("52.5208", "0.0")
    };

    assert_eq!(app.post_body(at("180")).await.cache(), Some("MISS"));
    assert_eq!(app.post_body(at("-180.0")).await.cache(), Some("HIT"));
    let southern_zero = at("180").replace("\"latitude\":0.0", "\"latitude\":-0.0");
    assert!(southern_zero.contains("-0.0"));
    assert_eq!(app.post_body(southern_zero).await.cache(), Some("HIT"));
}

#[tokio::test]
async fn a_hit_echoes_the_request_that_was_made() {
    let app = TestApp::start(&[]).await;
    app.post_chart(&birth()).await;

    let hit = app
        .post_chart(&birth_with(&json!({"name": "Grace Hopper"})))
        .await;

    assert_eq!(hit.cache(), Some("HIT"));
    assert_eq!(hit.json()["input"]["name"], "Grace Hopper");
}

#[tokio::test]
async fn replicas_share_entries() {
    let redis = RedisServer::start().await;
    let (one, other) = (
        TestApp::with_redis(&redis).await,
        TestApp::with_redis(&redis).await,
    );

    let computed = one.post_chart(&birth()).await;
    let served = other.post_chart(&birth()).await;

    assert_eq!(
        (computed.cache(), served.cache()),
        (Some("MISS"), Some("HIT"))
    );
    assert_eq!(computed.body(), served.body());
}

#[tokio::test]
async fn namespaces_and_secrets_keep_services_apart() {
    let redis = RedisServer::start().await;
    let url = redis.url();
    TestApp::with_redis(&redis).await.post_chart(&birth()).await;

    for setting in [
        ("CACHE_NAMESPACE", "other"),
        ("CACHE_KEY_SECRET", &*"x".repeat(32)),
    ] {
        let settings = [("REDIS_URL", &*url), ("CACHE_KEY_SECRET", SECRET)];
        let settings: Vec<_> = settings
            .into_iter()
            .filter(|(name, _)| *name != setting.0)
            .chain([setting])
            .collect();
        let app = TestApp::start(&settings).await;
        assert_eq!(
            app.post_chart(&birth()).await.cache(),
            Some("MISS"),
            "{}",
            setting.0
        );
    }
}

#[tokio::test]
async fn a_chart_of_one_ephemeris_is_not_served_for_another() {
    let folder = tempfile::tempdir().expect("the temporary directory is writable");
    let app = TestApp::start(&[("DATA_DIR", path(folder.path()))]).await;
    app.post_chart(&birth()).await;
    assert_eq!(app.post_chart(&birth()).await.cache(), Some("HIT"));

    rename_ephemeris(folder.path(), "DE440").await;
    assert_eq!(
        app.get("/readyz").await.json()["database"]["ephemeris"],
        "DE440"
    );

    let other = app.post_chart(&birth()).await;
    assert_eq!(other.cache(), Some("MISS"));
    assert_eq!(other.json()["engine"]["ephemeris"], "DE440");
}

#[tokio::test]
async fn a_chart_of_an_ephemeris_imported_meanwhile_is_not_stored_for_the_old_one() {
    let folder = tempfile::tempdir().expect("the temporary directory is writable");
    let app = TestApp::start(&[("DATA_DIR", path(folder.path()))]).await;
    app.post_chart(&birth()).await;
    let other = birth_with(&json!({"date": "1990-05-18"}));

    rename_ephemeris(folder.path(), "DE440").await;
    let refused = app.post_chart(&other).await;
    assert_eq!(refused.error(), (503, "database_unavailable".to_owned()));
    assert_eq!(
        app.post_chart(&other).await.json()["engine"]["ephemeris"],
        "DE440"
    );

    rename_ephemeris(folder.path(), "DE421").await;
    app.get("/readyz").await;
    assert_eq!(app.post_chart(&other).await.cache(), Some("MISS"));
}

#[tokio::test]
async fn a_refused_birth_is_not_stored() {
    let redis = RedisServer::start().await;
    let app = TestApp::with_redis(&redis).await;
    let polar = birth_with(&json!({"latitude": 78.2}));

    for _ in 0..2 {
        let refused = app.post_chart(&polar).await;
        assert_eq!((refused.status(), refused.cache()), (422, Some("MISS")));
    }

    assert!(redis.keys().await.is_empty());
}

#[tokio::test]
async fn the_standard_header_tells_more() {
    let app = TestApp::start(&[]).await;

    let miss = app.post_chart(&birth()).await;
    let hit = app.post_chart(&birth()).await;

    assert_eq!(
        miss.header("cache-status"),
        Some("natal::calculate_chart; fwd=miss; stored")
    );
    let hit = hit.header("cache-status").expect("a hit has the header");
    assert!(
        hit.starts_with("natal::calculate_chart; hit; ttl="),
        "{hit}"
    );
}

#[tokio::test]
async fn an_answer_that_needed_no_chart_says_nothing_of_the_cache() {
    let app = TestApp::start(&[]).await;

    assert_eq!(app.get("/readyz").await.cache(), None);
    assert_eq!(app.post_body("not JSON").await.cache(), None);
}

/// Stands in for the import of another ephemeris.
async fn rename_ephemeris(folder: &Path, name: &str) {
    let url = format!("sqlite://{}", path(&folder.join("ephemeris.sqlite")));
    let mut database = SqliteConnection::connect(&url)
        .await
        .expect("the database is there");
    let update = sqlx::query("UPDATE ephemeris SET name = $1").bind(name);
    update
        .execute(&mut database)
        .await
        .expect("the database is writable");
}

fn path(path: &Path) -> &str {
    path.to_str().expect("the path is text")
}

#[tokio::test]
async fn the_log_tells_why_a_lost_connection_does_not_come_back() {
    let redis = RedisServer::start().await;
    let acl = async |words: &[&str]| {
        let mut command = redis::cmd("ACL");
        command.arg("SETUSER").arg("service").arg(words);
        redis.query::<()>(command).await;
    };
    acl(&["on", ">before", "~*", "+@all"]).await;
    let url = format!("redis://service:before@127.0.0.1:{}", redis.port());
    let settings = [("REDIS_URL", &*url), ("CACHE_KEY_SECRET", SECRET)];
    let mut program = Program::start(&settings).await;

    acl(&["resetpass", ">after"]).await;
    let mut kill = redis::cmd("CLIENT");
    kill.arg(&["KILL", "USER", "service"]);
    redis.query::<i64>(kill).await;

    let refused = "no connection to Redis; calls bypass the cache";
    let reason = program.logged(refused).await["reason"].to_string();
    assert!(reason.contains("WRONGPASS"), "{reason}");
}
