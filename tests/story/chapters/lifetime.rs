//! How long a rate may be served.

use cached_runtime::redis_cached;

use crate::bank::{Bank, BankError};

#[redis_cached(ttl = "10m", skip(bank))]
pub(crate) async fn rate(currency: &str, bank: &Bank) -> Result<Option<f64>, BankError> {
    bank.rate(currency).await
}
