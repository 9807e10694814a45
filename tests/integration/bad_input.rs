//! Whatever a client sends is answered clearly, and neither harms the service nor is kept.

use cached_tests::app::{Answer, CHART, TestApp, birth, birth_with};
use cached_tests::redis::RedisServer;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[tokio::test]
async fn what_is_not_json_is_refused() {
    let half = birth().to_string()[..60].to_owned();
    refuses([
        ("nothing", "", "invalid_json"),
        ("a word", "chart", "invalid_json"),
        ("a form", "date=1990-05-17&time=14%3A30", "invalid_json"),
        ("half a body", &half, "invalid_json"),
        ("two bodies", "{} {}", "invalid_json"),
        ("a trailing comma", "{\"fold\": 0,}", "invalid_json"),
        ("not a number", "{\"latitude\": NaN}", "invalid_json"),
        ("open brackets", &"[".repeat(60_000), "invalid_json"),
        ("open objects", &"{\"a\":".repeat(10_000), "invalid_json"),
    ])
    .await;
}

#[tokio::test]
async fn what_is_not_utf8_is_refused() {
    refuses([
        ("a lone byte", &b"{\"name\": \"\x80\"}"[..], "invalid_json"),
        (
            "an overlong NUL",
            b"{\"name\": \"\xc0\x80\"}",
            "invalid_json",
        ),
        (
            "a surrogate",
            b"{\"name\": \"\xed\xa0\x80\"}",
            "invalid_json",
        ),
        ("UTF-16", b"\xff\xfe{\0}\0", "invalid_json"),
    ])
    .await;
}

#[tokio::test]
async fn what_is_too_large_is_refused() {
    let long_name = with("name", &format!("\"{}\"", "a".repeat(2 << 20)));
    refuses([
        ("2 MB of text", &*long_name, "payload_too_large"),
        ("2 MB of spaces", &" ".repeat(2 << 20), "payload_too_large"),
        (
            "100,000 brackets",
            &"[".repeat(100_000),
            "payload_too_large",
        ),
        (
            "one byte too many",
            &" ".repeat((64 << 10) + 1),
            "payload_too_large",
        ),
        ("as much as is read", &" ".repeat(64 << 10), "invalid_json"),
    ])
    .await;
}

#[tokio::test]
async fn json_of_the_wrong_shape_is_refused() {
    let nested = format!("{}1{}", "[".repeat(30_000), "]".repeat(30_000));
    refuses([
        ("an array", "[]", "invalid_request"),
        ("null", "null", "invalid_request"),
        ("an empty object", "{}", "invalid_request"),
        ("nested arrays", &nested, "invalid_request"),
        ("a nested field", &with("date", &nested), "invalid_date"),
        (
            "an unknown nested field",
            &with("moon", &nested),
            "invalid_request",
        ),
        (
            "a field twice",
            &with("name", "\"a\", \"name\": \"b\""),
            "invalid_request",
        ),
        ("a typo", &with("lattitude", "52.5"), "invalid_request"),
    ])
    .await;
}

#[tokio::test]
async fn fields_of_the_wrong_kind_are_refused() {
    let long_name = format!("\"{}\"", "a".repeat(201));
    let fields = [
        ("latitude", "1e999", "invalid_coordinates"),
        ("latitude", "-1e999", "invalid_coordinates"),
        ("latitude", "\"52.5\"", "invalid_coordinates"),
        ("longitude", "[13.4]", "invalid_coordinates"),
        ("longitude", "true", "invalid_coordinates"),
        ("date", "19900517", "invalid_date"),
        ("date", "\"1990-05-17T14:30\"", "invalid_date"),
        ("date", "\"１９９０-05-17\"", "invalid_date"),
        ("date", "\"1990-05-17'; DROP TABLE\"", "invalid_date"),
        ("time", "\"23:59:60\"", "invalid_time"),
        ("time", "1430", "invalid_time"),
        ("timezone", "\"Europe/Berlin\\u0000\"", "unknown_timezone"),
        ("timezone", "\"../../../etc/passwd\"", "unknown_timezone"),
        ("timezone", "\"/etc/localtime\"", "unknown_timezone"),
        ("timezone", "{}", "unknown_timezone"),
        ("utc_offset", "\"+02:00\"", "invalid_request"),
        ("fold", "2", "invalid_request"),
        ("fold", "-1", "invalid_request"),
        ("fold", "true", "invalid_request"),
        ("fold", "1e300", "invalid_request"),
        ("name", &long_name, "invalid_request"),
        ("name", "\"\\ud800\"", "invalid_request"),
        ("house_system", "1", "invalid_house_system"),
        ("house_system", "\"PLACIDUS\"", "invalid_house_system"),
    ];
    let bodies = fields.map(|(name, value, code)| (name, with(name, value), code));
    refuses(bodies).await;
}

#[tokio::test]
async fn an_error_never_repeats_what_was_sent() {
    let app = TestApp::start(&[]).await;
    let personal = json!({
        "name": 19_900_517, "date": "personal-date", "time": "personal-time",
        "timezone": "personal-zone", "latitude": "personal-place", "longitude": 1234.5,
        "house_system": "personal-houses", "fold": 77
    });

    let answer = app.post_chart(&personal).await;

    assert_eq!(answer.error(), (422, "invalid_request".to_owned()));
    for value in ["19900517", "personal", "1234.5", "77"] {
        assert!(!answer.body().contains(value), "{value}: {}", answer.body());
    }
}

#[tokio::test]
async fn a_body_must_be_declared_as_json() {
    let app = TestApp::start(&[]).await;
    let send = |content_type: Option<&str>, encoding: Option<&str>| {
        let request = app.request(Method::POST, CHART).body(birth().to_string());
        let headers = [
            ("content-type", content_type),
            ("content-encoding", encoding),
        ];
        let headers = headers
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)));
        Answer::to(headers.fold(request, |request, (name, value)| {
            request.header(name, value)
        }))
    };

    for json in [
        "application/json",
        "application/json; charset=utf-8",
        "Application/JSON",
    ] {
        assert_eq!(send(Some(json), None).await.status(), 200, "{json}");
    }
    let unsupported = (415, "unsupported_media_type".to_owned());
    for other in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/jsonp",
        "",
    ] {
        assert_eq!(
            send(Some(other), None).await.error(),
            unsupported,
            "{other}"
        );
    }
    assert_eq!(send(None, None).await.error(), unsupported);
    assert_eq!(
        send(Some("application/json"), Some("gzip")).await.error(),
        unsupported
    );
}

#[tokio::test]
async fn a_body_that_breaks_off_does_no_harm() {
    let app = TestApp::start(&[]).await;

    let mut connection = TcpStream::connect(app.address())
        .await
        .expect("the service listens");
    let half = format!(
        "POST {CHART} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
         content-length: 500\r\n\r\n{{\"date\":"
    );
    connection
        .write_all(half.as_bytes())
        .await
        .expect("the service reads");
    drop(connection);

    assert_eq!(app.post_chart(&birth()).await.status(), 200);
}

#[tokio::test]
async fn what_is_not_http_is_refused() {
    let app = TestApp::start(&[]).await;

    for bytes in [
        &b"\x16\x03\x01\x02\x00"[..],
        b"GET / HTTP/9.9\r\n\r\n",
        b"\0\0\0\0\r\n\r\n",
    ] {
        let mut connection = TcpStream::connect(app.address())
            .await
            .expect("the service listens");
        connection
            .write_all(bytes)
            .await
            .expect("the service reads");
        let mut answer = String::new();
        // Whether the connection is closed or reset is all the same.
        let _ = connection.read_to_string(&mut answer).await;
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 400"),
            "{answer}"
        );
    }

    assert_eq!(app.post_chart(&birth()).await.status(), 200);
}

#[tokio::test]
async fn a_head_too_large_is_refused() {
    let app = TestApp::start(&[]).await;

    let request = app
        .request(Method::GET, "/healthz")
        .header("x-large", "a".repeat(1 << 20));
    let answer = request.send().await;

    assert!(answer.is_err() || answer.is_ok_and(|answer| answer.status() == 431));
    assert_eq!(app.get("/healthz").await.status(), 200);
}

#[tokio::test]
async fn odd_names_are_echoed_and_nothing_more() {
    let redis = RedisServer::start().await;
    let app = TestApp::with_redis(&redis).await;

    for name in [
        "",
        "Zoë 🜨",
        "<script>",
        "\0",
        "a\r\nb",
        "{\"a\":1}",
        "natal:x:y",
        "../..",
    ] {
        let answer = app.post_chart(&birth_with(&json!({"name": name}))).await;
        assert_eq!(answer.status(), 200, "{name:?}");
        assert_eq!(answer.json()["input"]["name"], Value::from(name));
    }

    assert_eq!(redis.keys().await.len(), 1);
}

/// Asserts that each body is refused with its code, that nothing is stored, and that the service
/// goes on.
async fn refuses<B: AsRef<[u8]>, const N: usize>(bodies: [(&str, B, &str); N]) {
    let redis = RedisServer::start().await;
    let app = TestApp::with_redis(&redis).await;

    for (what, body, code) in bodies {
        let answer = app.post_body(body.as_ref().to_vec()).await;
        let status = match code {
            "invalid_json" => 400,
            "payload_too_large" => 413,
            _ => 422,
        };
        assert_eq!(
            answer.error(),
            (status, code.to_owned()),
            "{what}: {}",
            answer.body()
        );
        assert_eq!(answer.cache(), None, "{what}");
    }

    assert!(redis.keys().await.is_empty());
    assert_eq!(app.post_chart(&birth()).await.status(), 200);
}

/// Returns a birth whose field `name` has `value`, a piece of JSON text.
fn with(name: &str, value: &str) -> String {
    let mut birth = birth();
    birth
        .as_object_mut()
        .expect("a birth is an object")
        .remove(name);
    let others = birth.to_string();
    format!("{}, \"{name}\": {value}}}", others.trim_end_matches('}'))
}
