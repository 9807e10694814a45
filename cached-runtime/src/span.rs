//! Spans: one around each call of a cached function, and one around each command to Redis, at the level `DEBUG`.
//!
//! Their fields have the names of OpenTelemetry's semantic conventions where there is one, and hold neither keys nor
//! arguments: a function's name, words for what happened, and names of commands. `otel.name` and `otel.kind` are for
//! `tracing-opentelemetry`.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;
use tracing::field::Empty;
use tracing::level_filters::LevelFilter;
use tracing::span::Entered;
use tracing::{Level, Span, debug_span};

use crate::error::Error;
use crate::outcome::{Bypass, Outcome};
use crate::spec::Spec;

pin_project! {
    /// A call that is polled in a span of its own, which begins when it is first polled.
    pub(crate) struct Spanned<F> {
        spec: &'static Spec,
        span: Option<Span>,
        #[pin]
        call: F,
    }
}

/// Returns `call`, a call of the function of `spec`, in a span of its own.
pub(crate) fn of_call<F: Future>(spec: &'static Spec, call: F) -> Spanned<F> {
    Spanned {
        spec,
        span: None,
        call,
    }
}

impl<F: Future> Future for Spanned<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _entered = enter(this.span, this.spec);
        this.call.poll(context)
    }
}

/// Enters the span of a call of the function of `spec`, which begins with the first time.
// Not a part of `poll`, which is compiled for each function.
fn enter<'a>(span: &'a mut Option<Span>, spec: &'static Spec) -> Entered<'a> {
    let span = span.get_or_insert_with(|| {
        let function = spec.name();
        debug_span!(
            "cached_call",
            otel.name = function,
            otel.kind = "internal",
            code.function.name = function,
            cached.outcome = Empty,
            cached.detail = Empty,
            error.type = Empty,
        )
    });
    span.enter()
}

/// Says in the span of the call how it was answered. Does nothing where nobody listens.
pub(crate) fn record(outcome: Outcome) {
    // Not `enabled!`: where layers have filters of their own, its answer is taken for that to the next event.
    if Level::DEBUG > LevelFilter::current() {
        return;
    }
    let span = Span::current();
    let (word, detail) = outcome.words();
    span.record("cached.outcome", word);
    if !detail.is_empty() {
        span.record("cached.detail", detail);
    }
    if let Outcome::Bypass { reason } = outcome
        && reason.is_fault()
    {
        span.record("error.type", detail);
    }
}

pin_project! {
    /// A command to Redis that is polled in a span of its own.
    pub(crate) struct SpannedCommand<F> {
        span: Span,
        #[pin]
        command: F,
    }
}

/// Returns `command`, a command to Redis, in a span of its own.
// Neither an `async` block nor `Instrument`, each of which holds or moves the command once more: it has 600 bytes.
pub(crate) fn of_command<F>(operation: &'static str, command: F) -> SpannedCommand<F> {
    let span = debug_span!(
        "redis",
        otel.name = operation,
        otel.kind = "client",
        db.system.name = "redis",
        db.operation.name = operation,
        error.type = Empty,
    );
    SpannedCommand { span, command }
}

impl<T, F: Future<Output = Result<T, Error>>> Future for SpannedCommand<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _entered = this.span.enter();
        let result = ready!(this.command.poll(context));
        if let Err(fault) = &result {
            let reason = Bypass::from_fault(fault);
            this.span.record("error.type", reason.as_str());
        }
        Poll::Ready(result)
    }
}
