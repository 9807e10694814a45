//! Functions that share a name are reported when a cache is built.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use cached_runtime::{Cache, duplicate_functions, redis_cached};
use tracing_subscriber::util::SubscriberInitExt;

#[redis_cached(ttl = "1h", key = hash, name = "namesake")]
pub(crate) async fn one(id: u64) -> u64 {
    id
}

#[redis_cached(ttl = "1h", key = hash, name = "namesake")]
pub(crate) async fn other(id: u64) -> u64 {
    id + 1
}

#[redis_cached(ttl = "1h", key = hash, name = "namesake", version = 2)]
pub(crate) async fn later(id: u64) -> u64 {
    id + 2
}

/// Keeps what is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn building_a_cache_warns_once_of_two_functions_with_one_name() {
    let log = Log::default();
    let writer = log.clone();
    let listening = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .set_default();

    Cache::builder().build().await.unwrap();
    drop(listening);

    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let warnings: Vec<_> = log
        .lines()
        .filter(|line| line.contains(r#"function="namesake""#))
        .collect();
    let [warning] = warnings[..] else {
        panic!("expected one warning, got {warnings:#?}");
    };
    assert!(warning.contains("WARN"), "{warning}");
    assert!(warning.contains("version=1"), "{warning}");
    let namesakes = duplicate_functions();
    let mut places = namesakes
        .iter()
        .filter(|spec| spec.name() == "namesake")
        .map(|spec| format!("{}:{}", spec.file(), spec.line()));
    let [first, second] = [places.next().unwrap(), places.next().unwrap()];
    assert!(
        warning.contains(&format!("first={first} second={second}")),
        "{warning}"
    );
}
