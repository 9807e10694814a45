//! What a companion asks of the call it is given, and what the call hands back.
//!
//! Both travel in a task-local around the given future. The first call that is polled in it takes
//! the mode, so that calls in its body, and after it, are made as usual.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

use crate::error::Error;
use crate::outcome::Bypass;
use crate::runtime::Place;

/// How a call is to be made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Served from the cache, or else computed and stored.
    #[default]
    Usual,
    /// Served from the cache and never computed.
    Peek,
    /// Computed and stored without a look into the cache.
    Refresh,
    /// Computed without the cache.
    Uncached,
    /// Not made: where its value is is all that is asked for.
    Locate,
}

/// What a call hands back that does not return.
pub(crate) enum Answer {
    /// Where its value is, or why it is nowhere.
    Place(Result<Place, Bypass>),
    /// There is no value to serve.
    Nothing,
    /// Whether there is one is unknown.
    Fault(Error),
}

/// How a future that was asked ended.
pub(crate) enum Reply<O> {
    /// It returned, as it does when its call is served.
    Output(O),
    /// Its call handed back an answer, and is polled no more.
    Answer(Answer),
}

/// Passed between a companion and the call.
struct Asked {
    /// How the next call is to be made; taken by the first.
    mode: Cell<Mode>,
    answer: RefCell<Option<Answer>>,
}

tokio::task_local! {
    /// What is asked of the future that this task is polling.
    static ASKED: Asked;
}

impl Mode {
    /// Returns how the call that asks is to be made.
    pub(crate) fn take() -> Self {
        ASKED
            .try_with(|asked| asked.mode.take())
            .unwrap_or_default()
    }

    /// Polls `call` until it returns or has answered.
    ///
    /// # Errors
    /// Returns an error when no cached function was called.
    pub(super) async fn ask<F: Future>(
        self,
        mut call: Pin<&mut F>,
    ) -> Result<Reply<F::Output>, Error> {
        let reply = poll_fn(|context| match call.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Reply::Output(output)),
            Poll::Pending => match ASKED.with(|asked| asked.answer.take()) {
                Some(answer) => Poll::Ready(Reply::Answer(answer)),
                None => Poll::Pending,
            },
        });
        let asked = async {
            let reply = reply.await;
            let is_taken = ASKED.with(|asked| asked.mode.get() != self);
            is_taken.then_some(reply).ok_or_else(Error::not_a_call)
        };
        self.scope(asked).await
    }

    /// Has the first call in `future` made in this way.
    pub(super) fn scope<F: Future>(self, future: F) -> impl Future<Output = F::Output> {
        let mode = Cell::new(self);
        let answer = RefCell::default();
        ASKED.scope(Asked { mode, answer }, future)
    }
}

/// Hands `answer` to the companion, which then polls the call no more.
///
/// # Panics
/// Panics when the call is polled after all: it was lent to the companion, and has no output.
pub(crate) async fn end_with(answer: Answer) -> ! {
    let handed_over = ASKED.try_with(|asked| asked.answer.replace(Some(answer)));
    drop(handed_over);
    poll_fn(|_| {
        let is_waited_for = ASKED.try_with(|asked| asked.answer.borrow().is_some());
        assert!(
            is_waited_for.unwrap_or(false),
            "a call that was lent to a companion has ended; make a new one"
        );
        Poll::Pending
    })
    .await
}
