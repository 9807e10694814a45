//! Whether clients are told what the cache did is the operator's choice.

use cached_tests::app::{Answer, CHART, SECRET, TestApp, birth, birth_with};
use cached_tests::redis::RedisServer;
use serde_json::json;

const HEADERS: [&str; 2] = ["x-cache-status", "cache-status"];

fn assert_silent(answer: &Answer) {
    for header in HEADERS {
        assert_eq!(answer.header(header), None);
    }
}

#[tokio::test]
async fn clients_are_told_what_the_cache_did_unless_they_must_not_be() {
    for (setting, is_told) in [("true", true), ("false", false)] {
        let settings = [("CACHE_STATUS_HEADER", setting)];
        let app = TestApp::start(&settings).await;
        for _ in 0..2 {
            let answer = app.post_chart(&birth()).await;

            for header in HEADERS {
                assert_eq!(answer.header(header).is_some(), is_told, "{header}");
            }
        }
        let contract = app.get("/openapi.json").await.json();
        let described = &contract["paths"][CHART]["post"]["responses"]["200"]["headers"];
        for header in ["X-Cache-Status", "Cache-Status"] {
            assert_eq!(described.get(header).is_some(), is_told, "{header}");
        }
    }
}

#[tokio::test]
async fn with_the_status_hidden_no_answer_tells_a_miss_from_a_hit_or_a_bypass() {
    let redis = RedisServer::start().await;
    let app = TestApp::start(&[
        ("REDIS_URL", &redis.url()),
        ("CACHE_KEY_SECRET", SECRET),
        ("CACHE_STATUS_HEADER", "false"),
    ])
    .await;

    let miss = app.post_chart(&birth()).await;
    assert_eq!(redis.keys().await.len(), 1);
    let hit = app.post_chart(&birth()).await;
    redis.kill();
    let bypass = app.post_chart(&birth()).await;
    let refused = app
        .post_chart(&birth_with(&json!({"date": "1990-02-30"})))
        .await;
    let undefined = app
        .post_chart(&birth_with(&json!({"latitude": 80.0})))
        .await;

    for answer in [&miss, &hit, &bypass, &refused, &undefined] {
        assert_silent(answer);
    }
    assert_eq!([miss.status(), hit.status(), bypass.status()], [200; 3]);
    assert_eq!((miss.body(), miss.body()), (hit.body(), bypass.body()));
    assert_eq!([refused.status(), undefined.status()], [422; 2]);
}
