//! What is wrong with a request: one fault per field, all of them reported together.

use crate::error::{ApiError, Code, Detail};

/// One thing that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What kind of fault it is.
    pub code: Code,
    /// The field at fault; empty when it is the whole body.
    pub path: String,
    /// What the field takes, and what to do.
    pub message: String,
}

impl Fault {
    pub(super) fn new(code: Code, path: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code,
            path: path.into(),
            message: message.into(),
        }
    }

    /// Returns the fault of a required field that is not there.
    pub(super) fn missing(field: &str, expected: &str) -> Self {
        Self::new(
            Code::InvalidRequest,
            field,
            format!("{field} is missing; {expected}"),
        )
    }
}

/// Collects the faults of one request in the order of its fields.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// Keeps the fault of `result`, if it has one, and returns its value.
    pub(super) fn check<T>(&mut self, result: Result<T, Fault>) -> Option<T> {
        result.map_err(|fault| self.push(fault)).ok()
    }

    pub(super) fn push(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Iterates over the faults, first field first.
    pub fn iter(&self) -> impl Iterator<Item = &Fault> {
        self.0.iter()
    }
}

impl From<Fault> for Faults {
    fn from(fault: Fault) -> Self {
        Self(vec![fault])
    }
}

impl From<Faults> for ApiError {
    fn from(Faults(faults): Faults) -> Self {
        let (code, message) = match faults.as_slice() {
            [] => (Code::InvalidRequest, "the request is not valid".to_owned()),
            [only] => (only.code, only.message.clone()),
            [first, others @ ..] => (
                first.code,
                format!("{} (and {} more, see details)", first.message, others.len()),
            ),
        };
        let details = faults
            .into_iter()
            .filter(|fault| !fault.path.is_empty())
            .map(|Fault { path, message, .. }| Detail { path, message })
            .collect();
        Self::new(code, message).with_details(details)
    }
}
