//! What surrounds every route, public or for operators: the request's id, its line in the log, the deadline, and the
//! answers to a panic, to a wrong path and to a wrong method.

use std::any::Any;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};

use crate::error::{ApiError, Code};
use crate::telemetry::{self, REQUEST_ID};

/// How long an answer may take, reading the body included.
const DEADLINE: Duration = Duration::from_secs(15);

/// Returns `routes` with what every answer has in common, be it to a panic or to a wrong path, which is answered with
/// `nothing_here`.
pub(crate) fn surrounded(routes: Router, nothing_here: &'static str) -> Router {
    let layers = ServiceBuilder::new()
        .layer(middleware::from_fn(telemetry::plain_request_id))
        .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(middleware::from_fn(telemetry::observe))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn(within_deadline));
    routes
        .method_not_allowed_fallback(method_not_allowed)
        .fallback(async move || ApiError::new(Code::NotFound, nothing_here))
        .layer(layers)
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
        .unwrap_or_else(|_| timed_out().into_response())
}

/// Returns the error of a request that took too long to answer.
pub(crate) fn timed_out() -> ApiError {
    let message = format!(
        "no answer within {} seconds; try again later",
        DEADLINE.as_secs()
    );
    ApiError::new(Code::Timeout, message)
}

fn panicked(_message: Box<dyn Any + Send>) -> Response {
    failed().into_response()
}

/// Returns the error of a request whose answer is a panic.
pub(crate) fn failed() -> ApiError {
    ApiError::new(
        Code::Internal,
        "the service failed; the fault is logged under this answer's x-request-id",
    )
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::StatusCode;
    use axum::routing::get;
    use serde_json::Value;
    use tower::ServiceExt;

    use super::*;

    async fn answer(routes: Router) -> (StatusCode, Value) {
        let request = Request::get("/")
            .body(Body::empty())
            .expect("it is a request");
        let answer = surrounded(routes, "there is nothing here")
            .oneshot(request)
            .await
            .expect("a router always answers");
        assert!(answer.headers().contains_key(REQUEST_ID));
        let status = answer.status();
        let body = to_bytes(answer.into_body(), usize::MAX)
            .await
            .expect("the body is whole");
        (
            status,
            serde_json::from_slice(&body).expect("the body is JSON"),
        )
    }

    #[tokio::test]
    async fn a_panic_is_an_answer_that_keeps_its_message_to_itself() {
        let panics = async || -> &'static str { panic!("Ada, 1990-05-17") };

        let (status, body) = answer(Router::new().route("/", get(panics))).await;

        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(body["code"], "internal");
        assert!(!body.to_string().contains("Ada"));
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_takes_too_long_is_given_up() {
        let never = async || std::future::pending::<&'static str>().await;

        let (status, body) = answer(Router::new().route("/", get(never))).await;

        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(body["code"], "timeout");
    }
}
