//! Pauses between attempts that fail: each twice as long as the one before, up to a longest.

use std::time::Duration;

/// By how much of its length a pause is lengthened at most, so that many processes that lost one
/// server do not come back to it in step.
const JITTER: f64 = 0.25;

/// How pauses grow.
#[derive(Clone, Copy)]
pub(super) struct Backoff {
    pub(super) first: Duration,
    pub(super) longest: Duration,
}

impl Backoff {
    /// Returns the pause after so many pauses, before jitter.
    pub(super) fn pause(self, after: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(after);
        self.first.saturating_mul(doubled).min(self.longest)
    }
}

/// Returns `pause`, lengthened by up to a quarter at random.
pub(super) fn jittered(pause: Duration) -> Duration {
    // Without randomness processes may come back in step, which is no reason not to come back.
    let random = f64::from(getrandom::u32().unwrap_or(0)) / f64::from(u32::MAX);
    pause.mul_f64(1.0 + JITTER * random)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACKOFF: Backoff = Backoff {
        first: Duration::from_millis(100),
        longest: Duration::from_millis(500),
    };

    #[test]
    fn pauses_double_up_to_the_longest() {
        let pauses = [0, 1, 2, 3, 40].map(|after| BACKOFF.pause(after).as_millis());

        assert_eq!(pauses, [100, 200, 400, 500, 500]);
    }

    #[test]
    fn jitter_lengthens_by_a_quarter_at_most_and_differs() {
        let pause = Duration::from_millis(400);

        let jittered: Vec<_> = (0..100).map(|_| jittered(pause)).collect();

        let range = pause..=Duration::from_millis(500);
        assert!(jittered.iter().all(|pause| range.contains(pause)));
        assert!(jittered.iter().any(|pause| *pause != jittered[0]));
    }
}
