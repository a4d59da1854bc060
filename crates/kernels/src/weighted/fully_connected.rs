//! Fully connected layers, quantized and float.
//!
//! Source: TFLM 90b983c2b, `lite/kernels/internal/reference/integer_ops/fully_connected.h`
//! (`FullyConnected`, `FullyConnectedPerChannel`),
//! `lite/kernels/internal/reference/fully_connected.h` (`FullyConnected`).

use core::marker::PhantomData;
use core::ops::Range;

use crate::backend::layer::{FloatWeights, Layer, LayerQuantization};
use crate::backend::{Backend, Dense, Native};
use crate::error::{LengthMismatch, Operand, ParamsError};
use crate::number::element::{Accumulator, Load, Quantized};
use crate::number::weights::FilterElement;
use crate::walk::chunks::{chunks, chunks_mut};
use crate::walk::rows::{Activations, RowGeometry, RowKernel, RowSizes, run, run_rows};
use crate::walk::shape::Matrix;
use crate::walk::taps::Taps;
use crate::walk::window::{agree, quotient};
use crate::weighted::op::{FloatOp, QuantizedOp, Tensors};

/// Geometry of a fully connected layer: the product of each row of the input with a matrix.
///
/// For row `b` and unit `o`, with `zx` and `zw` the zero points of input and filter and `M[o]` the
/// factor of the unit, it is
///
/// ```text
/// acc          = bias[o] + Σ_d (input[b][d] - zx) · (filter[o][d] - zw)
/// output[b][o] = clamp(output zero point + round(acc · M[o]), activation)
/// ```
///
/// with `batches · units · depth` multiply-accumulates, and without scratch memory.
///
/// # Shapes
///
/// | slice    | dimensions         |
/// |----------|--------------------|
/// | `input`  | `[batches, depth]` |
/// | `filter` | `[units, depth]`   |
/// | `bias`   | `[units]`, or none |
/// | `output` | `[batches, units]` |
///
/// # Examples
///
/// ```
/// use bantam_kernels::backend::layer::{LayerQuantization, QuantizedWeights};
/// use bantam_kernels::number::activation::ActivationRange;
/// use bantam_kernels::number::channel_requant::ChannelRequant;
/// use bantam_kernels::weighted::fully_connected::FullyConnectedParams;
/// use bantam_kernels::weighted::op;
/// use bantam_kernels::{Matrix, Shape};
///
/// let (row, unit) = (Matrix::from(&Shape::new(&[1, 2])?), Matrix::from(&Shape::new(&[1, 1])?));
/// let params = FullyConnectedParams::new(row, row, unit)?;
/// let quantization = LayerQuantization::new::<i8>(1, -1, ActivationRange::full::<i8>())?;
/// let weights = QuantizedWeights {
///     filter: &[2, 4],
///     bias: Some(&[10]),
///     requant: ChannelRequant::Given { multipliers: &[1 << 30], shifts: &[0] }, // 0.5
/// };
/// let mut output = [0_i8];
/// op::quantized(&params, &quantization, &weights, (&[3_i8, 5][..], &mut output[..])).unwrap();
/// // 10 + 2·(3-1) + 4·(5-1) = 30;  30 · 0.5 = 15;  15 + (-1) = 14
/// assert_eq!(output, [14]);
/// # Ok::<(), bantam_kernels::ParamsError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct FullyConnectedParams {
    batches: u32,
    depth: u32,
    units: u32,
    /// The zero point of the filter; or [`PAIRS`].
    filter_zero_point: i32,
}

/// In the place of a zero point: it is 0, and weights lie in pairs.
const PAIRS: i32 = i32::MIN;

/// Units whose weights lie together: four pairs.
const EIGHT: usize = 8;

impl FullyConnectedParams {
    /// Geometry of a layer with `filter` `[units, depth]` and `output` `[.., units]`.
    ///
    /// How the elements of `input` are spread over its dimensions does not matter: it is read as
    /// rows of `depth`.
    ///
    /// # Errors
    ///
    /// [`ParamsError::ShapeMismatch`] where the filter has another number of weights than
    /// `units · depth`, or the input has another number of rows than the output.
    pub fn new(input: Matrix, filter: Matrix, output: Matrix) -> Result<Self, ParamsError> {
        let (batches, units, depth) = (output.rows(), output.columns(), filter.columns());
        agree(units, filter.rows())?;
        let rows = quotient(input.len(), depth);
        agree(batches, rows)?;
        agree(rows * depth, input.len())?;
        Ok(Self { batches, depth, units, filter_zero_point: 0 })
    }

    /// The same layer with a filter whose zero point is not 0. TFLM honours it per tensor and
    /// ignores it per channel. It negates it, so there is none of -2^31.
    #[must_use]
    pub fn filter_zero_point(self, filter_zero_point: i32) -> Self {
        Self { filter_zero_point: filter_zero_point.max(-i32::MAX), ..self }
    }

    /// The same layer with its weights in pairs, as [`pairs`](Self::pairs) has them: for programs
    /// whose kernels read these ([`PACKED_FILTERS`](crate::PACKED_FILTERS)). Others compute
    /// something else, and so do these without factors of the short way, or without biases of
    /// [`Le<4>`](crate::Le) and the feature `bytemuck`.
    #[must_use]
    pub fn in_pairs(self) -> Self {
        Self { filter_zero_point: PAIRS, ..self }
    }

    /// The weights of a filter of `i8` in pairs, as many as it has. The weights `a` and `b` of two
    /// units for one input are a halfword `a + 256 b`, whose lower byte comes first;
    /// `bantam_isa::portable::dense_pairs` says where it lies.
    ///
    /// `None` unless the depth is a multiple of 4, the units are a multiple of 8, and the zero
    /// point of the filter is 0; where a weight is -128; and where the products of a unit with
    /// inputs of -128 may reach 2^23. The zero point of the input has to be a part of the bias
    /// ([`folded_bias`](Self::folded_bias)).
    ///
    /// ```
    /// # use bantam_kernels::weighted::fully_connected::FullyConnectedParams;
    /// # use bantam_kernels::{Matrix, Shape};
    /// let matrix = |dims: [i32; 2]| Shape::new(&dims[..]).map(|shape| Matrix::from(&shape));
    /// let params = FullyConnectedParams::new(matrix([1, 4])?, matrix([8, 4])?, matrix([1, 8])?)?;
    /// let filter: [i8; 32] = core::array::from_fn(|at| at as i8 - 2);
    /// let pairs: Vec<i8> = params.pairs(&filter).unwrap().collect();
    /// // Units 0 and 1 for inputs 0 and 2, of which unit 0 has -2 and 0.
    /// assert_eq!(pairs[..4], [-2, 2 - 1, 0, 4]);
    /// assert!(params.pairs(&[-128; 32]).is_none());
    /// # Ok::<(), bantam_kernels::ParamsError>(())
    /// ```
    pub fn pairs<'f>(&self, filter: &'f [i8]) -> Option<impl Iterator<Item = i8> + use<'f>> {
        let (depth, units) = (self.depth(), self.units());
        let sum = |unit: &[i8]| unit.iter().map(|w| u32::from(w.unsigned_abs())).sum::<u32>();
        if !depth.is_multiple_of(4)
            || !units.is_multiple_of(EIGHT)
            || self.filter_zero_point != 0
            || filter.len() != self.filter_len()
            || filter.contains(&i8::MIN)
            || chunks(filter, depth).any(|unit| sum(unit) >= 1 << 16)
        {
            return None;
        }
        let weight = move |unit: usize, input: usize| {
            filter.get(unit * depth + input).copied().unwrap_or_default()
        };
        Some((0..filter.len()).map(move |at| {
            // Eight units, four inputs of them, inputs 0 and 2 or 1 and 3, pairs, inputs, units.
            let (eight, four) = (at / (EIGHT * depth), at / (EIGHT * 4) % (depth / 4));
            let [odd, pair, second, upper] = [at / 16 % 2, at / 4 % 4, at / 2 % 2, at % 2];
            let (unit, input) = (eight * EIGHT + 2 * pair, 4 * four + 2 * second + odd);
            let [a, b] = [weight(unit, input), weight(unit + 1, input)];
            if upper == 0 { a } else { b - i8::from(a < 0) }
        }))
    }

    /// The zero point of an `i8` input as a part of the bias of unit `unit`, which then is
    ///
    /// ```text
    /// bias[o] - zx · Σ_d (filter[o][d] - zw)
    /// ```
    ///
    /// for [`LayerQuantization::without_input_zero_point`], modulo 2^32 as sums are. `None` unless
    /// there are `i8` weights for all units, and so many biases.
    ///
    /// ```
    /// use bantam_kernels::backend::layer::{LayerQuantization, QuantizedWeights};
    /// use bantam_kernels::weighted::{fully_connected::FullyConnectedParams, op};
    /// use bantam_kernels::{ActivationRange, ChannelRequant, Matrix, Shape};
    ///
    /// let matrix = |dims: [i32; 2]| Shape::new(&dims[..]).map(|shape| Matrix::from(&shape));
    /// let (input, filter, output) = (matrix([1, 3])?, matrix([2, 3])?, matrix([1, 2])?);
    /// let params = FullyConnectedParams::new(input, filter, output)?.filter_zero_point(2);
    /// let filter = &[1, -2, 3, 4, 5, -6];
    /// let run = |quantization: &LayerQuantization, bias: &[i32; 2]| {
    ///     let requant = ChannelRequant::Given { multipliers: &[1 << 30], shifts: &[1] };
    ///     let weights = QuantizedWeights { filter, bias: Some(bias), requant };
    ///     let mut output = [0_i8; 2];
    ///     op::quantized(&params, quantization, &weights, (&[7_i8, -8, 9][..], &mut output[..]))?;
    ///     Ok::<_, bantam_kernels::LengthMismatch>(output)
    /// };
    ///
    /// let given = LayerQuantization::new::<i8>(5, 0, ActivationRange::full::<i8>())?;
    /// let bias = [10, -20_i32];
    /// let bytes = bias.map(i32::to_le_bytes);
    /// let folded =
    ///     [0, 1].map(|unit| params.folded_bias(&given, filter, &bytes, unit).unwrap());
    /// assert_eq!(folded, [10 + 5 * 4, -20 + 5 * 3]);
    /// assert_eq!(run(&given, &bias), run(&given.without_input_zero_point(), &folded));
    /// # Ok::<(), bantam_kernels::ParamsError>(())
    /// ```
    pub fn folded_bias(
        &self,
        quantization: &LayerQuantization,
        filter: &[i8],
        bias: &[[u8; 4]],
        unit: usize,
    ) -> Option<i32> {
        if filter.len() != self.filter_len() || bias.len() != self.units() {
            return None;
        }
        let weights = chunks(filter, self.depth()).nth(unit)?;
        let bias = i32::from_le_bytes(*bias.get(unit)?);
        let sum = weights.iter().fold(0, |sum: i32, &w| {
            sum.wrapping_add(i32::from(w)).wrapping_sub(self.filter_zero_point)
        });
        Some(bias.wrapping_sub(sum.wrapping_mul(quantization.input_zero_point.into())))
    }

    fn batches(&self) -> usize {
        self.batches.max(1) as usize
    }

    fn depth(&self) -> usize {
        self.depth.max(1) as usize
    }

    fn units(&self) -> usize {
        self.units.max(1) as usize
    }

    /// As the other lengths in [`Self::check`] it wraps around for parameters that no memory could
    /// hold: what is read and written is checked once more.
    fn filter_len(&self) -> usize {
        self.units().wrapping_mul(self.depth())
    }

    /// `Ok` if input and output are of these lengths.
    fn check(&self, input: usize, output: usize) -> Result<(), LengthMismatch> {
        LengthMismatch::check(Operand::Input, self.batches().wrapping_mul(self.depth()), input)?;
        LengthMismatch::check(Operand::Output, self.batches().wrapping_mul(self.units()), output)
    }
}

/// A row of the input gives a row of the output.
impl RowGeometry for FullyConnectedParams {
    fn sizes(&self) -> RowSizes {
        RowSizes {
            input_rows: self.batches(),
            input_row_len: self.depth(),
            output_rows: self.batches(),
            output_row_len: self.units(),
        }
    }

    fn input_rows(&self, row: usize) -> Range<usize> {
        row..row.saturating_add(1)
    }
}

impl<T: Quantized, F: FilterElement> QuantizedOp<T, F> for FullyConnectedParams {
    fn run(
        &self,
        layer: &Layer<'_, T, F>,
        tensors: &mut Tensors<'_, '_, T>,
    ) -> Result<(), LengthMismatch> {
        let mut kernel = FullyConnected::<T, F>::new(self, layer)?;
        // size: rows that are apart are walked here; the walk over rows that share memory may then
        // not be linked.
        match &mut *tensors.activations {
            Activations::Apart { input, output } => {
                self.check(input.len(), output.len())?;
                let outputs = chunks_mut(output, self.units());
                for (input, output) in chunks(input, self.depth()).zip(outputs) {
                    kernel.row(0, input, output);
                }
                Ok(())
            }
            shared => run_rows(&mut kernel, shared),
        }
    }
}

/// A quantized fully connected layer, ready to be driven row by row: everything is checked.
#[derive(Debug)]
pub struct FullyConnected<'a, T: Quantized, F: FilterElement = i8, K: Backend = Native> {
    params: &'a FullyConnectedParams,
    layer: &'a Layer<'a, T, F>,
    backend: PhantomData<K>,
}

impl<'a, T: Quantized, F: FilterElement, K: Backend> FullyConnected<'a, T, F, K> {
    /// A layer with these constants.
    ///
    /// # Errors
    ///
    /// [`LengthMismatch`] if there are not as many weights, biases and factors as the parameters
    /// say.
    #[inline(always)] // size: made where it stays
    pub fn new(
        params: &'a FullyConnectedParams,
        layer: &'a Layer<'a, T, F>,
    ) -> Result<Self, LengthMismatch> {
        layer.check(params.filter_len(), params.units())?;
        Ok(Self { params, layer, backend: PhantomData })
    }
}

impl<T: Quantized, F: FilterElement, K: Backend> RowKernel<T> for FullyConnected<'_, T, F, K> {
    fn geometry(&self) -> &dyn RowGeometry {
        self.params
    }

    fn row(&mut self, _row: usize, input: &[T], output: &mut [T]) {
        let (params, mut layer): (_, &Layer<'_, T, F>) = (self.params, self.layer);
        let in_pairs = params.filter_zero_point == PAIRS;
        let mut dense = Dense { depth: params.depth(), offset: T::Sum::ZERO, rest: 0, in_pairs };
        let mut without = *layer;
        if T::MAX > i8::MAX.into() {
            // An `i16` less its zero point may need more than 16 bits: it is multiplied as it is.
            dense.rest = core::mem::take(&mut without.scaling.quantization.input_zero_point).into();
            layer = &without;
        }
        // Σ (x - zx) · (w - zw) = Σ (x - zx) · w - zw · Σ (x - zx)
        if params.filter_zero_point != 0 && !in_pairs {
            let zero_point = dense.rest + i32::from(layer.scaling.quantization.input_zero_point);
            let factor = params.filter_zero_point.wrapping_neg();
            for x in input {
                let x: i32 = x.load().into();
                dense.offset = dense.offset.plus_product(factor, x - zero_point);
            }
        }
        K::dense(layer, &dense, input, output);
    }
}

impl<W: Load<f32>> FloatOp<W> for FullyConnectedParams {
    fn run(
        &self,
        weights: &FloatWeights<'_, W>,
        activations: Activations<'_, f32>,
    ) -> Result<(), LengthMismatch> {
        run(&mut FloatFullyConnected::<W>::new(self, weights)?, activations)
    }
}

/// A float fully connected layer, ready to be driven row by row: everything is checked.
#[derive(Debug)]
pub struct FloatFullyConnected<'a, W, K: Backend = Native> {
    params: &'a FullyConnectedParams,
    weights: &'a FloatWeights<'a, W>,
    backend: PhantomData<K>,
}

impl<'a, W: Load<f32>, K: Backend> FloatFullyConnected<'a, W, K> {
    /// A layer with these constants.
    ///
    /// # Errors
    ///
    /// [`LengthMismatch`] if there are not as many weights and biases as the parameters say.
    pub fn new(
        params: &'a FullyConnectedParams,
        weights: &'a FloatWeights<'a, W>,
    ) -> Result<Self, LengthMismatch> {
        weights.check(params.filter_len(), params.units())?;
        Ok(Self { params, weights, backend: PhantomData })
    }
}

impl<W: Load<f32>, K: Backend> RowKernel<f32> for FloatFullyConnected<'_, W, K> {
    fn geometry(&self) -> &dyn RowGeometry {
        self.params
    }

    fn row(&mut self, _row: usize, input: &[f32], output: &mut [f32]) {
        let (depth, units) = (self.params.depth(), self.params.units());
        let taps = Taps::one_run(depth);
        K::float_pixel(self.weights, 0..units, depth, &taps, input, output);
    }
}
