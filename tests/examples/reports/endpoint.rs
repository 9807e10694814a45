//! What the endpoint answers, taken from the running service: `reports/endpoint.md`.

use std::collections::BTreeSet;
use std::fmt::Write;

use cached_tests::app::{Answer, CHART, Program};
use cached_tests::ports;
use cached_tests::redis::RedisServer;
use cached_tests::reports::Figures;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::figures;
use crate::servers::{Database, service};

/// How much of a chart is shown.
const SHOWN_CHARS: usize = 300;

/// A request as somebody would type it, and what to send.
struct Asked {
    words: String,
    request: RequestBuilder,
}

/// A request, what it shows, and the status of its answer with the word of the cache, where that is sure.
type Shown = (&'static str, Asked, u16, Option<&'static str>);

pub(crate) async fn measure() -> Figures {
    let database = Database::start().await;
    let redis = RedisServer::start().await;
    let cached = service(database.url(), &[("REDIS_URL", &redis.url())]).await;
    let off = service(database.url(), &[("ENABLE_CACHE", "false")]).await;
    let hidden = [
        ("REDIS_URL", &*redis.url()),
        ("CACHE_STATUS_HEADER", "false"),
    ];
    let hidden = service(database.url(), &hidden).await;
    let url = format!("postgres://nobody@127.0.0.1:{}/charts", ports::free());
    let mut bereft = Program::start(&[("DATABASE_URL", &url)]).await;
    bereft.leave_log_unread();

    let mut charts = exchange_all(charts(&cached, &off, &hidden)).await;
    redis.kill();
    let asked = post(&cached, &birth());
    let killed = ("Redis killed a moment ago", asked, 200, Some("BYPASS"));
    charts.extend(exchange_all(vec![killed]).await);
    let refusals = exchange_all(refusals(&off)).await;
    let states = exchange_all(states(&bereft, &cached)).await;

    let request = off.request(Method::GET, "/openapi.json");
    let contract = Answer::to(request).await.json();
    let responses = contract["paths"][CHART]["post"]["responses"].as_object();
    let paths = contract["paths"].as_object().expect("it has paths");
    let statuses: BTreeSet<&str> = responses
        .expect("it has answers")
        .keys()
        .map(String::as_str)
        .collect();
    let paths: Vec<String> = paths.keys().map(|path| format!("`{path}`")).collect();
    figures(json!({
        "charts": charts,
        "refusals": refusals,
        "states": states,
        "paths": paths.join(", "),
        "statuses": statuses.into_iter().collect::<Vec<_>>().join(", "),
        "openapi": contract["openapi"],
    }))
}

/// Returns what each answer with a chart is asked with.
fn charts(cached: &Program, off: &Program, hidden: &Program) -> Vec<Shown> {
    let other_name = with("name", &json!("Grace"));
    vec![
        (
            "A chart that nobody has asked for",
            post(cached, &birth()),
            200,
            Some("MISS"),
        ),
        ("The same again", post(cached, &birth()), 200, Some("HIT")),
        (
            "The same for somebody else: the name is echoed and not part of the key",
            post(cached, &other_name),
            200,
            Some("HIT"),
        ),
        (
            "With `ENABLE_CACHE=false`",
            post(off, &birth()),
            200,
            Some("BYPASS"),
        ),
        (
            "With `CACHE_STATUS_HEADER=false`",
            post(hidden, &birth()),
            200,
            None,
        ),
    ]
}

/// Returns what each refusal is asked with.
fn refusals(program: &Program) -> Vec<Shown> {
    let mut shown = vec![("Not JSON", send(program, "{"), 400, None)];
    let in_new_york = |date: &str, time: &str| {
        let mut birth = with("timezone", &json!("America/New_York"));
        birth["date"] = json!(date);
        birth["time"] = json!(time);
        birth
    };
    let births = [
        (
            "A day that is not in the calendar",
            with("date", &json!("1990-02-30")),
        ),
        ("A time that is none", with("time", &json!("24:00"))),
        ("Coordinates off the globe", with("latitude", &json!(90.01))),
        (
            "A time zone that nobody knows",
            with("timezone", &json!("Mars/Phobos")),
        ),
        (
            "A house system that nobody knows",
            with("house_system", &json!("campanus")),
        ),
        (
            "A field that is not in the contract",
            with("latitud", &json!(52.5)),
        ),
        (
            "A local time that happened twice",
            in_new_york("1985-10-27", "01:30"),
        ),
        (
            "A local time that never happened",
            in_new_york("2021-03-14", "02:30"),
        ),
        (
            "Before the ephemeris begins",
            with("date", &json!("1066-10-14")),
        ),
        (
            "Where Placidus has no solution",
            with("latitude", &json!(78.2)),
        ),
    ];
    shown.extend(births.map(|(what, birth)| (what, post(program, &birth), 422, None)));
    shown.extend([
        (
            "A path that is not there",
            get(program, "/api/natal"),
            404,
            None,
        ),
        (
            "A method that the path does not have",
            get(program, CHART),
            405,
            None,
        ),
        ("More than 64 KiB", large(program), 413, None),
        ("Not declared as JSON", undeclared(program), 415, None),
    ]);
    shown
}

/// Returns what shows the state of the service: one without its database, and one whose Redis is gone.
fn states(bereft: &Program, cached: &Program) -> Vec<Shown> {
    vec![
        (
            "No database, and nothing cached",
            post(bereft, &birth()),
            503,
            None,
        ),
        (
            "Alive, without its database",
            get(bereft, "/healthz"),
            200,
            None,
        ),
        (
            "Not ready, without its database",
            get(bereft, "/readyz"),
            503,
            None,
        ),
        ("Ready, without Redis", get(cached, "/readyz"), 200, None),
    ]
}

async fn exchange_all(all: Vec<Shown>) -> Vec<Value> {
    let mut exchanges = Vec::new();
    for (what, asked, status, cache) in all {
        exchanges.push(exchange(what, asked, status, cache).await);
    }
    exchanges
}

/// Sends a request and returns it with its answer, which has `status` and, where that is named, `cache`.
async fn exchange(what: &str, asked: Asked, status: u16, cache: Option<&str>) -> Value {
    let response = asked
        .request
        .send()
        .await
        .unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!(response.status().as_u16(), status, "{what}");
    let mut head = format!("HTTP/1.1 {}\n", response.status());
    let told = response
        .headers()
        .get("x-cache-status")
        .map(|value| value.to_str().expect("it is text").to_owned());
    if let Some(cache) = cache {
        assert_eq!(told.as_deref(), Some(cache), "{what}");
    }
    for (name, value) in response.headers() {
        // Another for each answer.
        if name != "date" && name != "x-request-id" {
            writeln!(head, "{name}: {}", value.to_str().expect("it is text")).expect("text grows");
        }
    }
    let body = response.text().await.expect("it is text");
    let shown: String = body.chars().take(SHOWN_CHARS).collect();
    let rest = if shown.len() < body.len() { "…" } else { "" };
    json!({
        "what": what,
        "status": status,
        "cache": told.unwrap_or_default(),
        "request": asked.words,
        "answer": format!("{head}\n{shown}{rest}"),
    })
}

/// Returns the birth of the contract's first example, which is invented.
fn birth() -> Value {
    json!({
        "name": "Ada", "date": "1990-05-17", "time": "14:30", "timezone": "Europe/Berlin",
        "latitude": 52.52, "longitude": 13.405
    })
}

fn with(field: &str, value: &Value) -> Value {
    let mut birth = birth();
    birth[field] = value.clone();
    birth
}

fn post(program: &Program, birth: &Value) -> Asked {
    send(program, &birth.to_string())
}

fn send(program: &Program, body: &str) -> Asked {
    let request = program.request(Method::POST, CHART);
    Asked {
        words: format!(
            "curl -sS -i http://127.0.0.1:3000{CHART} \\\n    -H 'Content-Type: application/json' \\\n    -d '{body}'"
        ),
        request: request
            .header("content-type", "application/json")
            .body(body.to_owned()),
    }
}

fn large(program: &Program) -> Asked {
    let request = program.request(Method::POST, CHART);
    Asked {
        words: format!(
            "head -c 65537 /dev/zero | tr '\\0' ' ' |\n    curl -sS -i http://127.0.0.1:3000{CHART} -H 'Content-Type: application/json' --data-binary @-"
        ),
        request: request
            .header("content-type", "application/json")
            .body(" ".repeat((64 << 10) + 1)),
    }
}

fn undeclared(program: &Program) -> Asked {
    Asked {
        words: format!(
            "curl -sS -i http://127.0.0.1:3000{CHART} -H 'Content-Type: text/plain' -d '{{}}'"
        ),
        request: program
            .request(Method::POST, CHART)
            .header("content-type", "text/plain")
            .body("{}"),
    }
}

fn get(program: &Program, path: &str) -> Asked {
    Asked {
        words: format!("curl -sS -i http://127.0.0.1:3000{path}"),
        request: program.request(Method::GET, path),
    }
}
