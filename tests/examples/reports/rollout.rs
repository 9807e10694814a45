//! The service comes into use beside another that answers the same contract: `reports/integration_report.md`.
//!
//! A real nginx with the configuration of `ops/nginx` shares requests between two programs, under a load that never stops. The
//! other service is this program without its cache and without the cache's headers: what counts here is only that it answers the
//! same contract, and that its answers can be told apart.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cached_tests::app::{Answer, CHART, Program};
use cached_tests::nginx::Nginx;
use cached_tests::ports;
use cached_tests::redis::RedisServer;
use cached_tests::reports::{Figures, root};
use reqwest::Method;
use rustix::process::Signal;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::figures;
use crate::load::{self, Heard, count};
use crate::servers::{Database, service};

/// How long each step is under load.
const TIME: Duration = Duration::from_secs(3);

/// How long a step is under load before and after what happens in it.
const HALF: Duration = Duration::from_millis(1_500);

const CONNECTIONS: usize = 16;

/// How many births the users ask for, again and again.
const BIRTHS: u64 = 2_000;

/// How many births both services are asked for, to compare.
const COMPARED: u64 = 200;

/// What a step of the roll-out does.
#[derive(Clone, Copy, PartialEq)]
enum Step {
    /// The new service answers so many percent of the requests.
    Share(u8),
    /// The new service is killed and started again, and the share stays.
    Kill,
    /// The cache of the new service is switched off, and on again.
    Switch,
}

const STEPS: [(&str, Step, bool); 8] = [
    ("1. shadow: 0 % of the users", Step::Share(0), true),
    ("2. 1 %", Step::Share(1), true),
    ("3. 10 %", Step::Share(10), true),
    ("4. 50 %", Step::Share(50), false),
    ("5. 100 %", Step::Share(100), false),
    (
        "at 100 %: the cache switched off and on",
        Step::Switch,
        false,
    ),
    (
        "at 100 %: the new service killed and started again",
        Step::Kill,
        false,
    ),
    ("rollback: 0 %", Step::Share(0), false),
];

pub(crate) async fn measure() -> Figures {
    let database = Database::start().await;
    let redis = RedisServer::start().await;
    let other = [("ENABLE_CACHE", "false"), ("CACHE_STATUS_HEADER", "false")];
    let present = service(database.url(), &other).await;
    let port = ports::free().to_string();
    let bind = format!("127.0.0.1:{port}");
    let ours = [("REDIS_URL", &*redis.url()), ("BIND_ADDR", &bind)];
    let mut coming = service(database.url(), &ours).await;

    let (differences, compared) = compare(&present, &coming).await;
    let front = ports::free();
    let ports = [
        ("127.0.0.1:8080", front.to_string()),
        ("127.0.0.1:8000", present.address().port().to_string()),
        ("127.0.0.1:3000", port),
    ];
    let nginx = Nginx::start(front, &configuration(&ports)).await;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, front));

    let mut rows = Vec::new();
    let mut all = Heard::default();
    let mut warm = 0.0;
    let before = calls(&coming).await;
    for (name, step, is_shadowed) in STEPS {
        let heard = under_load(address, async {
            match step {
                Step::Share(percent) => {
                    nginx.write("share.conf", &share(percent));
                    let shadow = if is_shadowed { "mirror /shadow;\n" } else { "" };
                    nginx.write("shadow.conf", shadow);
                    nginx.reload();
                    sleep(TIME).await;
                }
                Step::Switch => {
                    switch(&coming, false).await;
                    sleep(HALF).await;
                    switch(&coming, true).await;
                    sleep(HALF).await;
                }
                Step::Kill => {
                    coming.signal(Signal::KILL);
                    sleep(HALF).await;
                    coming = service(database.url(), &ours).await;
                    sleep(HALF).await;
                }
            }
        })
        .await;
        if is_shadowed && step == Step::Share(0) {
            let after = calls(&coming).await;
            let [hits, misses] = [0, 1].map(|outcome| after[outcome] - before[outcome]);
            warm = hits / (hits + misses);
        }
        rows.push(tell(name, &heard));
        for (answer, count) in &heard.answers {
            *all.answers.entry(answer.clone()).or_default() += count;
        }
        all.asked_again += heard.asked_again;
    }

    let requests: u64 = all.answers.values().sum();
    figures(json!({
        "rows": rows,
        "requests": requests,
        "failed": requests - answered(&all),
        "asked_again": all.asked_again,
        "compared": compared,
        "differences": differences,
        "warm": format!("{:.0} %", warm * 100.0),
        "births": BIRTHS,
        "connections": CONNECTIONS,
        "nginx": nginx.version(),
        "alerts": alerts(),
    }))
}

/// Returns the files of `ops/nginx` with real ports in the places of the usual ones; share and shadow are those of the beginning.
fn configuration<'a>(ports: &[(&str, String)]) -> Vec<(&'a str, &'a str)> {
    let path = root().join("ops/nginx/charts.conf");
    let mut text = fs::read_to_string(path).expect("the configuration is there");
    for (usual, port) in ports {
        assert!(text.contains(usual), "{usual} is in ops/nginx/charts.conf");
        text = text.replace(usual, &format!("127.0.0.1:{port}"));
    }
    vec![
        ("http.conf", text.leak()),
        ("share.conf", share(0).leak()),
        ("shadow.conf", ""),
    ]
}

/// Returns `ops/nginx/share.conf` for another percentage.
fn share(percent: u8) -> String {
    let rules = match percent {
        0 => "* present;".to_owned(),
        100 => "* coming;".to_owned(),
        _ => format!("{percent}% coming; * present;"),
    };
    format!("split_clients $request_id $charts {{ {rules} }}\n")
}

/// Asks for charts while `step` is taken, and until it is over.
async fn under_load(address: SocketAddr, step: impl Future<Output = ()>) -> Heard {
    let is_over = Arc::new(AtomicU64::new(0));
    let ended = Arc::clone(&is_over);
    let next = AtomicU64::new(fastrand::u64(..BIRTHS));
    let ask: load::Ask = Arc::new(move || {
        let birth = next.fetch_add(1, Ordering::Relaxed) % BIRTHS;
        (is_over.load(Ordering::Relaxed) == 0).then(|| load::chart(3_000 + birth))
    });
    let (heard, ()) = tokio::join!(load::run(address, CONNECTIONS, &ask), async {
        step.await;
        ended.store(1, Ordering::Relaxed);
    });
    heard
}

/// Asks both for the same charts and returns in how many the answers differ, and how many there were.
async fn compare(present: &Program, coming: &Program) -> (u64, u64) {
    let mut differences = 0;
    for number in 0..COMPARED {
        let birth = load::birth(9_000 + number);
        let ask = |program: &Program| Answer::to(program.request(Method::POST, CHART).json(&birth));
        let (present, first, second) = (ask(present).await, ask(coming).await, ask(coming).await);
        let is_same = |answer: &Answer| {
            (answer.status(), answer.body()) == (present.status(), present.body())
        };
        differences += u64::from(!is_same(&first) || !is_same(&second));
    }
    (differences, COMPARED)
}

async fn switch(program: &Program, is_enabled: bool) {
    let request = program.admin_request(Method::PUT, "/cache/enabled");
    let answer = Answer::to(request.json(&json!({"enabled": is_enabled}))).await;
    assert!(answer.status() < 300, "{}", answer.body());
}

/// Returns how many hits and how many misses the service has counted.
async fn calls(program: &Program) -> [f64; 2] {
    let metrics = Answer::to(program.admin_request(Method::GET, "/metrics")).await;
    let of = |outcome| -> f64 {
        let lines = metrics.body().lines();
        let lines = lines.filter(|line| {
            line.starts_with("cached_calls_total{")
                && line.contains(&format!("outcome=\"{outcome}\""))
        });
        lines
            .filter_map(|line| line.rsplit_once(' ')?.1.parse::<f64>().ok())
            .sum()
    };
    ["hit", "miss"].map(of)
}

fn answered(heard: &Heard) -> u64 {
    ["200", "200 HIT", "200 MISS", "200 BYPASS"]
        .map(|answer| heard.of(answer))
        .iter()
        .sum()
}

/// Returns a row of the table.
fn tell(name: &str, heard: &Heard) -> Value {
    let requests = heard.times.len();
    let of_present = usize::try_from(heard.of("200")).expect("few requests are made");
    let failed = requests - usize::try_from(answered(heard)).expect("few requests are made");
    let of_coming = requests - of_present - failed;
    json!({
        "name": name,
        "requests": requests,
        "share": format!("{:.1} %", 100.0 * count(of_coming) / count(requests)),
        "hits": heard.of("200 HIT"),
        "misses": heard.of("200 MISS"),
        "bypasses": heard.of("200 BYPASS"),
        "failed": failed,
        "p95": format!("{:.1}", heard.percentile(95)),
    })
}

/// Returns the names of the alerts of `ops/prometheus`, each with its heading in the runbook.
fn alerts() -> Vec<String> {
    let rules = fs::read_to_string(Path::new(&root()).join("ops/prometheus/rules/alerts.yml"));
    let rules = rules.expect("the rules are there");
    let names = rules
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- alert: "));
    names.map(str::to_owned).collect()
}
