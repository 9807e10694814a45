//! Faults of Redis under load, and what they cost the callers of a cached function.
//!
//! A [`Candidate`] is a cache with its settings; started, it is a [`Subject`] that answers calls of the
//! [`function`]. [`run`] puts it under load while a [`Fault`] breaks what it depends on, and heals that;
//! the [`Figures`] are what that cost.
//! Nothing in here knows which cache is tried, so that several can be compared.

mod crowd;
mod fault;
mod figures;
pub mod function;
pub mod hosts;
mod load;
pub mod ours;
#[cfg(feature = "service")]
pub mod service;
mod stage;
mod trial;

use std::future::Future;
use std::pin::Pin;

pub use crowd::Crowd;
pub use fault::{Fault, Setup};
pub use figures::Figures;
pub use load::Load;
pub use trial::{Plan, Trial, run, run_failing};

/// A boxed future, so that candidates can be listed side by side.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A cache that is tried, with its settings.
pub trait Candidate: Send + Sync {
    /// Returns its name and version, such as `hitbox 0.2.4`.
    fn name(&self) -> &str;

    /// Returns what its settings are called, such as `defaults` or `best`.
    fn settings(&self) -> &str;

    /// Returns a subject with nothing in its memory, connected as `setup` says.
    ///
    /// # Errors
    /// Returns why there is none; every call counts as failed then.
    fn start<'a>(&'a self, setup: &'a Setup) -> BoxFuture<'a, Result<Box<dyn Subject>, String>>;
}

/// A cached function that is called.
///
/// The function awaits [`function::run`], in the task of the caller or in another, and returns its
/// value. Values live for an hour unless the candidate says otherwise.
pub trait Subject: Send + Sync + 'static {
    /// Returns the answer for `key`.
    ///
    /// # Errors
    /// Returns the error that a user of the cache would get.
    fn call(&self, key: u64) -> BoxFuture<'_, Result<Answer, String>>;

    /// Returns the right value for `key`: that of the [`function`] unless the subject says otherwise.
    fn expected(&self, key: u64) -> BoxFuture<'_, String> {
        Box::pin(async move { function::value_of(key) })
    }
}

/// What a caller got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The value, which should be [`function::value_of`] the key.
    pub value: String,
    /// Where it came from.
    pub source: Source,
    /// The outcome as the cache itself calls it; these are counted.
    pub outcome: String,
}

/// Where a value came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// From the cache, without waiting for the function.
    Cache,
    /// From a run of the function, that of this call or one that it waited for.
    Function,
}
