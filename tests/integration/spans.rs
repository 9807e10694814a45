//! Spans: what they are called, what they tell, and that a collector receives them.

use std::collections::BTreeMap;

use cached_tests::app::{Answer, CHART, Program, SECRET, birth};
use cached_tests::redis::RedisServer;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use reqwest::Method;
use rustix::process::Signal;
use tokio::net::TcpListener;

use crate::collector::{Collector, decoded};

fn attributes(list: &[KeyValue]) -> BTreeMap<&str, String> {
    let text = |attribute: &KeyValue| match attribute.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text.clone()),
        Value::IntValue(number) => Some(number.to_string()),
        other => Some(format!("{other:?}")),
    };
    list.iter()
        .filter_map(|attribute| Some((&*attribute.key, text(attribute)?)))
        .collect()
}

/// Returns the spans of these that were named so.
fn named<'a>(spans: &'a [Span], name: &str) -> Vec<&'a Span> {
    spans.iter().filter(|span| span.name == name).collect()
}

async fn chart(program: &Program) -> Answer {
    Answer::to(program.request(Method::POST, CHART).json(&birth())).await
}

#[tokio::test]
async fn a_collector_receives_requests_calls_and_commands_and_nothing_personal() {
    let mut collector = Collector::start().await;
    let redis = RedisServer::start().await;
    let settings = [
        ("REDIS_URL", &*redis.url()),
        ("CACHE_KEY_SECRET", SECRET),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint()),
    ];
    let program = Program::start(&settings).await;
    program.ready().await;
    for cache in ["MISS", "HIT"] {
        assert_eq!(chart(&program).await.cache(), Some(cache));
    }
    redis.kill();
    while chart(&program).await.cache() != Some("BYPASS") {}

    program.signal(Signal::TERM);
    let ended = program.ended().await;

    assert_eq!(ended.code, Some(0), "{}", ended.output);
    let answered = ended.output.matches(r#""answered""#).count();
    assert!(answered >= 3, "the log is complete: {}", ended.output);
    let requests: Vec<_> = collector.received().into_iter().map(decoded).collect();
    let told = format!("{requests:?}");
    for datum in ["Ada", "Lovelace", "1990-05-17", "Berlin", "52.52", SECRET] {
        assert!(!told.contains(datum), "{datum} in {told}");
    }
    let resources: Vec<_> = requests
        .into_iter()
        .flat_map(|request| request.resource_spans)
        .collect();
    for resource in &resources {
        let resource = resource.resource.as_ref().expect("spans have a resource");
        assert_eq!(
            attributes(&resource.attributes)["service.name"],
            "natal-chart"
        );
    }
    let spans: Vec<_> = resources
        .into_iter()
        .flat_map(|resource| resource.scope_spans)
        .flat_map(|scope| scope.spans)
        .collect();

    let mut calls = named(&spans, "natal::calculate_chart");
    calls.sort_by_key(|call| call.start_time_unix_nano);
    let of_call = |call: &Span, field: &str| attributes(&call.attributes).get(field).cloned();
    let outcome = |call: &&Span| of_call(call, "cached.outcome").unwrap_or_default();
    assert_eq!(
        calls.iter().map(outcome).collect::<Vec<_>>()[..2],
        ["miss", "hit"]
    );
    let bypass = calls.last().expect("there are calls");
    assert_eq!(outcome(bypass), "bypass");
    assert_eq!(
        of_call(bypass, "error.type"),
        of_call(bypass, "cached.detail")
    );
    let [miss, hit] = calls[..2] else {
        unreachable!("two outcomes have been compared");
    };
    assert_eq!(of_call(miss, "cached.detail").as_deref(), Some("stored"));
    assert_eq!(of_call(hit, "error.type"), None);
    for (operation, call) in [("GETRANGE", miss), ("SET", miss), ("GETRANGE", hit)] {
        let commands = named(&spans, operation);
        let command = commands
            .iter()
            .find(|command| command.parent_span_id == call.span_id);
        let command = command.unwrap_or_else(|| panic!("a call has its {operation}: {spans:?}"));
        assert_eq!(command.kind, i32::from(SpanKind::Client));
        let attributes = attributes(&command.attributes);
        assert_eq!(attributes["db.system.name"], "redis");
        assert_eq!(attributes["db.operation.name"], operation);
    }
    let request = spans.iter().find(|span| span.span_id == hit.parent_span_id);
    let request = request.expect("a call is made in a request");
    assert_eq!(request.kind, i32::from(SpanKind::Server));
    let attributes = attributes(&request.attributes);
    assert_eq!(attributes["http.request.method"], "POST");
    assert_eq!(attributes["http.route"], CHART);
    assert_eq!(attributes["http.response.status_code"], "200");
}

#[tokio::test]
async fn a_collector_that_is_away_costs_nothing_but_a_line() {
    let taken = TcpListener::bind("127.0.0.1:0").await;
    let taken = taken.expect("a port is free").local_addr();
    let endpoint = format!("http://{}", taken.expect("it is bound"));
    let settings = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint),
        ("OTEL_BSP_SCHEDULE_DELAY", "1"),
    ];
    let mut program = Program::start(&settings).await;
    program.ready().await;
    chart(&program).await;

    let warning = "the collector takes no spans; they are lost until it does";
    assert_eq!(program.logged(warning).await["level"], "WARN");
    for _ in 0..20 {
        assert_eq!(chart(&program).await.cache(), Some("HIT"));
    }
    program.signal(Signal::TERM);
    let ended = program.ended().await;

    assert_eq!(ended.code, Some(0));
    assert_eq!(ended.output.matches(warning).count(), 1, "{}", ended.output);
    assert_eq!(ended.errors, "");
}
