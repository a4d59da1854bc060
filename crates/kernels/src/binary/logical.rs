//! LOGICAL_AND and LOGICAL_OR: a byte that is not 0 is true, and 1 where it is a result.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/logical_common.cc`.

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
