//! How calls went of late, counted in buckets of time. Time is an argument.

use std::time::Duration;

use super::machine::Verdict;

/// Into how many buckets a window is divided: the oldest tenth of it falls out at once.
const BUCKETS: usize = 10;

/// The calls of a sliding window.
pub(super) struct Window {
    /// How much time one bucket covers, in microseconds.
    bucket_micros: u64,
    /// The bucket of number `n` since the beginning is at `n % BUCKETS`.
    buckets: [Counts; BUCKETS],
    /// The number of the newest bucket.
    newest: u64,
}

/// Calls that say something of the store's health.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) calls: u32,
    pub(super) failed: u32,
    pub(super) slow: u32,
}

impl Window {
    /// Returns an empty window over the last `length`, at least ten microseconds.
    pub(super) fn new(length: Duration) -> Self {
        Self {
            bucket_micros: micros(length) / BUCKETS as u64,
            buckets: [Counts::default(); BUCKETS],
            newest: 0,
        }
    }

    /// Counts a call that ended at `now`.
    pub(super) fn count(&mut self, verdict: Verdict, now: Duration) {
        self.advance(now);
        let bucket = &mut self.buckets[slot(self.newest)];
        bucket.calls = bucket.calls.saturating_add(1);
        bucket.failed = bucket.failed.saturating_add(verdict.is_failed.into());
        bucket.slow = bucket.slow.saturating_add(verdict.is_slow.into());
    }

    /// Returns the calls within the window that ends at `now`.
    pub(super) fn counts(&mut self, now: Duration) -> Counts {
        self.advance(now);
        let mut sum = Counts::default();
        for bucket in &self.buckets {
            sum.calls = sum.calls.saturating_add(bucket.calls);
            sum.failed = sum.failed.saturating_add(bucket.failed);
            sum.slow = sum.slow.saturating_add(bucket.slow);
        }
        sum
    }

    /// Forgets all calls.
    pub(super) fn clear(&mut self) {
        self.buckets = [Counts::default(); BUCKETS];
    }

    /// Empties the buckets whose time has come again. A `now` before the newest bucket, which two
    /// threads can produce, counts as the newest.
    fn advance(&mut self, now: Duration) {
        let current = micros(now) / self.bucket_micros;
        let passed = current.saturating_sub(self.newest);
        for number in 1..=passed.min(BUCKETS as u64) {
            self.buckets[slot(self.newest + number)] = Counts::default();
        }
        self.newest = self.newest.max(current);
    }
}

fn slot(number: u64) -> usize {
    usize::try_from(number % BUCKETS as u64).expect("a remainder below ten fits")
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAILED: Verdict = Verdict {
        is_failed: true,
        is_slow: false,
    };
    const SLOW: Verdict = Verdict {
        is_failed: false,
        is_slow: true,
    };

    fn at(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn calls_count_until_the_window_has_passed_over_them() {
        let mut window = Window::new(at(10_000));
        window.count(FAILED, at(500));
        window.count(SLOW, at(5_500));

        let both = Counts {
            calls: 2,
            failed: 1,
            slow: 1,
        };
        let second = Counts {
            calls: 1,
            failed: 0,
            slow: 1,
        };
        assert_eq!(window.counts(at(9_999)), both);
        assert_eq!(window.counts(at(10_000)), second);
        assert_eq!(window.counts(at(14_999)), second);
        assert_eq!(window.counts(at(15_000)), Counts::default());
    }

    #[test]
    fn a_long_silence_empties_the_window_whatever_bucket_it_ends_in() {
        for end in 20_000..20_100 {
            let mut window = Window::new(at(10_000));
            for millis in (0..10_000).step_by(100) {
                window.count(FAILED, at(millis));
            }

            assert_eq!(window.counts(at(end * 100)), Counts::default());
        }
    }

    #[test]
    fn a_time_that_goes_back_counts_as_the_newest() {
        let mut window = Window::new(at(10_000));
        window.count(FAILED, at(9_000));
        window.count(FAILED, at(2_000));

        assert_eq!(window.counts(at(18_999)).failed, 2);
        assert_eq!(window.counts(at(19_000)).failed, 0);
    }
}
