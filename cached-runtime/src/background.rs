//! Work that no call waits for, or not any more, and the end of it.

use std::future::Future;
use std::time::Duration;

use tokio::runtime::Handle;
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
    /// [end](Self::end), and at once outside a tokio runtime.
    pub(crate) fn spawn(&self, computation: impl Future<Output = ()> + Send + 'static) {
        if Handle::try_current().is_err() {
            return;
        }
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

/// Waits for an answer of the store no longer than `limit`, and returns `None` for one that takes longer.
///
/// The store then still gets to answer, in a task of its own: what it is asked ends within its deadline,
/// and only then does the breaker know how slow it is. A call in haste that was cut off would tell nothing;
/// and if it told that the store is slow, it would keep others from one that is sound. Dropping the
/// future drops the question.
///
/// Outside a tokio runtime there are no timers, and no store but the one in this process, which answers at
/// once.
pub(crate) async fn wait_or_leave<T: Send + 'static>(
    limit: Duration,
    answer: impl Future<Output = T> + Send + 'static,
) -> Option<T> {
    let mut answer = Box::pin(answer.in_current_span());
    let Ok(runtime) = Handle::try_current() else {
        return Some(answer.await);
    };
    let in_time = timeout(limit, &mut answer).await.ok();
    if in_time.is_none() {
        runtime.spawn(answer);
    }
    in_time
}
