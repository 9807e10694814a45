//! `POST /api/natal/chart`: a birth in, its chart out.

mod contract;
mod response;

use std::sync::Arc;

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use cached_runtime::tower::StatusLayer;
use tracing::warn;

use self::contract::{Charted, Refusals};
pub(crate) use self::response::ChartResponse;
use crate::body::JsonBody;
use crate::chart::{self, calculate_chart};
use crate::domain::{ChartRequest, ChartRequestSchema};
use crate::engine::ChartError;
use crate::error::{ApiError, Code, Detail};
use crate::services::Services;

pub(crate) const PATH: &str = "/api/natal/chart";

pub(crate) fn router(status: StatusLayer) -> Router<Arc<Services>> {
    Router::new().route(PATH, post(natal_chart)).layer(status)
}

/// Calculates the natal chart of a birth.
///
/// The chart is cached by instant, place and house system: `X-Cache-Status` tells whether it was a
/// HIT or a MISS, or why the cache was passed by (BYPASS). The body is the same either way. An operator can leave
/// the headers of the cache out.
#[utoipa::path(
    post,
    path = "/api/natal/chart",
    tag = "charts",
    request_body(
        content = ChartRequestSchema,
        description = "A birth; unknown fields are refused",
        examples(
            ("a time zone" = (value = json!({
                "name": "Ada", "date": "1990-05-17", "time": "14:30", "timezone": "Europe/Berlin",
                "latitude": 52.52, "longitude": 13.405
            }))),
            ("an offset" = (value = json!({
                "date": "1930-05-11", "time": "16:25:00", "utc_offset": "+00:19:32",
                "latitude": 52.37, "longitude": 4.9, "house_system": "koch"
            }))),
            ("the second of two" = (value = json!({
                "date": "1985-10-27", "time": "01:30", "timezone": "America/New_York", "fold": 1,
                "latitude": 40.71, "longitude": -74.01, "house_system": "whole_sign"
            })))
        )
    ),
    responses(Charted, Refusals)
)]
pub(crate) async fn natal_chart(
    State(services): State<Arc<Services>>,
    JsonBody(body): JsonBody,
) -> Result<Json<ChartResponse>, ApiError> {
    let request = ChartRequest::parse(&body)?;
    let engine = services
        .engine()
        .await
        .map_err(|error| unavailable(&error))?;
    let chart = calculate_chart(request.birth().clone(), engine, &services).await?;
    Ok(Json(ChartResponse::new(request, chart)))
}

impl From<chart::Error> for ApiError {
    fn from(error: chart::Error) -> Self {
        let (code, path) = match &error {
            chart::Error::Engine(ChartError::OutOfRange { .. }) => {
                (Code::OutOfEphemerisRange, "date")
            }
            chart::Error::Engine(ChartError::HouseSystemUndefined { .. }) => {
                (Code::HouseSystemUndefined, "house_system")
            }
            chart::Error::Engine(ChartError::Unavailable(cause)) => return unavailable(cause),
            chart::Error::Superseded => return unavailable(&error),
        };
        let message = error.to_string();
        let detail = Detail {
            path: path.to_owned(),
            message: message.clone(),
        };
        Self::new(code, message).with_details(vec![detail])
    }
}

fn unavailable(cause: &dyn std::error::Error) -> ApiError {
    warn!(%cause, "no chart without the ephemeris database");
    database_unavailable()
}

fn database_unavailable() -> ApiError {
    let message = "the ephemeris database does not answer; try again later";
    ApiError::new(Code::DatabaseUnavailable, message)
}
