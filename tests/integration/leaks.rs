//! Birth data, values, secrets and passwords stand nowhere but in requests and their answers.
//!
//! What programs write, store and send in use, in [`service`] and [`library`], is searched for marked data, in every
//! form in which a program might write them. [`marks`] is the search, and [`births`] what is marked.

mod births;
mod client;
mod library;
mod marks;
mod service;
mod taps;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::process::Command;
use std::{env, fs, panic};

use cached_runtime::{Cache, TlsOptions, redis_cached};
use cached_tests::app::{Ended, SECRET};
use cached_tests::cache;
use cached_tests::certificates::{Authority, Validity};
use cached_tests::log::Log;
use cached_tests::redis::RedisServer;
use serde_json::Value;
use tracing_subscriber::filter::{LevelFilter, Targets};

use self::births::{BIRTHS, DATABASE_PASSWORD, NEXT_SECRET, REDIS_PASSWORD, WORD, marks};
use self::marks::Marks;
use self::taps::unescaped;
use crate::collector::{Collector, decoded};

/// What was written where, to be searched.
#[derive(Default)]
struct Written(Vec<(&'static str, Vec<u8>)>);

impl Written {
    fn add(&mut self, place: &'static str, bytes: impl Into<Vec<u8>>) {
        self.0.push((place, bytes.into()));
    }

    /// Adds what a program left behind; the time of day at which it wrote a line is not its own.
    fn add_output(&mut self, ended: &Ended) {
        let mut log = String::new();
        for line in ended.output.lines() {
            let entry: Value = serde_json::from_str(line).expect("every line is JSON");
            let timestamp = entry["timestamp"].as_str().expect("every line has a time");
            writeln!(log, "{}", line.replacen(timestamp, "", 1)).expect("a string takes all");
        }
        self.add("the log", log);
        self.add("standard error", ended.errors.clone());
    }

    /// Adds all that the server stores.
    async fn add_stored(&mut self, redis: &RedisServer) -> usize {
        let keys = redis.keys().await;
        for key in &keys {
            self.add("a key", key.clone());
            self.add("a stored value", redis.get(key).await.unwrap_or_default());
        }
        keys.len()
    }

    /// Adds all that a collector was sent, as it came, and what can be read of it in digits: the random ids and the
    /// times of day are of no birth, and might look like one by chance.
    fn add_spans(&mut self, collector: &mut Collector) -> String {
        let mut told = String::new();
        for request in collector.received() {
            self.add("the spans", request.clone());
            for resource in decoded(request).resource_spans {
                write!(told, "{:?}", resource.resource).expect("a string takes all");
                for span in resource
                    .scope_spans
                    .into_iter()
                    .flat_map(|scope| scope.spans)
                {
                    let events = span.events.iter();
                    let events: Vec<_> = events
                        .map(|event| (&event.name, &event.attributes))
                        .collect();
                    let links = span
                        .links
                        .iter()
                        .map(|link| (&link.trace_state, &link.attributes));
                    let (state, status) = (&span.trace_state, &span.status);
                    writeln!(
                        told,
                        "{} {:?} {events:?} {:?} {state} {status:?}",
                        span.name,
                        span.attributes,
                        links.collect::<Vec<_>>()
                    )
                    .expect("a string takes all");
                }
            }
        }
        self.add("what the spans tell", told.clone());
        told
    }

    fn assert_without(&self, marks: &Marks) {
        let leaks: BTreeSet<_> = self
            .0
            .iter()
            .flat_map(|(place, bytes)| {
                let found = marks.found_in(bytes).into_iter();
                found.map(move |found| format!("{place}: {found}"))
            })
            .collect();
        assert!(leaks.is_empty(), "{leaks:#?}");
    }
}

#[redis_cached(ttl = "1m", key = hash, cache = cache, skip(cache), encrypt = false)]
async fn careless(name: String, cache: &Cache) -> String {
    let _ = cache;
    tracing::debug!(name, "about to compute");
    name
}

#[tokio::test]
async fn what_holds_a_secret_does_not_show_it() {
    let authority = Authority::new().await;
    let client = authority.issue("DNS:client", Validity::Now).await;
    let key = fs::read(&client.key).expect("the key is there");
    let certificate = fs::read(&client.certificate).expect("the certificate is there");
    let options = TlsOptions::default()
        .ca_pem(&authority.pem())
        .and_then(|options| options.client_certificate_pem(&certificate))
        .and_then(|options| options.client_key_pem(&key))
        .expect("openssl makes good certificates");
    let shown = format!("{options:?}");
    let wrong_key = TlsOptions::default().client_key_pem(SECRET.as_bytes());
    let wrong_key = wrong_key.expect_err("it is no key");
    let url = format!("redis://:{REDIS_PASSWORD}@127.0.0.1:port");
    let builder = Cache::builder()
        .redis(url)
        .redis_tls(options)
        .key_secret(cache::secret())
        .previous_key_secret(cached_runtime::KeySecret::new(NEXT_SECRET).expect("it is long"));
    let settings = app::settings::Settings::read(|variable| match variable {
        "REDIS_URL" => Some(format!("redis://:{REDIS_PASSWORD}@localhost").into()),
        "DATABASE_URL" => Some(format!("postgres://ada:{DATABASE_PASSWORD}@localhost").into()),
        "CACHE_KEY_SECRET" => Some(SECRET.into()),
        "CACHE_KEY_SECRET_PREVIOUS" => Some(NEXT_SECRET.into()),
        _ => None,
    })
    .expect("the settings are good");
    let (database, secret) = (&settings.database.database, &settings.cache.key_secret);
    let more = format!("{wrong_key:?}{wrong_key}{builder:?}{settings:?}{database:?}{secret:?}");
    let refused = builder.build().await.expect_err("the URL is bad");
    let last = format!("{refused:?}{refused}");

    let mut marks = marks();
    let key = String::from_utf8(key).expect("PEM is text");
    marks.text(key.lines().nth(1).expect("a key has several lines"));
    let mut written = Written::default();
    written.add("Debug and Display", [shown, more, last].concat());
    written.assert_without(&marks);
}

/// Says that this process is to panic, in the one that [`a_panic_is_logged_without_its_message`] starts.
const PANIC_HERE: &str = "LEAKS_PANIC_HERE";

#[test]
fn a_panic_is_logged_without_its_message() {
    if env::var_os(PANIC_HERE).is_some() {
        let all = Targets::new().with_default(LevelFilter::TRACE);
        app::telemetry::init(all, None).expect("nothing is exported");
        let birth = BIRTHS[0].request();
        let caught = panic::catch_unwind(|| panic!("{WORD}: {birth}"));
        assert!(caught.is_err());
        return;
    }
    let test = "leaks::a_panic_is_logged_without_its_message";
    let output = Command::new(env::current_exe().expect("this program has a path"))
        .args(["--exact", test, "--nocapture"])
        .env(PANIC_HERE, "1")
        .output()
        .expect("this program can be run again");

    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stdout).contains("\"panicked\""));
    let mut written = Written::default();
    written.add("standard output", output.stdout);
    written.add("standard error", output.stderr);
    written.assert_without(&marks());
}

#[tokio::test]
async fn the_search_finds_what_leaks() {
    let marks = marks();
    let redis = RedisServer::start_with(&["--requirepass", REDIS_PASSWORD]).await;
    let address = SocketAddr::from(([127, 0, 0, 1], redis.port()));
    let monitor = taps::monitor(address, REDIS_PASSWORD).await;
    let wire = taps::wire(redis.port()).await;
    let url = format!("redis://:{REDIS_PASSWORD}@{}", wire.address);
    let cache = cache::builder(&redis).redis(url).build().await;
    let cache = cache.expect("the settings are sound");
    let log = Log::default();
    let listening = log.listen(LevelFilter::TRACE);

    careless(BIRTHS[0].name.to_owned(), &cache).await;
    drop(listening);
    monitor.seen.wait_for("\"SET\"").await;

    let sent = monitor.seen.bytes();
    for (place, bytes) in [
        ("the log", log.text().into_bytes()),
        ("what Redis was sent", unescaped(&sent)),
        ("the wire", wire.seen.bytes()),
    ] {
        assert!(!marks.found_in(&bytes).is_empty(), "{place}");
    }
    for (datum, way, bytes) in marks.forms() {
        let planted = [&[b'x'; 500][..], bytes, b"y"].concat();
        let found = marks.found_in(&planted);
        assert!(
            found.iter().any(|found| found.starts_with(datum)),
            "{datum} as {way}"
        );
    }
}
