//! The service as a process, at the most talkative level, through everything that happens to it in use.

use std::fs;
use std::net::SocketAddr;

use cached_tests::app::{Ended, Program, SECRET};
use cached_tests::certificates::{Authority, Validity};
use cached_tests::ports;
use cached_tests::postgres::PostgresServer;
use cached_tests::redis::RedisServer;
use redis::Cmd;
use reqwest::Method;
use rustix::process::Signal;

use super::Written;
use super::births::{BIRTHS, DATABASE_PASSWORD, NEXT_SECRET, REDIS_PASSWORD, mark_chart, marks};
use super::client::Client;
use super::taps::{self, Tap, unescaped};
use crate::collector::Collector;

/// Stops a program as operators do, and returns all that it wrote.
async fn stopped(program: Program) -> Ended {
    program.signal(Signal::TERM);
    let ended = program.ended().await;
    assert_eq!(ended.code, Some(0));
    ended
}

/// A Redis with a password that speaks TLS and asks for a certificate, and what is needed to get in.
struct Guarded {
    redis: RedisServer,
    wire: Tap,
    collector: Collector,
    authority: Authority,
    client: cached_tests::certificates::Certificate,
}

impl Guarded {
    async fn start() -> Self {
        let authority = Authority::new().await;
        let server = authority.issue("IP:127.0.0.1", Validity::Now).await;
        let client = authority.issue("DNS:client", Validity::Now).await;
        let port = ports::free();
        let (number, ca) = (port.to_string(), authority.path());
        let path = |path: &std::path::Path| path.to_str().expect("it is text").to_owned();
        let redis = RedisServer::start_with(&[
            "--requirepass",
            REDIS_PASSWORD,
            "--tls-port",
            &number,
            "--tls-cert-file",
            &path(&server.certificate),
            "--tls-key-file",
            &path(&server.key),
            "--tls-ca-cert-file",
            &path(&ca),
        ])
        .await;
        Self {
            redis,
            wire: taps::wire(port).await,
            collector: Collector::start().await,
            authority,
            client,
        }
    }

    /// Starts the service at its most talkative, with all its secrets.
    async fn program(&self, secrets: &[(&str, &str)]) -> Program {
        let url = format!("rediss://:{REDIS_PASSWORD}@{}", self.wire.address);
        let paths = [
            &self.authority.path(),
            &self.client.certificate,
            &self.client.key,
        ];
        let [ca, certificate, key] = paths.map(|path| path.to_str().expect("it is text"));
        let settings = [
            ("REDIS_URL", &*url),
            ("REDIS_TLS_CA", ca),
            ("REDIS_TLS_CERT", certificate),
            ("REDIS_TLS_KEY", key),
            ("LOG", "trace"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &self.collector.endpoint()),
        ];
        Program::start(&[&settings, secrets].concat()).await
    }

    async fn monitor(&self) -> Tap {
        let address = SocketAddr::from(([127, 0, 0, 1], self.redis.port()));
        taps::monitor(address, REDIS_PASSWORD).await
    }
}

#[tokio::test]
async fn nothing_that_is_secret_or_personal_leaves_the_service_but_in_answers() {
    let mut guarded = Guarded::start().await;
    let redis = &guarded.redis;
    let monitor = guarded.monitor().await;
    let mut marks = marks();
    let key = fs::read_to_string(&guarded.client.key).expect("the key is there");
    marks.text(key.lines().nth(1).expect("a key has several lines"));
    let mut written = Written::default();
    let [first, second] = &BIRTHS;

    // Stored under the secret that is replaced.
    let mut program = guarded.program(&[("CACHE_KEY_SECRET", SECRET)]).await;
    let mut client = Client {
        program: &mut program,
        written: &mut written,
    };
    for birth in &BIRTHS {
        let chart = client.assert_chart(birth, "MISS").await;
        mark_chart(&chart, &mut marks);
    }
    written.add_output(&stopped(program).await);
    assert_eq!(written.add_stored(redis).await, 2);

    // Found under it, and then moved to the next one.
    let secrets = [
        ("CACHE_KEY_SECRET", NEXT_SECRET),
        ("CACHE_KEY_SECRET_PREVIOUS", SECRET),
    ];
    let mut program = guarded.program(&secrets).await;
    let mut client = Client {
        program: &mut program,
        written: &mut written,
    };
    client.assert_chart(first, "HIT").await;
    client.assert_chart(first, "HIT").await;
    client.assert_chart(second, "HIT").await;
    client.send_everything_wrong().await;
    client.send_no_requests().await;
    client.written.add_stored(redis).await;

    // Damaged, foreign, and of another type.
    for damage in ["flipped", "no envelope", "of another type"] {
        for key in redis.keys().await {
            let mut value = redis.get(&key).await.expect("it is there");
            value[80] ^= 1;
            match damage {
                "flipped" => redis.query::<()>(Cmd::set(&key, value)).await,
                "no envelope" => redis.query::<()>(Cmd::set(&key, "{}")).await,
                _ => {
                    redis.query::<()>(Cmd::del(&key)).await;
                    redis.query::<()>(Cmd::lpush(&key, "{}")).await;
                }
            }
        }
        let (status, outcome, _) = client.chart(&first.request()).await;
        assert_eq!(
            (status, outcome.as_deref()),
            (200, Some("MISS")),
            "{damage}"
        );
        redis.query::<()>(redis::cmd("FLUSHALL")).await;
        client.assert_chart(first, "MISS").await;
    }
    client.written.add_stored(redis).await;
    client.ask_as_operator().await;

    // Full, frozen, and gone.
    redis
        .query::<()>(
            redis::cmd("CONFIG")
                .arg("SET")
                .arg("maxmemory")
                .arg("1mb")
                .clone(),
        )
        .await;
    client.assert_chart(second, "MISS").await;
    redis.freeze();
    client.assert_chart(first, "BYPASS").await;
    redis.thaw();
    redis.kill();
    client.assert_chart(first, "BYPASS").await;
    let ready = client.program.request(Method::GET, "/readyz");
    client.send(ready).await;
    client.ask_as_operator().await;
    let ended = stopped(program).await;
    assert!(ended.output.lines().count() > 100, "{}", ended.output);
    written.add_output(&ended);

    let sent = monitor.seen.bytes();
    let stores = sent.windows(6).filter(|bytes| bytes == b"\"SET\" ").count();
    assert!(stores >= 6, "{stores}");
    written.add("what Redis was sent, as it prints it", sent.clone());
    written.add("what Redis was sent", unescaped(&sent));
    let wire = guarded.wire.seen.bytes();
    assert!(wire.len() > 10_000, "{}", wire.len());
    written.add("the wire", wire);
    let told = written.add_spans(&mut guarded.collector);
    for span in ["natal::calculate_chart", "\"GET\"", "POST", "bypass"] {
        assert!(told.contains(span), "{span} in {told}");
    }
    written.assert_without(&marks);
}

#[tokio::test]
async fn a_database_that_is_away_or_refuses_us_is_told_without_its_password() {
    let away = format!("postgres://ada:{DATABASE_PASSWORD}@127.0.0.1:1/charts");
    let there = PostgresServer::database().await;
    let refusing = there.replace("//postgres@", &format!("//nobody:{DATABASE_PASSWORD}@"));
    let mut written = Written::default();
    let mut collector = Collector::start().await;
    for url in [&away, &refusing] {
        let settings = [
            ("DATABASE_URL", &**url),
            ("LOG", "trace"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint()),
        ];
        let mut program = Program::start(&settings).await;
        program.logged("the ephemeris database is not ready").await;
        let mut client = Client {
            program: &mut program,
            written: &mut written,
        };
        let (status, ..) = client.chart(&BIRTHS[0].request()).await;
        assert_eq!(status, 503);
        client.ask_as_operator().await;
        written.add_output(&stopped(program).await);
    }
    let told = written.add_spans(&mut collector);
    assert!(told.contains("503"), "{told}");
    written.assert_without(&marks());
}
