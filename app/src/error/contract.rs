//! Errors in the contract: one response for each status, with an example for each code.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use serde_json::json;
use utoipa::ToSchema;
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};

use super::{ApiError, RETRY_AFTER_SECONDS};

/// Returns the responses to a request that can end in `errors`.
pub(crate) fn responses(
    errors: impl IntoIterator<Item = ApiError>,
) -> BTreeMap<String, RefOr<Response>> {
    let mut by_status = BTreeMap::<StatusCode, Vec<ApiError>>::new();
    for error in errors {
        by_status
            .entry(error.code.status())
            .or_default()
            .push(error);
    }
    by_status
        .into_iter()
        .map(|(status, errors)| (status.as_str().to_owned(), response(status, &errors).into()))
        .collect()
}

fn response(status: StatusCode, errors: &[ApiError]) -> Response {
    let examples = errors.iter().map(|error| {
        let example = ExampleBuilder::new().value(Some(json!(error)));
        (error.code.to_string(), example.build())
    });
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name(ApiError::name())))
        .examples_from_iter(examples);
    let response = ResponseBuilder::new()
        .description(description(errors))
        .content("application/json", content.build());
    if status == StatusCode::SERVICE_UNAVAILABLE {
        let seconds = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(0));
        let header = HeaderBuilder::new()
            .description(Some("Seconds to wait before asking again"))
            .schema(Some(seconds))
            .example(Some(json!(RETRY_AFTER_SECONDS)));
        response.header("Retry-After", header.build()).build()
    } else {
        response.build()
    }
}

fn description(errors: &[ApiError]) -> String {
    if let [only] = errors {
        return format!("`{}`: {}", only.code, only.message);
    }
    let codes: Vec<_> = errors
        .iter()
        .map(|error| format!("`{}`", error.code))
        .collect();
    let codes = codes.join(", ");
    if errors.iter().any(|error| !error.details.is_empty()) {
        format!("One of {codes}; `details` has every fault, `code` is that of the first")
    } else {
        format!("One of {codes}")
    }
}
