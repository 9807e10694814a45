//! Chebyshev series: a polynomial over one span of time, and its rate of change.

/// Returns the value of the series at `x` and its derivative with respect to `x`.
///
/// `x` is in [-1, 1], where the series is defined; `coefficients` go from the constant term up.
/// Clenshaw's recurrence and its derivative: Press et al., *Numerical Recipes*, 3rd ed., 5.8 and 5.9.
pub(super) fn evaluate(coefficients: &[f64], x: f64) -> (f64, f64) {
    let Some((first, rest)) = coefficients.split_first() else {
        return (0.0, 0.0);
    };
    let (mut value, mut value_before) = (0.0, 0.0);
    let (mut slope, mut slope_before) = (0.0, 0.0);
    for coefficient in rest.iter().rev() {
        (slope, slope_before) = (2.0 * (value + x * slope) - slope_before, slope);
        (value, value_before) = (2.0 * x * value - value_before + coefficient, value);
    }
    (
        x * value - value_before + first,
        value + x * slope - slope_before,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_is_the_sum_of_its_polynomials() {
        // T0 + 2 T1 + 3 T2 + 4 T3, with T2 = 2x² - 1 and T3 = 4x³ - 3x.
        for x in [-1.0, -0.3, 0.0, 0.5, 1.0_f64] {
            let value =
                1.0 + 2.0 * x + 3.0 * (2.0 * x * x - 1.0) + 4.0 * (4.0 * x.powi(3) - 3.0 * x);
            let slope = 2.0 + 12.0 * x + 4.0 * (12.0 * x * x - 3.0);

            let (got_value, got_slope) = evaluate(&[1.0, 2.0, 3.0, 4.0], x);

            assert!(
                (got_value - value).abs() < 1e-14,
                "{got_value} instead of {value} at {x}"
            );
            assert!(
                (got_slope - slope).abs() < 1e-13,
                "{got_slope} instead of {slope} at {x}"
            );
        }
    }

    #[test]
    fn a_constant_has_no_slope_and_an_empty_series_is_zero() {
        assert_eq!(evaluate(&[7.0], 0.4), (7.0, 0.0));
        assert_eq!(evaluate(&[], 0.4), (0.0, 0.0));
    }
}
