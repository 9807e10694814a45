//! The contract of the service: what is asked, what is answered, and every way to be refused.

use std::net::SocketAddr;

use cached_tests::app::{Answer, CHART, TestApp, birth, birth_with};
use cached_tests::ports;
use cached_tests::postgres::PostgresServer;
use cached_tests::redis::RedisServer;
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn a_birth_is_answered_with_its_chart() {
    let app = TestApp::start(&[]).await;

    let answer = app.post_chart(&birth()).await;

    assert_eq!(answer.status(), 200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let chart = answer.json();
    assert_eq!(
        chart["input"],
        json!({
            "name": "Ada Lovelace", "date": "1990-05-17", "time": "14:30:00",
            "timezone": "Europe/Berlin", "latitude": 52.5208, "longitude": 13.4094,
            "house_system": "placidus"
        })
    );
    assert_eq!(chart["instant"]["utc"], "1990-05-17T12:30:00Z");
    assert_eq!(chart["instant"]["utc_offset"], "+02:00");
    assert_eq!(chart["instant"]["tzdb"], app::domain::TZDB_VERSION);
    assert_eq!(chart["engine"]["ephemeris"], "DE421");
    let names: Vec<_> = array(&chart["bodies"])
        .iter()
        .map(|body| body["name"].as_str())
        .collect();
    let expected = [
        "Sun", "Moon", "Mercury", "Venus", "Mars", "Jupiter", "Saturn", "Uranus", "Neptune",
        "Pluto", "MeanNode", "TrueNode",
    ];
    assert_eq!(names, expected.map(Some));
    assert_eq!(array(&chart["houses"]).len(), 12);
    assert!(!array(&chart["aspects"]).is_empty());
    let parts = [
        "angles", "aspects", "bodies", "engine", "houses", "input", "instant",
    ];
    assert_eq!(fields(&chart), parts);
    let instant = ["delta_t", "julian_day", "tzdb", "utc", "utc_offset"];
    assert_eq!(fields(&chart["instant"]), instant);
    let angles = ["ascendant", "descendant", "imum_coeli", "midheaven"];
    assert_eq!(fields(&chart["angles"]), angles);
}

#[tokio::test]
async fn every_house_system_is_known_by_its_name_and_its_letter() {
    let app = TestApp::start(&[]).await;
    let systems = [
        ("placidus", "P"),
        ("koch", "K"),
        ("whole_sign", "W"),
        ("equal", "E"),
        ("porphyry", "O"),
        ("regiomontanus", "R"),
    ];

    for (name, letter) in systems {
        let by_name = app
            .post_chart(&birth_with(&json!({"house_system": name})))
            .await;
        let by_letter = app
            .post_chart(&birth_with(&json!({"house_system": letter})))
            .await;
        assert_eq!(by_name.status(), 200, "{name}");
        assert_eq!(by_name.json()["input"]["house_system"], name);
        assert_eq!(by_name.body(), by_letter.body(), "{letter} is {name}");
    }
}

#[tokio::test]
async fn every_refusal_of_a_birth_has_its_code() {
    let app = TestApp::start(&[]).await;
    let refusals = [
        (json!({"date": "1990-02-30"}), "invalid_date", "date"),
        (json!({"time": "24:00"}), "invalid_time", "time"),
        (
            json!({"latitude": 90.01}),
            "invalid_coordinates",
            "latitude",
        ),
        (
            json!({"longitude": -180.01}),
            "invalid_coordinates",
            "longitude",
        ),
        (
            json!({"timezone": "Mars/Phobos"}),
            "unknown_timezone",
            "timezone",
        ),
        (
            json!({"timezone": "America/New_York", "date": "1985-10-27", "time": "01:30"}),
            "ambiguous_local_time",
            "time",
        ),
        (
            json!({"timezone": "America/New_York", "date": "2021-03-14", "time": "02:30"}),
            "nonexistent_local_time",
            "time",
        ),
        (
            json!({"date": "1066-10-14"}),
            "out_of_ephemeris_range",
            "date",
        ),
        (
            json!({"date": "2200-01-01"}),
            "out_of_ephemeris_range",
            "date",
        ),
        (
            json!({"date": "9999-12-31"}),
            "out_of_ephemeris_range",
            "date",
        ),
        (
            json!({"latitude": 78.2}),
            "house_system_undefined",
            "house_system",
        ),
        (
            json!({"latitude": -90, "house_system": "koch"}),
            "house_system_undefined",
            "house_system",
        ),
        (
            json!({"house_system": "campanus"}),
            "invalid_house_system",
            "house_system",
        ),
        (json!({"latitud": 52.5}), "invalid_request", "latitud"),
        (json!({"fold": 2}), "invalid_request", "fold"),
    ];

    for (changes, code, path) in refusals {
        let answer = app.post_chart(&birth_with(&changes)).await;
        assert_eq!(answer.error(), (422, code.to_owned()), "{changes}");
        let details = answer.json()["details"].clone();
        assert_eq!(details[0]["path"], path, "{changes}");
        assert_eq!(array(&details).len(), 1, "{changes}");
    }
}

#[tokio::test]
async fn a_refusal_says_what_to_do() {
    let app = TestApp::start(&[]).await;
    let remedies = [
        (json!({"latitude": 78.2}), vec!["whole_sign"]),
        (json!({"date": "1066-10-14"}), vec!["DE421", "1899", "2053"]),
        (
            json!({"timezone": "America/New_York", "date": "1985-10-27", "time": "01:30"}),
            vec!["-04:00", "-05:00", "fold"],
        ),
        (
            json!({"timezone": "America/New_York", "date": "2021-03-14", "time": "02:30"}),
            vec!["-05:00", "-04:00", "utc_offset"],
        ),
        (
            json!({"timezone": "Mars/Phobos"}),
            vec!["Europe/Berlin", "utc_offset"],
        ),
        (
            json!({"house_system": "X"}),
            vec!["placidus", "regiomontanus"],
        ),
    ];

    for (changes, words) in remedies {
        let answer = app.post_chart(&birth_with(&changes)).await.json();
        let message = answer["message"]
            .as_str()
            .expect("a message is text")
            .to_owned();
        for word in words {
            assert!(message.contains(word), "{word}: {message}");
        }
    }
}

#[tokio::test]
async fn the_polar_circles_have_whole_sign_houses() {
    let app = TestApp::start(&[]).await;

    let answer = app
        .post_chart(&birth_with(
            &json!({"latitude": 78.2, "house_system": "whole_sign"}),
        ))
        .await;

    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn every_fault_of_a_birth_is_in_one_answer() {
    let app = TestApp::start(&[]).await;

    let answer = app
        .post_chart(&json!({"date": "tomorrow", "latitude": "52", "colour": 1}))
        .await;

    assert_eq!(answer.error(), (422, "invalid_date".to_owned()));
    let details = answer.json()["details"].clone();
    let paths: Vec<_> = array(&details)
        .iter()
        .map(|detail| detail["path"].as_str())
        .collect();
    let expected = [
        "date",
        "time",
        "timezone",
        "latitude",
        "longitude",
        "colour",
    ];
    assert_eq!(paths, expected.map(Some));
}

#[tokio::test]
async fn a_path_or_method_that_is_not_there_is_told_in_the_same_shape() {
    let app = TestApp::start(&[]).await;

    let nowhere = app.get("/api/natal/charts").await;
    assert_eq!(nowhere.error(), (404, "not_found".to_owned()));

    let got = app.get(CHART).await;
    assert_eq!(got.error(), (405, "method_not_allowed".to_owned()));
    assert_eq!(got.header("allow"), Some("POST"));

    let deleted = Answer::to(app.request(Method::DELETE, "/readyz")).await;
    assert_eq!(deleted.error(), (405, "method_not_allowed".to_owned()));
}

#[tokio::test]
async fn every_answer_has_a_request_id_and_a_plain_one_is_kept() {
    let app = TestApp::start(&[]).await;
    let with_id = |id: &str| {
        app.request(Method::GET, "/healthz")
            .header("x-request-id", id)
    };
    let id_of = |answer: Answer| answer.header("x-request-id").unwrap_or_default().to_owned();

    let own = id_of(app.get("/nowhere").await);
    assert_eq!(own.len(), 36, "{own}");

    let given = "0af7651916cd43dd8448eb211c80319c";
    assert_eq!(id_of(Answer::to(with_id(given)).await), given);

    for chosen in ["Ada Lovelace 1990-05-17", &"a".repeat(4096), "1990-05-17"] {
        assert_eq!(id_of(Answer::to(with_id(chosen)).await).len(), 36);
    }
}

#[tokio::test]
async fn a_ready_service_says_what_it_stands_on() {
    let redis = RedisServer::start().await;
    let app = TestApp::with_redis(&redis).await;

    assert_eq!(app.get("/healthz").await.json(), json!({"status": "ok"}));
    let ready = app.get("/readyz").await;
    assert_eq!(ready.status(), 200);
    assert_eq!(
        ready.json(),
        json!({
            "ready": true,
            "database": {"ready": true, "ephemeris": "DE421"},
            "cache": {"enabled": true, "connected": true}
        })
    );
}

#[tokio::test]
async fn a_service_without_redis_is_ready_and_says_so() {
    let redis = RedisServer::start().await;
    let app = TestApp::with_redis(&redis).await;
    redis.kill();

    assert_eq!(app.post_chart(&birth()).await.cache(), Some("BYPASS"));
    let ready = app.get("/readyz").await;

    assert_eq!(ready.status(), 200);
    assert_eq!(
        ready.json()["cache"],
        json!({"enabled": true, "connected": false})
    );
}

#[tokio::test]
async fn a_service_without_its_database_lives_but_is_not_ready() {
    let url = format!("postgres://nobody@127.0.0.1:{}/charts", ports::free());
    let app = TestApp::start(&[("DATABASE_URL", &url)]).await;

    assert_eq!(app.get("/healthz").await.status(), 200);
    let ready = app.get("/readyz").await;
    assert_eq!(
        (ready.status(), &ready.json()["ready"]),
        (503, &json!(false))
    );
    // Not what PostgreSQL or the system says: that is for the log.
    assert_eq!(
        ready.json()["database"],
        json!({"ready": false, "error": "the ephemeris database does not answer"})
    );
    assert_eq!(
        app.post_chart(&birth()).await.error(),
        (503, "database_unavailable".to_owned())
    );
}

#[tokio::test]
async fn a_database_that_comes_late_is_filled_and_used() {
    let postgres = PostgresServer::start().await;
    let url = postgres.create_database().await;
    postgres.kill();
    let app = TestApp::start(&[("DATABASE_URL", &url)]).await;
    assert_eq!(app.get("/readyz").await.status(), 503);

    postgres.restart().await;
    app.ready().await;

    assert_eq!(app.post_chart(&birth()).await.status(), 200);
}

#[tokio::test]
async fn a_cached_chart_is_served_while_the_database_is_away() {
    let postgres = PostgresServer::start().await;
    let app = TestApp::start(&[("DATABASE_URL", &postgres.url())]).await;
    app.ready().await;
    let fresh = app.post_chart(&birth()).await;

    postgres.kill();

    let cached = app.post_chart(&birth()).await;
    assert_eq!((cached.cache(), cached.body()), (Some("HIT"), fresh.body()));
    let other = app
        .post_chart(&birth_with(&json!({"date": "1990-05-18"})))
        .await;
    assert_eq!(other.error(), (503, "database_unavailable".to_owned()));
}

#[tokio::test]
async fn metrics_count_requests_and_what_the_cache_did() {
    let app = TestApp::start(&[]).await;
    app.post_chart(&birth()).await;
    app.post_chart(&birth()).await;

    let metrics = app.metrics().await;

    assert_eq!(metrics.status(), 200);
    for sample in [
        r#"http_requests_total{method="POST",route="/api/natal/chart",status="200"}"#,
        r#"http_request_duration_seconds_count{method="POST",route="/api/natal/chart",status="200""#,
        r#"cached_calls_total{function="natal::calculate_chart",outcome="miss",detail="stored"}"#,
        r#"cached_calls_total{function="natal::calculate_chart",outcome="hit",detail=""}"#,
    ] {
        let lines = metrics.body().lines();
        let counted = |line: &str| line.starts_with(sample) && !line.ends_with(" 0");
        assert!(
            lines.into_iter().any(counted),
            "{sample} in {}",
            metrics.body()
        );
    }
}

#[tokio::test]
async fn the_contract_names_every_path_and_every_code() {
    let app = TestApp::start(&[]).await;

    let contract = app.get("/openapi.json").await.json();

    let paths = ["/api/natal/chart", "/healthz", "/readyz"];
    assert_eq!(fields(&contract["paths"]), paths);
    let codes = &contract["components"]["schemas"]["Code"]["enum"];
    let codes: Vec<_> = array(codes).iter().filter_map(Value::as_str).collect();
    let responses = contract["paths"]["/api/natal/chart"]["post"]["responses"].to_string();
    for code in codes {
        let elsewhere = ["not_found", "method_not_allowed"].contains(&code);
        assert_eq!(
            responses.contains(&format!("`{code}`")),
            !elsewhere,
            "{code}"
        );
    }
    for (form, zone) in [("BirthInZone", "timezone"), ("BirthAtOffset", "utc_offset")] {
        let schema = &contract["components"]["schemas"][form];
        let required = json!(["date", "time", zone, "latitude", "longitude"]);
        assert_eq!(schema["required"], required);
        assert_eq!(schema["additionalProperties"], false);
    }
}

#[tokio::test]
async fn every_example_of_the_contract_is_a_good_request() {
    let app = TestApp::start(&[]).await;
    let contract = app.get("/openapi.json").await.json();
    let body = &contract["paths"]["/api/natal/chart"]["post"]["requestBody"];
    let examples = body["content"]["application/json"]["examples"].as_object();

    let examples = examples.expect("the contract has examples");

    assert_eq!(examples.len(), 3);
    for (name, example) in examples {
        assert_eq!(
            app.post_chart(&example["value"]).await.status(),
            200,
            "{name}"
        );
    }
}

#[tokio::test]
async fn the_service_takes_a_free_port_when_it_is_given_none() {
    let app = TestApp::start(&[("BIND_ADDR", "127.0.0.1:0")]).await;

    let address: SocketAddr = app.address();

    assert_ne!(address.port(), 0);
}

fn array(value: &Value) -> &Vec<Value> {
    value.as_array().expect("the value is an array")
}

/// Returns the names of an object's fields, sorted.
fn fields(value: &Value) -> Vec<&str> {
    let object = value.as_object().expect("the value is an object");
    let mut names: Vec<_> = object.keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}
