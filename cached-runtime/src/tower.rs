//! Tells HTTP clients what the cache did: `X-Cache-Status` and RFC 9211's `Cache-Status`.
//!
//! The layer observes the request's task and writes the headers when the response is ready. A
//! response during which no cached function was called has neither header.
//!
//! ```
//! use cached_runtime::tower::StatusLayer;
//! use http::{Request, Response};
//! use tower_layer::Layer;
//! # use std::convert::Infallible;
//! # #[derive(Clone)] struct Handler;
//! # impl tower_service::Service<Request<()>> for Handler {
//! #     type Response = Response<()>; type Error = Infallible;
//! #     type Future = std::future::Ready<Result<Response<()>, Infallible>>;
//! #     fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Infallible>> {
//! #         std::task::Poll::Ready(Ok(()))
//! #     }
//! #     fn call(&mut self, _: Request<()>) -> Self::Future { std::future::ready(Ok(Response::new(()))) }
//! # }
//!
//! let service = StatusLayer::new().layer(Handler);
//! # let _ = service;
//! ```

mod header;

use std::pin::Pin;
use std::task::{Context, Poll};

use http::{HeaderName, Response};
use tower_layer::Layer;
use tower_service::Service;

use crate::outcome::CallReport;
use crate::report::observe;

/// `X-Cache-Status: HIT | STALE | MISS | BYPASS`, one word for the whole request.
const X_CACHE_STATUS: HeaderName = HeaderName::from_static("x-cache-status");

/// RFC 9211's header, one member for each call of a cached function.
const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");

/// Adds both headers to the responses of a service.
#[derive(Clone, Copy, Debug, Default)]
pub struct StatusLayer(());

impl StatusLayer {
    /// Returns the layer.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl<S> Layer<S> for StatusLayer {
    type Service = StatusService<S>;

    fn layer(&self, inner: S) -> StatusService<S> {
        StatusService { inner }
    }
}

/// A service whose responses carry both headers; made by [`StatusLayer`].
#[derive(Clone, Copy, Debug)]
pub struct StatusService<S> {
    inner: S,
}

impl<S, Request, Body> Service<Request> for StatusService<S>
where
    S: Service<Request, Response = Response<Body>, Future: Send + 'static>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let response = self.inner.call(request);
        Box::pin(async {
            let (response, calls) = observe(response).await;
            response.map(|response| with_status(response, &calls))
        })
    }
}

fn with_status<Body>(mut response: Response<Body>, calls: &[CallReport]) -> Response<Body> {
    if let Some(word) = header::x_cache_status(calls) {
        response.headers_mut().insert(X_CACHE_STATUS, word);
        // Caches append to the list, the one nearest to the origin stands first (RFC 9211, 2).
        response
            .headers_mut()
            .append(CACHE_STATUS, header::cache_status(calls));
    }
    response
}
