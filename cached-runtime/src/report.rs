//! Who hears of outcomes: the metrics, the span of the call, and whoever observes the task.

use std::cell::RefCell;
use std::future::Future;
use std::time::Duration;

use crate::codec::Codec;
use crate::error::Error;
use crate::outcome::{CallReport, Outcome, Stored};
use crate::span;
use crate::spec::Spec;

tokio::task_local! {
    /// The calls of the observed scope so far, in the order in which they ended.
    static CALLS: RefCell<Vec<CallReport>>;
}

/// Returns the output of `future` and what happened in each call of a cached function in it.
///
/// Calls are listed in the order in which they ended. Calls in tasks that `future` spawns are not
/// seen; a scope within a scope keeps its calls to itself.
///
/// ```
/// use cached_runtime::{Cache, Outcome, observe, redis_cached};
///
/// #[redis_cached(ttl = "1m", key = hash)]
/// async fn double(number: u64) -> u64 {
///     number * 2
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), cached_runtime::Error> {
/// let cache = Cache::builder().build().await?;
/// let (output, calls) = observe(cache.scope(async {
///     double(4).await;
///     double(4).await
/// }))
/// .await;
///
/// assert_eq!(output, 8);
/// assert!(matches!(calls[0].outcome, Outcome::Miss { .. }));
/// assert!(matches!(calls[1].outcome, Outcome::Hit { .. }));
/// # Ok(())
/// # }
/// ```
pub fn observe<F: Future>(future: F) -> impl Future<Output = (F::Output, Vec<CallReport>)> {
    let observed = async {
        let output = future.await;
        (output, CALLS.with(RefCell::take))
    };
    CALLS.scope(RefCell::default(), observed)
}

/// Makes the outcome of a call of `spec`'s function known.
pub(crate) fn report(spec: &'static Spec, outcome: Outcome, is_collapsed: bool) {
    let function = spec.name();
    spec.tally().count_call(function, outcome);
    span::record(outcome);
    let call = CallReport {
        function,
        outcome,
        is_collapsed,
    };
    // Outside an observed scope there is nobody to tell.
    let _ = CALLS.try_with(|calls| calls.borrow_mut().push(call));
}

/// Counts a read of the store, unless that could not be asked: times of nothing would hide the others.
pub(crate) fn count_read<T>(spec: &'static Spec, found: &Result<T, Error>, took: Duration) {
    if let Err(fault) = found
        && (fault.is_breaker_open() || fault.is_disconnected())
    {
        return;
    }
    spec.tally().count_read(spec.name(), took);
}

/// Counts a write to the store: `bytes` in `took`, with that end.
pub(crate) fn count_write(spec: &'static Spec, took: Duration, bytes: usize, stored: Stored) {
    spec.tally().count_write(spec.name(), took, bytes, stored);
}

/// Counts a run of a function.
pub(crate) fn count_run(spec: &'static Spec, took: Duration) {
    spec.tally().count_run(spec.name(), took);
}

/// Counts what a value that is served from the cache has cost.
pub(crate) fn count_saved(spec: &'static Spec, cost: Duration) {
    spec.tally().count_saved(spec.name(), cost);
}

/// Counts a call that is given what another call has computed.
pub(crate) fn count_follower(spec: &'static Spec) {
    spec.tally().count_follower(spec.name());
}

/// Counts a computation behind a value that was served.
pub(crate) fn count_refresh(spec: &'static Spec, stored: Stored) {
    metrics::counter!("cached_refreshes_total", "function" => spec.name(), "detail" => stored.as_str())
        .increment(1);
}

/// Counts an entry that moves from the previous key secret to the current one.
pub(crate) fn count_rekeyed(spec: &'static Spec, stored: Stored) {
    metrics::counter!("cached_rekeyed_total", "function" => spec.name(), "detail" => stored.as_str())
        .increment(1);
}

/// Counts an entry of `spec`'s function that cannot be read.
pub(crate) fn count_unreadable(spec: &'static Spec, fault: &Error) {
    spec.tally().count_unreadable(spec.name());
    tracing::warn!(function = spec.name(), reason = %fault, "replacing an entry that cannot be read");
}

/// Says that a value of `spec`'s function is not stored because of its type, and what would carry it.
pub(crate) fn warn_of_unstorable(
    spec: &'static Spec,
    value_type: &'static str,
    codec: Codec,
    instead: Option<Codec>,
    fault: &Error,
) {
    let remedy = match instead {
        _ if fault.is_no_secret() => "give the cache a key secret".to_owned(),
        Some(codec) => format!("write `codec = {codec}` in its attribute"),
        None => "none of the codecs of this build carries it; the features `messagepack` and `json` add \
                 codecs for such types, and docs/codecs.md lists what none can carry"
            .to_owned(),
    };
    tracing::warn!(
        function = spec.name(),
        value_type,
        codec = codec.as_str(),
        reason = %fault,
        remedy,
        "a value is computed on every call because it cannot be stored; this is said once"
    );
}
