//! {NAME}: {SUMMARY}
//!
//! Source: TFLM 90b983c2b, `micro/kernels/{snake}.cc`.

use crate::number::element::Load;
use crate::rowwise::row::RowOp;

/// {SUMMARY}
#[derive(Debug)]
pub struct {Camel};

/// Parameters of {NAME}.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct {Camel}Params {
    depth: u32,
}

impl {Camel}Params {
    /// Parameters for rows of `depth` elements.
    pub fn new(depth: u32) -> Self {
        Self { depth }
    }
}

impl<I: Load<f32>> RowOp<I, f32> for {Camel} {
    type Params = {Camel}Params;

    fn depth(params: &{Camel}Params) -> u32 {
        params.depth
    }

    fn row(_params: &{Camel}Params, input: &[I], output: &mut [f32]) {
        // The arithmetic goes here.
        output.iter_mut().zip(input).for_each(|(out, x)| *out = x.load());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rowwise::row::rows;
    use alloc::vec;

    /// Rows with their results, worked out by hand.
    const KNOWN: &[(&[f32], &[f32])] = &[];

    #[test]
    fn known_rows_have_known_results() {
        assert!(!KNOWN.is_empty(), "{NAME} has no known results yet");
        for &(row, want) in KNOWN {
            let mut found = vec![0.0; row.len()];
            let params = {Camel}Params::new(row.len() as u32);
            rows::<{Camel}, f32, f32>(&params, row, &mut found).unwrap();
            assert_eq!(found, want);
        }
    }
}
