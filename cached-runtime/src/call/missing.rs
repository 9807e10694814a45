//! A call that the cache did not answer: why its function runs, what stands in for that, and how the
//! call concludes.

use std::time::{Duration, SystemTime};

use crate::entry::Times;
use crate::outcome::{Bypass, Outcome, Stale, Stored};
use crate::output::Output;
use crate::policy;
use crate::refusal::Refusal;
use crate::report::{count_refresh, count_saved, report};
use crate::spec::Spec;

/// A call of a function that returns `O` and stores `T`, to which the cache had no answer.
pub(super) struct Missing<O, T> {
    pub(super) spec: &'static Spec,
    /// The lifetime of every value, where it does not depend on the value.
    pub(super) ttl: Option<Duration>,
    pub(super) refuse: Option<fn(Refusal) -> O>,
    /// A value that may be served in the place of an error.
    pub(super) stale: Option<(T, Times)>,
    /// Why the cache could not be asked, if it could not.
    pub(super) fault: Option<Bypass>,
    /// How long the cache took to say so.
    pub(super) read_for: Duration,
    /// Whether the function is to run whatever is stored.
    pub(super) is_forced: bool,
}

/// Why a function runs.
#[derive(Clone, Copy)]
pub(super) struct Reason {
    /// Why the cache could not be asked; nothing is stored then.
    pub(super) fault: Option<Bypass>,
    /// Whether there is a value to be served instead of an error, which is then not stored.
    pub(super) has_stale: bool,
    /// How long the call has waited for the cache already.
    pub(super) read_for: Duration,
    /// Whether its value takes the place of every other.
    pub(super) is_forced: bool,
}

/// What came of running a function, or of waiting for another call of it.
pub(super) struct Computed<O> {
    pub(super) output: O,
    pub(super) outcome: Outcome,
    /// Whether another call ran the function.
    pub(super) is_collapsed: bool,
    pub(super) is_failure: bool,
}

/// How a call ends.
pub(super) type Concluded<O> = Result<Computed<O>, Refusal>;

impl<O> Computed<O> {
    /// Returns the output of a call that has run the function itself.
    pub(super) fn led(output: O, reason: Reason, stored: Stored, is_failure: bool) -> Self {
        Self {
            output,
            outcome: reason.outcome(stored),
            is_collapsed: false,
            is_failure,
        }
    }
}

impl Reason {
    /// A refresh behind a value that is served.
    pub(super) const REFRESH: Self = Self {
        fault: None,
        has_stale: true,
        read_for: Duration::ZERO,
        is_forced: false,
    };

    /// Returns the outcome of a call whose value has been computed.
    pub(super) fn outcome(self, stored: Stored) -> Outcome {
        match self.fault {
            Some(reason) => Outcome::Bypass { reason },
            None => Outcome::Miss { stored },
        }
    }
}

impl<O, T> Missing<O, T> {
    pub(super) fn reason(&self) -> Reason {
        Reason {
            fault: self.fault,
            has_stale: self.stale.is_some(),
            read_for: self.read_for,
            is_forced: self.is_forced,
        }
    }

    /// Returns the output of the call, and reports its outcome.
    pub(super) fn conclude<K: Output<O, Stored = T>>(
        self,
        computed: Concluded<O>,
        now: SystemTime,
    ) -> O {
        let failure = match &computed {
            Ok(computed) => computed.is_failure.then_some(Stale::Failed),
            Err(refusal) => Some(Stale::from_refusal(*refusal)),
        };
        let missing = match failure {
            Some(failure) => match self.stand_in::<K>(failure, now) {
                Ok(stale) => return stale,
                Err(missing) => missing,
            },
            None => self,
        };
        match computed {
            Ok(computed) => {
                report(missing.spec, computed.outcome, computed.is_collapsed);
                computed.output
            }
            Err(refusal) => {
                let stored = Stored::from_refusal(refusal);
                report(missing.spec, missing.reason().outcome(stored), false);
                refuse(missing.refuse, refusal)
            }
        }
    }

    /// Returns the stale value, if there is one that may be served at `now`, and reports that.
    ///
    /// # Errors
    /// Returns the call where nothing stands in for its function.
    pub(super) fn stand_in<K: Output<O, Stored = T>>(
        mut self,
        reason: Stale,
        now: SystemTime,
    ) -> Result<O, Self> {
        let freshness = self.spec.freshness();
        let late = |(_, times): &(T, Times)| policy::late_if_error(times, self.ttl, freshness, now);
        let Some(late) = self.stale.as_ref().and_then(late) else {
            return Err(self);
        };
        let (value, times) = self.stale.take().expect("it is late, so it is there");
        report(self.spec, Outcome::Stale { late, reason }, false);
        count_saved(self.spec, times.cost);
        Ok(K::join(value))
    }
}

/// Returns the output of a call that is refused.
pub(super) fn refuse<O>(make: Option<fn(Refusal) -> O>, refusal: Refusal) -> O {
    make.expect("a function with limits says how it is refused")(refusal)
}

/// Counts what came of a computation that no call waits for.
pub(super) fn count<O>(spec: &'static Spec, computed: &Concluded<O>) {
    let stored = match computed {
        Ok(Computed {
            outcome: Outcome::Miss { stored },
            ..
        }) => *stored,
        Ok(_) => Stored::NotAdmitted,
        Err(refusal) => Stored::from_refusal(*refusal),
    };
    count_refresh(spec, stored);
}
