//! Computations that no call waits for, and their end.

use std::future::Future;
use std::time::Duration;

use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

/// The background computations of one cache.
#[derive(Default)]
pub(crate) struct Background {
    tasks: TaskTracker,
    end: CancellationToken,
}

impl Background {
    /// Runs `computation` in a task of its own, in the span of its caller; drops it after the
    /// [end](Self::end).
    pub(crate) fn spawn(&self, computation: impl Future<Output = ()> + Send + 'static) {
        let end = self.end.clone();
        let computation = computation.in_current_span();
        self.tasks.spawn(async move {
            end.run_until_cancelled(computation).await;
        });
    }

    /// Waits until what runs has ended, no longer than `grace`, and drops the rest.
    pub(crate) async fn end(&self, grace: Duration) {
        self.tasks.close();
        if timeout(grace, self.tasks.wait()).await.is_err() {
            self.end.cancel();
            self.tasks.wait().await;
        }
        // Whatever is spawned from now on ends before it begins.
        self.end.cancel();
    }
}
