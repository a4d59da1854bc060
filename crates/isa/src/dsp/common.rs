//! What blocks have in common.

/// What every block begins with, so that the assembler knows DSP instructions: where they are no
/// part of the target, the name of a core that has them.
#[cfg(bantam_names_core)]
macro_rules! cpu {
    () => {
        ".cpu cortex-m33"
    };
}

#[cfg(not(bantam_names_core))]
macro_rules! cpu {
    () => {
        ""
    };
}

pub(crate) use cpu;

/// Four weights of a filter, added to a sum with inputs 0 and 2 and inputs 1 and 3: four
/// instructions, which lose the weights and another register.
macro_rules! four_weights {
    ($sum:literal, $weights:literal, [$even:literal, $odd:literal], $lost:literal) => {
        concat!(
            "sxtb16 ",
            $lost,
            ", ",
            $weights,
            "\nsmlad ",
            $sum,
            ", ",
            $even,
            ", ",
            $lost,
            ", ",
            $sum,
            "\nsxtb16 ",
            $weights,
            ", ",
            $weights,
            ", ror #8\nsmlad ",
            $sum,
            ", ",
            $odd,
            ", ",
            $weights,
            ", ",
            $sum,
            "\n"
        )
    };
}

pub(crate) use four_weights;

/// `-zero_point` in both halves of a word: what SXTAB16 adds to two inputs.
pub(crate) fn minus(zero_point: i16) -> u32 {
    let minus = u32::from(zero_point.wrapping_neg() as u16);
    minus << 16 | minus
}
