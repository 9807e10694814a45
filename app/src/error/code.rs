//! The machine-readable half of an error: one word a client can branch on, and its HTTP status.

use std::fmt;

use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

/// What went wrong, in one word that never changes its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The body is not JSON in UTF-8.
    InvalidJson,
    /// A field is missing, unknown, given twice, or not of its type.
    InvalidRequest,
    /// `date` is not a day of the calendar.
    InvalidDate,
    /// `time` is not a time of day.
    InvalidTime,
    /// `latitude` or `longitude` is not a number of degrees in its range.
    InvalidCoordinates,
    /// `house_system` is not one this service knows.
    InvalidHouseSystem,
    /// `timezone` is not a name of the IANA time zone database.
    UnknownTimezone,
    /// The clocks went back: the local time happened twice, and `fold` does not say which is meant.
    AmbiguousLocalTime,
    /// The clocks went forward: the local time never happened.
    NonexistentLocalTime,
    /// The moment lies outside the years the ephemeris covers.
    OutOfEphemerisRange,
    /// The house system has no solution at that latitude.
    HouseSystemUndefined,
    /// There is nothing at that path.
    NotFound,
    /// The path exists, the method does not.
    MethodNotAllowed,
    /// The body did not arrive in time.
    RequestTimeout,
    /// The body is larger than this service reads.
    PayloadTooLarge,
    /// The body is not declared as JSON.
    UnsupportedMediaType,
    /// The ephemeris database does not answer.
    DatabaseUnavailable,
    /// The answer was not ready in time.
    Timeout,
    /// A fault of the service itself.
    Internal,
}

impl Code {
    /// Returns the HTTP status the code is answered with.
    #[must_use]
    pub fn status(self) -> StatusCode {
        match self {
            Self::InvalidJson => StatusCode::BAD_REQUEST,
            Self::InvalidRequest
            | Self::InvalidDate
            | Self::InvalidTime
            | Self::InvalidCoordinates
            | Self::InvalidHouseSystem
            | Self::UnknownTimezone
            | Self::AmbiguousLocalTime
            | Self::NonexistentLocalTime
            | Self::OutOfEphemerisRange
            | Self::HouseSystemUndefined => StatusCode::UNPROCESSABLE_ENTITY,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::DatabaseUnavailable | Self::Timeout => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// Writes the word a client sees.
impl fmt::Display for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(formatter)
    }
}
