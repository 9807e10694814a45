//! The bank may be slow.

use cached_runtime::redis_cached;

use crate::bank::{Bank, BankError};

#[redis_cached(
    ttl = "10m",
    stale_if_error = "24h",
    timeout(soft = "100ms", hard = "500ms"),
    skip(bank)
)]
pub(crate) async fn rate(currency: String, bank: Bank) -> Result<Option<f64>, BankError> {
    bank.rate(&currency).await
}
