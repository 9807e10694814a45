//! Probabilistic early refresh: a value is computed anew shortly before it expires, by one call or
//! two, so that not all of them find it expired at once.

use std::time::Duration;

/// The part of a lifetime in which a value may be computed anew, whatever it costs to compute: a
/// function that takes as long as its values live would run all the time.
const LONGEST_WINDOW: f64 = 0.2;

/// Returns the age at which a read computes an entry anew: at most `ttl`, and at least 80 % of it.
///
/// `cost` is how long the last computation took; `beta` is eagerness, 0.0 or more (0.0 turns it off,
/// and without a lock between processes e^(1/β) of them compute in each lifetime: 2.7 at 1.0, 1.65 at
/// 2.0); `random` is drawn anew for each read from (0, 1]. Implements `XFetch`: Vattani, Chierichetti
/// and Lowenstein, *Optimal Probabilistic Cache Stampede Prevention*, VLDB 2015.
pub(super) fn refresh_at(ttl: Duration, cost: Duration, beta: f64, random: f64) -> Duration {
    let window = cost.as_secs_f64() * beta * -random.ln();
    let longest = ttl.mul_f64(LONGEST_WINDOW);
    // `min` takes the other number for the NaN of 0 times infinity.
    ttl.saturating_sub(Duration::from_secs_f64(
        window.max(0.0).min(longest.as_secs_f64()),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TTL: Duration = Duration::from_mins(1);
    const COST: Duration = Duration::from_millis(100);

    #[test]
    fn the_age_is_the_ttl_less_a_window_that_grows_with_cost_and_eagerness() {
        let at = |cost, beta| refresh_at(TTL, cost, beta, 1.0 / std::f64::consts::E);

        assert_eq!(at(COST, 1.0) + COST, TTL);
        assert_eq!(at(COST, 2.0) + 2 * COST, TTL);
        assert_eq!(at(3 * COST, 1.0) + 3 * COST, TTL);
    }

    #[test]
    fn without_eagerness_or_cost_nothing_is_early() {
        for random in [f64::MIN_POSITIVE, 0.5, 1.0] {
            assert_eq!(refresh_at(TTL, COST, 0.0, random), TTL);
            assert_eq!(refresh_at(TTL, Duration::ZERO, 2.0, random), TTL);
        }
    }

    #[test]
    fn the_window_is_at_most_a_fifth_of_the_ttl() {
        for (beta, random) in [(1.0, f64::MIN_POSITIVE), (1.0, 0.0), (0.0, 0.0), (1e9, 0.5)] {
            let at = refresh_at(TTL, COST, beta, random);
            assert!((TTL.mul_f64(0.8)..=TTL).contains(&at), "{at:?}");
        }
    }

    /// Returns how many computations of a key begin in one lifetime, where so many processes that do
    /// not know of each other read it so often.
    fn computations(beta: f64, reads_per_second: f64, random: &mut fastrand::Rng) -> u32 {
        let scale = beta * COST.as_secs_f64();
        // In a million lifetimes, some 2,500 have a computation that begins before this.
        let window = scale * ((reads_per_second * scale).ln() + 6.0);
        let mut age = TTL.as_secs_f64() - window;
        let mut begun = 0;
        let mut landed_at = TTL.as_secs_f64();
        while age < landed_at {
            let at = refresh_at(TTL, COST, beta, 1.0 - random.f64());
            if age >= at.as_secs_f64() {
                begun += 1;
                // Reads go on finding the old value until the first computation has landed.
                landed_at = landed_at.min(age + COST.as_secs_f64());
            }
            age += 1.0 / reads_per_second;
        }
        begun
    }

    #[test]
    fn computations_in_a_lifetime_are_what_the_theory_says() {
        // Independent of the rate where that is high: e^(1/beta).
        for beta in [1.0, 2.0] {
            let mut random = fastrand::Rng::with_seed(7);
            let lifetimes = 2_000;
            let begun: u32 = (0..lifetimes)
                .map(|_| computations(beta, 4_000.0, &mut random))
                .sum();
            let mean = f64::from(begun) / f64::from(lifetimes);
            let theory = (1.0 / beta).exp();
            assert!(
                (mean / theory - 1.0).abs() < 0.05,
                "beta {beta}: {mean}, not {theory}"
            );
        }
    }

    #[test]
    fn the_chance_of_a_read_is_what_the_theory_says() {
        // exp(-t / (beta * cost)) at the distance t from expiry.
        let mut random = fastrand::Rng::with_seed(7);
        for (distance, beta) in [(0.1, 1.0), (0.2, 1.0), (0.2, 2.0), (0.5, 1.0)] {
            let reads = 100_000;
            let age = TTL.mul_f64(1.0 - distance / TTL.as_secs_f64());
            let early = (0..reads)
                .filter(|_| age >= refresh_at(TTL, COST, beta, 1.0 - random.f64()))
                .fold(0.0, |early, _| early + 1.0);
            let share = early / f64::from(reads);
            let theory = (-distance / (beta * COST.as_secs_f64())).exp();
            assert!(
                (share / theory - 1.0).abs() < 0.05,
                "{distance} s: {share}, not {theory}"
            );
        }
    }
}
