//! The rivals, each with the settings that it is tried with.

mod cachekit;
mod hitbox;
mod jaemk;

use std::fmt::Display;

use cached_tests::faults::ours::Ours;
use cached_tests::faults::{Answer, BoxFuture, Candidate, Setup, Source, Subject};
use tokio::time::Instant;

use crate::source::{self, Value};

const CACHED: &str = "cached 4.1.0";
const HITBOX: &str = "hitbox 0.2.4";
const CACHEKIT: &str = "cachekit-rs 0.13.1";

/// What a user gets who follows the first page of the documentation.
const DEFAULTS: &str = "defaults";
/// What serves callers best under faults, with values in Redis alone.
const BEST: &str = "best";
/// As the best, and values are also kept in the memory of the process.
const MEMORY: &str = "best, with memory";

/// Returns every rival with every settings, in the order of the report, and the project's own cache:
/// what is measured here of both is measured by the same program under the same circumstances.
pub(crate) fn all() -> Vec<Box<dyn Candidate>> {
    let rivals = RIVALS.iter();
    let rivals = rivals.map(|&rival| Box::new(rival) as Box<dyn Candidate>);
    rivals
        .chain([Box::new(Ours::new()) as Box<dyn Candidate>])
        .collect()
}

const RIVALS: &[Rival] = &[
    Rival(CACHED, DEFAULTS),
    Rival(CACHED, BEST),
    Rival(CACHED, MEMORY),
    Rival(HITBOX, DEFAULTS),
    Rival(HITBOX, BEST),
    Rival(HITBOX, MEMORY),
    Rival(CACHEKIT, DEFAULTS),
    Rival(CACHEKIT, BEST),
    Rival(CACHEKIT, MEMORY),
];

/// The name of a rival and of its settings.
#[derive(Clone, Copy, Debug)]
struct Rival(&'static str, &'static str);

impl Candidate for Rival {
    fn name(&self) -> &str {
        self.0
    }

    fn settings(&self) -> &str {
        self.1
    }

    fn start<'a>(&'a self, setup: &'a Setup) -> BoxFuture<'a, Result<Box<dyn Subject>, String>> {
        let url = &setup.url;
        Box::pin(async move {
            match (self.0, self.1) {
                (CACHED, settings) => {
                    Ok(jaemk::start(url, settings != DEFAULTS, settings == MEMORY))
                }
                (HITBOX, DEFAULTS) => hitbox::start_with_defaults(url),
                (HITBOX, BEST) => hitbox::start_at_its_best(url),
                (HITBOX, _) => hitbox::start_with_memory(url),
                (CACHEKIT, DEFAULTS) => cachekit::start_with_defaults(url).await,
                (_, settings) => cachekit::start_at_its_best(url, settings == MEMORY),
            }
        })
    }
}

/// What a call of a cached function gives.
struct Given {
    value: Value,
    /// The cache's own word for the outcome, if it has one.
    outcome: Option<&'static str>,
}

/// A cached function as a subject.
struct Function<F>(F);

/// Returns the subject that calls `function`.
fn subject<F>(function: F) -> Box<dyn Subject>
where
    F: Fn(u64) -> BoxFuture<'static, Result<Given, String>> + Send + Sync + 'static,
{
    Box::new(Function(function))
}

impl<F> Subject for Function<F>
where
    F: Fn(u64) -> BoxFuture<'static, Result<Given, String>> + Send + Sync + 'static,
{
    fn call(&self, key: u64) -> BoxFuture<'_, Result<Answer, String>> {
        Box::pin(async move {
            let began = Instant::now();
            let Given { value, outcome } = (self.0)(key).await?;
            let source = if source::has_run_since(key, began) {
                Source::Function
            } else {
                Source::Cache
            };
            let outcome = outcome.unwrap_or(match source {
                Source::Function => "run",
                Source::Cache => "hit",
            });
            Ok(Answer {
                value: value.text,
                source,
                outcome: outcome.to_owned(),
            })
        })
    }
}

/// Returns an error as a caller would show it.
fn shown(error: impl Display) -> String {
    error.to_string()
}
