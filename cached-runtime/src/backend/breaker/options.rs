//! When a breaker opens, as the builder is told.

use std::time::Duration;

use crate::error::Error;

/// When a cache stops asking its store: after too many failed or slow calls of late.
///
/// Reads and writes are judged apart, so a store that is full still serves what it has. While one of
/// them is cut off, its calls go past the store at once; the store is probed in the background, and
/// calls come back to it over half a second once it answers well.
///
/// ```
/// use cached_runtime::{BreakerOptions, Cache};
/// use std::time::Duration;
///
/// let options = BreakerOptions::default()
///     .slow_call_time(Duration::from_millis(20))
///     .minimum_calls(50);
/// let builder = Cache::builder().breaker(options);
/// # drop(builder);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use]
pub struct BreakerOptions {
    pub(super) is_enabled: bool,
    pub(super) failure_ratio: f64,
    pub(super) slow_ratio: f64,
    pub(super) slow_call_time: Duration,
    pub(super) minimum_calls: u32,
    pub(super) window: Duration,
}

impl Default for BreakerOptions {
    fn default() -> Self {
        Self {
            is_enabled: true,
            failure_ratio: 0.5,
            slow_ratio: 0.8,
            slow_call_time: Duration::from_millis(50),
            minimum_calls: 20,
            window: Duration::from_secs(10),
        }
    }
}

impl BreakerOptions {
    /// Returns options under which the store is always asked.
    pub fn disabled() -> Self {
        Self {
            is_enabled: false,
            ..Self::default()
        }
    }

    /// Sets the share of failed calls that is too many, 0.5 by default, above 0.0 and up to 1.0.
    ///
    /// A timeout and an error of the server are failures. A call that finds no connection is none: it
    /// costs nothing, and the connection comes back by itself.
    pub fn failure_ratio(mut self, ratio: f64) -> Self {
        self.failure_ratio = ratio;
        self
    }

    /// Sets the share of slow calls that is too many, 0.8 by default, above 0.0 and up to 1.0.
    pub fn slow_ratio(mut self, ratio: f64) -> Self {
        self.slow_ratio = ratio;
        self
    }

    /// Sets from when on a call is slow, 50 ms by default, 1 ms to 10 s.
    pub fn slow_call_time(mut self, time: Duration) -> Self {
        self.slow_call_time = time;
        self
    }

    /// Sets how many calls within the window it takes to judge by, 20 by default, 1 to 1,000,000.
    pub fn minimum_calls(mut self, calls: u32) -> Self {
        self.minimum_calls = calls;
        self
    }

    /// Sets how far back calls count, 10 s by default, 1 s to 10 min.
    pub fn window(mut self, window: Duration) -> Self {
        self.window = window;
        self
    }

    pub(crate) fn is_enabled(&self) -> bool {
        self.is_enabled
    }

    /// # Errors
    /// Returns a setting error that names the setting and its range.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let ratios = [("failure", self.failure_ratio), ("slow", self.slow_ratio)];
        for (name, ratio) in ratios {
            // Written so that NaN is out of range.
            if !(ratio > 0.0 && ratio <= 1.0) {
                return Err(Error::setting(format!(
                    "the breaker's {name} ratio is above 0.0 and up to 1.0"
                )));
            }
        }
        if !(1..=10_000).contains(&self.slow_call_time.as_millis()) {
            return Err(Error::setting(
                "the breaker's slow call time is 1 ms to 10 s",
            ));
        }
        if !(1..=1_000_000).contains(&self.minimum_calls) {
            return Err(Error::setting(
                "the breaker's minimum is 1 to 1,000,000 calls",
            ));
        }
        if !(1_000..=600_000).contains(&self.window.as_millis()) {
            return Err(Error::setting("the breaker's window is 1 s to 10 min"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_out_of_its_range_is_refused_by_its_name() {
        let options = BreakerOptions::default();
        let cases = [
            ("failure ratio", options.failure_ratio(0.0)),
            ("failure ratio", options.failure_ratio(f64::NAN)),
            ("slow ratio", options.slow_ratio(1.01)),
            ("slow call time", options.slow_call_time(Duration::ZERO)),
            ("minimum", options.minimum_calls(0)),
            ("window", options.window(Duration::from_millis(999))),
        ];

        for (name, options) in cases {
            let fault = options.check().unwrap_err();
            assert!(fault.is_setting());
            assert!(fault.to_string().contains(name), "{fault}");
        }
    }

    #[test]
    fn the_ends_of_every_range_are_accepted() {
        let least = BreakerOptions::default()
            .failure_ratio(f64::MIN_POSITIVE)
            .slow_ratio(f64::MIN_POSITIVE)
            .slow_call_time(Duration::from_millis(1))
            .minimum_calls(1)
            .window(Duration::from_secs(1));
        let most = BreakerOptions::default()
            .failure_ratio(1.0)
            .slow_ratio(1.0)
            .slow_call_time(Duration::from_secs(10))
            .minimum_calls(1_000_000)
            .window(Duration::from_mins(10));

        for options in [least, most, BreakerOptions::default()] {
            options.check().unwrap();
        }
    }
}
