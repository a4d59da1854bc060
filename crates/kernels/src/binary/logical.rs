//! LOGICAL_AND and LOGICAL_OR: a byte that is not 0 is true, and 1 where it is a result.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/logical_common.cc`.
//!
//! ```
//! use bantam_kernels::Shape;
//! use bantam_kernels::binary::plain::plain;
//! use bantam_kernels::binary::logical::{LogicalAnd, LogicalOr};
//! use bantam_kernels::walk::broadcast::Broadcast;
//! let pair = Shape::new(&[2])?;
//! let plan = Broadcast::new(&pair, &pair, &pair)?;
//! let mut output = [0_u8; 2];
//! plain::<LogicalAnd, _>(&plan, &[1, 1], &[1, 0], &mut output)?;
//! assert_eq!(output, [1, 0]);
//! plain::<LogicalOr, _>(&plan, &[0, 1], &[0, 0], &mut output)?;
//! assert_eq!(output, [0, 1]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::binary::plain::PlainOp;

/// `a` and `b`.
#[derive(Debug)]
pub struct LogicalAnd;
impl PlainOp for LogicalAnd {
    type Element = u8;
    fn apply(a: u8, b: u8) -> u8 {
        u8::from(a != 0 && b != 0)
    }
}

/// `a` or `b`.
#[derive(Debug)]
pub struct LogicalOr;
impl PlainOp for LogicalOr {
    type Element = u8;
    fn apply(a: u8, b: u8) -> u8 {
        u8::from(a != 0 || b != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn truth_tables() {
        for (a, b) in [(0, 0), (0, 1), (1, 0), (1, 1), (2, 4)] {
            assert_eq!(LogicalAnd::apply(a, b), u8::from(a != 0 && b != 0));
            assert_eq!(LogicalOr::apply(a, b), u8::from(a != 0 || b != 0));
        }
    }
}
