//! How a window lies on the edges of its input.
//!
//! Source: TFLM 90b983c2b, `lite/kernels/padding.h` (`ComputeOutSizeChecked`,
//! `ComputePaddingWithOffsetChecked`).

/// How many positions of a window count at the edges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    /// As many outputs as strides fit into the input; the window may reach beyond it on both sides.
    Same,
    /// Only the positions at which the window lies wholly within the input.
    Valid,
}

impl Padding {
    /// Outputs along one dimension: 0 where the window does not fit.
    ///
    /// `window` is the window's extent with dilation, at least 1, as is `stride`.
    ///
    /// ```
    /// use bantam_kernels::walk::padding::Padding;
    /// assert_eq!(Padding::Same.output_len(49, 4, 2), 25);
    /// assert_eq!(Padding::Valid.output_len(49, 4, 2), 23);
    /// ```
    pub fn output_len(self, input: u32, window: u32, stride: u32) -> u32 {
        let needed = if self == Self::Same { 1 } else { window };
        input.checked_sub(needed).map_or(0, |room| room / stride.max(1) + 1)
    }

    /// Elements before the input that the first window covers: the smaller half of what is missing.
    ///
    /// ```
    /// use bantam_kernels::walk::padding::Padding;
    /// assert_eq!(Padding::Same.before(49, 4, 2), 1); // 24 · 2 + 4 = 52 = 1 + 49 + 2
    /// assert_eq!(Padding::Valid.before(49, 4, 2), 0);
    /// ```
    pub fn before(self, input: u32, window: u32, stride: u32) -> u32 {
        if self == Self::Valid {
            return 0;
        }
        // The last window begins within the input: what is missing is what it has beyond the rest
        // of it.
        let rest = input.checked_sub(1).map_or(0, |last| last % stride.max(1) + 1);
        window.saturating_sub(rest) / 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn valid_counts_the_windows_within(input in 1..60_u32, window in 1..20_u32, stride in 1..20_u32) {
            let within = (0..input).step_by(stride as usize).filter(|i| i + window <= input);
            prop_assert_eq!(Padding::Valid.output_len(input, window, stride), within.count() as u32);
            prop_assert_eq!(Padding::Valid.before(input, window, stride), 0);
        }

        #[test]
        fn same_starts_a_window_at_every_stride(input in 1..60_u32, window in 1..20_u32, stride in 1..20_u32) {
            let outputs = Padding::Same.output_len(input, window, stride);
            prop_assert_eq!(outputs, (0..input).step_by(stride as usize).count() as u32);
            let missing = ((outputs - 1) * stride + window).saturating_sub(input);
            prop_assert_eq!(Padding::Same.before(input, window, stride), missing / 2);
        }

        #[test]
        fn any_numbers_are_harmless(input: u32, window: u32, stride: u32) {
            for padding in [Padding::Same, Padding::Valid] {
                let _ = padding.output_len(input, window, stride);
                let _ = padding.before(input, window, stride);
            }
        }
    }
}
