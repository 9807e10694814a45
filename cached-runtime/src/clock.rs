//! What time it is: the one place where the library asks.
//!
//! Policy takes times as arguments; only [`call`](crate::call) and the in-process store hold a clock.

use std::time::SystemTime;

/// A source of wall-clock time.
///
/// Implementors return times that other processes sharing the same Redis would agree with: entries
/// carry the moment at which they stop being fresh. Calls may come from many threads at once.
///
/// ```
/// use cached_runtime::{Cache, Clock, SystemClock};
/// use std::time::{Duration, SystemTime};
///
/// /// The clock of a fleet whose hosts are known to be two seconds late.
/// struct Corrected;
///
/// impl Clock for Corrected {
///     fn now(&self) -> SystemTime {
///         SystemClock.now() + Duration::from_secs(2)
///     }
/// }
///
/// let builder = Cache::builder().clock(Corrected);
/// # drop(builder);
/// ```
pub trait Clock: Send + Sync + 'static {
    /// Returns the current time.
    fn now(&self) -> SystemTime;
}

/// The operating system's clock; a cache asks it unless the builder names [another](crate::Builder::clock).
///
/// ```
/// use cached_runtime::{Clock, SystemClock};
/// let before = std::time::SystemTime::now();
/// assert!(SystemClock.now() >= before);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}

#[cfg(any(test, feature = "testing"))]
pub use manual::ManualClock;

#[cfg(any(test, feature = "testing"))]
mod manual {
    use std::sync::{Arc, Mutex, PoisonError};
    use std::time::{Duration, SystemTime};

    use super::Clock;

    /// A clock that stands still until a test moves it (feature `testing`).
    ///
    /// Clones share one time.
    ///
    /// ```
    /// use cached_runtime::{Clock, ManualClock};
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let before = clock.now();
    /// clock.advance(Duration::from_secs(60));
    /// assert_eq!(clock.now(), before + Duration::from_secs(60));
    /// clock.set_back(Duration::from_secs(90));
    /// assert_eq!(clock.now(), before - Duration::from_secs(30));
    /// ```
    #[derive(Clone, Debug)]
    pub struct ManualClock {
        /// The time that every clone reports.
        now: Arc<Mutex<SystemTime>>,
    }

    impl ManualClock {
        /// Returns a clock that stands at the current system time.
        #[must_use]
        pub fn new() -> Self {
            let now = Arc::new(Mutex::new(SystemTime::now()));
            Self { now }
        }

        /// Moves the clock forwards by `step`.
        pub fn advance(&self, step: Duration) {
            *self.now.lock().unwrap_or_else(PoisonError::into_inner) += step;
        }

        /// Moves the clock backwards by `step`, as an operator who corrects it does.
        pub fn set_back(&self, step: Duration) {
            *self.now.lock().unwrap_or_else(PoisonError::into_inner) -= step;
        }
    }

    impl Default for ManualClock {
        fn default() -> Self {
            Self::new()
        }
    }

    impl Clock for ManualClock {
        fn now(&self) -> SystemTime {
            *self.now.lock().unwrap_or_else(PoisonError::into_inner)
        }
    }
}
