//! The bank of the story: it is asked for rates, and can be slow or closed.

use std::fmt;

use cached_runtime::Refusal;
use cached_tests::origin::Origin;

/// A bank that each question makes raise its rates by a cent. Clones are one bank.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bank {
    pub(crate) origin: Origin,
}

/// Why there is no rate.
#[derive(Debug)]
pub(crate) enum BankError {
    /// The bank is closed.
    Closed,
    /// The bank was not asked, or takes too long.
    Refused(Refusal),
}

impl Bank {
    /// Returns what a unit of `currency` costs: nothing for one that the bank does not know.
    pub(crate) async fn rate(&self, currency: &str) -> Result<Option<f64>, BankError> {
        let times = self.origin.ask().await.map_err(|_| BankError::Closed)?;
        let is_known = ["EUR", "JPY", "USD"].contains(&currency);
        Ok(is_known.then(|| 1.0 + f64::from(times) / 100.0))
    }
}

impl From<Refusal> for BankError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl fmt::Display for BankError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => formatter.write_str("closed"),
            Self::Refused(refusal) if refusal.is_timeout() => formatter.write_str("too late"),
            Self::Refused(_) => formatter.write_str("too busy"),
        }
    }
}
