//! `GET /docs`: a page that shows the contract and tries it, from this service alone.
//!
//! The page is three files compiled into the program; it reads `/openapi.json` and knows nothing else of the
//! service. Its policy lets a browser load and ask nothing but this service, and run no script or style that
//! stands in the page.

use std::sync::Arc;

use axum::Router;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::response::IntoResponse;
use axum::routing::{MethodRouter, get};

use crate::services::Services;

const PAGE: &str = include_str!("docs/page.html");
const STYLE: &str = include_str!("docs/page.css");
const SCRIPT: &str = include_str!("docs/page.js");

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(crate) fn router() -> Router<Arc<Services>> {
    Router::new()
        .route("/docs", file("text/html; charset=utf-8", PAGE))
        .route("/docs/page.css", file("text/css; charset=utf-8", STYLE))
        .route(
            "/docs/page.js",
            file("text/javascript; charset=utf-8", SCRIPT),
        )
}

fn file(content_type: &'static str, content: &'static str) -> MethodRouter<Arc<Services>> {
    get(async move || {
        let headers = [
            (CONTENT_TYPE, content_type),
            (CONTENT_SECURITY_POLICY, POLICY),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (REFERRER_POLICY, "no-referrer"),
            // A new release may have another page.
            (CACHE_CONTROL, "no-cache"),
        ];
        (headers, content).into_response()
    })
}
