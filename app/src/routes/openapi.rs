//! `GET /openapi.json`: the contract of every endpoint but those that show it, made from the code that serves them.

use std::sync::Arc;

use axum::routing::get;
use axum::{Json, Router};
use cached_runtime::tower::StatusLayer;
use serde_json::json;
use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{OpenApi as Document, RefOr, Response};
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

/// Returns the router; the contract has what `status` adds to answers.
pub(crate) fn router(status: StatusLayer) -> Router<Arc<Services>> {
    let mut contract = Contract::openapi();
    if !status.is_hidden() {
        describe_status(&mut contract);
    }
    Router::new().route("/openapi.json", get(async move || Json(contract.clone())))
}

/// Adds what surrounds every endpoint: the answer to a panic and the request's id.
struct Surroundings;

impl Modify for Surroundings {
    fn modify(&self, document: &mut Document) {
        for operation in operations(document) {
            let responses = &mut operation.responses.responses;
            responses.extend(contract::responses([failed()]));
            for response in responses.values_mut() {
                describe(response, "X-Request-Id", request_id());
            }
        }
    }
}

/// Adds the headers that tell what the cache did.
fn describe_status(document: &mut Document) {
    let chart = document.paths.paths.get_mut(chart::PATH);
    let responses = chart.and_then(|item| item.post.as_mut()).into_iter();
    for (status, response) in responses.flat_map(|chart| &mut chart.responses.responses) {
        // Only what asks the cache can tell what it did: a chart, and the refusals that are found in making one.
        if ["200", "422", "503"].contains(&&**status) {
            describe(response, "X-Cache-Status", x_cache_status());
            describe(response, "Cache-Status", cache_status());
        }
    }
}

fn operations(document: &mut Document) -> impl Iterator<Item = &mut Operation> {
    let items = document.paths.paths.values_mut();
    items.flat_map(|item| {
        [&mut item.get, &mut item.post, &mut item.put]
            .into_iter()
            .flatten()
    })
}

fn describe(response: &mut RefOr<Response>, name: &str, header: Header) {
    if let RefOr::T(response) = response {
        response.headers.insert(name.to_owned(), header.into());
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
