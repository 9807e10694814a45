//! The whole of the service as one router: the routes, and what surrounds every one of them.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};

use crate::error::{ApiError, Code};
use crate::routes;
use crate::services::Services;
use crate::telemetry::{self, REQUEST_ID};

/// How long an answer may take, reading the body included.
const DEADLINE: Duration = Duration::from_secs(15);

/// Returns the service's router.
pub fn router(services: Arc<Services>) -> Router {
    // From the outside in: every answer, even to a panic, carries its id and is logged.
    let around = ServiceBuilder::new()
        .layer(middleware::from_fn(telemetry::plain_request_id))
        .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(middleware::from_fn(telemetry::observe))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn(within_deadline));

    Router::new()
        .merge(routes::chart::router())
        .merge(routes::health::router())
        .merge(routes::metrics::router())
        .merge(routes::openapi::router())
        .method_not_allowed_fallback(method_not_allowed)
        .fallback(not_found)
        .layer(around)
        .with_state(services)
}

async fn not_found() -> ApiError {
    ApiError::new(
        Code::NotFound,
        "there is nothing at this path; charts are made by POST /api/natal/chart",
    )
}

async fn method_not_allowed() -> ApiError {
    ApiError::new(
        Code::MethodNotAllowed,
        "this path has other methods; see the header Allow",
    )
}

async fn within_deadline(request: Request, next: Next) -> Response {
    tokio::time::timeout(DEADLINE, next.run(request))
        .await
        .unwrap_or_else(|_| {
            let message = format!(
                "no answer within {} seconds; try again later",
                DEADLINE.as_secs()
            );
            ApiError::new(Code::Timeout, message).into_response()
        })
}

fn panicked(_message: Box<dyn Any + Send>) -> Response {
    ApiError::new(
        Code::Internal,
        "the service failed; the fault is logged under this answer's x-request-id",
    )
    .into_response()
}
