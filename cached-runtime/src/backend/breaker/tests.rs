//! The breaker around a scripted store, in virtual time.

use std::sync::atomic::{AtomicU32, Ordering};

use tokio::time::advance;

use super::*;

/// A store that does what it is told and counts what it is asked.
struct Scripted {
    /// What it answers to a read, after how long.
    read: Mutex<(Result<(), Error>, Duration)>,
    write: Mutex<Result<(), Error>>,
    reads: AtomicU32,
    writes: AtomicU32,
    is_connected: bool,
}

impl Scripted {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            read: Mutex::new((Ok(()), Duration::ZERO)),
            write: Mutex::new(Ok(())),
            reads: AtomicU32::new(0),
            writes: AtomicU32::new(0),
            is_connected: true,
        })
    }

    fn reads_are(&self, answer: Result<(), Error>, after: Duration) {
        *self.read.lock().unwrap() = (answer, after);
    }

    fn reads(&self) -> u32 {
        self.reads.load(Ordering::Relaxed)
    }
}

impl Backend for Scripted {
    fn get<'a>(&'a self, _: &'a str, _: usize) -> BackendFuture<'a, Option<Vec<u8>>> {
        Box::pin(async {
            self.reads.fetch_add(1, Ordering::Relaxed);
            let (answer, after) = self.read.lock().unwrap().clone();
            sleep(after).await;
            answer.map(|()| None)
        })
    }

    fn set<'a>(&'a self, _: &'a str, _: Vec<u8>, _: Duration) -> BackendFuture<'a, ()> {
        Box::pin(async {
            self.writes.fetch_add(1, Ordering::Relaxed);
            self.write.lock().unwrap().clone()
        })
    }

    fn remove<'a>(&'a self, _: &'a str) -> BackendFuture<'a, ()> {
        Box::pin(async { Ok(()) })
    }

    fn is_connected(&self) -> bool {
        self.is_connected
    }
}

fn breaker(store: &Arc<Scripted>) -> Breaker {
    let inner = Arc::clone(store) as Arc<dyn Backend>;
    Breaker::new(inner, BreakerOptions::default(), "test:probe")
}

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Reads until the breaker refuses, which it must.
async fn open_reads(breaker: &Breaker) -> u32 {
    for calls in 1..=100 {
        if breaker.get("key", 100).await.unwrap_err().is_breaker_open() {
            return calls - 1;
        }
    }
    panic!("the breaker never opened");
}

#[tokio::test(start_paused = true)]
async fn failures_open_the_breaker_and_then_the_store_is_left_alone() {
    let store = Scripted::new();
    let breaker = breaker(&store);
    store.reads_are(Err(Error::server("LOADING")), Duration::ZERO);

    assert_eq!(open_reads(&breaker).await, 20);

    for _ in 0..1_000 {
        assert!(breaker.get("key", 100).await.unwrap_err().is_breaker_open());
    }
    assert_eq!(store.reads(), 20);
}

#[tokio::test(start_paused = true)]
async fn slow_answers_open_the_breaker_although_they_are_right() {
    let store = Scripted::new();
    let breaker = breaker(&store);
    store.reads_are(Ok(()), millis(60));

    for _ in 0..20 {
        breaker.get("key", 100).await.unwrap();
    }

    assert!(breaker.get("key", 100).await.unwrap_err().is_breaker_open());
}

#[tokio::test(start_paused = true)]
async fn refused_writes_leave_reads_and_removals_alone() {
    let store = Scripted::new();
    let breaker = breaker(&store);
    *store.write.lock().unwrap() = Err(Error::server("OOM"));
    for _ in 0..20 {
        let fault = breaker.set("key", Vec::new(), PROBE_TTL).await.unwrap_err();
        assert_eq!(fault.server_code(), Some("OOM"));
    }

    let fault = breaker.set("key", Vec::new(), PROBE_TTL).await.unwrap_err();
    assert!(fault.is_breaker_open());
    breaker.get("key", 100).await.unwrap();
    let states = breaker.states();
    assert_eq!(states.read, BreakerState::Closed);
    assert_eq!(states.write, BreakerState::Open);
    breaker.remove("key").await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn probes_bring_the_calls_back_and_no_call_pays_for_them() {
    let store = Scripted::new();
    let breaker = breaker(&store);
    store.reads_are(Err(Error::timeout()), millis(100));
    open_reads(&breaker).await;
    let before = store.reads();

    // Ten seconds of calls every ten milliseconds, none of which waits.
    for _ in 0..1_000 {
        let began = Instant::now();
        assert!(breaker.get("key", 100).await.unwrap_err().is_breaker_open());
        assert_eq!(began.elapsed(), Duration::ZERO);
        sleep(millis(10)).await;
    }
    let probes = store.reads() - before;
    assert!(
        (15..=26).contains(&probes),
        "{probes} probes in ten seconds"
    );

    store.reads_are(Ok(()), millis(1));
    let healed = Instant::now();
    while breaker.get("key", 100).await.is_err() {
        sleep(millis(10)).await;
    }
    // A probe under way, the longest pause, a probe that succeeds.
    assert!(healed.elapsed() <= millis(620), "{:?}", healed.elapsed());

    sleep(RAMP).await;
    for _ in 0..100 {
        breaker.get("key", 100).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_ramp_that_nobody_watches_ends_too() {
    let store = Scripted::new();
    let breaker = breaker(&store);
    store.reads_are(Err(Error::timeout()), Duration::ZERO);
    open_reads(&breaker).await;
    store.reads_are(Ok(()), Duration::ZERO);

    sleep(Duration::from_secs(2)).await;

    let machine = breaker.read.machine.lock().unwrap();
    assert_eq!(machine.phase(), Phase::Closed);
}

#[tokio::test(start_paused = true)]
async fn a_call_dropped_in_the_ramp_gives_its_place_to_another() {
    let store = Scripted::new();
    let breaker = breaker(&store);
    store.reads_are(Err(Error::timeout()), Duration::ZERO);
    open_reads(&breaker).await;
    store.reads_are(Ok(()), Duration::ZERO);
    while !matches!(breaker.read.machine.lock().unwrap().phase(), Phase::Ramping) {
        advance(millis(1)).await;
        tokio::task::yield_now().await;
    }

    store.reads_are(Ok(()), millis(10));
    let mut dropped = breaker.get("key", 100);
    assert!(
        poll_once(&mut dropped).await.is_none(),
        "it waits for the store"
    );
    drop(dropped);

    breaker.get("key", 100).await.unwrap();
}

/// Polls a future once.
async fn poll_once<T>(future: &mut BackendFuture<'_, T>) -> Option<Result<T, Error>> {
    tokio::select! {
        biased;
        result = future => Some(result),
        () = std::future::ready(()) => None,
    }
}

#[tokio::test(start_paused = true)]
async fn the_probers_end_with_the_breaker() {
    let store = Scripted::new();
    let breaker = breaker(&store);
    store.reads_are(Err(Error::timeout()), Duration::ZERO);
    open_reads(&breaker).await;

    drop(breaker);
    sleep(Duration::from_secs(1)).await;

    assert_eq!(Arc::strong_count(&store), 1);
    assert_eq!(store.reads(), 20);
}

#[tokio::test(start_paused = true)]
async fn the_probers_end_on_shutdown() {
    let store = Scripted::new();
    let breaker = breaker(&store);
    store.reads_are(Err(Error::timeout()), Duration::ZERO);
    open_reads(&breaker).await;

    breaker.shutdown().await.unwrap();
    sleep(Duration::from_secs(1)).await;

    assert_eq!(store.reads(), 20);
}

#[test]
fn without_a_runtime_calls_take_the_place_of_probes() {
    let store = Scripted::new();
    let breaker = breaker(&store);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();

    runtime.block_on(async {
        store.reads_are(Err(Error::timeout()), Duration::ZERO);
        open_reads(&breaker).await;
        store.reads_are(Ok(()), Duration::ZERO);
        sleep(millis(101)).await;

        breaker.get("key", 100).await.unwrap();
    });
}

#[test]
fn faults_that_say_nothing_of_the_stores_health_do_not_count() {
    let verdict = |is_failed, is_slow| Some(Verdict { is_failed, is_slow });
    let (quick, slow) = (millis(1), millis(50));
    let disconnected = || Err(Error::disconnected("refused"));
    let loading = || Err(Error::server("LOADING"));
    let cases: [(_, Result<(), Error>, _, _, _); 12] = [
        ("an answer", Ok(()), quick, true, verdict(false, false)),
        ("a slow answer", Ok(()), slow, true, verdict(false, true)),
        (
            "a timeout",
            Err(Error::timeout()),
            slow,
            true,
            verdict(true, true),
        ),
        (
            "a short timeout",
            Err(Error::timeout()),
            quick,
            false,
            verdict(true, false),
        ),
        ("no connection", disconnected(), quick, false, None),
        (
            "a slow loss",
            disconnected(),
            slow,
            false,
            verdict(true, true),
        ),
        (
            "a server's error",
            loading(),
            quick,
            true,
            verdict(true, false),
        ),
        ("why there is no connection", loading(), quick, false, None),
        (
            "unreadable",
            Err(Error::unreadable("type")),
            quick,
            true,
            verdict(false, false),
        ),
        ("no place", Err(Error::overloaded()), slow, true, None),
        ("too large", Err(Error::too_large(1)), quick, true, None),
        (
            "another breaker",
            Err(Error::breaker_open()),
            quick,
            true,
            None,
        ),
    ];

    for (name, result, took, is_connected, expected) in cases {
        let verdict = judge(&result, took, slow, || is_connected);
        assert_eq!(verdict, expected, "{name}");
    }
}
