//! What the bank does not know.

use cached_runtime::redis_cached;

use crate::bank::{Bank, BankError};

#[redis_cached(ttl = "10m", none_ttl = "30s", skip(bank))]
pub(crate) async fn rate(currency: &str, bank: &Bank) -> Result<Option<f64>, BankError> {
    bank.rate(currency).await
}
