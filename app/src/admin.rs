//! What operators see and do, on a listener of its own (`ADMIN_ADDR`): metrics, and the cache with its switch.
//!
//! Whoever reaches the listener may do all of it, so it is not for the public port, and what a browser brings along from some
//! page is refused: operators use programs such as `curl` and Prometheus. Metrics are here alone, because calls counted by
//! outcome would tell a stranger on the public port whether somebody has asked for a birth before.

mod cache;
mod metrics;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{HOST, ORIGIN};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde_json::json;

use crate::services::Services;
use crate::surroundings::surrounded;

const NOTHING_HERE: &str = "there is nothing at this path; there are GET /metrics, GET /cache, PUT /cache/enabled \
                            and PUT /cache/functions/{name}/enabled";

/// Returns the router of the listener at `address`.
pub(crate) fn router(services: Arc<Services>, address: SocketAddr) -> Router {
    let is_loopback = address.ip().is_loopback();
    let routes = Router::new()
        .merge(metrics::router())
        .merge(cache::router())
        .layer(middleware::from_fn_with_state(
            is_loopback,
            without_browsers,
        ))
        .with_state(services);
    surrounded(routes, NOTHING_HERE)
}

/// Middleware: refuses what a page in a browser may have sent.
///
/// A page of another site says so in `Origin` when it wants to change something. A page whose name leads to this machine
/// meanwhile (DNS rebinding) is of no other site to the browser, but names itself in `Host`, where programs on a loopback
/// address name that. On other addresses operators use names of their own.
async fn without_browsers(
    State(is_loopback): State<bool>,
    request: Request,
    next: Next,
) -> Response {
    let headers = request.headers();
    if headers.contains_key(ORIGIN) {
        let message = "requests from pages in browsers are refused; use a program such as curl";
        return refusal(StatusCode::FORBIDDEN, "forbidden", message);
    }
    if is_loopback && !names_this_machine(headers) {
        let message = "the header Host names another machine; use localhost or the address";
        return refusal(
            StatusCode::MISDIRECTED_REQUEST,
            "misdirected_request",
            message,
        );
    }
    next.run(request).await
}

/// Returns true when `Host`, if there is one, is `localhost` or an address.
fn names_this_machine(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(HOST) else {
        return true;
    };
    let Ok(authority) = Authority::try_from(host.as_bytes()) else {
        return false;
    };
    let host = authority.host();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || address.parse::<IpAddr>().is_ok()
}

/// Returns an error in the shape that those of the public listener have.
fn refusal(status: StatusCode, code: &str, message: &str) -> Response {
    let body = json!({"code": code, "message": message, "details": []});
    (status, Json(body)).into_response()
}
