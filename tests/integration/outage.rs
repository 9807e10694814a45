//! Redis away, frozen, refusing or back again: the call succeeds, soon, and says what happened.

mod breaker;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use cached_runtime::{Bypass, Cache, Outcome, Stored, redis_cached};
use cached_tests::cache::{self, eventually, outcome};
use cached_tests::ports;
use cached_tests::redis::RedisServer;
use redis::Cmd;

#[redis_cached(ttl = "1h", key = hash, cache = cache, skip(cache))]
async fn double(number: u64, cache: &Cache) -> u64 {
    number * 2
}

/// Makes a call, which must succeed, and returns its outcome.
async fn call(cache: &Cache) -> Outcome {
    let (value, outcome) = outcome(double(21, cache)).await;
    assert_eq!(value, 42);
    outcome
}

async fn bypass(cache: &Cache) -> Bypass {
    match call(cache).await {
        Outcome::Bypass { reason, .. } => reason,
        outcome => panic!("expected a bypass, got {outcome:?}"),
    }
}

#[tokio::test]
async fn calls_bypass_a_killed_redis_and_use_it_again_when_it_is_back() {
    let server = RedisServer::start().await;
    let (cache, _) = cache::prompt_cache(&server).await;
    call(&cache).await;

    server.kill();
    assert_eq!(bypass(&cache).await, Bypass::Disconnected);
    assert_eq!(bypass(&cache).await, Bypass::Disconnected);
    assert!(!cache.is_connected());

    server.restart().await;
    eventually(|| cache.is_connected()).await;
    assert!(matches!(
        call(&cache).await,
        Outcome::Miss {
            stored: Stored::Yes,
            ..
        }
    ));
    assert!(matches!(call(&cache).await, Outcome::Hit { .. }));
}

#[tokio::test]
async fn an_idle_cache_notices_by_itself_that_redis_is_gone() {
    let server = RedisServer::start().await;
    let (cache, _) = cache::prompt_cache(&server).await;

    server.kill();

    eventually(|| !cache.is_connected()).await;
}

#[tokio::test]
async fn a_frozen_redis_costs_a_deadline_and_no_more() {
    let server = RedisServer::start().await;
    let (cache, _) = cache::prompt_cache(&server).await;
    call(&cache).await;

    server.freeze();
    let began = Instant::now();
    assert_eq!(bypass(&cache).await, Bypass::Timeout);
    // The deadline is 100 ms; redis-rs by itself would wait for 500 ms twice.
    assert!(
        began.elapsed() < Duration::from_secs(1),
        "{:?}",
        began.elapsed()
    );

    for _ in 0..2 {
        bypass(&cache).await;
    }
    assert!(
        !cache.is_connected(),
        "three timeouts in a row are a lost connection"
    );
    assert_ne!(bypass(&cache).await, Bypass::Timeout);

    server.thaw();
    eventually(|| cache.is_connected()).await;
    assert!(matches!(call(&cache).await, Outcome::Hit { .. }));
}

#[tokio::test]
async fn a_redis_absent_at_start_is_no_error_and_is_used_once_it_is_there() {
    let server = RedisServer::start().await;
    server.kill();

    let cache = cache::prompt_builder(&server).build().await.unwrap();
    assert_eq!(bypass(&cache).await, Bypass::Disconnected);

    server.restart().await;
    eventually(|| cache.is_connected()).await;
    assert!(matches!(
        call(&cache).await,
        Outcome::Miss {
            stored: Stored::Yes,
            ..
        }
    ));
}

#[tokio::test]
async fn a_host_that_never_answers_does_not_keep_the_cache_from_being_built() {
    let silent = tokio::net::TcpListener::bind(("127.0.0.1", ports::free()))
        .await
        .unwrap();
    let url = format!("redis://{}", silent.local_addr().unwrap());

    let builder = Cache::builder().redis(url).key_secret(cache::secret());
    let cache = builder
        .connect_timeout(Duration::from_millis(50))
        .build()
        .await
        .unwrap();

    assert_eq!(bypass(&cache).await, Bypass::Disconnected);
}

#[tokio::test]
async fn a_wrong_password_is_a_bypass_by_its_name() {
    let server = RedisServer::start_with(&["--requirepass", "right"]).await;
    let with = |password: &str| server.url().replace("://", &format!("://:{password}@"));

    let wrong = cache::prompt_builder(&server)
        .redis(with("wrong"))
        .build()
        .await
        .unwrap();
    assert_eq!(bypass(&wrong).await, Bypass::Server("WRONGPASS"));
    let none = cache::prompt_builder(&server).build().await.unwrap();
    assert_eq!(bypass(&none).await, Bypass::Server("NOAUTH"));
    let right = cache::prompt_builder(&server)
        .redis(with("right"))
        .build()
        .await
        .unwrap();
    assert!(matches!(call(&right).await, Outcome::Miss { .. }));
}

#[tokio::test]
async fn a_user_who_may_not_read_bypasses_by_name() {
    let server = RedisServer::start().await;
    let mut user = redis::cmd("ACL");
    user.arg(&[
        "SETUSER",
        "writer",
        "on",
        ">pass",
        "~*",
        "+@all",
        "-getrange",
    ]);
    server.query::<()>(user).await;
    let url = server.url().replace("://", "://writer:pass@");

    let cache = cache::prompt_builder(&server)
        .redis(url)
        .build()
        .await
        .unwrap();

    assert_eq!(bypass(&cache).await, Bypass::Server("NOPERM"));
}

#[tokio::test]
async fn a_full_redis_still_serves_what_it_has() {
    let server = RedisServer::start().await;
    let (cache, _) = cache::prompt_cache(&server).await;
    call(&cache).await;
    let mut full = redis::cmd("CONFIG");
    full.arg(&["SET", "maxmemory", "1"]);
    server.query::<()>(full).await;

    assert!(matches!(call(&cache).await, Outcome::Hit { .. }));
    let (value, missed) = outcome(double(5, &cache)).await;
    assert_eq!(value, 10);
    assert!(
        matches!(
            missed,
            Outcome::Miss {
                stored: Stored::WriteFailed,
                ..
            }
        ),
        "{missed:?}"
    );
    assert!(cache.is_connected(), "a full server is not a lost one");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_callers_make_at_most_ten_attempts_to_connect_in_three_seconds() {
    const TIME: Duration = Duration::from_secs(3);
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", ports::free()))
        .await
        .unwrap();
    let url = format!("redis://{}", listener.local_addr().unwrap());
    let attempts = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&attempts);
    let server = tokio::spawn(async move {
        loop {
            // Accepts and hangs up, as a port without a server behind it does.
            drop(listener.accept().await);
            counter.fetch_add(1, Ordering::Relaxed);
        }
    });

    let began = Instant::now();
    let cache = Cache::builder()
        .redis(url)
        .key_secret(cache::secret())
        .build()
        .await
        .unwrap();
    let callers: Vec<_> = (0..1_000)
        .map(|_| {
            let cache = cache.clone();
            tokio::spawn(async move {
                while began.elapsed() < TIME {
                    bypass(&cache).await;
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            })
        })
        .collect();
    tokio::time::sleep_until((began + TIME).into()).await;
    let attempts = attempts.load(Ordering::Relaxed);
    for caller in callers {
        caller.await.unwrap();
    }

    assert!(attempts <= 10, "{attempts} attempts");
    server.abort();
}

#[tokio::test]
async fn a_server_that_refuses_every_write_is_not_connected_to_once_a_write() {
    let server = RedisServer::start().await;
    let (cache, _) = cache::prompt_cache(&server).await;
    let mut replica = redis::cmd("REPLICAOF");
    replica.arg(&["127.0.0.1", "1"]);
    server.query::<()>(replica).await;

    let calls = async {
        loop {
            assert_eq!(double(21, &cache).await, 42);
            tokio::task::yield_now().await;
        }
    };
    let _: Result<(), _> = tokio::time::timeout(Duration::from_secs(1), calls).await;

    let mut stats = redis::cmd("INFO");
    stats.arg("stats");
    let stats: String = server.query(stats).await;
    let line = stats
        .lines()
        .find_map(|line| line.strip_prefix("total_connections_received:"));
    let connections: u32 = line.expect("INFO counts connections").parse().unwrap();
    assert!(connections <= 15, "{connections} connections in a second");
}

#[tokio::test]
async fn a_call_that_is_dropped_leaves_the_connection_in_use() {
    let server = RedisServer::start().await;
    let (cache, _) = cache::prompt_cache(&server).await;
    server.query::<()>(Cmd::set("unrelated", 1)).await;

    for number in 0..200 {
        // Polled once: the command is on its way, its reply will find nobody.
        let dropped = tokio::time::timeout(Duration::ZERO, double(number, &cache)).await;
        drop(dropped);
        assert_eq!(double(number + 1_000, &cache).await, (number + 1_000) * 2);
    }
    assert!(cache.is_connected());
}
