//! The bank serves two at a time.

use cached_runtime::redis_cached;

use crate::bank::{Bank, BankError};

#[redis_cached(ttl = "10m", stale_if_error = "24h", max_concurrency = 2, skip(bank))]
pub(crate) async fn rate(currency: &str, bank: &Bank) -> Result<Option<f64>, BankError> {
    bank.rate(currency).await
}
