//! What the service answered.

use reqwest::RequestBuilder;
use reqwest::header::HeaderMap;
use serde_json::Value;

/// A whole answer, read to its end.
#[derive(Debug, Clone)]
pub struct Answer {
    status: u16,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    /// Sends a request and returns its answer.
    ///
    /// # Panics
    ///
    /// Panics when no whole answer comes, or when it is not text.
    pub async fn to(request: RequestBuilder) -> Self {
        let response = request
            .send()
            .await
            .unwrap_or_else(|error| panic!("no answer: {error:?}"));
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response
            .bytes()
            .await
            .unwrap_or_else(|error| panic!("half an answer: {error:?}"));
        let body = String::from_utf8(body.into()).expect("the service answers text");
        Self {
            status,
            headers,
            body,
        }
    }

    /// Returns the HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Returns a header that was sent once.
    ///
    /// # Panics
    ///
    /// Panics when a header of that name is not text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .get(name)
            .map(|value| value.to_str().expect("headers are text"))
    }

    /// Returns what the cache did: `HIT`, `MISS`, `STALE` or `BYPASS`.
    #[must_use]
    pub fn cache(&self) -> Option<&str> {
        self.header("x-cache-status")
    }

    /// Returns the body as it was sent.
    #[must_use]
    pub fn body(&self) -> &str {
        &self.body
    }

    /// Returns the body as JSON.
    ///
    /// # Panics
    ///
    /// Panics when it is not JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body)
            .unwrap_or_else(|error| panic!("not JSON ({error}): {}", self.body))
    }

    /// Returns the status and the code of an error, after checking that it is whole: a code, a
    /// message, and details that each have a path and a message.
    ///
    /// # Panics
    ///
    /// Panics when the body is not such an error.
    #[must_use]
    pub fn error(&self) -> (u16, String) {
        let error = self.json();
        assert_eq!(
            self.header("content-type"),
            Some("application/json"),
            "{error}"
        );
        assert!(
            error["message"]
                .as_str()
                .is_some_and(|message| message.len() > 10),
            "{error}"
        );
        for detail in error["details"].as_array().expect("details are an array") {
            assert!(
                detail["path"].is_string() && detail["message"].is_string(),
                "{error}"
            );
        }
        assert_eq!(
            error.as_object().map(serde_json::Map::len),
            Some(3),
            "{error}"
        );
        (
            self.status,
            error["code"].as_str().expect("a code is text").to_owned(),
        )
    }
}
