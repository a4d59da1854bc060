//! Fewer values of weights, none of which changes by more than it may.

use std::vec::Vec;

/// The value that each weight of `i8` becomes, by its byte.
pub(super) type Mapping = [i8; 256];

/// Makes as few values as there can be of the weights whose `counts` are given, by their bytes,
/// where none may change by more than `most` steps.
///
/// Weights that lie within `2 · most` of the least of them become one value: going up from the
/// least weight, no other choice has fewer groups. The value is the mean of the weights as far as
/// `most` permits that.
pub(super) fn clusters(counts: &[usize; 256], most: u8) -> Mapping {
    let present: Vec<i32> = (-128..128).filter(|&weight| counts[byte(weight)] > 0).collect();
    let mut mapping: Mapping = std::array::from_fn(|byte| byte as u8 as i8);
    let most = i32::from(most);
    let mut rest = &present[..];
    while let Some(&least) = rest.first() {
        let len = rest.partition_point(|&weight| weight <= least + 2 * most);
        let (group, others) = rest.split_at(len);
        let greatest = group.last().copied().unwrap_or(least);
        let count = |&weight: &i32| counts[byte(weight)] as i64;
        let sum: i64 = group.iter().map(|weight| count(weight) * i64::from(*weight)).sum();
        let mean = sum as f64 / group.iter().map(count).sum::<i64>() as f64;
        let value = (mean.round() as i32).clamp(greatest - most, least + most);
        group.iter().for_each(|&weight| mapping[byte(weight)] = value as i8);
        rest = others;
    }
    mapping
}

/// The byte of a weight.
fn byte(weight: i32) -> usize {
    usize::from(weight as i8 as u8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn counts(weights: &[i8]) -> [usize; 256] {
        let mut counts = [0; 256];
        weights.iter().for_each(|&weight| counts[usize::from(weight as u8)] += 1);
        counts
    }

    proptest! {
        #[test]
        fn no_weight_changes_by_more_than_it_may(
            weights in prop::collection::vec(any::<i8>(), 1..40),
            most in 0..40_u8,
        ) {
            let mapping = clusters(&counts(&weights), most);
            let mut values = BTreeSet::new();
            for &weight in &weights {
                let value = mapping[usize::from(weight as u8)];
                prop_assert!(weight.abs_diff(value) <= most);
                values.insert(value);
            }
            // Weights that are further apart than that cannot have one value.
            let mut sorted = weights.clone();
            sorted.sort_unstable();
            let mut apart: Vec<i8> = Vec::new();
            for weight in sorted {
                if apart.last().is_none_or(|&last| weight.abs_diff(last) > 2 * most) {
                    apart.push(weight);
                }
            }
            prop_assert_eq!(values.len(), apart.len());
        }
    }

    #[test]
    fn values_are_means() {
        let mapping = clusters(&counts(&[10, 10, 10, 12, -5]), 1);
        assert_eq!((mapping[10], mapping[12], mapping[0xFB]), (11, 11, -5));
        let mapping = clusters(&counts(&[10, 10, 10, 14]), 4);
        assert_eq!((mapping[10], mapping[14]), (11, 11));
    }
}
