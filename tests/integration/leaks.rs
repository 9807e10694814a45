//! Birth data, values, secrets and passwords stand nowhere but in requests and their answers.
//!
//! The service runs as a process, at the most talkative level, through everything that happens to it in use. What it
//! wrote, what Redis holds and was sent, and what went over the wire is then searched for marked data, in every
//! form in which a program might write them. [`marks`] is the search.

mod client;
mod marks;
mod taps;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;
use std::{env, fs, panic};

use cached_runtime::{Cache, ManualClock, Outcome, TlsOptions, redis_cached};
use cached_tests::app::{Ended, Program, SECRET};
use cached_tests::cache::{self, eventually, outcome};
use cached_tests::certificates::{Authority, Validity};
use cached_tests::log::Log;
use cached_tests::ports;
use cached_tests::postgres::PostgresServer;
use cached_tests::redis::RedisServer;
use redis::Cmd;
use reqwest::Method;
use rustix::process::Signal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tracing_subscriber::filter::{LevelFilter, Targets};

use self::client::Client;
use self::marks::Marks;
use self::taps::{Tap, unescaped};

/// The secret that takes the place of [`SECRET`].
const NEXT_SECRET: &str = "verdigris pendulum, 32 bytes of it";
const REDIS_PASSWORD: &str = "brackish-umbrella-48";
const DATABASE_PASSWORD: &str = "threadbare-lantern-73";

/// What is sent wherever it does not belong. No route, field, header or value of the service is like it.
const WORD: &str = "Xanthorrhoea Quellhörst";
const PLAIN_WORD: &str = "Xanthorrhoea";
const NUMBER: i64 = 7_418_529_630;

/// A birth that was never asked for elsewhere.
struct Birth {
    name: &'static str,
    date: &'static str,
    /// The date in other orders and words.
    dates: [&'static str; 5],
    time: &'static str,
    /// The field of the zone, and the zone.
    zone: (&'static str, &'static str),
    latitude: &'static str,
    longitude: &'static str,
    seconds: i64,
    utc: &'static str,
}

const BIRTHS: [Birth; 2] = [
    Birth {
        name: "Zyxomma Quellhörst",
        date: "1987-04-13",
        dates: [
            "19870413",
            "13.04.1987",
            "04/13/1987",
            "13 Apr 1987",
            "April 13, 1987",
        ],
        time: "03:11:47",
        zone: ("timezone", "America/Argentina/Ushuaia"),
        latitude: "-54.8071943",
        longitude: "-68.3043726",
        seconds: 545_292_707,
        utc: "1987-04-13T06:11:47",
    },
    Birth {
        name: "Wilhelmine Ostrogorska",
        date: "1961-08-29",
        dates: [
            "19610829",
            "29.08.1961",
            "08/29/1961",
            "29 Aug 1961",
            "August 29, 1961",
        ],
        time: "19:43:08",
        zone: ("utc_offset", "+05:53:28"),
        latitude: "22.5726463",
        longitude: "88.3639717",
        seconds: -263_211_020,
        utc: "1961-08-29T13:49:40",
    },
];

impl Birth {
    fn request(&self) -> Value {
        let degrees = |text: &str| text.parse::<f64>().expect("it is a number");
        json!({
            "name": self.name, "date": self.date, "time": self.time, self.zone.0: self.zone.1,
            "latitude": degrees(self.latitude), "longitude": degrees(self.longitude)
        })
    }

    fn mark(&self, marks: &mut Marks) {
        for text in [self.name, self.date, self.time, self.zone.1, self.utc] {
            marks.text(text);
        }
        for word in self.name.split(' ').chain(self.zone.1.rsplit('/').take(1)) {
            marks.text(word);
        }
        for date in self.dates {
            marks.text(date);
        }
        marks.text(&self.utc[11..]);
        marks.degrees(self.latitude);
        marks.degrees(self.longitude);
        marks.instant(self.seconds);
    }
}

/// Returns the marks of everything that is secret or personal here, but of the charts.
fn marks() -> Marks {
    let mut marks = Marks::new();
    for birth in &BIRTHS {
        birth.mark(&mut marks);
    }
    marks.text(WORD);
    marks.text(PLAIN_WORD);
    marks.text(&NUMBER.to_string());
    for secret in [SECRET, NEXT_SECRET, REDIS_PASSWORD, DATABASE_PASSWORD] {
        marks.text(secret);
    }
    marks
}

/// Marks the positions in a chart, from which its birth can be computed.
fn mark_chart(chart: &Value, marks: &mut Marks) {
    let bodies = chart["bodies"].as_array().expect("a chart has bodies");
    let longitudes = bodies.iter().map(|body| &body["longitude"]);
    for degrees in longitudes.chain([&chart["angles"]["ascendant"]]) {
        let degrees = degrees.as_f64().expect("a longitude is a number");
        marks.degrees(&format!("{degrees:.7}"));
        marks.float("a position", degrees);
    }
}

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
    let guarded = Guarded::start().await;
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
    let metrics = client.program.admin_request(Method::GET, "/metrics");
    let (_, _, metrics) = client.send(metrics).await;
    assert!(metrics.contains("cached_unreadable_total"), "{metrics}");

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
    written.assert_without(&marks);
}

#[tokio::test]
async fn a_database_that_is_away_or_refuses_us_is_told_without_its_password() {
    let away = format!("postgres://ada:{DATABASE_PASSWORD}@127.0.0.1:1/charts");
    let there = PostgresServer::database().await;
    let refusing = there.replace("//postgres@", &format!("//nobody:{DATABASE_PASSWORD}@"));
    let mut written = Written::default();
    for url in [&away, &refusing] {
        let settings = [("DATABASE_URL", &**url), ("LOG", "trace")];
        let mut program = Program::start(&settings).await;
        program.logged("the ephemeris database is not ready").await;
        let mut client = Client {
            program: &mut program,
            written: &mut written,
        };
        let (status, ..) = client.chart(&BIRTHS[0].request()).await;
        assert_eq!(status, 503);
        written.add_output(&stopped(program).await);
    }
    written.assert_without(&marks());
}

/// A place whose `Deserialize` quotes what it refuses, as many do.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
struct Place(String);

impl TryFrom<String> for Place {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Err(format!("{text} is no place that is known"))
    }
}

impl From<Place> for String {
    fn from(place: Place) -> Self {
        place.0
    }
}

#[redis_cached(ttl = "1m", key = hash, cache = cache, skip(cache), codec = json)]
async fn unreadable_place(name: String, cache: &Cache) -> Place {
    let _ = cache;
    Place(name)
}

#[redis_cached(
    ttl = "1m",
    key = hash,
    skip(fails),
    stale_while_revalidate = "1m",
    stale_if_error = "1h"
)]
async fn reading(name: String, born: i64, latitude: f64, fails: bool) -> Result<String, String> {
    let reading = format!("{name}, {born}, {latitude}");
    if fails { Err(reading) } else { Ok(reading) }
}

#[redis_cached(ttl = "1m", key = hash, cache = cache, skip(cache), encrypt)]
async fn panicking(name: String, cache: &Cache) -> String {
    let _ = cache;
    panic!("no reading for {name}, born {}", BIRTHS[0].utc)
}

#[redis_cached(ttl = "1m", key = hash, cache = cache, skip(cache), encrypt = false)]
async fn careless(name: String, cache: &Cache) -> String {
    let _ = cache;
    tracing::debug!(name, "about to compute");
    name
}

#[tokio::test]
async fn a_call_is_told_without_its_arguments_its_value_and_its_error() {
    let redis = RedisServer::start_with(&["--requirepass", REDIS_PASSWORD]).await;
    let log = Log::default();
    let listening = log.listen(LevelFilter::TRACE);
    let clock = ManualClock::new();
    let url = format!("redis://:{REDIS_PASSWORD}@127.0.0.1:{}", redis.port());
    let builder = cache::builder(&redis).redis(url).clock(clock.clone());
    let shown = format!("{builder:?}");
    let cache = builder.build().await.expect("the settings are sound");
    let birth = &BIRTHS[0];
    let latitude: f64 = birth.latitude.parse().expect("it is a number");
    let ask = async |born: i64, latitude: f64, fails: bool| {
        let name = birth.name.to_owned();
        let (_, outcome) = outcome(cache.scope(reading(name, born, latitude, fails))).await;
        outcome
    };

    let miss = ask(birth.seconds, latitude, false).await;
    let hit = ask(birth.seconds, latitude, false).await;
    clock.advance(Duration::from_secs(90));
    let stale = ask(birth.seconds, latitude, true).await;
    clock.advance(Duration::from_mins(3));
    let failed = ask(birth.seconds, latitude, true).await;
    let unkeyable = ask(birth.seconds, f64::NAN, false).await;
    let (_, lossy) = outcome(unreadable_place(birth.zone.1.to_owned(), &cache)).await;
    let (task_cache, name) = (cache.clone(), birth.name.to_owned());
    let panicked = tokio::spawn(async move { panicking(name, &task_cache).await }).await;
    assert!(panicked.is_err());
    for key in redis.keys().await {
        redis.query::<()>(Cmd::set(&key, "{}")).await;
    }
    let replaced = ask(birth.seconds, latitude, false).await;
    redis.kill();
    eventually(|| !cache.is_connected()).await;
    let bypass = ask(birth.seconds, latitude, false).await;
    let outcomes = [miss, hit, stale, failed, unkeyable, lossy, replaced, bypass];
    assert!(
        matches!(
            outcomes,
            [
                Outcome::Miss { .. },
                Outcome::Hit { .. },
                Outcome::Stale { .. },
                Outcome::Stale { .. },
                Outcome::Bypass { .. },
                Outcome::Miss { .. },
                Outcome::Miss { .. },
                Outcome::Bypass { .. },
            ]
        ),
        "{outcomes:?}"
    );
    let shown = format!("{shown}{cache:?}{outcomes:?}{:?}", cache::secret());
    cache.shutdown().await;
    drop(listening);

    let log = log.text();
    assert!(log.contains("replacing an entry"));
    let mut written = Written::default();
    written.add("the log", log);
    written.add("Debug", shown);
    written.add("the metrics", app::telemetry::metrics().render());
    written.assert_without(&marks());
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
