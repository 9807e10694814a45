//! A function's source of values that a test steers: it counts, fails, and keeps callers waiting.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use tokio::sync::Semaphore;

use crate::cache::eventually;

/// What cached functions of tests ask. Clones are one origin.
///
/// ```
/// use cached_tests::origin::Origin;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let origin = Origin::default();
/// assert_eq!(origin.ask().await, Ok(1));
/// origin.fail();
/// assert!(origin.ask().await.is_err());
/// assert_eq!(origin.runs(), 2);
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Origin {
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    runs: AtomicU32,
    running: AtomicU32,
    most_running: AtomicU32,
    fails: AtomicBool,
    is_blocked: AtomicBool,
    /// Lets those go on who were asked while it was blocked.
    gate: Semaphore,
}

impl Default for State {
    fn default() -> Self {
        Self {
            runs: AtomicU32::new(0),
            running: AtomicU32::new(0),
            most_running: AtomicU32::new(0),
            fails: AtomicBool::new(false),
            is_blocked: AtomicBool::new(false),
            gate: Semaphore::new(0),
        }
    }
}

/// Counts a run that goes on.
struct Running<'a>(&'a State);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Origin {
    /// Returns how often it has been asked, this time included, once it is not blocked.
    ///
    /// # Errors
    ///
    /// Returns an error while it fails.
    ///
    /// # Panics
    ///
    /// Never: the gate is not closed.
    pub async fn ask(&self) -> Result<u32, String> {
        let state = &*self.state;
        let run = state.runs.fetch_add(1, Ordering::SeqCst) + 1;
        let running = state.running.fetch_add(1, Ordering::SeqCst) + 1;
        let _running = Running(state);
        state.most_running.fetch_max(running, Ordering::SeqCst);
        if state.is_blocked.load(Ordering::SeqCst) {
            let gate = state.gate.acquire().await;
            gate.expect("the gate is never closed").forget();
        }
        if state.fails.load(Ordering::SeqCst) {
            return Err("the origin fails".to_owned());
        }
        Ok(run)
    }

    /// Has it fail from now on.
    pub fn fail(&self) {
        self.state.fails.store(true, Ordering::SeqCst);
    }

    /// Has it answer again from now on.
    pub fn recover(&self) {
        self.state.fails.store(false, Ordering::SeqCst);
    }

    /// Has whoever asks from now on wait.
    pub fn block(&self) {
        self.state.is_blocked.store(true, Ordering::SeqCst);
    }

    /// Lets everybody go on who waits, and nobody wait from now on.
    pub fn unblock(&self) {
        self.state.is_blocked.store(false, Ordering::SeqCst);
        let waiting = self.state.running.load(Ordering::SeqCst);
        self.state.gate.add_permits(waiting as usize);
    }

    /// Lets one go on who waits; whoever asks from now on waits.
    pub fn unblock_one(&self) {
        self.state.gate.add_permits(1);
    }

    /// Returns how often it has been asked.
    #[must_use]
    pub fn runs(&self) -> u32 {
        self.state.runs.load(Ordering::SeqCst)
    }

    /// Returns how many are being answered.
    #[must_use]
    pub fn running(&self) -> u32 {
        self.state.running.load(Ordering::SeqCst)
    }

    /// Returns how many were being answered at once, at most.
    #[must_use]
    pub fn most_running(&self) -> u32 {
        self.state.most_running.load(Ordering::SeqCst)
    }

    /// Waits until it has been asked so often.
    ///
    /// # Panics
    ///
    /// Panics when that takes unreasonably long.
    pub async fn asked(&self, times: u32) {
        eventually(|| self.runs() >= times).await;
    }
}
