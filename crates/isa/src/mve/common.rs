//! What blocks have in common.

/// What every block begins with, so that the assembler knows MVE instructions.
macro_rules! cpu {
    () => {
        ".cpu cortex-m55"
    };
}

// The sums r4, r6, r8 and r10 as a vector, q0. The order of operands is that of the encoding.
macro_rules! sums {
    () => {
        concat!("vmov q0[2], q0[0], r4, r8\n", "vmov q0[3], q0[1], r6, r10\n")
    };
}

// Multiplies each sum in `$x` by its multiplier at `$multipliers`, rounds, lowers what is negative,
// and shifts it to the right by the shift at `$shifts`, rounding half up. q1 and q2 are lost.
macro_rules! scale {
    ($x:literal, $multipliers:literal, $shifts:literal) => {
        concat!(
            "vldrw.u32 q2, [",
            $multipliers,
            "\nvqrdmulh.s32 ",
            $x,
            ", ",
            $x,
            ", q2\nvldrw.u32 q1, [",
            $shifts,
            "\nvshr.s32 q2, ",
            $x,
            ", #31\nvadd.i32 ",
            $x,
            ", ",
            $x,
            ", q2\nvrshl.s32 ",
            $x,
            ", ",
            $x,
            ", q1\n"
        )
    };
}

// As `scale`, of two vectors: q0 and q1. q2 and q3 are lost.
macro_rules! scale_two {
    ($multipliers:literal, $shifts:literal) => {
        concat!(
            "vldrw.u32 q2, [",
            $multipliers,
            "\nvldrw.u32 q3, [",
            $shifts,
            "\nvqrdmulh.s32 q0, q0, q2\n",
            "vqrdmulh.s32 q1, q1, q2\n",
            "vshr.s32 q2, q0, #31\n",
            "vadd.i32 q0, q0, q2\n",
            "vshr.s32 q2, q1, #31\n",
            "vadd.i32 q1, q1, q2\n",
            "vrshl.s32 q0, q0, q3\n",
            "vrshl.s32 q1, q1, q3\n",
        )
    };
}

pub(crate) use {cpu, scale, scale_two, sums};
