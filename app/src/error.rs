//! The one shape in which every endpoint reports a failure: `{code, message, details}`.
//!
//! Messages say what is expected and what to do; they never repeat what the client sent, because a
//! birth date is personal and an error travels further than a request.

mod code;
pub(crate) mod contract;

use axum::Json;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

pub use self::code::Code;

/// How many seconds a client does well to wait before it asks again what could not be answered.
///
/// A database that came back is found within a second; the rest keeps clients from coming all at once.
const RETRY_AFTER_SECONDS: u16 = 5;

/// An error as the client sees it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "code": "invalid_coordinates",
    "message": "latitude must be a JSON number of degrees from -90 to 90, north positive, as in 48.137",
    "details": [{
        "path": "latitude",
        "message": "latitude must be a JSON number of degrees from -90 to 90, north positive, as in 48.137"
    }]
}))]
pub struct ApiError {
    /// What went wrong, in one word. With several faults, that of the first.
    code: Code,
    /// What went wrong and what to do about it, for a person.
    message: String,
    /// Every fault found in the request; empty where the fault is not in a field.
    details: Vec<Detail>,
}

/// One fault of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Detail {
    /// The field at fault.
    pub path: String,
    /// What the field takes.
    pub message: String,
}

impl ApiError {
    /// Returns an error that lies in no single field.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            details: Vec::new(),
        }
    }

    /// Returns the error with the faults that explain it.
    #[must_use]
    pub fn with_details(mut self, details: Vec<Detail>) -> Self {
        self.details = details;
        self
    }

    /// Returns what went wrong.
    #[must_use]
    pub fn code(&self) -> Code {
        self.code
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = self.code.status();
        let mut response = (status, Json(self)).into_response();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            let seconds = HeaderValue::from(RETRY_AFTER_SECONDS);
            response.headers_mut().insert(RETRY_AFTER, seconds);
        }
        response
    }
}
