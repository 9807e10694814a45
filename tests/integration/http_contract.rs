//! The contract and the page that shows it: what they say is what the service does, and they need nobody else.

use cached_tests::app::{Answer, CHART, TestApp, birth};
use cached_tests::ports;
use reqwest::Method;
use serde_json::{Value, json};

/// How far a number of an example may be from the answer, which other processors round otherwise.
const ROUNDED: f64 = 1e-6;

#[tokio::test]
async fn the_page_asks_this_service_alone() {
    let app = TestApp::start(&[]).await;
    let page = app.get("/docs").await;
    assert_eq!(
        page.header("content-type"),
        Some("text/html; charset=utf-8")
    );

    let mut files = vec![page.clone()];
    for reference in references(page.body()) {
        assert!(
            reference.starts_with('/') && !reference.starts_with("//"),
            "{reference}"
        );
        let file = app.get(reference).await;
        assert_eq!(file.status(), 200, "{reference}");
        files.push(file);
    }

    assert_eq!(
        files.len(),
        4,
        "the page, its style, its script and the contract"
    );
    for file in files {
        for elsewhere in ["http:", "https:", "url(", "@import", "import("] {
            assert!(
                !file.body().contains(elsewhere),
                "{elsewhere} in {}",
                file.body()
            );
        }
    }
}

#[tokio::test]
async fn a_browser_is_told_to_run_and_load_nothing_but_the_files_of_the_page() {
    let app = TestApp::start(&[]).await;

    for path in ["/docs", "/docs/page.css", "/docs/page.js"] {
        let file = app.get(path).await;
        let policy = file
            .header("content-security-policy")
            .expect("there is a policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"));
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"));
        assert_eq!(file.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(file.header("referrer-policy"), Some("no-referrer"));
    }
    let page = app.get("/docs").await;
    assert!(!page.body().contains("<style") && !page.body().contains(" style="));
    assert!(
        page.body()
            .contains("<script src=\"/docs/page.js\" defer></script>")
    );
    assert_eq!(page.body().matches("<script").count(), 1);
}

#[tokio::test]
async fn the_chart_of_the_contract_is_that_of_its_first_example() {
    let app = TestApp::start(&[]).await;
    let operation = operation(&app).await;
    let request = &operation["requestBody"]["content"]["application/json"]["examples"]["a time zone"]
        ["value"];

    let chart = app.post_chart(request).await;

    let example = &operation["responses"]["200"]["content"]["application/json"]["example"];
    let differences = differences("", &chart.json(), example);
    assert!(differences.is_empty(), "{differences:#?}");
}

#[tokio::test]
async fn the_refusals_of_the_contract_are_those_of_the_service() {
    let app = TestApp::start(&[]).await;
    let operation = operation(&app).await;
    let birth = |changes: Value| {
        let mut birth = birth();
        let changes = changes.as_object().expect("changes are an object").clone();
        birth
            .as_object_mut()
            .expect("a birth is an object")
            .extend(changes);
        birth.to_string()
    };

    let refusals = [
        ("{\"date\": ".to_owned(), "invalid_json"),
        (
            birth(json!({"date": "1066-10-14"})),
            "out_of_ephemeris_range",
        ),
        (birth(json!({"latitude": 78.2})), "house_system_undefined"),
        (birth(json!({"latitude": 90.01})), "invalid_coordinates"),
        (" ".repeat(64 * 1024 + 1), "payload_too_large"),
    ];
    for (body, code) in refusals {
        let refusal = app.post_body(body).await;
        assert_eq!(
            refusal.json(),
            shown(&operation, refusal.status(), code),
            "{code}"
        );
    }
    let undeclared = Answer::to(app.request(Method::POST, CHART).body("{}")).await;
    let code = "unsupported_media_type";
    assert_eq!(
        undeclared.json(),
        shown(&operation, undeclared.status(), code)
    );
}

#[tokio::test]
async fn what_cannot_be_answered_now_says_when_to_ask_again() {
    let url = format!("postgres://nobody@127.0.0.1:{}/charts", ports::free());
    let app = TestApp::start(&[("DATABASE_URL", &url)]).await;

    let unanswered = app.post_chart(&birth()).await;

    let operation = operation(&app).await;
    let shown_now = shown(&operation, 503, "database_unavailable");
    assert_eq!((unanswered.status(), unanswered.json()), (503, shown_now));
    let header = &operation["responses"]["503"]["headers"]["Retry-After"];
    assert_eq!(
        unanswered.header("retry-after"),
        Some(header["example"].to_string().as_str())
    );
    assert_eq!(unanswered.header("retry-after"), Some("5"));
}

async fn operation(app: &TestApp) -> Value {
    app.get("/openapi.json").await.json()["paths"][CHART]["post"].clone()
}

/// Returns the example of the contract for an error.
fn shown(operation: &Value, status: u16, code: &str) -> Value {
    let response = &operation["responses"][status.to_string()];
    response["content"]["application/json"]["examples"][code]["value"].clone()
}

/// Returns what the attributes `src` and `href` of a page point at.
fn references(page: &str) -> Vec<&str> {
    ["src=\"", "href=\""]
        .into_iter()
        .flat_map(|attribute| page.split(attribute).skip(1))
        .filter_map(|rest| rest.split('"').next())
        .collect()
}

/// Returns where two values differ, by more than what numbers are rounded.
fn differences(path: &str, left: &Value, right: &Value) -> Vec<String> {
    match (left, right) {
        (Value::Object(a), Value::Object(b)) if a.keys().eq(b.keys()) => a
            .iter()
            .flat_map(|(name, value)| differences(&format!("{path}/{name}"), value, &b[name]))
            .collect(),
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => a
            .iter()
            .zip(b)
            .enumerate()
            .flat_map(|(index, (a, b))| differences(&format!("{path}/{index}"), a, b))
            .collect(),
        (Value::Number(a), Value::Number(b)) => {
            let apart = a.as_f64().zip(b.as_f64()).map(|(a, b)| (a - b).abs());
            let same = apart.is_some_and(|apart| apart <= ROUNDED);
            if same {
                Vec::new()
            } else {
                vec![format!("{path}: {a} and {b}")]
            }
        }
        _ if left == right => Vec::new(),
        _ => vec![format!("{path}: {left} and {right}")],
    }
}
