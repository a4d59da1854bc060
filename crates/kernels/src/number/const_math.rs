//! Functions for tables that are computed at compile time.

/// `e^x` to within an ulp or two, for `|x| < 700`.
pub(crate) const fn exp(x: f64) -> f64 {
    // Reduce to |r| < ln(2), sum the series, and multiply by the power of two.
    let power = (x / core::f64::consts::LN_2) as i32;
    // Two parts of ln(2), of which the first is exact in products with small integers.
    let (high, low) = (0.693_147_180_369_123_8, 1.908_214_929_270_587_7e-10);
    let r = (x - power as f64 * high) - power as f64 * low;
    let mut sum = 1.0;
    let mut n = 20;
    while n > 0 {
        sum = 1.0 + r / n as f64 * sum;
        n -= 1;
    }
    sum * f64::from_bits(((power + 1023) as u64) << 52)
}

/// The nearest integer, ties away from zero; `x` must fit into an `i32`.
pub(crate) const fn round(x: f32) -> f32 {
    let x = x as f64;
    (if x < 0.0 { x - 0.5 } else { x + 0.5 }) as i32 as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_accurate() {
        for i in -4000..4000 {
            let x = f64::from(i) / 100.0;
            let want = libm::exp(x);
            assert!((exp(x) - want).abs() <= want * 5e-16, "exp({x})");
        }
    }

    #[test]
    fn round_takes_ties_away_from_zero() {
        let got = [-2.5, -0.5, 0.49999997, 0.5, 1.4].map(round);
        assert_eq!(got, [-3.0, -1.0, 0.0, 1.0, 1.0]);
    }
}
