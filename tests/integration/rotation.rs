//! A key secret is replaced while the cache is in use: nothing is lost and nothing old comes back.

use std::future::ready;
use std::time::Duration;

use cached_runtime::{
    Backend, BackendFuture, Builder, Cache, KeySecret, ManualClock, Outcome, invalidate, peek,
    redis_cached, refresh,
};
use cached_tests::app::{Answer, CHART, Program, SECRET, birth_with};
use cached_tests::cache::{self, Source, outcome};
use cached_tests::redis::RedisServer;
use redis::Cmd;
use reqwest::Method;
use rustix::process::Signal;
use serde_json::json;
use tokio::time::Instant;

/// The secret that takes the place of the one that all tests share.
const NEXT: &str = "another secret of thirty-two byte";

fn next_secret() -> KeySecret {
    KeySecret::new(NEXT).expect("it is long enough")
}

async fn build(builder: Builder) -> Cache {
    builder.build().await.expect("the settings are sound")
}

/// Returns the settings of a process that has not heard of the next secret.
fn old(server: &RedisServer) -> Builder {
    cache::builder(server)
}

/// Returns the settings of a process that stores under the next secret.
fn new(server: &RedisServer) -> Builder {
    cache::builder(server)
        .key_secret(next_secret())
        .previous_key_secret(cache::secret())
}

#[redis_cached(ttl = "1h", key = hash, cache = cache, skip(cache, source))]
async fn price(article: u32, source: &Source, cache: &Cache) -> u32 {
    article * 100 + source.run()
}

#[redis_cached(ttl = "1h", key = "article:{article}", cache = cache, skip(cache, source))]
async fn label(article: u32, source: &Source, cache: &Cache) -> u32 {
    article * 100 + source.run()
}

/// Waits until `server` holds so many entries.
async fn entries(server: &RedisServer, count: usize) {
    let mut poll = tokio::time::interval(Duration::from_millis(5));
    let deadline = Instant::now() + Duration::from_mins(1);
    while server.keys().await.len() != count {
        assert!(Instant::now() < deadline, "{:?}", server.keys().await);
        poll.tick().await;
    }
}

fn is_hit(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Hit { .. })
}

#[tokio::test]
async fn what_was_stored_under_the_old_secret_is_served_and_moves_to_the_new_one() {
    let server = RedisServer::start().await;
    let source = Source::default();
    let (old, new) = (build(old(&server)).await, build(new(&server)).await);
    assert_eq!(price(7, &source, &old).await, 701);
    assert_eq!(label(8, &source, &old).await, 802);

    let prices = outcome(price(7, &source, &new)).await;
    let labels = outcome(label(8, &source, &new)).await;

    assert_eq!((prices.0, labels.0), (701, 802));
    assert!(is_hit(prices.1) && is_hit(labels.1));
    entries(&server, 4).await;
    let only_new = build(cache::builder(&server).key_secret(next_secret())).await;
    assert_eq!(price(7, &source, &only_new).await, 701);
    assert_eq!(label(8, &source, &only_new).await, 802);
    assert_eq!(source.runs(), 2);
}

#[tokio::test]
async fn an_entry_that_moves_lives_no_longer_than_it_would_have() {
    let server = RedisServer::start().await;
    let (source, clock) = (Source::default(), ManualClock::new());
    let old = build(old(&server).clock(clock.clone())).await;
    let new = build(new(&server).clock(clock.clone())).await;
    price(7, &source, &old).await;
    let before = server.keys().await;
    clock.advance(Duration::from_mins(40));

    let (_, hit) = outcome(price(7, &source, &new)).await;

    let Outcome::Hit { ttl, .. } = hit else {
        panic!("{hit:?}");
    };
    // Times are stored in whole milliseconds.
    assert_eq!((ttl + Duration::from_millis(1)).as_secs(), 20 * 60);
    entries(&server, 2).await;
    let keys = server.keys().await;
    let moved = keys.iter().find(|key| !before.contains(key)).unwrap();
    let left: u64 = server.query(Cmd::pttl(moved)).await;
    assert!(
        (19 * 60_000..=20 * 60_000).contains(&left),
        "{left} ms are left"
    );
    clock.advance(Duration::from_mins(20));
    assert_eq!(price(7, &source, &new).await, 702);
}

#[tokio::test]
async fn a_process_with_the_old_secret_alone_misses_what_the_new_one_stored() {
    let server = RedisServer::start().await;
    let source = Source::default();
    let (old, new) = (build(old(&server)).await, build(new(&server)).await);

    price(7, &source, &new).await;
    let (value, missed) = outcome(price(7, &source, &old)).await;

    assert_eq!(value, 702);
    assert!(matches!(missed, Outcome::Miss { .. }), "{missed:?}");
}

#[tokio::test]
async fn processes_that_have_both_secrets_either_way_round_share_everything() {
    let server = RedisServer::start().await;
    let source = Source::default();
    let prepared = build(old(&server).previous_key_secret(next_secret())).await;
    let new = build(new(&server)).await;

    price(7, &source, &prepared).await;
    price(8, &source, &new).await;

    assert!(is_hit(outcome(price(7, &source, &new)).await.1));
    assert!(is_hit(outcome(price(8, &source, &prepared)).await.1));
    assert_eq!(source.runs(), 2);
}

#[tokio::test]
async fn what_is_invalidated_is_gone_under_both_secrets() {
    let server = RedisServer::start().await;
    let source = Source::default();
    let (old, new) = (build(old(&server)).await, build(new(&server)).await);
    price(7, &source, &old).await;
    price(7, &source, &new).await;
    entries(&server, 2).await;

    invalidate(price(7, &source, &new)).await.unwrap();

    assert_eq!(server.keys().await, Vec::<String>::new());
    assert_eq!(price(7, &source, &new).await, 702);
}

#[tokio::test]
async fn what_is_refreshed_is_not_shadowed_by_the_value_under_the_other_secret() {
    let server = RedisServer::start().await;
    let source = Source::default();
    let (old, new) = (build(old(&server)).await, build(new(&server)).await);
    price(7, &source, &old).await;

    assert_eq!(refresh(price(7, &source, &new)).await, 702);

    assert_eq!(server.keys().await.len(), 1);
    let prepared = cache::builder(&server).previous_key_secret(next_secret());
    assert_eq!(price(7, &source, &build(prepared).await).await, 702);
}

#[tokio::test]
async fn a_look_alone_moves_nothing() {
    let server = RedisServer::start().await;
    let source = Source::default();
    let (old, new) = (build(old(&server)).await, build(new(&server)).await);
    price(7, &source, &old).await;

    assert_eq!(peek(price(7, &source, &new)).await.unwrap(), Some(701));

    new.shutdown().await;
    assert_eq!(server.keys().await.len(), 1);
}

#[tokio::test]
async fn an_entry_that_is_damaged_under_the_new_secret_is_replaced_by_that_under_the_old_one() {
    let server = RedisServer::start().await;
    let source = Source::default();
    let (old, new) = (build(old(&server)).await, build(new(&server)).await);
    price(7, &source, &old).await;
    let key = cached_runtime::key(price(7, &source, &new)).await.unwrap();
    server.query::<()>(Cmd::set(&key, "damage")).await;

    assert_eq!(price(7, &source, &new).await, 701);

    let only_new = build(cache::builder(&server).key_secret(next_secret())).await;
    new.shutdown().await;
    assert!(is_hit(outcome(price(7, &source, &only_new)).await.1));
}

/// A store that takes its time to say that it has nothing.
struct Slow;

/// How long it takes.
const SLOW: Duration = Duration::from_millis(60);

impl Backend for Slow {
    fn get<'a>(&'a self, _: &'a str, _: usize) -> BackendFuture<'a, Option<Vec<u8>>> {
        Box::pin(async {
            tokio::time::sleep(SLOW).await;
            Ok(None)
        })
    }

    fn set<'a>(&'a self, _: &'a str, _: Vec<u8>, _: Duration) -> BackendFuture<'a, ()> {
        Box::pin(ready(Ok(())))
    }

    fn remove<'a>(&'a self, _: &'a str) -> BackendFuture<'a, ()> {
        Box::pin(ready(Ok(())))
    }

    fn is_connected(&self) -> bool {
        true
    }
}

#[tokio::test(start_paused = true)]
async fn two_looks_hold_up_a_call_no_longer_than_one_may() {
    let source = Source::default();
    let slow = Cache::builder()
        .backend(Slow)
        .key_secret(next_secret())
        .previous_key_secret(cache::secret());
    let slow = build(slow).await;
    let started = Instant::now();

    let (value, missed) = outcome(price(7, &source, &slow)).await;

    assert_eq!(started.elapsed().as_millis(), 100);
    assert_eq!(value, 701);
    assert!(matches!(missed, Outcome::Miss { .. }), "{missed:?}");
}

#[tokio::test(start_paused = true)]
async fn a_look_alone_that_is_cut_off_is_a_fault() {
    let source = Source::default();
    let slow = Cache::builder()
        .backend(Slow)
        .key_secret(next_secret())
        .previous_key_secret(cache::secret());
    let slow = build(slow).await;

    let unknown = peek(price(7, &source, &slow)).await;

    assert!(
        unknown
            .expect_err("the second look is cut off")
            .is_timeout()
    );
    assert_eq!(source.runs(), 0);
}

#[tokio::test]
async fn a_previous_secret_without_another_that_replaces_it_is_refused() {
    let server = RedisServer::start().await;
    let same = old(&server).previous_key_secret(cache::secret());
    let guessable = old(&server)
        .guessable_keys()
        .previous_key_secret(cache::secret());
    let alone = Cache::builder().previous_key_secret(cache::secret());

    for builder in [same, guessable, alone] {
        assert!(builder.build().await.is_err());
    }
}

/// Two replicas of the service, each of which gets every other request.
struct Replicas {
    url: String,
    running: [Program; 2],
    /// How often the births have been asked for; each time it is the other replica's turn.
    rounds: u32,
}

/// How many births are asked for in each round.
const BIRTHS: u32 = 40;

impl Replicas {
    async fn start(redis: &RedisServer, secrets: &[(&str, &str)]) -> Self {
        let url = redis.url();
        Self {
            running: [
                Self::replica(&url, secrets).await,
                Self::replica(&url, secrets).await,
            ],
            url,
            rounds: 0,
        }
    }

    async fn replica(url: &str, secrets: &[(&str, &str)]) -> Program {
        let settings = [&[("REDIS_URL", url)], secrets].concat();
        Program::start(&settings).await
    }

    /// Asks for every birth, four at a time, and returns the cache's status of each answer.
    async fn load(&mut self) -> Vec<String> {
        self.rounds += 1;
        let mut statuses = Vec::new();
        for first in (0..BIRTHS).step_by(4) {
            let requests = (first..first + 4).map(|birth| {
                let replica = &self.running[((birth + self.rounds) % 2) as usize];
                let time = format!("{:02}:{:02}", birth / 60, birth % 60);
                let birth = birth_with(&json!({"time": time}));
                tokio::spawn(Answer::to(
                    replica.request(Method::POST, CHART).json(&birth),
                ))
            });
            for request in requests.collect::<Vec<_>>() {
                let answer = request.await.expect("the request ends");
                assert_eq!(answer.status(), 200);
                let status = answer.cache().expect("an answer has a status");
                statuses.push(status.to_owned());
            }
        }
        statuses
    }

    /// Asks for births until all of them come from the cache.
    async fn fill(&mut self) {
        let deadline = Instant::now() + Duration::from_mins(1);
        while self.load().await.iter().any(|status| status != "HIT") {
            assert!(Instant::now() < deadline, "charts are not cached");
        }
    }

    /// Replaces one replica after the other while births that are cached are asked for. None of them is
    /// computed for want of an entry, and each call succeeds.
    async fn restart(&mut self, secrets: &[(&str, &str)]) {
        for at in 0..2 {
            let next = Self::replica(&self.url, secrets).await;
            let mut statuses = self.load().await;
            let last = std::mem::replace(&mut self.running[at], next);
            statuses.extend(self.load().await);
            last.signal(Signal::TERM);
            statuses.extend(self.load().await);
            assert_eq!(last.ended().await.code, Some(0));
            statuses.extend(self.load().await);

            // On a busy machine a read can take longer than its deadline, and the cache is bypassed.
            let hits = statuses.iter().filter(|status| *status == "HIT").count();
            assert!(
                !statuses.iter().any(|status| status == "MISS"),
                "{statuses:?}"
            );
            assert!(hits * 4 >= statuses.len() * 3, "{statuses:?}");
        }
    }
}

#[tokio::test]
async fn a_running_pair_of_replicas_changes_its_secret_without_a_miss() {
    let redis = RedisServer::start().await;
    let old = [("CACHE_KEY_SECRET", SECRET)];
    let prepared = [old[0], ("CACHE_KEY_SECRET_PREVIOUS", NEXT)];
    let file = tempfile::NamedTempFile::new().expect("the temporary directory is writable");
    std::fs::write(file.path(), format!("{NEXT}\n")).expect("the file is writable");
    let file = file.path().to_str().expect("the path is text");
    let next = [("CACHE_KEY_SECRET_FILE", file)];
    let swapped = [next[0], ("CACHE_KEY_SECRET_PREVIOUS", SECRET)];
    let mut replicas = Replicas::start(&redis, &old).await;
    replicas.fill().await;

    replicas.restart(&prepared).await;
    replicas.restart(&swapped).await;
    // Every chart moves when it is asked for.
    entries(&redis, 2 * BIRTHS as usize).await;
    replicas.restart(&next).await;

    let kept = redis.keys().await;
    replicas.fill().await;
    assert_eq!(redis.keys().await.len(), kept.len());
}

#[tokio::test]
async fn a_pair_that_changes_its_secret_at_once_computes_nothing_that_is_cached() {
    let redis = RedisServer::start().await;
    let mut replicas = Replicas::start(&redis, &[("CACHE_KEY_SECRET", SECRET)]).await;
    replicas.fill().await;
    let swapped = [
        ("CACHE_KEY_SECRET", NEXT),
        ("CACHE_KEY_SECRET_PREVIOUS", SECRET),
    ];

    replicas.restart(&swapped).await;
}
