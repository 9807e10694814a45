//! Nobody waits for the bank.

use cached_runtime::redis_cached;

use crate::bank::{Bank, BankError};

#[redis_cached(ttl = "10m", stale_while_revalidate = "1h", skip(bank))]
pub(crate) async fn rate(currency: String, bank: Bank) -> Result<Option<f64>, BankError> {
    bank.rate(&currency).await
}
