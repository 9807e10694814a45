//! Which calls are the same.

use cached_runtime::redis_cached;

use crate::bank::{Bank, BankError};

#[redis_cached(ttl = "10m", key = currency.to_uppercase(), skip(bank))]
pub(crate) async fn rate(currency: &str, bank: &Bank) -> Result<Option<f64>, BankError> {
    bank.rate(&currency.to_uppercase()).await
}
