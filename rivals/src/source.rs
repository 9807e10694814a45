//! The function that the rivals cache, and how an answer is told to come from a run of it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use cached_tests::faults::function;
use hitbox_fn::CacheableResponse;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

/// How long a value lives.
pub(crate) const TTL: Duration = Duration::from_hours(1);

/// When the last run for a key ended. Locked to note or to look, never over an await.
static ENDED: Mutex<Option<HashMap<u64, Instant>>> = Mutex::new(None);

/// What the function returns.
#[derive(Clone, Debug, Serialize, Deserialize, CacheableResponse)]
pub(crate) struct Value {
    pub(crate) text: String,
}

/// The function.
pub(crate) async fn value(key: u64) -> Value {
    let text = function::run(key).await;
    let mut ended = ENDED.lock().unwrap_or_else(PoisonError::into_inner);
    ended.get_or_insert_default().insert(key, Instant::now());
    Value { text }
}

/// Returns true when a run for `key` has ended since `began`.
///
/// A caller that waited meanwhile waited for the function: it ran it, or somebody else did for it.
pub(crate) fn has_run_since(key: u64, began: Instant) -> bool {
    let ended = ENDED.lock().unwrap_or_else(PoisonError::into_inner);
    ended
        .as_ref()
        .and_then(|ended| ended.get(&key))
        .is_some_and(|&ended| ended >= began)
}
