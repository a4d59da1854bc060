//! {NAME}: {SUMMARY}
//!
//! Source: TFLM 90b983c2b, `micro/kernels/{snake}.cc`.

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

impl RowOp<f32> for {Camel} {
    type Params = {Camel}Params;

    fn depth(params: &{Camel}Params) -> u32 {
        params.depth
    }

    fn row(_params: &{Camel}Params, row: &mut [f32]) {
        // The arithmetic goes here.
        row.iter_mut().for_each(|x| *x *= 1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rowwise::row::rows;

    /// Rows with their results, worked out by hand.
    const KNOWN: &[(&[f32], &[f32])] = &[];

    #[test]
    fn known_rows_have_known_results() {
        assert!(!KNOWN.is_empty(), "{NAME} has no known results yet");
        for &(row, want) in KNOWN {
            let mut found = row.to_vec();
            let params = {Camel}Params::new(row.len() as u32);
            rows::<{Camel}, f32>(&params, &mut found).unwrap();
            assert_eq!(found, want);
        }
    }
}
