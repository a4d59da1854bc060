//! Depthwise convolutions.

use core::ops::Range;

use crate::operands::Factors;
use crate::portable::scaled;
use crate::taps::{DepthwiseRow, Grid, Packed, RowChannels, is_for_loops};

/// Channels of a depthwise convolution with a filter each, a multiple of 4 of them: what becomes of
/// the sums of a window.
#[derive(Debug)]
pub enum Channels<'a> {
    /// They are added to these, with this zero point of the input.
    Added(&'a mut [i32], i16),
    /// Outputs are made of them and a bias.
    Scaled(&'a [[u8; 4]], Factors<'a>, i16),
}

impl<'a> Channels<'a> {
    /// Channels whose sums are added to these.
    pub fn added(sums: &'a mut [i32], zero_point: i16) -> Self {
        Self::Added(sums, zero_point)
    }

    /// So many channels whose sums begin with a bias of four little-endian bytes and become
    /// outputs.
    /// `None` if they are not a multiple of 4 or none, if there are not as many biases and factors,
    /// or if one of these is of the long way.
    pub fn scaled(
        bias: Option<&'a [[u8; 4]]>,
        channels: usize,
        factors: &Factors<'a>,
        zero_point: i16,
    ) -> Option<Self> {
        let bias = bias?.get(..channels)?;
        let fits = is_for_loops(channels) && factors.are_for(channels) && factors.is_short;
        fits.then_some(Self::Scaled(bias, *factors, zero_point))
    }
}

/// Computes a window of a depthwise convolution: the products of the inputs, less the zero point,
/// with the weights under the same tap. `output` is for outputs, if channels have some.
pub fn depthwise(
    grid: &Grid,
    channels: &mut Channels<'_>,
    [input, filter]: [&[i8]; 2],
    output: &mut [i8],
) {
    let (len, zero_point) = match channels {
        Channels::Added(sums, zero_point) => (sums.len(), i32::from(*zero_point)),
        Channels::Scaled(bias, _, zero_point) if bias.len() <= output.len() => {
            (bias.len(), i32::from(*zero_point))
        }
        Channels::Scaled(..) => return,
    };
    if !is_for_loops(len) || !grid.is_within([input.len(), filter.len()], len) {
        return;
    }
    let products = |c: usize, mut sum: i32| {
        for tap in 0..grid.rows * grid.columns {
            let [row, column] = [tap / grid.columns, tap % grid.columns];
            let at = |i: usize| row * grid.row[i] + column * grid.column[i] + c;
            if let (Some(&x), Some(&w)) = (input.get(at(0)), filter.get(at(1))) {
                sum = sum.wrapping_add((i32::from(x) - zero_point) * i32::from(w));
            }
        }
        sum
    };
    match channels {
        Channels::Added(sums, _) => {
            sums.iter_mut().enumerate().for_each(|(c, sum)| *sum = products(c, *sum));
        }
        Channels::Scaled(bias, factors, _) => {
            for (c, (output, bias)) in output.iter_mut().zip(bias.iter()).enumerate() {
                *output = scaled(factors, c, products(c, i32::from_le_bytes(*bias)));
            }
        }
    }
}

/// Adds to the sum of each channel, a multiple of four of them, its products of a window: the
/// inputs, less the zero point, and the weights under the same taps.
pub fn add_window(grid: &Grid, sums: &mut [i32], zero_point: i16, slices: [&[i8]; 2]) {
    depthwise(grid, &mut Channels::added(sums, zero_point), slices, &mut []);
}

/// Makes what the loops of the DSP extension want of filters of 3 × 3 weights, whose taps are
/// `pixel` apart, and of as many biases and shifts.
pub fn pack(
    (filter, pixel): (&[i8], usize),
    bias: &[[u8; 4]],
    shifts: &[u8],
    zero_point: i16,
    packed: &mut [Packed],
) {
    let weight = |tap: usize, c| filter.get(tap * pixel + c).map_or(0, |w| 2 * i32::from(*w));
    for (c, ((packed, bias), shift)) in packed.iter_mut().zip(bias).zip(shifts).enumerate() {
        let pair = |low: i32, high: i32| low as u32 & 0xFFFF | (high as u32) << 16;
        let [a, b, d] = [0, 1, 2].map(|tap| pair(weight(tap, c), weight(3 + tap, c)));
        let sum = (0..9).fold(0, |sum, tap| sum + weight(tap, c));
        let bias = i32::from_le_bytes(*bias).wrapping_mul(2);
        let bias = bias.wrapping_sub(sum * i32::from(zero_point)) as u32;
        let (rest, last) = (pair(weight(6, c), weight(7, c)), weight(8, c));
        *packed = [a, b, d, rest, pair((*shift).into(), last), bias];
    }
}

/// Some channels of a row of a depthwise convolution with a window of 3 × 3, all of whose slices
/// have been checked.
#[derive(Debug)]
pub struct CheckedRow<'a> {
    row: DepthwiseRow<'a>,
    factors: Factors<'a>,
    channels: Range<usize>,
    output: &'a mut [i8],
}

impl<'a> CheckedRow<'a> {
    /// `None` where the row does not suit.
    pub fn new(
        row: &DepthwiseRow<'a>,
        channels: Range<usize>,
        of: &RowChannels<'a>,
        output: &'a mut [i8],
    ) -> Option<Self> {
        let factors = of.factors;
        let suits = row.missing(&channels, &factors, output.len()).is_some()
            && row.has_filters(channels.end);
        suits.then_some(Self { row: *row, factors, channels, output })
    }

    /// Computes their outputs.
    pub fn run(&mut self) {
        let Self { row, factors, channels, output } = self;
        let [above, rows] = row.rows;
        // With stride 2 no column is missing on the left.
        let left = 2 - row.stride;
        for at in 0..row.width / row.stride {
            for (factor, c) in channels.clone().enumerate() {
                let bias = row.bias.get(c).copied().unwrap_or_default();
                let mut sum = i32::from_le_bytes(bias);
                for (y, x) in (0..rows).flat_map(|y| (0..3).map(move |x| (y, x))) {
                    let column = (at * row.stride + x).wrapping_sub(left);
                    if column >= row.width {
                        continue;
                    }
                    let input = row.input.get(y * row.row + column * row.pixel + c);
                    let weight = row.filter.get((3 * (y + above) + x) * row.pixel + c);
                    if let (Some(&x), Some(&w)) = (input, weight) {
                        let x = i32::from(x) - i32::from(row.zero_point);
                        sum = sum.wrapping_add(x * i32::from(w));
                    }
                }
                if let Some(output) = output.get_mut(at * row.pixel + c) {
                    *output = scaled(factors, factor, sum);
                }
            }
        }
    }
}
