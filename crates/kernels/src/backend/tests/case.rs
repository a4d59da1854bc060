//! What primitives are tested with: a row of images, a window, the constants of a layer.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use crate::backend::layer::{LayerQuantization, QuantizedWeights};
use crate::decode::channels::Channels;
use crate::decode::filter::LutFilter;
use crate::decode::lut::LutParams;
use crate::number::activation::ActivationRange;
use crate::number::channel_factors::ChannelFactors;
use crate::number::channel_requant::ChannelRequant;
use crate::number::element::{BiasElement, Quantized};
use crate::number::requant::Requant;
use crate::number::weights::{FilterElement, Int4Pair};
use crate::walk::padding::Padding;
use crate::walk::shape::Nhwc;
use crate::walk::window::{Window, WindowOptions};
use proptest::prelude::*;

/// Numbers that look random: proptest shrinks the sizes, not each number.
pub(super) fn noise<T: TryFrom<i64>>(seed: &mut u64, len: usize, min: i64, max: i64) -> Vec<T> {
    let mut next = || {
        *seed =
            seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        T::try_from(min + (*seed >> 33) as i64 % (max - min + 1)).ok().unwrap()
    };
    (0..len).map(|_| next()).collect()
}

/// One row of images, a window over it, and channels.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) channels: usize,
    pub(super) multiplier: usize,
    pub(super) outputs: usize,
    pub(super) width: usize,
    pub(super) filter: [usize; 2],
    pub(super) stride: usize,
    pub(super) dilation: usize,
    /// Which output row.
    pub(super) row: usize,
    /// Shifts of the factors: to the left for some channels, or to the right for all.
    pub(super) shifts: (i8, i8),
    pub(super) seed: u64,
}

pub(super) fn cases() -> impl Strategy<Value = Case> {
    let channels = prop_oneof![4 => 1..20_usize, 1 => Just(70), 1 => Just(130)];
    let sizes = (channels, 1..4_usize, 1..45_usize, 1..20_usize);
    let window = ([1..4_usize, 1..5_usize], 1..3_usize, 1..3_usize, 0..3_usize);
    let shifts = prop_oneof![3 => Just((-12, -5)), 1 => Just((-31, 3)), 1 => Just((-8, 0))];
    (sizes, window, shifts, any::<u64>()).prop_map(
        |(
            (channels, multiplier, outputs, width),
            (filter, stride, dilation, row),
            shifts,
            seed,
        )| {
            Case {
                channels,
                multiplier,
                outputs,
                width,
                filter,
                stride,
                dilation,
                row,
                shifts,
                seed,
            }
        },
    )
}

pub(super) const HEIGHT: usize = 3;

impl Case {
    pub(super) fn window(&self) -> Window {
        let shape = |height: usize, width: usize, channels: usize| {
            Nhwc::new([1, height, width, channels].map(|size| size as i32)).unwrap()
        };
        let outputs = |size: usize| size.div_ceil(self.stride);
        let image = shape(HEIGHT, self.width, self.channels);
        let output = shape(outputs(HEIGHT), outputs(self.width), 1);
        let filter = shape(self.filter[0], self.filter[1], self.channels);
        let options = WindowOptions {
            padding: Padding::Same,
            stride: [self.stride as i32; 2],
            dilation: [self.dilation as i32; 2],
        };
        let mut window = Window::NONE;
        window.slide(&[image, output, filter], &options).unwrap();
        window
    }

    /// The row that is computed, and the input under it.
    pub(super) fn row<'i, T>(&self, window: &Window, image: &'i [T]) -> (usize, &'i [T]) {
        let row = self.row % window.sizes(1).output_rows;
        let (rows, len) = (window.input_rows(row), window.sizes(1).input_row_len);
        (row, &image[rows.start * len..rows.end * len])
    }

    pub(super) fn area(&self) -> usize {
        self.filter[0] * self.filter[1]
    }

    pub(super) fn image_len(&self) -> usize {
        HEIGHT * self.width * self.channels
    }
}

/// Elements of filters, as they are made of weights.
pub(super) trait Packing: FilterElement {
    const WEIGHTS: [i64; 2];
    fn pack(weights: &[i8]) -> Vec<Self>;
}

impl Packing for i8 {
    const WEIGHTS: [i64; 2] = [-128, 127];
    fn pack(weights: &[i8]) -> Vec<Self> {
        weights.to_vec()
    }
}

impl Packing for Int4Pair {
    const WEIGHTS: [i64; 2] = [-8, 7];
    fn pack(weights: &[i8]) -> Vec<Self> {
        weights.chunks(2).map(|two| Self::new([two[0], *two.get(1).unwrap_or(&-3)])).collect()
    }
}

/// Indices of 7 bits, of a table of all weights that there may be.
impl Packing for LutFilter<'static> {
    const WEIGHTS: [i64; 2] = [-60, 60];
    fn pack(weights: &[i8]) -> Vec<Self> {
        let mut indices = vec![0; (weights.len() * 7).div_ceil(8)];
        for (at, weight) in weights.iter().enumerate() {
            for bit in 0..7 {
                let digit = (weight + 60) as u8 >> (6 - bit) & 1;
                indices[(at * 7 + bit) / 8] |= digit << (7 - (at * 7 + bit) % 8);
            }
        }
        let values: Vec<i8> = (-60..=60).collect();
        let (indices, values) = (Box::leak(indices.into()), Box::leak(values.into()));
        let params = LutParams { bits: 7, stride: 121 };
        vec![Self::new(params, Channels::ONE, indices, values, weights.len()).unwrap()]
    }
}

/// The constants of a quantized layer.
pub(super) struct Constants<B, F> {
    pub(super) filter: Vec<i8>,
    pub(super) packed: Vec<F>,
    pub(super) bias: Vec<B>,
    pub(super) multipliers: Vec<i32>,
    pub(super) shifts: Vec<i8>,
    /// The shifts as an image has them, if the factors come out of one.
    pub(super) in_image: Option<Vec<u8>>,
    pub(super) quantization: LayerQuantization,
}

impl<B: BiasElement + TryFrom<i64>, F: Packing> Constants<B, F> {
    pub(super) fn new<T: Quantized>(
        case: &Case,
        seed: &mut u64,
        filters: usize,
        depth: usize,
    ) -> Self {
        let (low, high) = case.shifts;
        let range = ActivationRange { min: T::MIN + 3, max: T::MAX - 2 };
        let zero_points = if T::MAX > 127 { [0, 0] } else { [-7, 11] };
        let mut multipliers: Vec<i32> = noise(seed, filters, 1 << 30, i32::MAX.into());
        if let Some(dead) = multipliers.get_mut(3) {
            *dead = 0;
        }
        let filter: Vec<i8> = noise(seed, filters * depth, F::WEIGHTS[0], F::WEIGHTS[1]);
        let shifts: Vec<i8> = noise(seed, filters, low.into(), high.into());
        let factors = multipliers.iter().zip(&shifts);
        let factors =
            factors.map(|(&multiplier, &shift)| Requant { multiplier, shift: shift.into() });
        let product = if T::MAX > 127 { 1 << 22 } else { 1 << 15 };
        let bound = (depth as u32).saturating_mul(product).saturating_add(30_000);
        let in_image: Vec<u8> = factors.map(|f| ChannelFactors::shift(f, bound)).collect();
        Self {
            packed: F::pack(&filter),
            filter,
            bias: noise(seed, filters, -30_000, 30_000),
            multipliers,
            shifts,
            in_image: case.seed.is_multiple_of(2).then_some(in_image),
            quantization: LayerQuantization::new::<T>(zero_points[0], zero_points[1], range)
                .unwrap(),
        }
    }

    pub(super) fn weights(&self) -> QuantizedWeights<'_, B, F> {
        let (multipliers, shifts) = (&self.multipliers[..], &self.shifts[..]);
        let requant = match &self.in_image {
            Some(shifts) => {
                let bits = shifts.iter().fold(0, |bits, shift| bits | shift);
                ChannelRequant::Factors(ChannelFactors::new(multipliers, shifts, bits).unwrap())
            }
            None => ChannelRequant::Given { multipliers, shifts },
        };
        QuantizedWeights { filter: &self.packed, bias: Some(&self.bias), requant }
    }

    /// The output of a channel with this sum of products.
    pub(super) fn output<T: Quantized>(&self, channel: usize, products: i64) -> T {
        let sum = products + self.bias[channel].value();
        let factor =
            Requant { multiplier: self.multipliers[channel], shift: self.shifts[channel].into() };
        let narrow = T::MAX <= 127 || B::IS_32_BITS;
        let scaled = if narrow { factor.apply(sum as i32) } else { factor.apply_i64(sum) };
        let LayerQuantization { output_zero_point, min, max, .. } = self.quantization;
        let value = scaled.wrapping_add(output_zero_point.into());
        T::from_clamped(value.max(min.into()).min(max.into()))
    }

    /// The product of an input and a weight.
    pub(super) fn product<T: Quantized>(&self, x: T, w: i8) -> i64 {
        (Into::<i64>::into(x) - i64::from(self.quantization.input_zero_point)) * i64::from(w)
    }
}
