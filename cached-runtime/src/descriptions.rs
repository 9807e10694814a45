//! What every metric means, for whoever reads them; `docs/metrics.md` has the same table.

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};

/// Tells the installed recorder of metrics what each metric of the cache means, and its unit.
///
/// [`Builder::build`](crate::Builder::build) does so too. Call it where the recorder is installed later than that,
/// or where no cache is built.
///
/// ```
/// # fn install_recorder() {}
/// install_recorder(); // of the exporter that the program uses
/// cached_runtime::describe_metrics();
/// ```
pub fn describe_metrics() {
    describe_calls();
    describe_store();
}

/// The metrics of functions.
fn describe_calls() {
    describe_counter!(
        "cached_calls_total",
        Unit::Count,
        "Calls of a cached function, by how they were answered"
    );
    describe_counter!(
        "cached_followers_total",
        Unit::Count,
        "Calls that were given the value that another call computed at the same time"
    );
    describe_counter!(
        "cached_refreshes_total",
        Unit::Count,
        "Computations in the background behind a value that was served, by what became of theirs"
    );
    describe_counter!(
        "cached_rekeyed_total",
        Unit::Count,
        "Entries moved from the previous key secret to the current one, by what became of them"
    );
    describe_counter!(
        "cached_unreadable_total",
        Unit::Count,
        "Entries that were damaged or foreign, and are replaced"
    );
    describe_histogram!(
        "cached_read_duration_seconds",
        Unit::Seconds,
        "How long calls waited for a read of the store, decoding included"
    );
    describe_histogram!(
        "cached_write_duration_seconds",
        Unit::Seconds,
        "How long calls waited for a write to the store"
    );
    describe_histogram!(
        "cached_compute_duration_seconds",
        Unit::Seconds,
        "How long the function itself ran, where the cache had no answer"
    );
    describe_counter!(
        "cached_read_bytes_total",
        Unit::Bytes,
        "Bytes of the entries read from the store"
    );
    describe_counter!(
        "cached_written_bytes_total",
        Unit::Bytes,
        "Bytes of the entries written to the store"
    );
    describe_counter!(
        "cached_origin_microseconds_saved_total",
        Unit::Microseconds,
        "What the values served from the cache took to compute when they were stored"
    );
    describe_gauge!(
        "cached_enabled",
        Unit::Count,
        "1 where calls use the cache, 0 where it is switched off"
    );
}

/// The metrics of the store.
fn describe_store() {
    describe_gauge!(
        "cached_redis_connected",
        Unit::Count,
        "1 while there is a connection to Redis, 0 while there is none"
    );
    describe_counter!(
        "cached_connections_total",
        Unit::Count,
        "Connections made to Redis"
    );
    describe_counter!(
        "cached_breaker_opened_total",
        Unit::Count,
        "How often the store was given a rest after faults"
    );
    describe_gauge!(
        "cached_breaker_state",
        Unit::Count,
        "0 while the store is in use, 1 while calls come back to it, 2 while it is not asked"
    );
}
