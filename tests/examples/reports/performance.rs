//! What a chart costs over HTTP: `reports/performance.md`.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cached_runtime::testing::{FaultProxy, Wire};
use cached_tests::app::Program;
use cached_tests::redis::RedisServer;
use cached_tests::reports::Figures;
use serde_json::{Value, json};

use crate::load::{self, Ask, Heard};
use crate::servers::{Database, service};
use crate::{figures, spread};

/// How often every kind is measured at every number of connections.
const ROUNDS: usize = 5;

/// How long each time.
const TIME: Duration = Duration::from_secs(1);

const CONNECTIONS: [usize; 3] = [1, 16, 64];

/// How many births are asked for again and again.
const REPEATED: u64 = 200;

/// What the owner allows a chart that is not cached at the 95th percentile, in milliseconds.
const BASELINE_MS: f64 = 450.0;

/// The births that nobody has asked for.
static NEW: AtomicU64 = AtomicU64::new(REPEATED);

/// What is asked for, of which program, and what is answered.
struct Kind {
    name: &'static str,
    address: SocketAddr,
    answer: &'static str,
}

/// What was heard of one kind at one number of connections, a value for each round.
#[derive(Default)]
struct Rounds {
    rates: Vec<f64>,
    percentiles: [Vec<f64>; 3],
    to_hit: Vec<f64>,
    requests: usize,
    others: u64,
}

pub(crate) async fn measure() -> Figures {
    let database = Database::start().await;
    let (redis, away) = (RedisServer::start().await, RedisServer::start().await);
    let cached = service(database.url(), &[("REDIS_URL", &redis.url())]).await;
    let bereft = service(database.url(), &[("REDIS_URL", &away.url())]).await;
    let off = service(database.url(), &[("ENABLE_CACHE", "false")]).await;
    away.kill();

    let kind = |name, program: &Program, answer| Kind {
        name,
        address: program.address(),
        answer,
    };
    let kinds = [
        kind("HIT", &cached, "200 HIT"),
        kind("MISS", &cached, "200 MISS"),
        kind("BYPASS, Redis killed", &bereft, "200 BYPASS"),
        kind("BYPASS, switched off", &off, "200 BYPASS"),
        kind("`GET /healthz`", &cached, "200"),
    ];
    warm_up(&kinds).await;
    let rounds = load_in_turn(&kinds).await;
    let queries = queries(&database, &cached, &off).await;
    let slow = slow_database(&database).await;

    let row = |of: &str, connections: usize| {
        let index = kinds.iter().position(|kind| kind.name == of);
        let at = CONNECTIONS.iter().position(|number| *number == connections);
        &rounds[index.expect("it is measured")][at.expect("it is measured")]
    };
    let p95 = |of, connections| spread(&row(of, connections).percentiles[1]).0;
    let rate = |of, connections| spread(&row(of, connections).rates).0;
    let rows: Vec<Value> = kinds
        .iter()
        .zip(&rounds)
        .flat_map(|(kind, rounds)| {
            let at = CONNECTIONS.iter().zip(rounds);
            at.map(|(connections, rounds)| tell(kind.name, *connections, rounds))
        })
        .collect();
    let others: u64 = rounds.iter().flatten().map(|rounds| rounds.others).sum();
    let requests: usize = rounds.iter().flatten().map(|rounds| rounds.requests).sum();
    figures(json!({
        "rows": rows,
        "requests": requests,
        "others": others,
        "rounds": ROUNDS,
        "repeated": REPEATED,
        "hit_rate_16": rate("HIT", 16).round(),
        "miss_rate_16": rate("MISS", 16).round(),
        "more_16": format!("{:.1}", rate("HIT", 16) / rate("MISS", 16)),
        "hit_p95_16": format!("{:.2}", p95("HIT", 16)),
        "miss_p95_16": format!("{:.2}", p95("MISS", 16)),
        "miss_p95_64": format!("{:.2}", p95("MISS", 64)),
        "miss_of_baseline_1": percent(p95("MISS", 1) / BASELINE_MS),
        "miss_of_baseline_16": percent(p95("MISS", 16) / BASELINE_MS),
        "miss_of_baseline_64": percent(p95("MISS", 64) / BASELINE_MS),
        "queries_with": queries[0].round(),
        "queries_without": queries[1].round(),
        "queries_saved": percent(1.0 - queries[0] / queries[1]),
        "slow": slow,
        "postgres": database.version().await,
    }))
}

/// Has every program asked what it is going to be asked, so that pools are filled and pages read.
async fn warm_up(kinds: &[Kind]) {
    for kind in kinds {
        load::run(kind.address, 1, &load::each(0..REPEATED)).await;
        load::run(kind.address, 64, &new_charts(Duration::from_millis(300))).await;
    }
}

/// Measures all kinds in turn, again and again, so that whatever the machine does besides hits all of them.
async fn load_in_turn(kinds: &[Kind; 5]) -> Vec<[Rounds; 3]> {
    let mut all: Vec<[Rounds; 3]> = kinds.iter().map(|_| Default::default()).collect();
    for round in 1..=ROUNDS {
        eprintln!("  round {round} of {ROUNDS}");
        for (at, connections) in CONNECTIONS.into_iter().enumerate() {
            let mut of_hit = 0.0;
            for (kind, rounds) in kinds.iter().zip(&mut all) {
                let ask = match kind.name {
                    "HIT" => repeated_charts(TIME),
                    "`GET /healthz`" => load::lasting(TIME, || load::get("/healthz")),
                    _ => new_charts(TIME),
                };
                let heard = load::run(kind.address, connections, &ask).await;
                if kind.name == "HIT" {
                    of_hit = heard.percentile(50);
                }
                rounds[at].add(&heard, of_hit, kind.answer);
            }
        }
    }
    all
}

fn new_charts(time: Duration) -> Ask {
    load::lasting(time, || load::chart(NEW.fetch_add(1, Ordering::Relaxed)))
}

fn repeated_charts(time: Duration) -> Ask {
    let next = AtomicU64::new(0);
    load::lasting(time, move || {
        load::chart(next.fetch_add(1, Ordering::Relaxed) % REPEATED)
    })
}

impl Rounds {
    fn add(&mut self, heard: &Heard, of_hit: f64, expected: &str) {
        self.rates.push(heard.rate());
        for (values, percent) in self.percentiles.iter_mut().zip([50, 95, 99]) {
            values.push(heard.percentile(percent));
        }
        self.to_hit.push(heard.percentile(50) / of_hit);
        self.requests += heard.times.len();
        self.others += heard.other_than(expected);
    }
}

/// Returns a row of the table.
fn tell(name: &str, connections: usize, rounds: &Rounds) -> Value {
    let (rate, least, most) = spread(&rounds.rates);
    let time = |values: &[f64]| {
        let (median, least, most) = spread(values);
        format!("{median:.2} ({least:.2}–{most:.2})")
    };
    json!({
        "name": name,
        "connections": connections,
        "rate": {"median": rate.round(), "least": least.round(), "most": most.round()},
        "p50": time(&rounds.percentiles[0]),
        "p95": time(&rounds.percentiles[1]),
        "p99": time(&rounds.percentiles[2]),
        "to_hit": format!("{:.2}", spread(&rounds.to_hit).0),
    })
}

/// Returns how many statements the database ran for 1,000 requests of which nine in ten repeat an earlier one: with the
/// cache, and without.
async fn queries(database: &Database, cached: &Program, off: &Program) -> [f64; 2] {
    let mut counted = [0.0; 2];
    for (program, statements) in [cached, off].into_iter().zip(&mut counted) {
        let first = NEW.fetch_add(100, Ordering::Relaxed);
        database.forget().await;
        let births = (0..1_000).map(|request| {
            first
                + if request < 100 {
                    request
                } else {
                    request % 100
                }
        });
        let heard = load::run(program.address(), 1, &load::each(births)).await;
        assert_eq!(heard.times.len(), 1_000);
        let number = u32::try_from(database.statements().await);
        *statements = f64::from(number.expect("few statements are run"));
    }
    counted
}

/// Returns what a chart costs when the database is so far away that computing one takes the time of the baseline.
async fn slow_database(database: &Database) -> Value {
    let proxy = FaultProxy::start(database.address()).expect("a port is free");
    let redis = RedisServer::start().await;
    let url = database.url_by(proxy.address().port());
    let program = service(&url, &[("REDIS_URL", &redis.url())]).await;

    // A probe tells how many times a chart waits for the database, one after the other.
    let probe = Duration::from_millis(50);
    proxy.set(Wire::Delay(probe)).await;
    load::run(program.address(), 1, &charts(3)).await;
    let probed = load::run(program.address(), 1, &charts(5)).await;
    let trips = (probed.percentile(50) / (probe.as_secs_f64() * 1e3)).round();
    let delay = Duration::from_secs_f64(BASELINE_MS / 1e3 / trips);
    proxy.set(Wire::Delay(delay)).await;

    load::run(program.address(), 4, &charts(8)).await;
    let first = NEW.fetch_add(100, Ordering::Relaxed);
    let miss = load::run(program.address(), 4, &load::each(first..first + 100)).await;
    let hit = load::run(
        program.address(),
        4,
        &load::each((0..2_000).map(|request| first + request % 100)),
    )
    .await;
    json!({
        "trips": format!("{trips:.0}"),
        "delay": format!("{:.0}", delay.as_secs_f64() * 1e3),
        "misses": miss.times.len(),
        "hits": hit.times.len(),
        "others": miss.other_than("200 MISS") + hit.other_than("200 HIT"),
        "miss_p50": format!("{:.0}", miss.percentile(50)),
        "miss_p95": format!("{:.0}", miss.percentile(95)),
        "hit_p50": format!("{:.2}", hit.percentile(50)),
        "hit_p95": format!("{:.2}", hit.percentile(95)),
        "hit_of_baseline": percent(hit.percentile(95) / BASELINE_MS),
        "faster": format!("{:.0}", miss.percentile(95) / hit.percentile(95)),
    })
}

/// Returns `number` charts that nobody has asked for.
fn charts(number: u64) -> Ask {
    let first = NEW.fetch_add(number, Ordering::Relaxed);
    load::each(first..first + number)
}

fn percent(share: f64) -> String {
    let digits = if share < 0.1 { 2 } else { 1 };
    format!("{:.digits$} %", share * 100.0)
}
