//! The inverse of the standard normal distribution function.

/// Bisection steps: the bracket of 80 shrinks below the distance of neighbouring numbers.
const STEPS: u32 = 80;

/// The x with Φ(x) = p, for p in 0..=1; infinite at both ends. By bisection of libm's `erfc`, which is exact to the last
/// bits in the tail, so that the values are the same on every machine.
pub(crate) fn probit(p: f64) -> f64 {
    if p > 0.5 {
        return -probit(1.0 - p);
    }
    if p <= 0.0 {
        return f64::NEG_INFINITY;
    }
    // Φ(−40) is below the least positive f64.
    let (mut low, mut high) = (-40.0, 0.0);
    for _ in 0..STEPS {
        let middle = 0.5 * (low + high);
        let below = 0.5 * libm::erfc(-middle * std::f64::consts::FRAC_1_SQRT_2) < p;
        (low, high) = if below { (middle, high) } else { (low, middle) };
    }
    high
}

#[cfg(test)]
mod tests {
    use super::probit;

    /// Values of R 4's `qnorm`.
    #[test]
    fn known_quantiles() {
        for (p, want) in [
            (0.5, 0.0),
            (0.975, 1.959_963_984_540_054),
            (0.025, -1.959_963_984_540_054),
            (1e-10, -6.361_340_902_404_056),
            (0.999, 3.090_232_306_167_814),
        ] {
            assert!((probit(p) - want).abs() < 1e-12, "{p}: {}", probit(p));
        }
        assert_eq!((probit(0.0), probit(1.0)), (f64::NEG_INFINITY, f64::INFINITY));
    }
}
