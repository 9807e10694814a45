//! What a fault cost.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a fault cost the callers of one candidate.
///
/// Calls are those that ended after the fault had begun. Times are beyond the function's own, in
/// milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// The name of the candidate.
    pub subject: String,
    /// Its settings.
    pub settings: String,
    /// The name of the fault.
    pub fault: String,
    /// How many calls were made.
    pub calls: u64,
    /// How many got an error or a panic.
    pub failed: u64,
    /// How many got another value than the function's.
    pub wrong: u64,
    /// How many got nothing within the patience of the run.
    pub hung: u64,
    /// The slowest call.
    pub slowest_beyond_ms: f64,
    /// The 99th percentile of the calls that were due from one second after the fault began until it
    /// was healed.
    pub p99_beyond_ms: Option<f64>,
    /// The same of those among them that did without the store.
    #[serde(default)]
    pub p99_without_store_ms: Option<f64>,
    /// The 99th percentile of how late the machine started the same calls, each by a thread that had
    /// nothing else to do: no call is more punctual than that.
    #[serde(default)]
    pub p99_machine_ms: Option<f64>,
    /// The time from healing to the end of the first call that was answered from the cache; for a fault
    /// that takes nothing away for long, from its beginning.
    pub first_hit_ms: Option<f64>,
    /// How often each outcome was reported.
    #[serde(default)]
    pub outcomes: BTreeMap<String, u64>,
    /// What failed calls got, with how often.
    #[serde(default)]
    pub errors: BTreeMap<String, u64>,
    /// How often the function ran.
    #[serde(default)]
    pub runs: u64,
    /// How many runs were under way at once, at most.
    #[serde(default)]
    pub most_at_once: u64,
    /// The memory that the process had when the fault began, and the most it had until it was healed,
    /// in KiB.
    #[serde(default)]
    pub resident_kib: (u64, u64),
}
