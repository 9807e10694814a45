//! The bank may be closed.

use cached_runtime::redis_cached;

use crate::bank::{Bank, BankError};

#[redis_cached(
    ttl = "10m",
    stale_while_revalidate = "1h",
    stale_if_error = "24h",
    skip(bank)
)]
pub(crate) async fn rate(currency: String, bank: Bank) -> Result<Option<f64>, BankError> {
    bank.rate(&currency).await
}
