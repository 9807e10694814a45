//! `GET /openapi.json`: the contract of every endpoint, made from the code that serves them.

use std::sync::Arc;

use axum::routing::get;
use axum::{Json, Router};
use utoipa::OpenApi;

use crate::routes::{chart, health};
use crate::services::Services;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Natal charts",
        description = "Geocentric, apparent, tropical positions, degrees of the ecliptic of date"
    ),
    paths(chart::natal_chart, health::healthz, health::readyz),
    tags(
        (name = "charts", description = "What the service is for"),
        (name = "operation", description = "How the service does")
    )
)]
struct Contract;

pub(crate) fn router() -> Router<Arc<Services>> {
    let contract = Contract::openapi();
    Router::new().route("/openapi.json", get(async move || Json(contract.clone())))
}
