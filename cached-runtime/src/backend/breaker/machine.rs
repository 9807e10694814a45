//! What a breaker does when: a state machine without clock, lock or I/O.
//!
//! ```text
//!            too many bad calls of late
//!   Closed ───────────────────────────────> Open ──┐ a probe goes badly:
//!     ^                                     ^  │ <─┘ another after a longer pause
//!     │ half a second            a bad call │  │ a probe goes well
//!     └────────────────────────── Ramping ──┘ <┘
//! ```
//!
//! Times are since a beginning that the caller chooses.

use std::time::Duration;

use super::options::BreakerOptions;
use super::window::Window;
use crate::backend::backoff::Backoff;

/// Pauses before probes. With jitter and a quick answer, a probe starts within half a second.
const BACKOFF: Backoff = Backoff {
    first: Duration::from_millis(100),
    longest: Duration::from_millis(400),
};

/// How long it takes until all calls are let in again.
pub(super) const RAMP: Duration = Duration::from_millis(500);

/// The share of calls that is let in when a ramp begins.
const FIRST_SHARE: f64 = 0.2;

/// How one call went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) is_failed: bool,
    pub(super) is_slow: bool,
}

impl Verdict {
    pub(super) fn is_bad(self) -> bool {
        self.is_failed || self.is_slow
    }
}

/// How a probe went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Health {
    Good,
    Bad,
    /// There was no connection to probe, which takes no time to find out.
    Unreachable,
}

/// What a breaker does with calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// All are let in.
    Closed,
    /// A growing share of them is.
    Ramping,
    /// None is.
    Open(Reason),
}

/// Why a breaker opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    Failures,
    SlowCalls,
    /// A call went badly soon after a good probe.
    Relapse,
}

impl Reason {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Failures => "too many calls failed",
            Self::SlowCalls => "too many calls were slow",
            Self::Relapse => "a call went badly soon after a good probe",
        }
    }
}

/// The right to make one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pass {
    /// Since which change of the phase it is valid: how an older call went says nothing of now.
    era: u64,
}

/// The breaker of one store in one direction.
pub(super) struct Machine {
    options: BreakerOptions,
    /// For how long after a probe is due it is trusted to come.
    patience: Duration,
    window: Window,
    state: State,
    /// How often this has opened, or has begun to let calls in again.
    era: u64,
    /// How many pauses there have been since all calls were let in.
    pauses: u32,
}

enum State {
    Closed,
    Ramping {
        since: Duration,
        /// How many calls may be let in now; each call adds the share of its moment.
        credit: f64,
    },
    Open {
        reason: Reason,
        /// When the next probe is due, before jitter.
        due: Duration,
    },
}

impl Machine {
    /// Returns a closed breaker. When a probe is overdue by more than `patience`, the next call
    /// takes its place.
    pub(super) fn new(options: BreakerOptions, patience: Duration) -> Self {
        Self {
            options,
            patience,
            window: Window::new(options.window),
            state: State::Closed,
            era: 0,
            pauses: 0,
        }
    }

    pub(super) fn phase(&self) -> Phase {
        match self.state {
            State::Closed => Phase::Closed,
            State::Ramping { .. } => Phase::Ramping,
            State::Open { reason, .. } => Phase::Open(reason),
        }
    }

    /// Returns the pass of a call that is let in. Each pass is [ended](Self::end) or
    /// [given back](Self::give_back).
    pub(super) fn ask(&mut self, now: Duration) -> Option<Pass> {
        self.settle(now);
        if let State::Open { due, .. } = self.state
            && now > due.saturating_add(self.patience)
        {
            self.ramp(now);
        }
        match &mut self.state {
            State::Closed => {}
            State::Open { .. } => return None,
            State::Ramping { since, credit } => {
                let part = now.saturating_sub(*since).div_duration_f64(RAMP);
                *credit += FIRST_SHARE + (1.0 - FIRST_SHARE) * part;
                if *credit < 1.0 {
                    return None;
                }
                *credit -= 1.0;
            }
        }
        Some(Pass { era: self.era })
    }

    /// Takes note of how a call went.
    pub(super) fn end(&mut self, pass: Pass, verdict: Verdict, now: Duration) {
        self.settle(now);
        if pass.era != self.era {
            return;
        }
        match self.state {
            State::Closed => {
                self.window.count(verdict, now);
                if verdict.is_bad()
                    && let Some(reason) = self.reason(now)
                {
                    self.open(reason, now);
                }
            }
            State::Ramping { .. } if verdict.is_bad() => self.open(Reason::Relapse, now),
            State::Ramping { .. } | State::Open { .. } => {}
        }
    }

    /// Takes note of a call that ended without telling anything.
    pub(super) fn give_back(&mut self, pass: Pass) {
        if pass.era == self.era
            && let State::Ramping { credit, .. } = &mut self.state
        {
            *credit += 1.0;
        }
    }

    /// Returns the pause before the next probe, before jitter, or `None` when none is called for.
    pub(super) fn pause(&self) -> Option<Duration> {
        match self.state {
            State::Open { .. } => Some(BACKOFF.pause(self.pauses)),
            State::Closed | State::Ramping { .. } => None,
        }
    }

    /// Takes note of how a probe went.
    pub(super) fn probed(&mut self, health: Health, now: Duration) {
        let State::Open { reason, .. } = self.state else {
            return;
        };
        match health {
            Health::Good => self.ramp(now),
            Health::Bad => {
                self.pauses = self.pauses.saturating_add(1);
                self.wait(reason, now);
            }
            Health::Unreachable => self.wait(reason, now),
        }
    }

    /// Lets all calls in when the ramp is over.
    pub(super) fn settle(&mut self, now: Duration) {
        if let State::Ramping { since, .. } = self.state
            && now.saturating_sub(since) >= RAMP
        {
            self.pauses = 0;
            self.window.clear();
            self.state = State::Closed;
        }
    }

    /// Returns why the calls of the window are too bad, if they are.
    fn reason(&mut self, now: Duration) -> Option<Reason> {
        let counts = self.window.counts(now);
        if counts.calls < self.options.minimum_calls {
            return None;
        }
        let share = |part: u32| f64::from(part) / f64::from(counts.calls);
        if share(counts.failed) >= self.options.failure_ratio {
            Some(Reason::Failures)
        } else if share(counts.slow) >= self.options.slow_ratio {
            Some(Reason::SlowCalls)
        } else {
            None
        }
    }

    fn open(&mut self, reason: Reason, now: Duration) {
        if reason == Reason::Relapse {
            self.pauses = self.pauses.saturating_add(1);
        }
        self.era += 1;
        self.wait(reason, now);
    }

    fn wait(&mut self, reason: Reason, now: Duration) {
        let due = now.saturating_add(BACKOFF.pause(self.pauses));
        self.state = State::Open { reason, due };
    }

    fn ramp(&mut self, now: Duration) {
        self.era += 1;
        // The first call is let in at once: it may be the only one for a while.
        self.state = State::Ramping {
            since: now,
            credit: 1.0 - FIRST_SHARE,
        };
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod walks;
