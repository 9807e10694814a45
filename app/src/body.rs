//! Reads a JSON body within a size and a time.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http_body_util::BodyExt;

use crate::error::{ApiError, Code};

/// The largest body that is read; a request for a chart has about 200 bytes.
const MAX_BYTES: usize = 64 * 1024;
/// How much of a body that is too large is read and thrown away.
///
/// A connection closed on unread bytes is reset, and the client would see that instead of the
/// answer.
const MAX_DISCARDED_BYTES: usize = 8 * 1024 * 1024;
/// How long a client may take to send its body.
const DEADLINE: Duration = Duration::from_secs(10);

/// The bytes of a body declared as JSON.
pub(crate) struct JsonBody(pub(crate) Bytes);

impl<S: Send + Sync> FromRequest<S> for JsonBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let (head, body) = request.into_parts();
        let declared = is_json(&head.headers);
        let bytes = tokio::time::timeout(DEADLINE, read(body))
            .await
            .map_err(|_| too_slow())??;
        if declared {
            Ok(Self(bytes))
        } else {
            Err(not_json())
        }
    }
}

/// Reads the whole body, or enough of it to answer that it is too large.
async fn read(mut body: Body) -> Result<Bytes, ApiError> {
    let mut bytes = Vec::new();
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame
            .map_err(|_| ApiError::new(Code::InvalidJson, "the body broke off before its end"))?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        length += data.len();
        if length <= MAX_BYTES {
            bytes.extend_from_slice(&data);
        } else if length > MAX_DISCARDED_BYTES {
            break;
        }
    }
    if length > MAX_BYTES {
        return Err(too_large());
    }
    Ok(bytes.into())
}

/// Returns why a body is refused unread.
pub(crate) fn refusals() -> [ApiError; 3] {
    [too_slow(), too_large(), not_json()]
}

fn too_slow() -> ApiError {
    let message = format!(
        "the body did not arrive within {} seconds",
        DEADLINE.as_secs()
    );
    ApiError::new(Code::RequestTimeout, message)
}

fn too_large() -> ApiError {
    let message = format!("the body is larger than {MAX_BYTES} bytes");
    ApiError::new(Code::PayloadTooLarge, message)
}

fn not_json() -> ApiError {
    let message = "the body must be uncompressed JSON; send Content-Type: application/json";
    ApiError::new(Code::UnsupportedMediaType, message)
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(content_type) = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
    else {
        return false;
    };
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    let plain = headers
        .get(CONTENT_ENCODING)
        .is_none_or(|encoding| encoding == "identity");
    plain && media_type.eq_ignore_ascii_case("application/json")
}

#[cfg(test)]
mod tests {
    use http_body_util::channel::Channel;

    use super::*;

    async fn refusal(body: Body) -> Code {
        let request = Request::post("/")
            .header(CONTENT_TYPE, "application/json")
            .body(body);
        let request = request.expect("it is a request");
        JsonBody::from_request(request, &())
            .await
            .err()
            .expect("the body is refused")
            .code()
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_does_not_come_is_given_up() {
        let (_sender, body) = Channel::<Bytes>::new(1);

        assert_eq!(refusal(Body::new(body)).await, Code::RequestTimeout);
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_without_end_is_refused_by_its_size() {
        let (mut sender, body) = Channel::<Bytes>::new(1);
        let endless = tokio::spawn(async move {
            let zeros = Bytes::from(vec![0; MAX_BYTES]);
            while sender.send_data(zeros.clone()).await.is_ok() {}
        });

        assert_eq!(refusal(Body::new(body)).await, Code::PayloadTooLarge);
        endless.await.expect("the sender is told to stop");
    }
}
