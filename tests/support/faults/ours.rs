//! This library, as a candidate.

use cached_runtime::{Cache, Outcome, Refusal, observe, redis_cached};

use super::{Answer, BoxFuture, Candidate, Setup, Source, Subject, function};
use crate::cache::secret;

/// This library with its default settings, and the function with one of the sets of options below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ours {
    /// No options.
    Defaults,
    /// `max_concurrency`, as much as [`MAX_CONCURRENCY`].
    Capped,
    /// Values live for a second, and the function [can fail](function::try_run).
    ShortLived,
    /// As before, and stale values are served for an hour when it does.
    StaleIfError,
}

/// How many runs [`Ours::Capped`] allows at once.
pub const MAX_CONCURRENCY: u64 = 16;

impl Candidate for Ours {
    fn name(&self) -> &'static str {
        concat!("cached-runtime ", env!("CARGO_PKG_VERSION"))
    }

    fn settings(&self) -> &'static str {
        match self {
            Self::Defaults => "defaults",
            Self::Capped => "max_concurrency = 16",
            Self::ShortLived => "ttl = 1s",
            Self::StaleIfError => "ttl = 1s, stale_if_error = 1h",
        }
    }

    fn start<'a>(&'a self, setup: &'a Setup) -> BoxFuture<'a, Result<Box<dyn Subject>, String>> {
        Box::pin(async {
            let mut builder = Cache::builder()
                .redis(setup.url.as_str())
                .key_secret(secret());
            if matches!(self, Self::Defaults | Self::Capped) {
                builder = builder.clock(setup.clock.clone());
            }
            let cache = builder.build().await.map_err(|error| error.to_string())?;
            Ok(Box::new(Cached {
                options: *self,
                cache,
            }) as Box<dyn Subject>)
        })
    }
}

/// The function in a cache.
struct Cached {
    options: Ours,
    cache: Cache,
}

#[redis_cached(ttl = "1h", key = hash, cache = cache, skip(cache))]
async fn value(key: u64, cache: &Cache) -> String {
    function::run(key).await
}

#[redis_cached(ttl = "1h", key = hash, cache = cache, skip(cache), max_concurrency = 16)]
async fn capped(key: u64, cache: &Cache) -> Result<String, Refusal> {
    Ok(function::run(key).await)
}

#[redis_cached(ttl = "1s", key = hash, cache = cache, skip(cache))]
async fn short_lived(key: u64, cache: &Cache) -> Result<String, String> {
    function::try_run(key).await
}

#[redis_cached(ttl = "1s", key = hash, cache = cache, skip(cache), stale_if_error = "1h")]
async fn stale_if_error(key: u64, cache: &Cache) -> Result<String, String> {
    function::try_run(key).await
}

impl Subject for Cached {
    fn call(&self, key: u64) -> BoxFuture<'_, Result<Answer, String>> {
        Box::pin(async move {
            let (value, calls) = observe(self.value(key)).await;
            let [call] = &calls[..] else {
                return Err(format!("one call was made, not {calls:?}"));
            };
            Ok(answer(value?, call.outcome))
        })
    }
}

impl Cached {
    async fn value(&self, key: u64) -> Result<String, String> {
        match self.options {
            Ours::Defaults => Ok(value(key, &self.cache).await),
            Ours::Capped => {
                let value = capped(key, &self.cache).await;
                value.map_err(|refusal| refusal.to_string())
            }
            Ours::ShortLived => short_lived(key, &self.cache).await,
            Ours::StaleIfError => stale_if_error(key, &self.cache).await,
        }
    }
}

/// Returns an answer with the outcome that the library reports.
#[must_use]
pub fn answer(value: String, outcome: Outcome) -> Answer {
    let source = match outcome {
        Outcome::Hit { .. } | Outcome::Stale { .. } => Source::Cache,
        _ => Source::Function,
    };
    Answer {
        value,
        source,
        outcome: outcome.to_string(),
    }
}
