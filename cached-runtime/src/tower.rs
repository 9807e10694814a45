//! Tells HTTP clients what the cache did: `X-Cache-Status` and RFC 9211's `Cache-Status`.
//!
//! The layer observes the request's task and writes the headers when the response is ready. A
//! response during which no cached function was called has neither header.
//!
//! A hit tells whoever asks that somebody asked for the same before. Where that is nobody's business,
//! [`hidden`](StatusLayer::hidden) leaves both headers out; the outcomes are counted all the same.

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
///
/// ```
/// use cached_runtime::tower::StatusLayer;
/// use http::{Request, Response};
/// use tower_layer::Layer;
/// # use std::convert::Infallible;
/// # #[derive(Clone)] struct Handler;
/// # impl tower_service::Service<Request<()>> for Handler {
/// #     type Response = Response<()>; type Error = Infallible;
/// #     type Future = std::future::Ready<Result<Response<()>, Infallible>>;
/// #     fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Infallible>> {
/// #         std::task::Poll::Ready(Ok(()))
/// #     }
/// #     fn call(&mut self, _: Request<()>) -> Self::Future { std::future::ready(Ok(Response::new(()))) }
/// # }
///
/// let service = StatusLayer::new().layer(Handler);
/// # let _ = service;
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct StatusLayer {
    is_hidden: bool,
}

impl StatusLayer {
    /// Returns the layer.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps what the cache did from clients where `is_hidden` is true: no response gets either header from this
    /// layer, and neither header of the service within passes it.
    ///
    /// What it cannot hide is time: a hit is faster than a computation, and whoever can measure that learns what
    /// the headers would have said.
    ///
    /// ```
    /// use cached_runtime::tower::StatusLayer;
    ///
    /// let layer = StatusLayer::new().hidden(true);
    /// # let _ = layer;
    /// ```
    #[must_use]
    pub fn hidden(mut self, is_hidden: bool) -> Self {
        self.is_hidden = is_hidden;
        self
    }

    /// Returns true where the layer keeps what the cache did from clients.
    ///
    /// ```
    /// use cached_runtime::tower::StatusLayer;
    /// assert!(!StatusLayer::new().is_hidden());
    /// ```
    #[must_use]
    pub fn is_hidden(self) -> bool {
        self.is_hidden
    }
}

impl<S> Layer<S> for StatusLayer {
    type Service = StatusService<S>;

    fn layer(&self, inner: S) -> StatusService<S> {
        StatusService {
            inner,
            is_hidden: self.is_hidden,
        }
    }
}

/// A service whose responses carry both headers, or neither; made by [`StatusLayer`].
#[derive(Clone, Copy, Debug)]
pub struct StatusService<S> {
    inner: S,
    is_hidden: bool,
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
        if self.is_hidden {
            return Box::pin(async { response.await.map(without_status) });
        }
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

fn without_status<Body>(mut response: Response<Body>) -> Response<Body> {
    for header in [X_CACHE_STATUS, CACHE_STATUS] {
        response.headers_mut().remove(header);
    }
    response
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::future::{Ready, ready};

    use http::HeaderValue;

    use super::*;

    /// A service that has a cache of its own in front of it.
    #[derive(Clone, Copy)]
    struct Telling;

    impl Service<()> for Telling {
        type Response = Response<()>;
        type Error = Infallible;
        type Future = Ready<Result<Response<()>, Infallible>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, (): ()) -> Self::Future {
            let mut response = Response::new(());
            let word = HeaderValue::from_static("inner; hit");
            response.headers_mut().insert(CACHE_STATUS, word);
            ready(Ok(response))
        }
    }

    #[tokio::test]
    async fn a_hidden_status_stays_hidden_when_the_service_within_tells_one() {
        for (is_hidden, told) in [(false, 1), (true, 0)] {
            let layer = StatusLayer::new().hidden(is_hidden);

            let Ok(response) = layer.layer(Telling).call(()).await;

            assert_eq!(response.headers().len(), told);
        }
    }
}
