//! `GET /openapi.json`: the contract of every endpoint but those that show it, made from the code that serves them.

use std::sync::Arc;

use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;
use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{OpenApi as Document, PathItem, RefOr, Response};
use utoipa::{Modify, OpenApi};

use crate::error::{ApiError, contract};
use crate::routes::{chart, health};
use crate::services::Services;
use crate::surroundings::failed;

const DESCRIPTION: &str = "\
Geocentric, apparent, tropical positions, in degrees of the ecliptic of date.

Every error has one shape, `{code, message, details}`. A path that is not here is answered with 404 `not_found`, \
another method with 405 `method_not_allowed` and the header `Allow`. What is not HTTP, or has more than a hundred \
headers or an endless one, gets 400, 414 or 431 without a body.";

#[derive(OpenApi)]
#[openapi(
    info(title = "Natal charts", description = DESCRIPTION),
    paths(chart::natal_chart, health::healthz, health::readyz),
    components(schemas(ApiError, chart::ChartResponse)),
    modifiers(&Surroundings),
    tags(
        (name = "charts", description = "What the service is for"),
        (name = "operation", description = "How the service does")
    ),
    servers((url = "/", description = "This service"))
)]
struct Contract;

pub(crate) fn router() -> Router<Arc<Services>> {
    let contract = Contract::openapi();
    Router::new().route("/openapi.json", get(async move || Json(contract.clone())))
}

/// Adds what surrounds every endpoint: the answer to a panic, the request's id, and what the cache did.
struct Surroundings;

impl Modify for Surroundings {
    fn modify(&self, document: &mut Document) {
        for (path, item) in &mut document.paths.paths {
            for operation in operations(item) {
                let responses = &mut operation.responses.responses;
                responses.extend(contract::responses([failed()]));
                for (status, response) in responses {
                    let RefOr::T(response) = response else {
                        continue;
                    };
                    describe_headers(path, status, response);
                }
            }
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.post, &mut item.put]
        .into_iter()
        .flatten()
}

fn describe_headers(path: &str, status: &str, response: &mut Response) {
    let mut describe = |name: &str, header: Header| {
        response.headers.insert(name.to_owned(), header.into());
    };
    describe("X-Request-Id", request_id());
    // Only what asks the cache can tell what it did: a chart, and the refusals that are found in making one.
    if path == chart::PATH && ["200", "422", "503"].contains(&status) {
        describe("X-Cache-Status", x_cache_status());
        describe("Cache-Status", cache_status());
    }
}

fn request_id() -> Header {
    let id = ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some("^[0-9A-Fa-f-]{32,36}$"));
    HeaderBuilder::new()
        .description(Some(
            "The request's id in the log: the one it came with, where that is a UUID",
        ))
        .schema(Some(id))
        .example(Some(json!("0af76519-16cd-43dd-8448-eb211c80319c")))
        .build()
}

fn x_cache_status() -> Header {
    let word = ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(["HIT", "STALE", "MISS", "BYPASS"]));
    HeaderBuilder::new()
        .description(Some("What the cache did, where it was asked"))
        .schema(Some(word))
        .example(Some(json!("HIT")))
        .build()
}

fn cache_status() -> Header {
    HeaderBuilder::new()
        .description(Some("The same as RFC 9211 has it, with the reason"))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .example(Some(json!("natal::calculate_chart; hit; ttl=86000")))
        .build()
}
