//! Factors and activations of recurrent layers.

use super::recurrent::Factor;

/// A factor as blocks read it.
#[repr(C)]
pub(super) struct Scale {
    /// Bits to the left.
    left: u32,
    multiplier: i32,
    /// What is added to negative sums before they are shifted to the right, if they are.
    lower: i32,
    /// Bits to the left again, which are negative.
    right: i32,
}

impl Scale {
    #[inline(always)] // stack: made where it stays
    pub(super) fn new(factor: Factor) -> Self {
        let [left, right] = factor.shifts();
        let Factor { multiplier, .. } = factor;
        Self { left, multiplier, lower: -i32::from(right != 0), right: -(right as i32) }
    }
}

// Scales the sums in q0 by the factor in r4 to r7.
macro_rules! scale_q0 {
    () => {
        concat!(
            "vshl.s32 q0, r4\n",
            "vqrdmulh.s32 q0, q0, r5\n",
            "vpt.s32 lt, q0, zr\n",
            "vaddt.i32 q0, q0, r6\n",
            "vrshl.s32 q0, r7\n",
        )
    };
}

// The sigmoid of the steps in q0 less a half, with 25 fractional bits, less one of these below 0.
// The table is at `$table`, and its second entry at `$next`; q7 has the most steps, and r10 2^24.
// q1, q2, q3 and q6 are lost.
macro_rules! sigmoid {
    ($table:literal, $next:literal) => {
        concat!(
            "vabs.s32 q1, q0\n",
            "vmin.u32 q1, q1, q7\n",
            "vshr.u32 q2, q1, #9\n",
            "vldrh.u32 q3, [",
            $table,
            ", q2, uxtw #1]\n",
            "vldrh.u32 q6, [",
            $next,
            ", q2, uxtw #1]\n",
            "vshl.i32 q2, q2, #9\n",
            "vsub.i32 q1, q1, q2\n",
            "vsub.i32 q6, q6, q3\n",
            "vmul.i32 q1, q1, q6\n",
            "vshl.i32 q3, q3, #9\n",
            "vadd.i32 q3, q3, q1\n",
            "vsub.i32 q3, q3, r10\n",
            "vshr.s32 q0, q0, #31\n",
            "veor q0, q0, q3\n",
        )
    };
}

// The most steps, for `sigmoid`; r4 is lost.
macro_rules! most_steps {
    () => {
        "movw r4, #0xFDFF\nmovt r4, #1\nvdup.32 q7, r4\n"
    };
}

pub(super) use {most_steps, scale_q0, sigmoid};
