//! `GET /healthz` and `GET /readyz`: whether the process lives, and whether it can make charts.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use tracing::warn;
use utoipa::ToSchema;

use crate::services::Services;

pub(crate) fn router() -> Router<Arc<Services>> {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
}

/// The process lives.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    #[schema(example = "ok")]
    status: &'static str,
}

/// What the service needs, and how it stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Readiness {
    /// Whether charts can be made.
    ready: bool,
    /// The ephemeris database; without it nothing can be computed.
    database: DatabaseHealth,
    /// The cache; without it every chart is computed.
    cache: CacheHealth,
}

#[derive(Debug, Serialize, ToSchema)]
struct DatabaseHealth {
    ready: bool,
    /// The ephemeris the database holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "DE421")]
    ephemeris: Option<String>,
    /// That the database does not answer; the log says why.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    error: Option<&'static str>,
}

#[derive(Debug, Serialize, ToSchema)]
struct CacheHealth {
    /// Whether the cache is switched on.
    enabled: bool,
    /// Whether the cache can be reached.
    connected: bool,
}

/// Answers as long as the process does.
#[utoipa::path(
    get,
    path = "/healthz",
    tag = "operation",
    responses((status = 200, description = "The process lives", body = Health, example = json!({"status": "ok"})))
)]
pub(crate) async fn healthz() -> Json<Health> {
    Json(Health { status: "ok" })
}

/// Answers whether charts can be made: 200 when the database answers, else 503.
///
/// The cache is reported, but its absence does not make the service unready.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "operation",
    responses(
        (status = 200, description = "Charts can be made", body = Readiness, example = json!({
            "ready": true,
            "database": {"ready": true, "ephemeris": "DE421"},
            "cache": {"enabled": true, "connected": true}
        })),
        (status = 503, description = "The database does not answer", body = Readiness, example = json!({
            "ready": false,
            "database": {"ready": false, "error": "the ephemeris database does not answer"},
            "cache": {"enabled": true, "connected": true}
        })),
    )
)]
pub(crate) async fn readyz(State(services): State<Arc<Services>>) -> (StatusCode, Json<Readiness>) {
    let database = match services.ask_engine().await {
        Ok(engine) => DatabaseHealth {
            ready: true,
            ephemeris: Some(engine.ephemeris),
            error: None,
        },
        Err(error) => {
            // Strangers are told that and not why: the text names hosts, users and queries.
            warn!(%error, "not ready without the ephemeris database");
            DatabaseHealth {
                ready: false,
                ephemeris: None,
                error: Some("the ephemeris database does not answer"),
            }
        }
    };
    let cache = CacheHealth {
        enabled: services.cache.is_enabled(),
        connected: services.cache.is_connected(),
    };
    let ready = database.ready;
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (
        status,
        Json(Readiness {
            ready,
            database,
            cache,
        }),
    )
}
