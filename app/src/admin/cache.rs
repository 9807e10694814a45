//! `GET /cache`, `PUT /cache/enabled` and `PUT /cache/functions/{name}/enabled`: how the cache stands, and its switch.

use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, put};
use axum::{Extension, Json, Router};
use cached_runtime::{Cache, Counters, Error, Spec};
use serde::Deserialize;
use serde_json::{Value, json};
use tracing::warn;

use super::refusal;
use crate::body::JsonBody;
use crate::error::{ApiError, Code};
use crate::functions;
use crate::server::Peer;
use crate::services::Services;

pub(super) fn router() -> Router<Arc<Services>> {
    Router::new()
        .route("/cache", get(cache))
        .route("/cache/enabled", put(set_enabled))
        .route("/cache/functions/{name}/enabled", put(set_function_enabled))
}

/// Held while a switch is compared and set, so that the log tells every change and nothing else.
static SWITCHING: Mutex<()> = Mutex::new(());

/// What a switch is set to.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    enabled: bool,
}

/// Returns how the cache stands: its switch, its store, the breaker, and every function.
async fn cache(State(services): State<Arc<Services>>) -> Json<Value> {
    let cache = &services.cache;
    let breaker = cache
        .breaker()
        .map(|breaker| json!({"read": breaker.read.as_str(), "write": breaker.write.as_str()}));
    let functions = cached_runtime::functions();
    let functions: Vec<_> = functions.iter().map(|spec| function(cache, spec)).collect();
    Json(json!({
        "enabled": cache.is_enabled(),
        "connected": cache.is_connected(),
        "breaker": breaker,
        "functions": functions,
    }))
}

fn function(cache: &Cache, spec: &'static Spec) -> Value {
    let mut function = functions::description(spec);
    let is_enabled = cache.is_function_enabled(spec.name());
    function["enabled"] = json!(is_enabled.unwrap_or(false));
    function["counters"] = counters(spec.counters());
    function
}

fn counters(counters: Counters) -> Value {
    json!({
        "hits": counters.hits,
        "stale": counters.stale,
        "misses": counters.misses,
        "bypasses": counters.bypasses,
        "followers": counters.followers,
        "write_failures": counters.write_failures,
        "unreadable": counters.unreadable,
    })
}

/// Switches the whole cache on or off; what is said of single functions stays.
async fn set_enabled(
    State(services): State<Arc<Services>>,
    Extension(Peer(peer)): Extension<Peer>,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    let Wanted { enabled } = wanted(&body)?;
    let _alone = SWITCHING.lock().unwrap_or_else(PoisonError::into_inner);
    let was_enabled = services.cache.is_enabled();
    if let Err(error) = services.cache.set_enabled(enabled) {
        return refused(&error);
    }
    if enabled != was_enabled {
        warn!(%peer, enabled, "the cache was switched");
    }
    Ok(Json(json!({"enabled": enabled})).into_response())
}

/// Switches the use of the cache by one function on or off.
async fn set_function_enabled(
    State(services): State<Arc<Services>>,
    Extension(Peer(peer)): Extension<Peer>,
    name: Result<Path<String>, PathRejection>,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    let Wanted { enabled } = wanted(&body)?;
    let functions = cached_runtime::functions();
    // The name in the program, so that no text of a client's choosing reaches the log.
    let named = |Path(name): Path<String>| functions.iter().find(|spec| spec.name() == name);
    let found = name.ok().and_then(named);
    let Some(function) = found.map(|spec| spec.name()) else {
        let message = "no cached function has this name; GET /cache lists them";
        return Err(ApiError::new(Code::NotFound, message));
    };
    let _alone = SWITCHING.lock().unwrap_or_else(PoisonError::into_inner);
    let was_enabled = services.cache.is_function_enabled(function);
    if let Err(error) = services.cache.set_function_enabled(function, enabled) {
        return refused(&error);
    }
    if was_enabled.is_ok_and(|was_enabled| enabled != was_enabled) {
        warn!(%peer, function, enabled, "the cache was switched for a function");
    }
    Ok(Json(json!({"function": function, "enabled": enabled})).into_response())
}

fn wanted(body: &[u8]) -> Result<Wanted, ApiError> {
    serde_json::from_slice(body).map_err(|error| {
        let code = if error.is_data() {
            Code::InvalidRequest
        } else {
            Code::InvalidJson
        };
        ApiError::new(
            code,
            r#"the body must be {"enabled": true} or {"enabled": false}"#,
        )
    })
}

/// Returns the answer to a change that the cache cannot make.
fn refused(error: &Error) -> Result<Response, ApiError> {
    if !error.is_no_cache() {
        return Err(ApiError::new(Code::Internal, error.to_string()));
    }
    let message = "ENABLE_CACHE=false was set at the start, so the cache has no store; restart the service without it";
    Ok(refusal(StatusCode::CONFLICT, "conflict", message))
}
