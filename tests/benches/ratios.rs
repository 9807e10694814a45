//! What the cache costs beside the least code that could do the same.
//!
//! Ours and theirs take turns, call by call, so that whatever else the machine does slows both. A
//! round gives a median time for each side and the ratio of the two; printed is the median of the
//! rounds, and the range of their ratios. `docs/benchmarks.md` says how to read it.

mod support;

use std::hint::black_box;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use app::engine::{self, BirthData, Chart};
use bincode::config::standard;
use bincode::serde::{decode_from_slice, encode_to_vec};
use cached_runtime::measure::Keymaker;
use cached_runtime::{Cache, KeySecret, Outcome, observe, redis_cached};
use cached_tests::redis::RedisServer;
use redis::aio::MultiplexedConnection;
use redis::io::tcp::TcpSettings;
use redis::{AsyncCommands, Client, IntoConnectionInfo, SetExpiry, SetOptions};

const ROUNDS: usize = 21;
const SECRET: &str = "0123456789abcdef0123456789abcdef";
const DAY_MILLIS: u64 = 86_400_000;

/// What the cached function returns, so that a miss computes nothing.
static CHART: OnceLock<Chart> = OnceLock::new();

#[redis_cached(ttl = "24h", key = hash)]
async fn chart_of(birth: BirthData) -> Chart {
    let _ = birth;
    the_chart().clone()
}

fn the_chart() -> &'static Chart {
    CHART.get().expect("main sets the chart")
}

/// One thread for everything: a reply then wakes its caller in the cheapest way there is, which
/// makes the least of what both sides share.
#[tokio::main(flavor = "current_thread")]
async fn main() {
    // Counters cost more with someone to read them, as in the service.
    let _metrics = app::telemetry::metrics();
    let birth = support::birth(52.52);
    let (ephemeris, _folder) = support::ephemeris().await;
    let chart = engine::compute(&birth, &ephemeris)
        .await
        .expect("the ephemeris covers 1990");
    let chart = CHART.get_or_init(|| chart);
    let plain = encode_to_vec(chart, standard()).expect("a chart encodes");
    println!("the value: a chart of {} bytes in bincode", plain.len());

    let redis = RedisServer::start().await;
    connect_ours(&redis).await;
    let mut theirs = connect_theirs(&redis).await;
    hit(&mut theirs, &birth).await;
    miss(&mut theirs).await;
    envelope(&birth, chart, &plain).await;
    forms(&birth, chart).await;
}

async fn connect_ours(redis: &RedisServer) {
    let secret = KeySecret::new(SECRET).expect("the secret is long enough");
    let cache = Cache::builder().redis(redis.url()).key_secret(secret);
    let cache = cache.build().await.expect("the settings are valid");
    cache.install().expect("no other cache is installed");
}

/// Connects as ours does; the client's own response timeout of 500 ms stands for our deadline.
async fn connect_theirs(redis: &RedisServer) -> MultiplexedConnection {
    let tcp = TcpSettings::default().set_nodelay(true);
    let info = redis.url().into_connection_info().expect("a valid URL");
    let client = Client::open(info.set_tcp_settings(tcp)).expect("a valid URL");
    client
        .get_multiplexed_async_connection()
        .await
        .expect("the server runs")
}

async fn hit(connection: &mut MultiplexedConnection, birth: &BirthData) {
    put(connection, "by-hand", the_chart()).await;
    chart_of(birth.clone()).await;
    let (chart, calls) = observe(chart_of(birth.clone())).await;
    assert!(matches!(calls[0].outcome, Outcome::Hit { .. }), "{calls:?}");
    assert_eq!(&chart, the_chart());
    assert_eq!(get(connection, "by-hand").await.as_ref(), Some(&chart));

    let ratio = compare(
        1000,
        async |_| chart_of(birth.clone()).await,
        async |_| get(connection, "by-hand").await.expect("it was put"),
    );
    ratio.await.print("hit path", "hand-written GET + decode");
}

async fn miss(connection: &mut MultiplexedConnection) {
    // Every call is another birth, so that none of them hits.
    let another = |number: u32| support::birth(f64::from(number) / 1e6);
    let (_, calls) = observe(chart_of(another(0))).await;
    assert!(
        matches!(calls[0].outcome, Outcome::Miss { stored, .. } if stored.is_stored()),
        "{calls:?}"
    );

    let ratio = compare(
        250,
        async |number| chart_of(another(number + 1)).await,
        async |number| {
            let key = format!("by-hand:{number}");
            assert!(get(connection, &key).await.is_none());
            let chart = the_chart().clone();
            put(connection, &key, &chart).await;
            chart
        },
    );
    ratio
        .await
        .print("miss path", "hand-written GET + encode + SET PX");
}

async fn get(connection: &mut MultiplexedConnection, key: &str) -> Option<Chart> {
    let bytes: Option<Vec<u8>> = connection.get(key).await.expect("the server answers");
    let (chart, _) = decode_from_slice(&bytes?, standard()).expect("the bytes are a chart");
    Some(chart)
}

async fn put(connection: &mut MultiplexedConnection, key: &str, chart: &Chart) {
    let bytes = encode_to_vec(chart, standard()).expect("a chart encodes");
    let expiry = SetOptions::default().with_expiration(SetExpiry::PX(DAY_MILLIS));
    let () = connection
        .set_options(key, bytes, expiry)
        .await
        .expect("the server answers");
}

async fn envelope(birth: &BirthData, chart: &Chart, plain: &[u8]) {
    let secret = KeySecret::new(SECRET).expect("the secret is long enough");
    let identity = Keymaker::new(&secret)
        .identity::<Chart>(&[birth])
        .expect("a birth has a key");
    let sealed = identity.seal(chart).expect("a chart encodes");
    println!("its envelope: {} bytes more", sealed.len() - plain.len());

    let ratio = compare(
        1000,
        async |_| identity.seal(chart).expect("a chart encodes"),
        async |_| encode_to_vec(chart, standard()).expect("a chart encodes"),
    );
    ratio.await.print("envelope seal", "bincode encode");

    let ratio = compare(
        1000,
        async |_| identity.open::<Chart>(&sealed).expect("sealed above"),
        async |_| decode_from_slice::<Chart, _>(plain, standard()).expect("encoded above"),
    );
    ratio.await.print("envelope open", "bincode decode");
}

/// What it costs to encrypt and to compress, for a value of about 4 KiB.
async fn forms(birth: &BirthData, chart: &Chart) {
    let secret = KeySecret::new(SECRET).expect("the secret is long enough");
    let value = vec![chart.clone(); 4];
    let identity = || {
        let identity = Keymaker::new(&secret).identity::<Vec<Chart>>(&[birth]);
        identity.expect("a birth has a key")
    };
    let plain = identity();
    let in_plain = plain.seal(&value).expect("charts encode");
    println!("four charts: {} bytes with their envelope", in_plain.len());
    for (name, form) in [
        ("encrypted", identity().encrypted()),
        ("compressed", identity().compressed_above(1024)),
    ] {
        let sealed = form.seal(&value).expect("charts encode");
        println!("{name}: {} bytes", sealed.len());

        let ratio = compare(
            300,
            async |_| form.seal(&value).expect("charts encode"),
            async |_| plain.seal(&value).expect("charts encode"),
        );
        ratio.await.print(&format!("{name} seal"), "plain seal");

        let ratio = compare(
            300,
            async |_| form.open::<Vec<Chart>>(&sealed).expect("sealed above"),
            async |_| plain.open::<Vec<Chart>>(&in_plain).expect("sealed above"),
        );
        ratio.await.print(&format!("{name} open"), "plain open");
    }
}

/// The medians of two sides over all rounds.
struct Ratio {
    ours: Duration,
    theirs: Duration,
    /// Ours divided by theirs in each round, sorted.
    ratios: Vec<f64>,
}

/// Lets both sides take `turns` turns in each round, and gives each turn a number of its own.
async fn compare<A, B>(
    turns: u32,
    mut ours: impl AsyncFnMut(u32) -> A,
    mut theirs: impl AsyncFnMut(u32) -> B,
) -> Ratio {
    let mut medians = Vec::new();
    let mut number = 0;
    // The first round warms up and does not count.
    for round in 0..=ROUNDS {
        let (mut our_times, mut their_times) = (Vec::new(), Vec::new());
        for _ in 0..turns {
            our_times.push(timed(&mut ours, number).await);
            their_times.push(timed(&mut theirs, number).await);
            number += 1;
        }
        if round > 0 {
            medians.push((median(our_times), median(their_times)));
        }
    }
    let mut ratios: Vec<f64> = medians
        .iter()
        .map(|(ours, theirs)| ours.as_secs_f64() / theirs.as_secs_f64())
        .collect();
    ratios.sort_by(f64::total_cmp);
    Ratio {
        ours: median(medians.iter().map(|(ours, _)| *ours).collect()),
        theirs: median(medians.iter().map(|(_, theirs)| *theirs).collect()),
        ratios,
    }
}

async fn timed<T>(turn: &mut impl AsyncFnMut(u32) -> T, number: u32) -> Duration {
    let started = Instant::now();
    // What a turn returns is dropped on the clock: whoever makes a value pays for its end too.
    drop(black_box(turn(number).await));
    started.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

impl Ratio {
    fn print(&self, ours: &str, theirs: &str) {
        println!(
            "{ours}: {:.2} × {theirs} (median of {ROUNDS} rounds, {:.2} to {:.2}; {:.2} µs / {:.2} µs)",
            self.ratios[ROUNDS / 2],
            self.ratios[0],
            self.ratios[ROUNDS - 1],
            micros(self.ours),
            micros(self.theirs),
        );
    }
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
