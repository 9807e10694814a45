//! What the service does to a Redis, as Redis itself tells it: `reports/redis-integration.md`.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;

use app::engine::Chart;
use cached_runtime::{Cache, KeySecret, redis_cached};
use cached_tests::app::{Program, SECRET};
use cached_tests::redis::RedisServer;
use cached_tests::reports::{Figures, root};
use redis::Cmd;
use reqwest::Method;
use serde_json::{Value, json};

use crate::figures;
use crate::load::{self, count};
use crate::servers::{Database, service};

/// How many requests are counted of each kind.
const REQUESTS: u64 = 1_000;

/// How many charts are stored to see what memory they take.
const STORED: u64 = 5_000;

/// The memory that is too little for all charts, beyond what an empty server takes.
const LITTLE_BYTES: u64 = 2 << 20;

/// The charts and requests for it.
const CROWDED_BIRTHS: u64 = 10_000;
const CROWDED_REQUESTS: usize = 20_000;

/// What of the commands that Redis counts is the service's; the others are asked to count.
const OF_SERVICE: [&str; 4] = ["getrange", "set", "unlink", "ping"];

pub(crate) async fn measure() -> Figures {
    let database = Database::start().await;
    let database = database.url();
    let redis = RedisServer::start().await;
    let user = create_user(&redis).await;
    let url = format!("redis://app:{}@127.0.0.1:{}", user.password, redis.port());
    let cached = service(database, &[("REDIS_URL", &url)]).await;

    let empty = memory(&redis).await;
    let births = 1_000_000..1_000_000 + STORED;
    load::run(cached.address(), 8, &load::each(births)).await;
    let full = memory(&redis).await;
    let entries: u64 = redis.query(redis::cmd("DBSIZE")).await;
    let per_entry = (full - empty) / entries;
    let room = (512 << 20) - empty;
    let sizes = of_every_key(&redis, "redis.call('MEMORY', 'USAGE', key)").await;
    let lengths = of_every_key(&redis, "redis.call('STRLEN', key)").await;
    let lives = of_every_key(&redis, "redis.call('PTTL', key)").await;
    let key = redis.keys().await.swap_remove(0);
    let clients = clients(&redis).await;

    let mut commands = Vec::new();
    let fresh = 2_000_000..2_000_000 + REQUESTS;
    for name in ["MISS", "HIT"] {
        commands.push(count_commands(&redis, cached.address(), name, fresh.clone()).await);
    }
    switch_off(&cached).await;
    commands.push(count_commands(&redis, cached.address(), "BYPASS", fresh).await);
    let refused: Vec<Vec<redis::Value>> = redis.query(log_of_refusals()).await;

    let told = |millis: u64| hours(Duration::from_millis(millis));
    figures(json!({
        "commands": commands,
        "requests": REQUESTS,
        "connections": clients.len(),
        "client": clients.first().cloned().unwrap_or_default(),
        "rights": user.rights,
        "refused": refused.len(),
        "key": key,
        "key_bytes": key.len(),
        "entries": entries,
        "memory_median": median(&sizes),
        "memory_most": sizes.last(),
        "memory_least": sizes.first(),
        "value_median": median(&lengths),
        "per_entry": per_entry,
        "empty": empty,
        "fit": room / per_entry,
        "life_least": told(*lives.first().expect("there are entries")),
        "life_median": told(median(&lives)),
        "life_most": told(*lives.last().expect("there are entries")),
        "without_life": lives.iter().filter(|life| **life == 0).count(),
        "forms": forms(database).await,
        "crowded": crowded(database).await,
    }))
}

/// The user that the service logs in as.
struct User {
    password: String,
    /// What it may do, as Redis writes it.
    rights: String,
}

/// Makes the user that `ops/make-secrets` makes for the service.
async fn create_user(redis: &RedisServer) -> User {
    let folder = tempfile::tempdir().expect("there is a place for temporary files");
    let made = Command::new(root().join("ops/make-secrets"))
        .arg(folder.path())
        .output();
    assert!(made.expect("it can be run").status.success());
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).expect("it was made");
    let (users, password) = (read("redis_users"), read("redis_password"));
    let rules = users
        .lines()
        .find_map(|line| line.strip_prefix("user app "));
    let rules = rules.expect("there is a user of the service");
    let mut command = redis::cmd("ACL");
    command.arg("SETUSER").arg("app");
    for rule in rules.split_whitespace() {
        command.arg(rule);
    }
    redis.query::<()>(command).await;
    let rights = rules
        .split_whitespace()
        .filter(|rule| !rule.starts_with('#'));
    User {
        password: password.trim().to_owned(),
        rights: rights.collect::<Vec<_>>().join(" "),
    }
}

fn log_of_refusals() -> Cmd {
    let mut command = redis::cmd("ACL");
    command.arg("LOG");
    command
}

/// Asks for `births` and returns what Redis counted meanwhile.
async fn count_commands(
    redis: &RedisServer,
    address: SocketAddr,
    name: &str,
    births: std::ops::Range<u64>,
) -> Value {
    let mut reset = redis::cmd("CONFIG");
    reset.arg("RESETSTAT");
    redis.query::<()>(reset).await;
    let heard = load::run(address, 1, &load::each(births)).await;
    let counted = info(redis, "commandstats").await;
    let traffic = info(redis, "stats").await;

    let calls = |command: &str| {
        let stats = counted.get(&format!("cmdstat_{command}"));
        let calls = stats.and_then(|stats| stats.strip_prefix("calls=")?.split(',').next());
        calls.map_or(0, |calls| calls.parse::<u64>().expect("it is a count"))
    };
    let bytes = |field: &str| traffic[field].parse::<f64>().expect("it is a count") / 1e3;
    let [getrange, set, unlink, ping] = OF_SERVICE.map(calls);
    json!({
        "name": name,
        "others": heard.other_than(&format!("200 {name}")),
        "getrange": getrange,
        "set": set,
        "unlink": unlink,
        "ping": ping,
        "trips": format!("{:.0}", count(usize::try_from(getrange + set).expect("few")) / 1e3),
        "received": bytes("total_net_input_bytes").round(),
        "sent": bytes("total_net_output_bytes").round(),
    })
}

async fn switch_off(program: &Program) {
    let request = program.admin_request(Method::PUT, "/cache/enabled");
    let answer = request.json(&json!({"enabled": false})).send().await;
    assert!(answer.expect("it listens").status().is_success());
}

/// Returns the connections of the service, as `CLIENT LIST` names them.
async fn clients(redis: &RedisServer) -> Vec<String> {
    let mut command = redis::cmd("CLIENT");
    command.arg("LIST");
    let list: String = redis.query(command).await;
    let field = |line: &str, name: &str| {
        let mut fields = line.split(' ').filter_map(|field| field.split_once('='));
        let value = fields.find(|(field, _)| *field == name);
        format!("`{name}={}`", value.map_or("", |(_, value)| value))
    };
    list.lines()
        .filter(|line| line.contains(" user=app "))
        .map(|line| {
            ["user", "name", "lib-name", "lib-ver", "resp", "db"]
                .map(|name| field(line, name))
                .join(" ")
        })
        .collect()
}

/// Returns what Redis answers to `call` for every `key`, sorted.
async fn of_every_key(redis: &RedisServer, call: &str) -> Vec<u64> {
    let script = format!(
        "local said = {{}} for _, key in ipairs(redis.call('KEYS', '*')) do said[#said + 1] = {call} end return said"
    );
    let mut command = redis::cmd("EVAL");
    command.arg(script).arg(0);
    let values: Vec<i64> = redis.query(command).await;
    // `PTTL` answers -1 for a key without expiry.
    let mut values: Vec<u64> = values
        .into_iter()
        .map(|value| value.try_into().unwrap_or(0))
        .collect();
    values.sort_unstable();
    values
}

/// Returns the bytes that Redis uses.
async fn memory(redis: &RedisServer) -> u64 {
    info(redis, "memory").await["used_memory"]
        .parse()
        .expect("it is a number")
}

async fn info(redis: &RedisServer, section: &str) -> BTreeMap<String, String> {
    let mut command = redis::cmd("INFO");
    command.arg(section);
    let text: String = redis.query(command).await;
    let fields = text.lines().filter_map(|line| line.split_once(':'));
    fields
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// Returns a chart.
#[redis_cached(ttl = "24h", key = hash, name = "reports::chart", cache = cache, skip(chart, cache))]
async fn stored(form: &str, chart: &Chart, cache: &Cache) -> Chart {
    chart.clone()
}

/// Returns a chart, which is encrypted where it is stored.
#[redis_cached(ttl = "24h", key = hash, name = "reports::secret_chart", cache = cache, skip(chart, cache), encrypt)]
async fn stored_secretly(form: &str, chart: &Chart, cache: &Cache) -> Chart {
    chart.clone()
}

/// Returns how many bytes one chart takes in each form that a cache can store it in.
async fn forms(database: &str) -> Value {
    let redis = RedisServer::start().await;
    let program = service(database, &[("ENABLE_CACHE", "false")]).await;
    let request = program
        .request(Method::POST, cached_tests::app::CHART)
        .json(&load::birth(0));
    let answer: Value = request
        .send()
        .await
        .expect("it listens")
        .json()
        .await
        .expect("it is JSON");
    let mut chart = answer.clone();
    chart["julian_day"] = answer["instant"]["julian_day"].clone();
    chart["delta_t"] = answer["instant"]["delta_t"].clone();
    let chart: Chart = serde_json::from_value(chart).expect("an answer holds its chart");

    let secret = || KeySecret::new(SECRET).expect("it is long enough");
    let builder = || {
        Cache::builder()
            .namespace("forms")
            .redis(redis.url())
            .key_secret(secret())
    };
    let plain = builder().compress_above_bytes(usize::MAX).build().await;
    let compressed = builder().compress_above_bytes(64).build().await;
    let (plain, compressed) = (
        plain.expect("it is sound"),
        compressed.expect("it is sound"),
    );
    stored("plain", &chart, &plain).await;
    let plain_bytes = largest(&redis).await;
    stored("compressed", &chart, &compressed).await;
    let compressed_bytes = largest(&redis).await;
    stored_secretly("encrypted", &chart, &plain).await;
    let encrypted_bytes = largest(&redis).await;
    stored_secretly("both", &chart, &compressed).await;
    json!({
        "json": answer.to_string().len(),
        "plain": plain_bytes,
        "compressed": compressed_bytes,
        "encrypted": encrypted_bytes,
        "both": largest(&redis).await,
    })
}

/// Returns the bytes of the one value that there is, and removes it.
async fn largest(redis: &RedisServer) -> u64 {
    let lengths = of_every_key(redis, "redis.call('STRLEN', key)").await;
    redis.query::<()>(redis::cmd("FLUSHALL")).await;
    assert_eq!(lengths.len(), 1, "one value is stored");
    lengths[0]
}

/// Returns what happens when the memory is too little for what is asked for.
async fn crowded(database: &str) -> Value {
    let mut rows = Vec::new();
    for is_little in [false, true] {
        let redis = RedisServer::start_with(&["--maxmemory-policy", "allkeys-lfu"]).await;
        let cached = service(database, &[("REDIS_URL", &redis.url())]).await;
        if is_little {
            let bytes = memory(&redis).await + LITTLE_BYTES;
            let mut command = redis::cmd("CONFIG");
            command.arg("SET").arg("maxmemory").arg(bytes);
            redis.query::<()>(command).await;
        }
        let mut random = fastrand::Rng::with_seed(7);
        let births: Vec<u64> = std::iter::repeat_with(|| skewed(&mut random))
            .take(CROWDED_REQUESTS)
            .collect();
        let heard = load::run(cached.address(), 8, &load::each(births)).await;
        let stats = info(&redis, "stats").await;
        let (hits, misses) = (heard.of("200 HIT"), heard.of("200 MISS"));
        let share = count(usize::try_from(hits).expect("few")) / count(heard.times.len());
        let held: u64 = redis.query(redis::cmd("DBSIZE")).await;
        rows.push(json!({
            "name": if is_little { "2 MiB for entries" } else { "room for all" },
            "hits": format!("{:.1} %", share * 100.0),
            "held": held,
            "evicted": stats["evicted_keys"],
            "others": CROWDED_REQUESTS as u64 - hits - misses,
            "p95": format!("{:.2}", heard.percentile(95)),
        }));
    }
    json!({"births": CROWDED_BIRTHS, "requests": CROWDED_REQUESTS, "rows": rows})
}

/// Returns a birth, where those with small numbers come far more often: the one of number n about once for n times the first.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "the power is between 1 and the births"
)]
fn skewed(random: &mut fastrand::Rng) -> u64 {
    (CROWDED_BIRTHS as f64).powf(random.f64()) as u64
}

fn median(values: &[u64]) -> u64 {
    values[values.len() / 2]
}

fn hours(time: Duration) -> String {
    format!("{:.2} h", time.as_secs_f64() / 3_600.0)
}
