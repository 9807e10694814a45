//! Wakes a waiter when a leader has taken too long.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::runtime::Handle;
use tokio::time::{Instant, Sleep, sleep_until};

/// A timer that can be set anew.
#[derive(Default)]
pub(super) struct Alarm(Option<Pin<Box<Sleep>>>);

impl Alarm {
    /// Sets the alarm to go off `at` a time, or never.
    pub(super) fn set(&mut self, at: Option<Instant>) {
        match (&mut self.0, at) {
            (Some(sleep), Some(at)) if sleep.deadline() == at => {}
            (Some(sleep), Some(at)) => sleep.as_mut().reset(at),
            (none, Some(at)) => *none = timer(at),
            (some, None) => *some = None,
        }
    }

    /// Returns ready once the time has come.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        match &mut self.0 {
            Some(sleep) => sleep.as_mut().poll(context),
            None => Poll::Pending,
        }
    }
}

/// Returns a timer, or `None` where there is none: outside a tokio runtime, and in one that was built
/// without timers, where tokio has a panic for an answer.
fn timer(at: Instant) -> Option<Pin<Box<Sleep>>> {
    Handle::try_current().ok()?;
    catch_unwind(AssertUnwindSafe(|| Box::pin(sleep_until(at)))).ok()
}
