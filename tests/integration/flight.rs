//! One computation for all who ask at once, whoever of them goes away, fails or hangs.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::Poll;
use std::time::Duration;

use cached_runtime::testing::{Fault, Faults, FaultyBackend};
use cached_runtime::{Cache, ManualClock, Outcome, Stored, invalidate, observe, redis_cached};
use cached_tests::cache::{self, eventually, outcome};
use cached_tests::origin::Origin;
use cached_tests::redis::RedisServer;
use tokio::task::{JoinHandle, yield_now};
use tokio::time::{Instant, sleep, timeout};

/// Far longer than any of these calls takes.
const HANGS: Duration = Duration::from_secs(30);

/// Gives way before and after it asks, so that there are points at which to stop it.
#[redis_cached(ttl = "1h", key = hash, skip(origin), name = "flight::price")]
async fn price(article: u32, origin: Origin) -> Result<u32, String> {
    yield_now().await;
    let price = origin.ask().await;
    yield_now().await;
    price
}

#[redis_cached(ttl = "1h", key = hash, skip(origin), name = "flight::panics_first")]
async fn panics_first(article: u32, origin: Origin) -> u32 {
    let run = origin.ask().await.unwrap();
    assert!(run > 1, "the first run panics");
    run
}

/// Returns more bytes than the cache of its test takes.
#[redis_cached(ttl = "1h", key = hash, skip(origin), name = "flight::large")]
async fn large(article: u32, origin: Origin) -> Vec<u8> {
    origin.ask().await.unwrap();
    vec![0; 1000]
}

/// Takes as long as the clock says, and fails.
#[redis_cached(ttl = "1h", key = hash, skip(origin), name = "flight::fails_slowly")]
async fn fails_slowly(article: u32, origin: Origin) -> Result<u32, String> {
    sleep(Duration::from_millis(50)).await;
    origin.fail();
    origin.ask().await
}

/// Counts calls that have begun.
#[derive(Clone, Default)]
struct Begun(Arc<AtomicU32>);

impl Begun {
    /// Runs `call`, and counts it once it has been polled.
    async fn count<F: Future>(self, call: F) -> F::Output {
        let mut call = pin!(call);
        let first = poll_fn(|context| Poll::Ready(call.as_mut().poll(context))).await;
        self.0.fetch_add(1, Ordering::SeqCst);
        match first {
            Poll::Ready(output) => output,
            Poll::Pending => call.await,
        }
    }

    /// Waits until so many calls have begun.
    async fn wait_for(&self, calls: u32) {
        eventually(|| self.0.load(Ordering::SeqCst) >= calls).await;
    }
}

/// Makes so many calls, each in a task of its own, and waits until all have begun.
async fn begin<F>(calls: u32, call: impl Fn() -> F) -> Vec<JoinHandle<F::Output>>
where
    F: Future<Output: Send> + Send + 'static,
{
    let begun = Begun::default();
    let calls_begun = (0..calls)
        .map(|_| tokio::spawn(begun.clone().count(call())))
        .collect();
    begun.wait_for(calls).await;
    calls_begun
}

/// Polls `future` until it has been pending so many times, each time once it has been woken; returns
/// whether it has ended.
async fn poll_times<F: Future + ?Sized>(mut future: Pin<&mut F>, pending: usize) -> bool {
    let mut left = pending;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(false);
        }
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(_) => Poll::Ready(true),
            // The future has seen the poll that it is to be dropped after.
            Poll::Pending if left == 0 => Poll::Ready(false),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

async fn answer<T>(call: JoinHandle<T>) -> T {
    timeout(HANGS, call)
        .await
        .expect("every caller is answered")
        .expect("no caller panics")
}

/// Returns a cache in `server` that waits as long as it can, because the machine may be busy.
async fn patient_cache(server: &RedisServer) -> Cache {
    let longest = Duration::from_secs(10);
    let cache = cache::builder(server)
        .read_timeout(longest)
        .write_timeout(longest)
        .flight_patience(Duration::from_mins(10));
    cache.build().await.unwrap()
}

fn price_in(
    cache: &Cache,
    article: u32,
    origin: &Origin,
) -> impl Future<Output = Result<u32, String>> + Send + use<> {
    let (cache, origin) = (cache.clone(), origin.clone());
    async move { cache.scope(price(article, origin)).await }
}

/// Has 10,000 callers ask at once, and checks that the function runs once.
async fn ten_thousand_ask(cache: &Cache, origin: &Origin) {
    origin.block();

    let calls = begin(10_000, || observe(price_in(cache, 7, origin))).await;
    origin.asked(1).await;
    origin.unblock();

    let mut given = 0;
    for call in calls {
        let (price, reports) = answer(call).await;
        assert_eq!(price, Ok(1));
        // Whoever reads after the write has a hit of its own.
        let is_hit = matches!(reports[0].outcome, Outcome::Hit { .. });
        given += u32::from(reports[0].is_collapsed || is_hit);
    }
    assert_eq!(origin.runs(), 1);
    assert_eq!(given, 9_999);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ten_thousand_callers_of_a_cold_key_run_the_function_once() {
    let server = RedisServer::start().await;
    let cache = patient_cache(&server).await;

    ten_thousand_ask(&cache, &Origin::default()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ten_thousand_callers_run_the_function_once_without_redis_too() {
    let server = RedisServer::start().await;
    let cache = patient_cache(&server).await;
    server.kill();

    ten_thousand_ask(&cache, &Origin::default()).await;
}

/// Drops callers of one key after another at random points, each with waiters beside it.
async fn drop_leaders(cache: &Cache) {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    for article in 0..100 {
        let origin = Origin::default();
        origin.block();
        let mut leader = Box::pin(price_in(cache, article, &origin));
        // Two are not so many that it waits for the origin, for which it would wait in vain.
        poll_times(leader.as_mut(), random.usize(..=2)).await;
        let waiters = begin(20, || price_in(cache, article, &origin)).await;
        origin.unblock();

        poll_times(leader.as_mut(), random.usize(..5)).await;
        drop(leader);

        let mut prices = Vec::new();
        for waiter in waiters {
            prices.push(answer(waiter).await.unwrap());
        }
        assert!(origin.runs() <= 2, "{} runs", origin.runs());
        assert!(prices.iter().all(|price| *price == prices[0]), "{prices:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_waiter_answers_when_leaders_are_dropped_at_random_points() {
    let server = RedisServer::start().await;
    let cache = patient_cache(&server).await;

    drop_leaders(&cache).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_waiter_answers_when_leaders_are_dropped_while_redis_is_down() {
    let server = RedisServer::start().await;
    let cache = patient_cache(&server).await;
    server.kill();

    drop_leaders(&cache).await;
}

/// Drops a call after each of its await points in turn, with one beside it that waits, and so many
/// `readers` that have taken their seats before it and are still reading; returns how many points
/// there are.
async fn drop_at_every_await_point(cache: &Cache, readers: usize) -> u32 {
    for polls in 0.. {
        let origin = Origin::default();
        let get = || Box::pin(price_in(cache, 1000 + polls, &origin));
        let mut readers: Vec<_> = (0..readers).map(|_| get()).collect();
        for reader in &mut readers {
            poll_times(reader.as_mut(), 1).await;
        }
        let mut call = get();
        let has_ended = poll_times(call.as_mut(), polls as usize).await;
        let waiter = begin(1, get).await;

        drop(call);

        for other in readers.into_iter().map(tokio::spawn).chain(waiter) {
            answer(other).await.unwrap();
        }
        assert!(
            origin.runs() <= 2,
            "{} runs after {polls} polls",
            origin.runs()
        );
        if has_ended {
            return polls;
        }
    }
    unreachable!("the call ends");
}

#[tokio::test]
async fn a_call_can_be_dropped_at_every_await_point() {
    let server = RedisServer::start().await;
    let cache = patient_cache(&server).await;
    let connections = connections(&server).await;

    let points = drop_at_every_await_point(&cache, 2).await;

    // Read, two in the function, write.
    assert!(points >= 4, "{points} points");
    let origin = Origin::default();
    let call = || outcome(price_in(&cache, 7, &origin));
    assert!(matches!(
        call().await.1,
        Outcome::Miss {
            stored: Stored::Yes,
            ..
        }
    ));
    assert!(matches!(call().await.1, Outcome::Hit { .. }));
    assert_eq!(connections, self::connections(&server).await);
    for article in 1000..=1000 + points {
        // Nobody is left in a flight whom a new call would wait for.
        let again = || price_in(&cache, article, &origin);
        timeout(HANGS, invalidate(again())).await.unwrap().unwrap();
        let runs = origin.runs();
        assert_eq!(timeout(HANGS, again()).await.unwrap(), Ok(runs + 1));
    }
}

#[tokio::test]
async fn a_call_can_be_dropped_at_every_await_point_while_redis_is_down() {
    let server = RedisServer::start().await;
    let cache = patient_cache(&server).await;
    server.kill();
    eventually(|| !cache.is_connected()).await;

    // Nobody reads: the first to be polled would lead.
    drop_at_every_await_point(&cache, 0).await;

    server.restart().await;
    eventually(|| cache.is_connected()).await;
    let origin = Origin::default();
    let call = || outcome(price_in(&cache, 7, &origin));
    eventually_hits(call).await;
}

/// Calls until it hits: commands may be held back for a moment after an outage.
async fn eventually_hits<T, F: Future<Output = (T, Outcome)>>(call: impl Fn() -> F) {
    let hit = async { while !matches!(call().await.1, Outcome::Hit { .. }) {} };
    timeout(HANGS, hit).await.expect("the cache is used again");
}

/// Returns how many connections the server has accepted that are not the harness's own.
async fn connections(server: &RedisServer) -> usize {
    let mut clients = redis::cmd("CLIENT");
    clients.arg("LIST").arg("TYPE").arg("normal");
    let clients: String = server.query(clients).await;
    // Each line begins with a number that no other connection ever has; the last is this question.
    let lines: Vec<_> = clients.lines().collect();
    lines.len() - 1
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_answer_while_a_random_half_of_them_is_dropped() {
    let server = RedisServer::start().await;
    let cache = patient_cache(&server).await;
    let origin = Origin::default();
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    origin.block();
    let mut calls = begin(1_000, || price_in(&cache, 7, &origin)).await;
    origin.asked(1).await;

    random.shuffle(&mut calls);
    for dropped in calls.drain(..500) {
        dropped.abort();
        // Whoever takes over begins before the next is dropped, now and then.
        if random.bool() {
            yield_now().await;
        }
    }
    origin.unblock();

    let mut prices = Vec::new();
    for call in calls {
        prices.push(answer(call).await.unwrap());
    }
    assert!(prices.iter().all(|price| *price == prices[0]), "{prices:?}");
    assert_eq!(origin.most_running(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_that_panics_takes_nobody_with_it() {
    let server = RedisServer::start().await;
    let cache = patient_cache(&server).await;
    let origin = Origin::default();
    origin.block();
    let calls = begin(100, || {
        let (cache, origin) = (cache.clone(), origin.clone());
        async move { cache.scope(panics_first(7, origin)).await }
    })
    .await;
    origin.asked(1).await;

    origin.unblock();

    let mut panics = 0;
    for call in calls {
        match timeout(HANGS, call).await.unwrap() {
            Ok(run) => assert!((2..=3).contains(&run)),
            Err(error) => panics += u32::from(error.is_panic()),
        }
    }
    assert_eq!(panics, 1);
    assert!(origin.runs() <= 3, "{} runs", origin.runs());
}

#[tokio::test(start_paused = true)]
async fn callers_of_a_failing_function_wait_for_few_of_its_runs() {
    let cache = Cache::builder().build().await.unwrap();
    let origin = Origin::default();
    let start = Instant::now();
    let calls: Vec<_> = (0..127)
        .map(|_| {
            let (cache, origin) = (cache.clone(), origin.clone());
            tokio::spawn(async move { cache.scope(fails_slowly(7, origin)).await })
        })
        .collect();

    for call in calls {
        answer(call).await.unwrap_err();
    }

    assert_eq!(origin.runs(), 127, "an error belongs to one caller");
    // 1 + 2 + 4 + 8 + 16 + 32 + 64
    assert_eq!(start.elapsed(), Duration::from_millis(50) * 7);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn values_above_the_limit_are_computed_at_once_by_all_who_wait() {
    let server = RedisServer::start().await;
    let cache = cache::builder(&server)
        .max_value_bytes(100)
        .flight_patience(Duration::from_mins(10));
    let cache = cache.build().await.unwrap();
    let origin = Origin::default();
    origin.block();
    let calls = begin(50, || {
        let (cache, origin) = (cache.clone(), origin.clone());
        async move { outcome(cache.scope(large(7, origin))).await }
    })
    .await;
    origin.asked(1).await;

    // Lets one go on, whom the others wait for; they then run all at once.
    origin.unblock_one();
    origin.asked(50).await;
    assert_eq!(origin.running(), 49);
    origin.unblock();

    for call in calls {
        let (value, outcome) = answer(call).await;
        assert_eq!(value.len(), 1000);
        assert!(matches!(
            outcome,
            Outcome::Miss {
                stored: Stored::TooLarge,
                ..
            }
        ));
    }
}

#[tokio::test]
async fn a_leader_that_nobody_polls_holds_others_up_for_the_patience_only() {
    let server = RedisServer::start().await;
    let cache = cache::builder(&server).flight_patience(Duration::from_millis(20));
    let cache = cache.build().await.unwrap();
    let origin = Origin::default();
    let mut hung = Box::pin(price_in(&cache, 7, &origin));
    while origin.runs() == 0 {
        poll_times(hung.as_mut(), 1).await;
        yield_now().await;
    }

    let price = timeout(HANGS, price_in(&cache, 7, &origin)).await;

    assert_eq!(price, Ok(Ok(2)));
    assert_eq!(hung.await, Ok(1));
}

/// Returns a cache over a store that takes no values, and the clock of both.
async fn cache_that_stores_nothing() -> (Cache, FaultyBackend, ManualClock) {
    let clock = ManualClock::new();
    let store = FaultyBackend::in_process(clock.clone());
    store.inject(Faults::none().writes(1.0, Fault::Freeze));
    let builder = Cache::builder().backend(store.clone());
    let builder = builder.key_secret(cache::secret()).jitter(0.0);
    let cache = builder.clock(clock.clone()).build().await.unwrap();
    (cache, store, clock)
}

#[tokio::test(start_paused = true)]
async fn a_leader_that_nobody_polls_does_not_have_its_value_served_past_its_ttl() {
    let (cache, store, clock) = cache_that_stores_nothing().await;
    let origin = Origin::default();
    let get = || outcome(price_in(&cache, 7, &origin));
    let mut held = pin!(price_in(&cache, 7, &origin));
    // It gives way twice before it writes.
    assert!(!poll_times(held.as_mut(), 3).await);

    clock.advance(Duration::from_mins(59));
    let (fresh, missed) = get().await;
    assert_eq!((fresh, is_collapsed(missed)), (Ok(1), true));

    clock.advance(Duration::from_mins(1));
    store.heal();
    let (value, missed) = get().await;
    assert_eq!((value, is_collapsed(missed)), (Ok(2), false));
    let (value, hit) = get().await;
    assert!(matches!(hit, Outcome::Hit { .. }), "{hit:?}");
    assert_eq!(value, Ok(2));

    assert_eq!(held.await, Ok(1), "its own value is what it computed");
}

#[tokio::test(start_paused = true)]
async fn a_value_is_for_all_who_waited_for_it_whatever_time_they_take_to_wake() {
    let (cache, _store, clock) = cache_that_stores_nothing().await;
    let origin = Origin::default();
    let mut held = pin!(price_in(&cache, 7, &origin));
    let mut waiter = pin!(outcome(price_in(&cache, 7, &origin)));
    assert!(!poll_times(held.as_mut(), 1).await);
    assert!(!poll_times(waiter.as_mut(), 1).await);
    assert!(!poll_times(held.as_mut(), 2).await);

    clock.advance(Duration::from_hours(2));

    let (value, missed) = waiter.await;
    assert_eq!((value, is_collapsed(missed)), (Ok(1), true));
}

fn is_collapsed(outcome: Outcome) -> bool {
    let stored = Stored::Collapsed;
    matches!(outcome, Outcome::Miss { stored: it, .. } if it == stored)
}
