//! The listener for operators: the switch under load, what it tells, and whom it refuses.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use cached_tests::app::{Answer, CHART, Program, SECRET, TestApp, birth, birth_with};
use cached_tests::cache::eventually;
use cached_tests::redis::RedisServer;
use reqwest::{Client, Method};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

const FUNCTION: &str = "natal::calculate_chart";
const FUNCTION_SWITCH: &str = "/cache/functions/natal::calculate_chart/enabled";

async fn switch(program: &Program, path: &str, enabled: bool) -> Answer {
    let request = program.admin_request(Method::PUT, path);
    Answer::to(request.json(&json!({"enabled": enabled}))).await
}

async fn cache(program: &Program) -> Value {
    let answer = Answer::to(program.admin_request(Method::GET, "/cache")).await;
    assert_eq!(answer.status(), 200);
    answer.json()
}

/// Sends the head of a request to the listener for operators as it stands, and returns the answer.
async fn raw(program: &Program, head: &str) -> String {
    let address = program.admin_address().expect("operators are listened to");
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    let request = format!("{head}connection: close\r\n\r\n");
    let sent = stream.write_all(request.as_bytes()).await;
    sent.expect("it reads");
    let mut answer = String::new();
    let read = stream.read_to_string(&mut answer).await;
    read.expect("it answers in text");
    answer
}

/// How often Redis has been asked for what a call asks for.
async fn commands(redis: &RedisServer) -> u64 {
    let mut info = redis::cmd("INFO");
    info.arg("commandstats");
    let info: String = redis.query(info).await;
    let calls = |line: &str| {
        let (_, rest) = line.split_once("calls=")?;
        rest.split(',').next()?.parse::<u64>().ok()
    };
    let of_calls = ["cmdstat_getrange:", "cmdstat_set:", "cmdstat_unlink:"];
    info.lines()
        .filter(|line| of_calls.iter().any(|start| line.starts_with(start)))
        .filter_map(calls)
        .sum()
}

/// Callers that ask for one chart again and again, and tell what they are answered.
struct Load {
    /// The part of the test in which a request begins.
    part: Arc<AtomicUsize>,
    /// How many requests that began in each part have been answered by HIT, by BYPASS and otherwise.
    answers: Arc<[[AtomicUsize; 3]; 3]>,
    callers: JoinSet<()>,
}

impl Load {
    const CALLERS: usize = 4;

    fn begin(program: &Program) -> Self {
        let mut load = Self {
            part: Arc::default(),
            answers: Arc::default(),
            callers: JoinSet::new(),
        };
        let client = Client::new();
        let url = format!("http://{}{CHART}", program.address());
        for _ in 0..Self::CALLERS {
            let (part, answers) = (Arc::clone(&load.part), Arc::clone(&load.answers));
            let request = client.post(&url).json(&birth());
            load.callers.spawn(async move {
                loop {
                    let part = part.load(Ordering::SeqCst);
                    let request = request.try_clone().expect("the body is in memory");
                    let answer = Answer::to(request).await;
                    let column = match (answer.status(), answer.cache()) {
                        (200, Some("HIT")) => 0,
                        (200, Some("BYPASS")) => 1,
                        _ => 2,
                    };
                    answers[part][column].fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        load
    }

    fn answered(&self, part: usize) -> [usize; 3] {
        self.answers[part]
            .each_ref()
            .map(|count| count.load(Ordering::SeqCst))
    }

    async fn answers_many(&self, part: usize) {
        let now: usize = self.answered(part).iter().sum();
        eventually(|| self.answered(part).iter().sum::<usize>() >= now + 100).await;
    }

    /// Begins the next part, and waits until no request of the last one is left.
    async fn next_part(&self, part: usize) {
        self.part.store(part, Ordering::SeqCst);
        self.answers_many(part).await;
    }
}

#[tokio::test]
async fn the_switch_under_load_turns_every_call_into_a_bypass_and_back_into_a_hit() {
    let redis = RedisServer::start().await;
    let settings = [("REDIS_URL", &*redis.url()), ("CACHE_KEY_SECRET", SECRET)];
    let mut program = Program::start(&settings).await;
    program.leave_log_unread();
    program.ready().await;
    let first = Answer::to(program.request(Method::POST, CHART).json(&birth())).await;
    assert_eq!(first.cache(), Some("MISS"));
    let load = Load::begin(&program);
    load.answers_many(0).await;

    let off = switch(&program, "/cache/enabled", false).await;
    load.next_part(1).await;
    let before = commands(&redis).await;
    load.answers_many(1).await;
    let after = commands(&redis).await;
    let on = switch(&program, "/cache/enabled", true).await;
    load.next_part(2).await;

    assert_eq!((off.status(), off.json()), (200, json!({"enabled": false})));
    assert_eq!((on.status(), on.json()), (200, json!({"enabled": true})));
    assert_eq!(after, before, "commands of calls that bypass the cache");
    let [hits, _, failed] = load.answered(0);
    assert!(hits > 0 && failed == 0, "{:?}", load.answered(0));
    let [hits, bypasses, failed] = load.answered(1);
    // Requests that began before the cache was switched on again may be answered by it.
    assert!(bypasses >= 200 && failed == 0, "{:?}", load.answered(1));
    assert!(hits <= Load::CALLERS, "{:?}", load.answered(1));
    let [hits, bypasses, failed] = load.answered(2);
    assert!(
        hits >= 100 && bypasses == 0 && failed == 0,
        "{:?}",
        load.answered(2)
    );
}

#[tokio::test]
async fn one_function_is_switched_and_the_log_tells_by_whom() {
    let mut program = Program::start(&[]).await;
    program.ready().await;
    let post = async |program: &Program| {
        Answer::to(program.request(Method::POST, CHART).json(&birth())).await
    };
    post(&program).await;

    let answer = switch(&program, FUNCTION_SWITCH, false).await;

    assert_eq!(answer.status(), 200, "{}", answer.body());
    let logged = program
        .logged("the cache was switched for a function")
        .await;
    assert_eq!(logged["function"], FUNCTION);
    assert_eq!(logged["enabled"], false);
    let peer = logged["peer"].as_str().expect("the peer is logged");
    assert!(peer.starts_with("127.0.0.1:"), "{peer}");
    let bypass = post(&program).await;
    assert_eq!(bypass.cache(), Some("BYPASS"));
    let status = bypass.header("cache-status").expect("the status is told");
    assert!(status.ends_with("detail=switched-off"), "{status}");
    assert_eq!(cache(&program).await["functions"][0]["enabled"], false);

    switch(&program, FUNCTION_SWITCH, true).await;
    assert_eq!(post(&program).await.cache(), Some("HIT"));
}

#[tokio::test]
async fn the_cache_is_shown_with_every_function_its_policy_and_its_counters() {
    let redis = RedisServer::start().await;
    let settings = [("REDIS_URL", &*redis.url()), ("CACHE_KEY_SECRET", SECRET)];
    let program = Program::start(&settings).await;
    program.ready().await;
    for date in ["1990-05-17", "1990-05-17", "1990-05-18"] {
        let birth = birth_with(&json!({"date": date}));
        Answer::to(program.request(Method::POST, CHART).json(&birth)).await;
    }

    let cache = cache(&program).await;

    assert_eq!(cache["enabled"], true);
    assert_eq!(cache["connected"], true);
    assert_eq!(
        cache["breaker"],
        json!({"read": "closed", "write": "closed"})
    );
    let [function] = &cache["functions"].as_array().expect("a list")[..] else {
        panic!("one function: {cache}");
    };
    assert_eq!(function["name"], FUNCTION);
    assert_eq!(function["ttl_ms"], 86_400_000);
    assert_eq!(function["enabled"], true);
    assert!(
        function["options"]
            .as_str()
            .is_some_and(|options| options.contains("ttl = \"24h\""))
    );
    let counters = json!({
        "hits": 1, "stale": 0, "misses": 2, "bypasses": 0, "followers": 0, "write_failures": 0, "unreadable": 0
    });
    assert_eq!(function["counters"], counters);
}

#[tokio::test]
async fn what_a_page_in_a_browser_may_have_sent_is_refused() {
    let program = Program::start(&[]).await;
    let switch = || program.admin_request(Method::PUT, "/cache/enabled");
    let off = json!({"enabled": false});
    let form = switch()
        .header("content-type", "text/plain")
        .body(off.to_string());
    let of_a_page = switch().header("origin", "https://example.org").json(&off);
    let rebound = switch().header("host", "example.org:9464").json(&off);
    let read = program.admin_request(Method::GET, "/metrics");
    let read = read.header("host", "example.org");
    let absolute = "GET http://example.org/cache HTTP/1.1\r\nhost: localhost\r\n";
    let double = "GET /cache HTTP/1.1\r\nhost: localhost\r\nhost: example.org\r\n";

    for head in [absolute, double] {
        let answer = raw(&program, head).await;
        assert!(answer.starts_with("HTTP/1.1 421 "), "{head}{answer}");
    }
    for (request, status) in [(form, 415), (of_a_page, 403), (rebound, 421), (read, 421)] {
        let answer = Answer::to(request).await;
        assert_eq!(answer.error().0, status);
    }

    assert_eq!(cache(&program).await["enabled"], true);
    let named = switch().header("host", "localhost:9464").json(&off);
    assert_eq!(Answer::to(named).await.status(), 200);
}

#[tokio::test]
async fn a_change_that_cannot_be_made_says_why() {
    let program = Program::start(&[]).await;
    let put = |path: &str, body: &str| {
        let request = program.admin_request(Method::PUT, path);
        let request = request.header("content-type", "application/json");
        Answer::to(request.body(body.to_owned()))
    };
    let off = r#"{"enabled": false}"#;
    let large = format!("{off}{}", " ".repeat(70_000));
    for (path, body, status, code) in [
        ("/cache/enabled", "off", 400, "invalid_json"),
        ("/cache/enabled", "{}", 422, "invalid_request"),
        (
            "/cache/enabled",
            r#"{"enabled": "no"}"#,
            422,
            "invalid_request",
        ),
        (
            "/cache/enabled",
            r#"{"enabled": false, "for": 60}"#,
            422,
            "invalid_request",
        ),
        ("/cache/enabled", &large, 413, "payload_too_large"),
        ("/cache/functions/natal/enabled", off, 404, "not_found"),
        ("/cache/functions/%FF/enabled", off, 404, "not_found"),
        ("/cache/everything", off, 404, "not_found"),
        ("/cache", off, 405, "method_not_allowed"),
    ] {
        let answer = put(path, body).await;
        assert_eq!(answer.error(), (status, code.to_owned()), "{path} {body}");
    }

    assert_eq!(cache(&program).await["enabled"], true);
}

#[tokio::test]
async fn a_cache_that_is_off_from_the_start_stays_off() {
    let program = Program::start(&[("ENABLE_CACHE", "false")]).await;

    let off = switch(&program, "/cache/enabled", false).await;
    let on = switch(&program, "/cache/enabled", true).await;
    let one = switch(&program, FUNCTION_SWITCH, true).await;

    assert_eq!(off.status(), 200);
    for refused in [on, one] {
        assert_eq!(refused.error(), (409, "conflict".to_owned()));
        assert!(
            refused.body().contains("ENABLE_CACHE"),
            "{}",
            refused.body()
        );
    }
    let cache = cache(&program).await;
    assert_eq!(cache["enabled"], false);
    assert_eq!(cache["functions"][0]["enabled"], false);
    assert_eq!(cache["breaker"], Value::Null);
}

#[tokio::test]
async fn the_public_listener_has_nothing_for_operators() {
    let app = TestApp::start(&[("ADMIN_ADDR", "off")]).await;

    for path in ["/metrics", "/cache", "/cache/enabled"] {
        assert_eq!(app.get(path).await.status(), 404, "{path}");
    }
}

#[tokio::test]
async fn an_address_that_others_can_reach_is_warned_of_and_may_have_a_name() {
    let settings = [("ADMIN_ADDR", "0.0.0.0:0"), ("ADMIN_HOSTS", "app, Metrics")];
    let mut program = Program::start(&settings).await;

    let warning = "whoever reaches this address can read the metrics and switch the cache";
    assert_eq!(program.logged(warning).await["level"], "WARN");
    for (host, status) in [
        ("app:9464", 200),
        ("metrics", 200),
        ("192.0.2.1:9464", 200),
        ("[2001:db8::1]:9464", 200),
        ("example.org:9464", 421),
        ("app.example.org", 421),
    ] {
        let scrape = program.admin_request(Method::GET, "/metrics");
        let answer = Answer::to(scrape.header("host", host)).await;
        assert_eq!(answer.status(), status, "{host}");
    }
}

#[tokio::test]
async fn a_switch_that_changes_nothing_is_not_in_the_log() {
    let mut program = Program::start(&[]).await;

    for path in ["/cache/enabled", FUNCTION_SWITCH] {
        for enabled in [true, false, false, true] {
            let answer = switch(&program, path, enabled).await;
            assert_eq!(answer.status(), 200, "{}", answer.body());
        }
    }

    let everything = "the cache was switched";
    let one = "the cache was switched for a function";
    for (message, enabled) in [
        (everything, false),
        (everything, true),
        (one, false),
        (one, true),
    ] {
        assert_eq!(
            program.logged(message).await["enabled"],
            enabled,
            "{message}"
        );
    }
    program.signal(rustix::process::Signal::TERM);
    let ended = program.ended().await;
    assert_eq!(ended.output.matches("was switched").count(), 4);
}
