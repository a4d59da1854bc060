//! The two tables of 16-bit SOFTMAX. The reference fills them in RAM for every operator; here they
//! are computed when the crate is compiled, once for all, and lie in flash. Where flash is dear
//! they are not there: [`compact`] computes an entry from what it samples.
//!
//! Source: TFLM 90b983c2b, `lite/kernels/internal/common.h` (`LUTPopulateInt16`, `LUTLookup`), in
//! single precision.

use crate::number::const_math;
use crate::target::TABLES;

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

/// Samples `function` in units of 2^-15, each sample moved by half the rounded error of
/// interpolating its interval.
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

/// `exp(x)` with 15 fractional bits; -32768..=32767 stands for -10..=0.
#[inline(always)] // chooses between table and formula
pub(super) fn exp(x: i16) -> i16 {
    if TABLES {
        interpolate(x, |index| entry(&EXP, index))
    } else {
        compact::interpolate(compact::exp, x)
    }
}

/// `1 / (1 + x)` with 15 fractional bits; -32768..=32767 stands for 0..=1.
#[inline(always)] // chooses between table and formula
pub(super) fn one_over_one_plus_x(x: i16) -> i16 {
    if TABLES {
        interpolate(x, |index| entry(&ONE_OVER_ONE_PLUS, index))
    } else {
        compact::interpolate(compact::one_over_one_plus, x)
    }
}

/// What is between two entries of a table, at `x`.
#[inline(always)] // a few instructions in an inner loop
fn interpolate(x: i16, entry: impl Fn(u32) -> i32) -> i16 {
    let index = (256 + (i32::from(x) >> 7)) as u32;
    let (base, next) = (entry(index), entry(index + 1));
    (base + (((next - base) * i32::from(x & 0x7F) + 64) >> 7)) as i16
}

#[inline(always)] // a load
fn entry(table: &Table, index: u32) -> i32 {
    table.get(index as usize).map_or(0, |&entry| entry.into())
}

/// The tables' entries out of what they sample, where flash is dearer than time.
mod compact {
    use super::{STEPS, const_math};

    /// Fractional bits of a sample in units of 2^-15: those of the reference's single precision.
    const FRACTION: u32 = 9;

    /// Half steps that have a factor of their own, and as many of these that have one in common.
    const FINE: usize = 32;

    /// `exp` at the [`FINE`] half steps below 0, without integer bits.
    static FINE_FACTORS: [u32; FINE] = factors(-(FINE as f64), 1.0, 32);
    /// `exp` at every [`FINE`]th half step, from that after -10 on, with 1 integer bit.
    static COARSE_FACTORS: [u32; 2 * STEPS / FINE + 1] =
        factors(FINE as f64 - 2.0 * STEPS as f64, FINE as f64, 31);

    /// `exp` of half steps of the table from `first` on, `step` apart, with `bits` fractional bits.
    const fn factors<const N: usize>(first: f64, step: f64, bits: i32) -> [u32; N] {
        let mut factors = [0; N];
        let mut i = 0;
        while i < N {
            let x = (first + step * i as f64) * (10.0 / (2 * STEPS) as f64);
            factors[i] = (const_math::exp(x) * (1_u64 << bits) as f64 + 0.5) as u32;
            i += 1;
        }
        factors
    }

    /// `exp` of -10 and `half_steps`, with 15 and [`FRACTION`] fractional bits.
    pub(super) fn exp(half_steps: u32) -> u32 {
        let (coarse, fine) = (half_steps as usize / FINE, half_steps as usize % FINE);
        match (COARSE_FACTORS.get(coarse), FINE_FACTORS.get(fine)) {
            (Some(&coarse), Some(&fine)) => {
                let product = (u64::from(coarse) * u64::from(fine)) >> 32;
                (product as u32 + (1 << 6)) >> (31 - 15 - FRACTION)
            }
            _ => 0,
        }
    }

    /// One over one and `half_steps`, likewise.
    pub(super) fn one_over_one_plus(half_steps: u32) -> u32 {
        let divisor = (2 * STEPS as u32 + half_steps).max(1);
        // 2^34 / divisor, rounded, in two digits.
        let (quotient, rest) = ((1 << 31) / divisor, (1 << 31) % divisor);
        (quotient << 3) + ((rest << 3) + divisor / 2) / divisor
    }

    /// The entry of the table of a function.
    #[inline(never)] // size: one copy of its formula
    pub(super) fn entry(function: fn(u32) -> u32, index: u32) -> i32 {
        let round = |sample: u32| ((sample + (1 << (FRACTION - 1))) >> FRACTION) as i32;
        let [sample, middle] = [0, 1].map(|half| round(function(2 * index + half)));
        let next = function(2 * index + 2);
        // A tie less a bit is one in single precision.
        let mean = (next + ((sample as u32) << FRACTION) + (1 << FRACTION) + 1) >> (FRACTION + 1);
        let error = mean as i32 - middle;
        // Half of it, rounded away from zero.
        (sample - (error + error.signum()) / 2).min(i16::MAX.into())
    }

    /// The function with 15 fractional bits, interpolated between two entries of its table.
    #[inline(never)] // size: one copy for both tables
    pub(super) fn interpolate(function: fn(u32) -> u32, x: i16) -> i16 {
        super::interpolate(x, |index| entry(function, index))
    }
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
    fn little_code_gives_all_entries() {
        for (index, entries) in (0..).zip(EXP.iter().zip(&ONE_OVER_ONE_PLUS)) {
            let exp = compact::entry(compact::exp, index);
            let reciprocal = compact::entry(compact::one_over_one_plus, index);
            assert_eq!((exp, reciprocal), ((*entries.0).into(), (*entries.1).into()), "{index}");
        }
    }

    #[test]
    fn interpolation_stays_near_the_function() {
        for x in i16::MIN..=i16::MAX {
            let fraction = (f64::from(x) + 32768.0) / 65535.0;
            // The reference's 512 intervals span a step more than the range: up to 5 of 2^-15 for
            // the exponential.
            let near = |got: i16, want: f64| (f64::from(got) - want * 32768.0).abs() < 8.0;
            assert!(near(exp(x), (fraction * 10.0 - 10.0).exp()), "exp at {x}");
            assert!(near(one_over_one_plus_x(x), 1.0 / (1.0 + fraction)), "reciprocal at {x}");
        }
    }
}
