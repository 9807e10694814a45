//! A Redis that answers, but not well: reads and writes are cut off apart, and come back.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use cached_runtime::{BreakerOptions, Bypass, Cache, Outcome, Stored};
use cached_tests::cache::{self, eventually, outcome};
use cached_tests::ports;
use cached_tests::redis::RedisServer;
use redis::Cmd;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

use super::{call, double};

/// How many bad calls it takes, by default.
const MINIMUM: u64 = 20;

/// How many probes there may be while a test looks away, with room for a slow machine.
const PROBES: u64 = 60;

fn command(words: &[&str]) -> Cmd {
    let mut command = Cmd::new();
    for word in words {
        command.arg(*word);
    }
    command
}

/// Returns how often the server was asked for `command`, refusals included.
async fn asked(server: &RedisServer, name: &str) -> u64 {
    let stats: String = server.query(command(&["INFO", "commandstats"])).await;
    let line = stats
        .lines()
        .find_map(|line| line.strip_prefix(&format!("cmdstat_{name}:")));
    let count = |fields: &str, field: &str| {
        let value = fields.split(',').find_map(|pair| pair.strip_prefix(field));
        value.map_or(0, |value| value.parse::<u64>().expect("a count"))
    };
    // A refused command is either one that has not begun or one that has failed.
    line.map_or(0, |fields| {
        count(fields, "calls=") + count(fields, "rejected_calls=")
    })
}

/// Misses with numbers that no other call uses, until the write breaker opens; returns what
/// became of the first value.
async fn miss_until_writes_are_cut_off(cache: &Cache) -> Stored {
    let mut first = None;
    for number in 1_000..1_200 {
        match outcome(double(number, cache)).await {
            (
                _,
                Outcome::Miss {
                    stored: Stored::BreakerOpen,
                    ..
                },
            ) => return first.expect("a write comes before"),
            (_, Outcome::Miss { stored, .. }) => _ = first.get_or_insert(stored),
            (_, outcome) => panic!("expected a miss, got {outcome:?}"),
        }
    }
    panic!("writes were never cut off");
}

/// Makes calls that miss until the value of one is stored.
async fn until_a_write_succeeds(cache: &Cache) {
    let began = Instant::now();
    for number in 10_000.. {
        let (_, outcome) = outcome(double(number, cache)).await;
        if let Outcome::Miss { stored, .. } = outcome
            && stored.is_stored()
        {
            return;
        }
        assert!(began.elapsed() < Duration::from_mins(1), "{outcome:?}");
        sleep(Duration::from_millis(10)).await;
    }
}

/// Makes calls that could hit until one does, and returns how long that took.
async fn until_a_hit(cache: &Cache) -> Duration {
    let began = Instant::now();
    loop {
        if let Outcome::Hit { .. } = call(cache).await {
            return began.elapsed();
        }
        assert!(began.elapsed() < Duration::from_mins(1));
        sleep(Duration::from_millis(5)).await;
    }
}

/// Checks that refused writes are cut off while reads go on, and come back after `heal`.
async fn assert_only_writes_are_cut_off(
    server: &RedisServer,
    cache: &Cache,
    break_it: Cmd,
    heal: Cmd,
) {
    assert!(call(cache).await.is_stored_or_hit());
    server.query::<()>(break_it).await;
    let before = asked(server, "set").await;

    assert_eq!(
        miss_until_writes_are_cut_off(cache).await,
        Stored::WriteFailed
    );
    for number in 2_000..2_500 {
        assert_eq!(double(number, cache).await, number * 2);
        assert!(matches!(call(cache).await, Outcome::Hit { .. }));
    }
    let writes = asked(server, "set").await - before;
    assert!(writes >= MINIMUM / 2, "{writes} writes");
    assert!(writes <= MINIMUM + PROBES, "{writes} writes for 520 misses");

    server.query::<()>(heal).await;
    until_a_write_succeeds(cache).await;
    assert!(matches!(call(cache).await, Outcome::Hit { .. }));
}

trait IsStoredOrHit {
    fn is_stored_or_hit(&self) -> bool;
}

impl IsStoredOrHit for Outcome {
    fn is_stored_or_hit(&self) -> bool {
        match self {
            Outcome::Hit { .. } => true,
            Outcome::Miss { stored, .. } => stored.is_stored(),
            _ => false,
        }
    }
}

#[tokio::test]
async fn a_full_redis_is_read_and_not_written_to_until_it_has_room() {
    let server = RedisServer::start().await;
    let (cache, _) = cache::prompt_cache(&server).await;

    let full = command(&["CONFIG", "SET", "maxmemory", "1"]);
    let room = command(&["CONFIG", "SET", "maxmemory", "0"]);
    assert_only_writes_are_cut_off(&server, &cache, full, room).await;
}

#[tokio::test]
async fn a_read_only_redis_is_read_and_not_written_to_until_it_is_a_master() {
    let server = RedisServer::start().await;
    let (cache, _) = cache::prompt_cache(&server).await;

    let replica = command(&["REPLICAOF", "127.0.0.1", "1"]);
    let master = command(&["REPLICAOF", "NO", "ONE"]);
    assert_only_writes_are_cut_off(&server, &cache, replica, master).await;
}

#[tokio::test]
async fn a_user_who_may_not_write_reads_and_writes_again_once_permitted() {
    let server = RedisServer::start().await;
    let user = command(&[
        "ACL", "SETUSER", "reader", "on", ">pass", "~test:*", "+@all",
    ]);
    server.query::<()>(user).await;
    let url = server.url().replace("://", "://reader:pass@");
    let cache = cache::prompt_builder(&server)
        .redis(url)
        .build()
        .await
        .unwrap();

    let forbid = command(&["ACL", "SETUSER", "reader", "-set"]);
    let permit = command(&["ACL", "SETUSER", "reader", "+set"]);
    assert_only_writes_are_cut_off(&server, &cache, forbid, permit).await;
}

#[tokio::test]
async fn a_user_who_may_not_read_is_cut_off_and_comes_back_once_permitted() {
    let server = RedisServer::start().await;
    let user = command(&[
        "ACL", "SETUSER", "writer", "on", ">pass", "~test:*", "+@all",
    ]);
    server.query::<()>(user).await;
    let url = server.url().replace("://", "://writer:pass@");
    let cache = cache::prompt_builder(&server)
        .redis(url)
        .build()
        .await
        .unwrap();
    call(&cache).await;
    server
        .query::<()>(command(&["ACL", "SETUSER", "writer", "-getrange"]))
        .await;

    let reasons = bypasses_until_cut_off(&cache).await;
    assert!(
        reasons
            .iter()
            .all(|reason| *reason == Bypass::Server("NOPERM"))
    );
    let before = asked(&server, "getrange").await;
    for _ in 0..500 {
        call(&cache).await;
    }
    let reads = asked(&server, "getrange").await - before;
    assert!(reads <= PROBES, "{reads} reads while cut off");

    server
        .query::<()>(command(&["ACL", "SETUSER", "writer", "+getrange"]))
        .await;
    until_a_hit(&cache).await;
}

/// Makes calls until reads are cut off, and returns why those before went past the cache.
async fn bypasses_until_cut_off(cache: &Cache) -> Vec<Bypass> {
    let mut reasons = Vec::new();
    for _ in 0..200 {
        match call(cache).await {
            Outcome::Bypass {
                reason: Bypass::BreakerOpen,
                ..
            } => return reasons,
            Outcome::Bypass { reason, .. } => reasons.push(reason),
            Outcome::Hit { .. } => {}
            outcome => panic!("expected a bypass or a hit, got {outcome:?}"),
        }
    }
    panic!("reads were never cut off: {reasons:?}");
}

#[tokio::test]
async fn a_redis_that_loads_its_data_is_left_alone_until_it_has() {
    let server = RedisServer::start_with(&[
        "--key-load-delay",
        "4000",
        "--loading-process-events-interval-bytes",
        "1024",
        "--rdbcompression",
        "no",
    ])
    .await;
    let (cache, _) = cache::prompt_cache(&server).await;
    call(&cache).await;
    let fill = "for i = 1, 500 do redis.call('SET', 'filler:' .. i, string.rep('x', 1024)) end";
    server.query::<()>(command(&["EVAL", fill, "0"])).await;
    server.query::<()>(command(&["SAVE"])).await;

    server.restart().await;
    eventually(|| cache.is_connected()).await;

    let reasons = bypasses_until_cut_off(&cache).await;
    assert!(reasons.contains(&Bypass::Server("LOADING")), "{reasons:?}");
    until_a_hit(&cache).await;
}

#[tokio::test]
async fn a_redis_that_has_become_slow_is_left_alone_until_it_is_quick() {
    let server = RedisServer::start().await;
    let path = SlowPath::to(&server).await;
    let cache = cache::prompt_builder(&server)
        .redis(path.url())
        // So long that no answer is too late: what is slow is right nevertheless.
        .read_timeout(Duration::from_secs(10))
        .write_timeout(Duration::from_secs(10))
        .build()
        .await
        .unwrap();
    call(&cache).await;
    for _ in 0..3 {
        assert!(matches!(call(&cache).await, Outcome::Hit { .. }));
    }

    path.delay_millis.store(70, Ordering::Relaxed);
    assert_eq!(bypasses_until_cut_off(&cache).await, []);
    let before = asked(&server, "getrange").await;
    let began = Instant::now();
    for _ in 0..500 {
        call(&cache).await;
    }
    assert!(began.elapsed() < Duration::from_secs(20));
    let reads = asked(&server, "getrange").await - before;
    assert!(reads <= PROBES, "{reads} reads while cut off");

    path.delay_millis.store(0, Ordering::Relaxed);
    until_a_hit(&cache).await;
}

#[tokio::test]
async fn a_breaker_that_is_disabled_asks_however_badly_it_goes() {
    let server = RedisServer::start().await;
    let cache = cache::prompt_builder(&server)
        .breaker(BreakerOptions::disabled())
        .build()
        .await
        .unwrap();
    server
        .query::<()>(command(&["CONFIG", "SET", "maxmemory", "1"]))
        .await;
    let before = asked(&server, "set").await;

    for number in 0..100 {
        double(number, &cache).await;
    }

    assert_eq!(asked(&server, "set").await - before, 100);
}

#[tokio::test]
async fn the_first_hit_comes_soon_after_a_freeze_under_load() {
    let server = RedisServer::start().await;
    let (cache, _) = cache::prompt_cache(&server).await;
    call(&cache).await;

    server.freeze();
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(2) {
        call(&cache).await;
        sleep(Duration::from_millis(5)).await;
    }
    server.thaw();

    // Half of this on a quiet machine: 500 ms until connected, 120 ms until a probe, one call.
    let took = until_a_hit(&cache).await;
    assert!(took < Duration::from_secs(3), "{took:?}");
}

#[tokio::test]
async fn settings_out_of_range_are_refused_by_name() {
    let builders = [
        ("in flight", Cache::builder().max_in_flight(0)),
        ("in flight", Cache::builder().max_in_flight(65_537)),
        (
            "failure ratio",
            Cache::builder().breaker(BreakerOptions::default().failure_ratio(2.0)),
        ),
    ];

    for (name, builder) in builders {
        let fault = builder.build().await.unwrap_err();
        assert!(fault.is_setting());
        assert!(fault.to_string().contains(name), "{fault}");
    }
}

/// A way to a server on which every answer takes longer.
struct SlowPath {
    port: u16,
    delay_millis: Arc<AtomicU64>,
}

impl SlowPath {
    async fn to(server: &RedisServer) -> Self {
        let (port, target) = (ports::free(), server.port());
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let delay_millis = Arc::new(AtomicU64::new(0));
        let delay = Arc::clone(&delay_millis);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(forward(client, target, Arc::clone(&delay)));
            }
        });
        Self { port, delay_millis }
    }

    fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }
}

async fn forward(client: TcpStream, target: u16, delay_millis: Arc<AtomicU64>) {
    let server = TcpStream::connect(("127.0.0.1", target)).await.unwrap();
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let there = async { copy(&mut from_client, &mut to_server).await.map(drop) };
    let back = async {
        let mut bytes = [0; 4096];
        loop {
            let length = from_server.read(&mut bytes).await?;
            if length == 0 {
                return Ok(());
            }
            sleep(Duration::from_millis(delay_millis.load(Ordering::Relaxed))).await;
            to_client.write_all(&bytes[..length]).await?;
        }
    };
    let _: Result<_, std::io::Error> = tokio::try_join!(there, back);
}
