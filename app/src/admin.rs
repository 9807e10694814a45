//! What operators see and do, on a listener of its own (`ADMIN_ADDR`): metrics, and the cache with its switch.
//!
//! Whoever reaches the listener may do all of it, so it is not for the public port, and what a browser brings along from some
//! page is refused: operators use programs such as `curl` and Prometheus. Metrics are here alone, because calls counted by
//! outcome would tell a stranger on the public port whether somebody has asked for a birth before.

mod cache;
mod metrics;

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::{HOST, ORIGIN};
use axum::http::uri::Authority;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde_json::json;

use crate::services::Services;
use crate::surroundings::surrounded;

const NOTHING_HERE: &str = "there is nothing at this path; there are GET /metrics, GET /cache, PUT /cache/enabled \
                            and PUT /cache/functions/{name}/enabled";

/// Returns the router of the listener, which may be called by `hosts` too.
pub(crate) fn router(services: Arc<Services>, hosts: Vec<String>) -> Router {
    let hosts: Arc<[String]> = hosts.into();
    let routes = Router::new()
        .merge(metrics::router())
        .merge(cache::router())
        .layer(middleware::from_fn_with_state(hosts, without_browsers))
        .with_state(services);
    surrounded(routes, NOTHING_HERE)
}

/// Middleware: refuses what a page in a browser may have sent.
///
/// A page of another site says so in `Origin` when it wants to change something. A page whose name leads to this machine
/// meanwhile (DNS rebinding) is of no other site to the browser, but names itself in `Host`. An address cannot be led
/// elsewhere, so addresses pass, and of names those that the settings have.
async fn without_browsers(
    State(hosts): State<Arc<[String]>>,
    request: Request,
    next: Next,
) -> Response {
    if request.headers().contains_key(ORIGIN) {
        let message = "requests from pages in browsers are refused; use a program such as curl";
        return refusal(StatusCode::FORBIDDEN, "forbidden", message);
    }
    if !names_this_machine(&request, &hosts) {
        let message = "the request names another machine; use localhost, the address, or a name in ADMIN_HOSTS";
        return refusal(
            StatusCode::MISDIRECTED_REQUEST,
            "misdirected_request",
            message,
        );
    }
    next.run(request).await
}

/// Returns true when each host that the request names, in its line and in `Host`, is this machine.
fn names_this_machine(request: &Request, hosts: &[String]) -> bool {
    let is_ours = |authority: &Authority| {
        let host = authority.host();
        let address = host.trim_start_matches('[').trim_end_matches(']');
        host.eq_ignore_ascii_case("localhost")
            || address.parse::<IpAddr>().is_ok()
            || hosts.iter().any(|name| host.eq_ignore_ascii_case(name))
    };
    let headers = request.headers().get_all(HOST).iter();
    let mut named = headers.map(|host| Authority::try_from(host.as_bytes()));
    request.uri().authority().is_none_or(is_ours)
        && named.all(|host| host.is_ok_and(|host| is_ours(&host)))
}

/// Returns an error in the shape that those of the public listener have.
fn refusal(status: StatusCode, code: &str, message: &str) -> Response {
    let body = json!({"code": code, "message": message, "details": []});
    (status, Json(body)).into_response()
}
