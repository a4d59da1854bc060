//! Statistics of measured times.

/// Returns the middle value, or the mean of the middle two; 0 if there is none.
pub fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let upper = values.len() / 2;
    let lower = values.len().saturating_sub(1) / 2;
    match (values.get(lower), values.get(upper)) {
        (Some(lower), Some(upper)) => (lower + upper) / 2.0,
        _ => 0.0,
    }
}

/// Nanoseconds as microseconds, to a tenth of a nanosecond.
pub fn microseconds(nanoseconds: f64) -> f64 {
    (nanoseconds * 10.0).round() / 10_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_of_any_count() {
        assert_eq!(median(&mut []), 0.0);
        assert_eq!(median(&mut [3.0]), 3.0);
        assert_eq!(median(&mut [9.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&mut [4.0, 1.0, 2.0, 3.0]), 2.5);
    }

    #[test]
    fn microseconds_are_rounded() {
        assert_eq!(microseconds(1234.567), 1.2346);
    }
}
