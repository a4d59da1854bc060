//! The two tables of 16-bit SOFTMAX. The reference fills them in RAM for every operator; here they are computed when the
//! crate is compiled, once for all, and lie in flash.
//!
//! Source: TFLM 90b983c2b, `lite/kernels/internal/common.h` (`LUTPopulateInt16`, `LUTLookup`), in single precision.

use crate::const_math;

/// Intervals of a table; each is interpolated with the 7 low bits of the argument.
const STEPS: usize = 512;
type Table = [i16; STEPS + 1];

/// What a table samples, and the range of its argument in 16-bit steps of `scale`.
#[derive(Clone, Copy)]
enum Function {
    /// `exp(x)` for `x` in -10..=0.
    Exp,
    /// `1 / (1 + x)` for `x` in 0..=1.
    OneOverOnePlus,
}

static EXP: Table = table(Function::Exp, 10.0 / 65535.0, 32767);
static ONE_OVER_ONE_PLUS: Table = table(Function::OneOverOnePlus, 1.0 / 65535.0, -32768);

impl Function {
    const fn at(self, x: f32) -> f32 {
        match self {
            Self::Exp => const_math::exp(x as f64) as f32,
            Self::OneOverOnePlus => 1.0 / (1.0 + x),
        }
    }
}

/// Samples `function` in units of 2^-15, each sample moved by half the rounded error of interpolating its interval.
const fn table(function: Function, scale: f32, zero_point: i32) -> Table {
    let mut table = [0; STEPS + 1];
    let min = scale * (-32768 - zero_point) as f32;
    let max = scale * (32767 - zero_point) as f32;
    let step = (max - min) / STEPS as f32;
    let half_step = step / 2.0;
    let output_scale = 2.0_f32 / 65535.0;
    let to_output = 65536.0 / (output_scale * 32767.0 - output_scale * -32768.0);
    let mut i = 0;
    while i < STEPS {
        let x = min + i as f32 * step;
        let sample = const_math::round(function.at(x) * to_output);
        let middle = const_math::round(function.at(x + half_step) * to_output);
        let next = function.at(min + (i + 1) as f32 * step) * to_output;
        let error = const_math::round((next + sample) / 2.0) - middle;
        table[i] = saturate(sample - const_math::round(error / 2.0));
        i += 1;
    }
    table[STEPS] = saturate(const_math::round(function.at(max) * to_output));
    table
}

const fn saturate(x: f32) -> i16 {
    x.clamp(-32768.0, 32767.0) as i16
}

/// `table` at `x`, interpolated.
#[inline(always)]
fn look_up(table: &Table, x: i16) -> i16 {
    let index = (256 + (i32::from(x) >> 7)) as usize;
    let Some(&[base, next, ..]) = table.get(index..) else { return 0 };
    let slope = i32::from(next) - i32::from(base);
    let delta = (slope * i32::from(x & 0x7F) + 64) >> 7;
    (i32::from(base) + delta) as i16
}

/// `exp(x)` with 15 fractional bits; -32768..=32767 stands for -10..=0.
#[inline(always)]
pub(super) fn exp(x: i16) -> i16 {
    look_up(&EXP, x)
}

/// `1 / (1 + x)` with 15 fractional bits; -32768..=32767 stands for 0..=1.
#[inline(always)]
pub(super) fn one_over_one_plus_x(x: i16) -> i16 {
    look_up(&ONE_OVER_ONE_PLUS, x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_of_the_tables() {
        assert_eq!((EXP[0], EXP[512]), (2, 32767));
        assert_eq!((ONE_OVER_ONE_PLUS[0], ONE_OVER_ONE_PLUS[512]), (32767, 16384));
    }

    #[test]
    fn tables_are_the_references() {
        let checksum = |table: &Table| {
            table.iter().fold(0_u32, |sum, &x| sum.wrapping_mul(31).wrapping_add(x as u16 as u32))
        };
        assert_eq!((checksum(&EXP), checksum(&ONE_OVER_ONE_PLUS)), (1_003_118_174, 2_243_645_579));
    }

    #[test]
    fn interpolation_stays_near_the_function() {
        for x in i16::MIN..=i16::MAX {
            let fraction = (f64::from(x) + 32768.0) / 65535.0;
            // The reference's 512 intervals span a step more than the range: up to 5 of 2^-15 for the exponential.
            let near = |got: i16, want: f64| (f64::from(got) - want * 32768.0).abs() < 8.0;
            assert!(near(exp(x), (fraction * 10.0 - 10.0).exp()), "exp at {x}");
            assert!(near(one_over_one_plus_x(x), 1.0 / (1.0 + fraction)), "reciprocal at {x}");
        }
    }
}
