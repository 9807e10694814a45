//! The metrics: the table in `docs/metrics.md` is what the program shows.

use std::collections::{BTreeMap, BTreeSet};

use cached_tests::app::{Answer, CHART, Program, SECRET, birth, birth_with};
use cached_tests::redis::RedisServer;
use redis::Cmd;
use reqwest::Method;
use serde_json::json;

/// A metric as both sides tell of it.
#[derive(Debug, PartialEq, Eq)]
struct Metric {
    kind: String,
    labels: BTreeSet<String>,
    meaning: String,
}

/// Reads the table of the page.
fn documented() -> BTreeMap<String, Metric> {
    let rows = include_str!("../../docs/metrics.md")
        .lines()
        .filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [name, kind, labels, unit, meaning] = cells[..] else {
            panic!("a row of five cells: {row}");
        };
        let (name, plain) = (name.replace('`', ""), |text: &str| text.replace('`', ""));
        for of_unit in ["seconds", "bytes"] {
            assert_eq!(name.contains(of_unit), unit.ends_with(of_unit), "{row}");
        }
        let labels = labels.split(", ").filter(|label| !label.is_empty());
        let metric = Metric {
            kind: kind.to_owned(),
            labels: labels.map(plain).collect(),
            meaning: meaning.to_owned(),
        };
        (name, metric)
    })
    .collect()
}

/// Reads what a program shows.
fn shown(exposition: &str) -> BTreeMap<String, Metric> {
    let mut metrics = BTreeMap::new();
    let mut meanings = BTreeMap::new();
    for line in exposition.lines() {
        let words: Vec<_> = line.splitn(4, ' ').collect();
        match words[..] {
            ["#", "HELP", name, meaning] => {
                meanings.insert(name, meaning);
            }
            ["#", "TYPE", name, kind] => {
                let metric = Metric {
                    kind: kind.to_owned(),
                    labels: BTreeSet::new(),
                    meaning: (*meanings.get(name).unwrap_or(&"")).to_owned(),
                };
                metrics.insert(name.to_owned(), metric);
            }
            _ if line.is_empty() => {}
            _ => add_labels(&mut metrics, line),
        }
    }
    metrics
}

/// Adds the labels of a sample to those of its metric.
fn add_labels(metrics: &mut BTreeMap<String, Metric>, sample: &str) {
    let name = sample
        .split(['{', ' '])
        .next()
        .expect("a sample has a name");
    let part = ["_bucket", "_sum", "_count"].iter().find_map(|end| {
        name.strip_suffix(end)
            .filter(|name| metrics.contains_key(*name))
    });
    let name = part.unwrap_or(name);
    let metric = metrics
        .get_mut(name)
        .unwrap_or_else(|| panic!("{name} has a type"));
    let Some((_, rest)) = sample.split_once('{') else {
        return;
    };
    let (labels, _) = rest.split_once('}').expect("labels end");
    for label in labels.split("\",") {
        let (label, _) = label.split_once('=').expect("a label has a value");
        if label != "le" {
            metric.labels.insert(label.to_owned());
        }
    }
}

/// Returns the value of the first sample that begins so.
fn value(exposition: &str, sample: &str) -> u64 {
    let line = exposition.lines().find(|line| line.starts_with(sample));
    let line = line.unwrap_or_else(|| panic!("{sample} in {exposition}"));
    let value = line.rsplit(' ').next().expect("a sample has a value");
    value.parse().expect("it counts something whole")
}

async fn post(program: &Program, date: &str) -> Answer {
    let birth = birth_with(&json!({"date": date}));
    Answer::to(program.request(Method::POST, CHART).json(&birth)).await
}

async fn metrics(program: &Program) -> String {
    let answer = Answer::to(program.admin_request(Method::GET, "/metrics")).await;
    assert_eq!(answer.status(), 200);
    answer.body().to_owned()
}

#[tokio::test]
async fn every_metric_is_documented_as_it_is_shown() {
    let redis = RedisServer::start().await;
    let settings = [("REDIS_URL", &*redis.url()), ("CACHE_KEY_SECRET", SECRET)];
    let mut program = Program::start(&settings).await;
    program.leave_log_unread();
    program.ready().await;

    for cache in ["MISS", "HIT", "HIT"] {
        let answer = Answer::to(program.request(Method::POST, CHART).json(&birth())).await;
        assert_eq!(answer.cache(), Some(cache));
    }
    for key in redis.keys().await {
        let () = redis.query(Cmd::set(key, "damaged")).await;
    }
    let damaged = Answer::to(program.request(Method::POST, CHART).json(&birth())).await;
    assert_eq!(damaged.cache(), Some("MISS"));
    let before = metrics(&program).await;
    redis.kill();
    while post(&program, "1990-05-18").await.cache() != Some("BYPASS") {}
    let after = metrics(&program).await;

    assert_eq!(shown(&after), documented());
    let function = r#"{function="natal::calculate_chart""#;
    for (sample, expected) in [
        (
            r#"cached_calls_total{function="natal::calculate_chart",outcome="hit",detail=""}"#,
            2,
        ),
        (
            r#"cached_calls_total{function="natal::calculate_chart",outcome="miss",detail="stored"}"#,
            2,
        ),
        (&format!("cached_unreadable_total{function}"), 1),
        (&format!("cached_read_duration_seconds_count{function}"), 4),
        (&format!("cached_write_duration_seconds_count{function}"), 2),
        (
            &format!("cached_compute_duration_seconds_count{function}"),
            2,
        ),
        (&format!("cached_followers_total{function}"), 0),
        (&format!("cached_enabled{function}"), 1),
        ("cached_redis_connected", 1),
        ("cached_connections_total", 1),
    ] {
        assert_eq!(value(&before, sample), expected, "{sample}");
    }
    let written = value(&before, &format!("cached_written_bytes_total{function}"));
    let read = value(&before, &format!("cached_read_bytes_total{function}"));
    // Two entries were written, one was read twice, and seven bytes of damage once.
    assert_eq!(read, written + 7);
    let saved = value(
        &before,
        &format!("cached_origin_microseconds_saved_total{function}"),
    );
    assert!(saved > 0);
    assert_eq!(value(&after, "cached_redis_connected"), 0);
}

#[tokio::test]
async fn a_cache_that_is_off_from_the_start_is_shown_as_off() {
    let program = Program::start(&[("ENABLE_CACHE", "false")]).await;

    let metrics = metrics(&program).await;

    let enabled = r#"cached_enabled{function="natal::calculate_chart"}"#;
    assert_eq!(value(&metrics, enabled), 0);
}

#[tokio::test]
async fn what_alerts_look_for_is_counted_from_zero() {
    let program = Program::start(&[]).await;

    let metrics = Answer::to(program.admin_request(Method::GET, "/metrics")).await;

    let of_calls = |detail| {
        format!(
            r#"cached_calls_total{{function="natal::calculate_chart",outcome="miss",detail="{detail}"}} 0"#
        )
    };
    let of_requests = |status| {
        format!(
            r#"http_requests_total{{method="POST",route="/api/natal/chart",status="{status}"}} 0"#
        )
    };
    let values = [
        "too-large",
        "unencodable",
        "lossy",
        "no-secret",
        "write-failed",
        "breaker-open",
    ];
    let samples = values
        .map(of_calls)
        .into_iter()
        .chain(["500", "503"].map(of_requests));
    for sample in samples {
        let is_there = metrics.body().lines().any(|line| line == sample);
        assert!(is_there, "{sample} in {}", metrics.body());
    }
}
