//! Every codec carries what it gives back, and what it does not give back is not stored.

use cached_runtime::{Builder, Cache, Codec, Outcome, Stored, redis_cached};
use cached_tests::cache::{self, Source, outcome};
use cached_tests::log::Log;
use cached_tests::redis::RedisServer;
use serde::{Deserialize, Serialize};
use tracing_subscriber::filter::LevelFilter;

const CODECS: [Codec; 4] = [
    Codec::Bincode,
    Codec::Postcard,
    Codec::MessagePack,
    Codec::Json,
];

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Place {
    name: String,
    latitude: f64,
    height: Option<i32>,
}

fn greenwich() -> Place {
    Place {
        name: "Greenwich".to_owned(),
        latitude: 51.476_852_300_000_01,
        height: Some(-46),
    }
}

#[redis_cached(ttl = "1h", key = hash, cache = cache, skip(cache))]
async fn place(id: u32, cache: &Cache) -> Place {
    let _ = id;
    greenwich()
}

#[redis_cached(ttl = "1h", key = hash, cache = cache, skip(cache), codec = json)]
async fn place_in_json(id: u32, cache: &Cache) -> Place {
    let _ = id;
    greenwich()
}

async fn with(server: &RedisServer, settings: impl FnOnce(Builder) -> Builder) -> Cache {
    let cache = settings(cache::builder(server)).build().await;
    cache.expect("the settings are sound")
}

/// Returns the bytes of the only entry.
async fn only_entry(server: &RedisServer) -> Vec<u8> {
    let key = server.keys().await.pop().expect("one value is stored");
    server.get(&key).await.expect("it is there")
}

fn contains(bytes: &[u8], part: &str) -> bool {
    bytes
        .windows(part.len())
        .any(|bytes| bytes == part.as_bytes())
}

#[tokio::test]
async fn replicas_with_different_codecs_read_each_other() {
    let server = RedisServer::start().await;
    for (id, writer) in (0..).zip(CODECS) {
        let writer = with(&server, |cache| cache.codec(writer)).await;
        place(id, &writer).await;
        for reader in CODECS {
            let reader = with(&server, |cache| cache.codec(reader)).await;
            let (value, hit) = outcome(place(id, &reader)).await;
            assert_eq!(value, greenwich());
            assert!(matches!(hit, Outcome::Hit { .. }), "{hit:?}");
        }
    }
}

#[tokio::test]
async fn the_codec_of_a_function_goes_before_that_of_its_cache() {
    let server = RedisServer::start().await;
    let cache = with(&server, |cache| cache.codec(Codec::Postcard)).await;

    place_in_json(1, &cache).await;

    let stored = only_entry(&server).await;
    let json = r#"{"name":"Greenwich","latitude":51.47685230000001,"height":-46}"#;
    assert!(contains(&stored, json), "{}", stored.escape_ascii());
}

#[tokio::test]
async fn a_compressed_value_is_shorter_and_read_by_all() {
    #[redis_cached(ttl = "1h", key = hash, cache = cache, skip(cache))]
    async fn page(cache: &Cache) -> String {
        "a long page, ".repeat(1000)
    }
    let server = RedisServer::start().await;
    let compressing = with(&server, |cache| cache.compress_above_bytes(1024)).await;
    let (usual, _) = cache::cache(&server).await;

    let value = page(&compressing).await;

    assert!(only_entry(&server).await.len() < 300);
    let (read, hit) = outcome(page(&usual)).await;
    assert_eq!(read, value);
    assert!(matches!(hit, Outcome::Hit { .. }), "{hit:?}");
}

/// Read as the first variant that fits, by a codec that says what comes next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Shape {
    Circle { radius: u32 },
    Ring { radius: u32, width: u32 },
}

fn shape(width: u32) -> Shape {
    match width {
        0 => Shape::Circle { radius: 7 },
        width => Shape::Ring { radius: 7, width },
    }
}

#[redis_cached(ttl = "1h", key = hash, cache = cache, skip(cache, source))]
async fn in_bincode(width: u32, cache: &Cache, source: &Source) -> Shape {
    source.run();
    shape(width)
}

#[redis_cached(ttl = "1h", key = hash, cache = cache, skip(cache, source), codec = messagepack)]
async fn in_messagepack(width: u32, cache: &Cache, source: &Source) -> Shape {
    source.run();
    shape(width)
}

async fn stored<F: Future<Output = Shape>>(width: u32, call: F) -> Stored {
    let (value, outcome) = outcome(call).await;
    assert_eq!(value, shape(width));
    match outcome {
        Outcome::Hit { .. } => Stored::Yes,
        Outcome::Miss { stored, .. } => stored,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_value_that_does_not_come_back_is_computed_every_time() {
    let server = RedisServer::start().await;
    let (cache, _) = cache::cache(&server).await;
    let source = Source::default();

    for runs in 1..=3 {
        let lossy = stored(0, in_bincode(0, &cache, &source)).await;
        assert_eq!(lossy, Stored::Lossy);
        assert_eq!(source.runs(), runs);
    }

    assert!(server.keys().await.is_empty());
}

#[tokio::test]
async fn a_variant_that_comes_back_is_stored_and_one_that_does_not_is_not() {
    let server = RedisServer::start().await;
    let (cache, _) = cache::cache(&server).await;
    let source = Source::default();

    for _ in 0..2 {
        let circle = stored(0, in_messagepack(0, &cache, &source)).await;
        assert_eq!(circle, Stored::Yes);
    }
    assert_eq!(source.runs(), 1);
    for _ in 0..2 {
        let ring = stored(2, in_messagepack(2, &cache, &source)).await;
        assert_eq!(ring, Stored::Lossy);
    }
    assert_eq!(source.runs(), 3);
}

#[tokio::test]
async fn a_value_that_does_not_come_back_is_not_given_to_those_who_wait() {
    let server = RedisServer::start().await;
    let (cache, _) = cache::cache(&server).await;
    let source = Source::default();
    let call = || in_messagepack(2, &cache, &source);

    let (one, two, three) = tokio::join!(call(), call(), call());

    assert_eq!([one, two, three], [(); 3].map(|()| shape(2)));
    assert_eq!(source.runs(), 3);
}

#[tokio::test]
async fn one_warning_names_the_function_the_type_the_reason_and_the_codec() {
    #[redis_cached(ttl = "1h", key = hash, cache = cache, skip(cache), name = "warned")]
    async fn circle(cache: &Cache) -> Shape {
        shape(0)
    }
    let server = RedisServer::start().await;
    let (cache, _) = cache::cache(&server).await;
    let log = Log::default();
    let listening = log.listen(LevelFilter::WARN);

    for _ in 0..3 {
        circle(&cache).await;
    }
    drop(listening);

    let log = log.text();
    let warnings: Vec<_> = log.lines().filter(|line| line.contains("WARN")).collect();
    let [warning] = warnings[..] else {
        panic!("expected one warning, got {warnings:#?}");
    };
    for part in [
        r#"function="warned""#,
        r#"value_type="integration::codecs::Shape""#,
        r#"codec="bincode""#,
        "reason=its type asks what comes next while it is read",
        r#"remedy="write `codec = messagepack` in its attribute""#,
    ] {
        assert!(warning.contains(part), "{part}: {warning}");
    }
}
