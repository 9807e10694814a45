//! The whole of the public service as one router.

use std::sync::Arc;

use axum::Router;
use cached_runtime::tower::StatusLayer;

use crate::routes;
use crate::services::Services;
use crate::surroundings::surrounded;

const NOTHING_HERE: &str =
    "there is nothing at this path; charts are made by POST /api/natal/chart";

/// Returns the service's router; `status` tells clients what the cache did, or does not.
pub fn router(services: Arc<Services>, status: StatusLayer) -> Router {
    let routes = Router::new()
        .merge(routes::chart::router(status))
        .merge(routes::health::router())
        .merge(routes::openapi::router(status))
        .merge(routes::docs::router())
        .with_state(services);
    surrounded(routes, NOTHING_HERE)
}
