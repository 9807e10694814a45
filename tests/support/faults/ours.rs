//! This library, as a candidate.

use cached_runtime::{Builder, Cache, Outcome, observe, redis_cached};

use super::{Answer, BoxFuture, Candidate, Setup, Source, Subject, function};
use crate::cache::secret;

/// This library with its default settings, or others.
#[derive(Clone, Copy, Debug)]
pub struct Ours {
    settings: &'static str,
    change: fn(Builder) -> Builder,
}

impl Ours {
    /// Returns this library with its default settings.
    #[must_use]
    pub fn new() -> Self {
        Self::with("defaults", |builder| builder)
    }

    /// Returns this library with settings that are called `settings`.
    #[must_use]
    pub fn with(settings: &'static str, change: fn(Builder) -> Builder) -> Self {
        Self { settings, change }
    }
}

impl Default for Ours {
    fn default() -> Self {
        Self::new()
    }
}

impl Candidate for Ours {
    fn name(&self) -> &'static str {
        concat!("cached-runtime ", env!("CARGO_PKG_VERSION"))
    }

    fn settings(&self) -> &str {
        self.settings
    }

    fn start<'a>(&'a self, setup: &'a Setup) -> BoxFuture<'a, Result<Box<dyn Subject>, String>> {
        Box::pin(async {
            let builder = Cache::builder()
                .redis(setup.url.as_str())
                .key_secret(secret())
                .clock(setup.clock.clone());
            let cache = (self.change)(builder).build().await;
            let cache = cache.map_err(|error| error.to_string())?;
            Ok(Box::new(Cached(cache)) as Box<dyn Subject>)
        })
    }
}

/// The function in a cache.
struct Cached(Cache);

#[redis_cached(ttl = "1h", key = hash, cache = cache, skip(cache))]
async fn value(key: u64, cache: &Cache) -> String {
    function::run(key).await
}

impl Subject for Cached {
    fn call(&self, key: u64) -> BoxFuture<'_, Result<Answer, String>> {
        Box::pin(async move {
            let (value, calls) = observe(value(key, &self.0)).await;
            let [call] = &calls[..] else {
                return Err(format!("one call was made, not {calls:?}"));
            };
            Ok(answer(value, call.outcome))
        })
    }
}

/// Returns an answer with the outcome that the library reports.
#[must_use]
pub fn answer(value: String, outcome: Outcome) -> Answer {
    let (source, outcome) = match outcome {
        Outcome::Hit { .. } => (Source::Cache, "hit".to_owned()),
        Outcome::Miss { stored, .. } => (Source::Function, format!("miss, {}", stored.as_str())),
        Outcome::Bypass { reason, .. } => {
            (Source::Function, format!("bypass, {}", reason.as_str()))
        }
        outcome => (Source::Function, format!("{outcome:?}")),
    };
    Answer {
        value,
        source,
        outcome,
    }
}
