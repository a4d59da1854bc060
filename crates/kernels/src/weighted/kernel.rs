//! Layers with windows as kernels that are driven row by row.

use core::cell::RefCell;

use crate::backend::layer::{FloatWeights, Layer};
use crate::backend::{Backend, FloatWindows, Native, Windows};
use crate::error::LengthMismatch;
use crate::number::channel_requant::ChannelRequant;
use crate::number::element::{Load, Quantized};
use crate::number::room::Room;
use crate::number::weights::FilterElement;
use crate::target::{OWN_WORDS, SCRATCH_WORDS};
use crate::walk::rows::{Activations, RowBlock, RowGeometry, RowKernel, Rows, run, run_rows};
use crate::walk::taps::RowWindows;
use crate::weighted::own::Own;
use crate::weighted::tensors::Tensors;

/// A filter that is moved over windows of images, as the backend `K` sees it.
pub trait Filtered<K: Backend = Native>: RowGeometry {
    /// Output channels.
    fn channels(&self) -> usize;

    /// Weights of each output channel.
    fn depth(&self) -> usize;

    /// The windows of a row, if several may be multiplied at a time: if all channels are computed
    /// of each and nothing else is to be done.
    fn windows(&self, _row: usize) -> Option<RowWindows<'_>> {
        None
    }
}

/// An operator that moves a filter over windows of quantized images, on the backend `K`.
pub trait Windowed<T: Quantized, F: FilterElement = i8, K: Backend = Native>: Filtered<K> {
    /// Computes row `row` of the output, as [`RowKernel::row`] does.
    fn row(
        &self,
        layer: &Layer<'_, T, F>,
        scratch: &mut K::Scratch<'_, T, F>,
        row: usize,
        input: &[T],
        output: &mut [T],
    );

    /// Computes all rows, where each is one pixel and the backend has a way for all of them; else
    /// none.
    fn column(
        &self,
        _layer: &Layer<'_, T, F>,
        _scratch: &mut K::Scratch<'_, T, F>,
        _rows: &mut Rows,
        _activations: &mut Activations<'_, T>,
    ) {
    }
}

/// A quantized layer with windows, ready to be driven: everything is checked, and its constants are
/// computed once.
///
/// ```
/// use bantam_kernels::backend::{Backend, Native};
/// use bantam_kernels::backend::layer::{Layer, LayerQuantization, QuantizedWeights};
/// use bantam_kernels::walk::rows::{RowGeometry, RowKernel};
/// use bantam_kernels::walk::window::WindowOptions;
/// use bantam_kernels::weighted::conv_2d::Conv2dParams;
/// use bantam_kernels::weighted::kernel::LayerKernel;
/// use bantam_kernels::{ActivationRange, ChannelRequant, Nhwc, SCRATCH_WORDS};
///
/// // Images of two rows: a pixel by 3, and the next by 1, halved, a row at a time.
/// let (image, filter) = (Nhwc::new([1, 2, 3, 1])?, Nhwc::new([1, 1, 2, 1])?);
/// let params = Conv2dParams::new(image, filter, image, &WindowOptions::default())?;
/// let quantization = LayerQuantization::new::<i8>(0, 0, ActivationRange::full::<i8>())?;
/// let requant = ChannelRequant::Given { multipliers: &[1 << 30], shifts: &[0] };
/// let weights = QuantizedWeights { filter: &[3, 1], bias: None::<&[i32]>, requant };
/// let layer = Layer::<i8>::new(&quantization, &weights);
/// let mut memory = [0; SCRATCH_WORDS];
/// let mut scratch = Native::scratch(&layer, 2, &mut memory);
/// let mut kernel = LayerKernel::<i8>::new(&params, &layer, &mut scratch).unwrap();
/// let mut row = [0; 3];
/// kernel.row(1, &[4, 6, 8], &mut row);
/// assert_eq!((kernel.geometry().sizes().output_rows, row), (2, [9, 13, 12]));
/// # Ok::<(), bantam_kernels::ParamsError>(())
/// ```
#[derive(Debug)]
pub struct LayerKernel<'a, 'm, T: Quantized, F: FilterElement = i8, K: Backend = Native> {
    operator: &'a dyn Windowed<T, F, K>,
    layer: &'a Layer<'a, T, F>,
    scratch: &'a mut K::Scratch<'m, T, F>,
}

impl<T: Quantized, F: FilterElement, K: Backend> core::fmt::Debug for dyn Windowed<T, F, K> + '_ {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Windowed").field("depth", &self.depth()).finish_non_exhaustive()
    }
}

impl<'a, 'm, T: Quantized, F: FilterElement, K: Backend> LayerKernel<'a, 'm, T, F, K> {
    /// An operator with the constants of a layer.
    ///
    /// # Errors
    ///
    /// [`LengthMismatch`] if there are not as many weights, biases and factors as the operator has,
    /// or no weight at all.
    #[inline(always)] // size: made where it stays
    pub fn new(
        operator: &'a dyn Windowed<T, F, K>,
        layer: &'a Layer<'a, T, F>,
        scratch: &'a mut K::Scratch<'m, T, F>,
    ) -> Result<Self, LengthMismatch> {
        check(layer, [operator.depth(), operator.channels()])?;
        Ok(Self { operator, layer, scratch })
    }

    /// Rows whose windows are computed at a time.
    fn rows_at_a_time(&mut self) -> Option<usize> {
        let windows = self.operator.windows(0)?;
        if self.operator.channels() > K::CHANNELS {
            return None;
        }
        let tile = K::windows::<T, F>(self.scratch, self.operator.depth(), usize::MAX)?;
        let rows = tile.most() / windows.len().max(1);
        (rows > 1).then_some(rows)
    }
}

impl<T: Quantized, F: FilterElement, K: Backend> RowKernel<T> for LayerKernel<'_, '_, T, F, K> {
    fn geometry(&self) -> &dyn RowGeometry {
        self.operator
    }

    fn row(&mut self, row: usize, input: &[T], output: &mut [T]) {
        self.operator.row(self.layer, self.scratch, row, input, output);
    }

    fn blocks(&mut self) -> Option<&mut dyn RowBlock<T>> {
        if K::SEVERAL_WINDOWS && self.rows_at_a_time().is_some() { Some(self) } else { None }
    }
}

impl<T: Quantized, F: FilterElement, K: Backend> RowBlock<T> for LayerKernel<'_, '_, T, F, K> {
    fn block_rows(&mut self) -> usize {
        let channels = 0..self.operator.channels();
        K::select(self.scratch, self.layer, channels, self.operator.depth());
        self.rows_at_a_time().unwrap_or(1)
    }

    fn gather(&mut self, slot: usize, row: usize, input: &[T]) {
        let Some(windows) = self.operator.windows(row) else { return };
        let depth = self.operator.depth();
        let Some(tile) = K::windows::<T, F>(self.scratch, depth, usize::MAX) else { return };
        for at in 0..windows.len() {
            tile.gather(slot * windows.len() + at, &windows.runs(at, 0), input);
        }
    }

    fn write(&mut self, output: &mut [T]) {
        let (depth, channels) = (self.operator.depth(), self.operator.channels());
        if let Some(tile) = K::windows::<T, F>(self.scratch, depth, usize::MAX) {
            tile.multiply(self.layer, channels, output);
        }
    }
}

/// `Ok` if a layer has as many weights, biases and factors as its operator.
#[inline(always)] // size: passes lengths on
fn check<T: Quantized, F: FilterElement>(
    layer: &Layer<'_, T, F>,
    [depth, channels]: [usize; 2],
) -> Result<(), LengthMismatch> {
    // Saturates for parameters that no memory could hold. A window without weights has no cost that
    // the lengths would bound.
    layer.check(depth.saturating_mul(channels).max(1), channels)
}

/// Runs an operator over whole tensors, on any backend: with room for the factors that the layer
/// computes where the backend wants that, and with memory where it borrows some.
#[inline(always)] // stack: a call
pub(crate) fn run_on<T: Quantized, F: FilterElement, K: Backend>(
    operator: &dyn Windowed<T, F, K>,
    layer: &Layer<'_, T, F>,
    tensors: &mut Tensors<'_, '_, T>,
) -> Result<(), LengthMismatch> {
    if K::wants_room::<T, F>() {
        return run_with_factors(operator, layer, tensors);
    }
    if K::borrows::<T, F>() {
        return run_in_memory(operator, &mut Call { layer, tensors });
    }
    run_layer(operator, layer, tensors.activations, tensors.lent)
}

/// [`run_on`], where the backend has no room for factors.
#[inline(never)] // size: one copy for all operators
fn run_with_factors<T: Quantized, F: FilterElement, K: Backend>(
    operator: &dyn Windowed<T, F, K>,
    layer: &Layer<'_, T, F>,
    tensors: &mut Tensors<'_, '_, T>,
) -> Result<(), LengthMismatch> {
    if matches!(layer.scaling.requant, ChannelRequant::Scales(_)) {
        return run_in_room(operator, layer, tensors);
    }
    run_layer(operator, layer, tensors.activations, tensors.lent)
}

/// [`run_on`], with room for factors.
#[inline(never)] // stack: few layers take it
fn run_in_room<T: Quantized, F: FilterElement, K: Backend>(
    operator: &dyn Windowed<T, F, K>,
    layer: &Layer<'_, T, F>,
    tensors: &mut Tensors<'_, '_, T>,
) -> Result<(), LengthMismatch> {
    let room = RefCell::new(Room::EMPTY);
    run_layer(operator, &layer.in_room(&room), tensors.activations, tensors.lent)
}

/// A layer, and what it works on.
// stack: one reference, so that calls are jumps
struct Call<'c, 'l, 't, 'm, T: Quantized, F: FilterElement> {
    layer: &'c Layer<'l, T, F>,
    tensors: &'c mut Tensors<'t, 'm, T>,
}

/// [`run_on`], where the backend borrows memory: what is lent, or its own.
#[inline(never)] // size: one copy for all operators
fn run_in_memory<T: Quantized, F: FilterElement, K: Backend>(
    operator: &dyn Windowed<T, F, K>,
    call: &mut Call<'_, '_, '_, '_, T, F>,
) -> Result<(), LengthMismatch> {
    match call.tensors.own {
        _ if call.tensors.lent.len() >= SCRATCH_WORDS => run_in_lent(operator, call),
        Own::Largest => run_in_own::<T, F, K, { Own::Largest.of(&OWN_WORDS) }>(operator, call),
        Own::Large => run_in_own::<T, F, K, { Own::Large.of(&OWN_WORDS) }>(operator, call),
        Own::Small => run_in_own::<T, F, K, { Own::Small.of(&OWN_WORDS) }>(operator, call),
        Own::Smallest => run_in_own::<T, F, K, { Own::Smallest.of(&OWN_WORDS) }>(operator, call),
    }
}

/// [`run_in_memory`], in what is lent.
#[inline(never)] // stack: so that all of these are jumps
fn run_in_lent<T: Quantized, F: FilterElement, K: Backend>(
    operator: &dyn Windowed<T, F, K>,
    Call { layer, tensors }: &mut Call<'_, '_, '_, '_, T, F>,
) -> Result<(), LengthMismatch> {
    run_layer(operator, layer, tensors.activations, tensors.lent)
}

/// [`run_in_memory`], in so many words of its own.
#[inline(never)] // stack: where memory is lent it takes none
fn run_in_own<T: Quantized, F: FilterElement, K: Backend, const WORDS: usize>(
    operator: &dyn Windowed<T, F, K>,
    Call { layer, tensors }: &mut Call<'_, '_, '_, '_, T, F>,
) -> Result<(), LengthMismatch> {
    run_layer(operator, layer, tensors.activations, &mut [0; WORDS])
}

/// [`run_on`] of a layer as the backend wants it.
#[inline(never)] // size: one copy for all operators
fn run_layer<T: Quantized, F: FilterElement, K: Backend>(
    operator: &dyn Windowed<T, F, K>,
    layer: &Layer<'_, T, F>,
    activations: &mut Activations<'_, T>,
    lent: &mut [i32],
) -> Result<(), LengthMismatch> {
    let depth = operator.depth();
    if K::SEVERAL_WINDOWS {
        let mut scratch = K::scratch(layer, depth, lent);
        let mut kernel = LayerKernel::<T, F, K>::new(operator, layer, &mut scratch)?;
        return run_rows(&mut kernel, activations);
    }
    // stack: as `run` does, without its frame and those of a kernel.
    check(layer, [depth, operator.channels()])?;
    let mut scratch = K::scratch(layer, depth, lent);
    let mut rows = Rows::EMPTY;
    rows.begin(operator, activations);
    if K::COLUMNS {
        operator.column(layer, &mut scratch, &mut rows, activations);
    }
    while rows.advance(operator) {
        let (input, output) = rows.of(activations);
        operator.row(layer, &mut scratch, rows.index, input, output);
    }
    rows.result()
}

/// An operator that moves a filter over windows of float images, on the backend `K`.
pub trait FloatWindowed<W: Load<f32>, K: Backend = Native>: Filtered<K> {
    /// Computes row `row` of the output, as [`RowKernel::row`] does.
    fn row(
        &self,
        weights: &FloatWeights<'_, W>,
        tile: &mut Option<K::FloatWindows>,
        row: usize,
        input: &[f32],
        output: &mut [f32],
    );
}

/// A float layer with windows, ready to be driven: everything is checked.
#[derive(Debug)]
pub struct FloatLayerKernel<'a, W: Load<f32>, K: Backend = Native> {
    operator: &'a dyn FloatWindowed<W, K>,
    weights: &'a FloatWeights<'a, W>,
    tile: Option<K::FloatWindows>,
}

impl<W: Load<f32>, K: Backend> core::fmt::Debug for dyn FloatWindowed<W, K> + '_ {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("FloatWindowed").field("channels", &self.channels()).finish_non_exhaustive()
    }
}

impl<'a, W: Load<f32>, K: Backend> FloatLayerKernel<'a, W, K> {
    /// An operator with the constants of a layer.
    ///
    /// # Errors
    ///
    /// [`LengthMismatch`] if there are not as many weights and biases as the operator has, or no
    /// weight at all.
    #[inline(always)] // size: made where it stays
    pub fn new(
        operator: &'a dyn FloatWindowed<W, K>,
        weights: &'a FloatWeights<'a, W>,
    ) -> Result<Self, LengthMismatch> {
        let (depth, channels) = (operator.depth(), operator.channels());
        weights.check(depth.saturating_mul(channels).max(1), channels)?;
        Ok(Self { operator, weights, tile: Self::tile(operator, weights) })
    }

    /// Room for several windows. In it there are zeros where a window lies outside the image, and
    /// where the reference adds nothing at all: with infinite weights that is not the same.
    fn tile(
        operator: &dyn FloatWindowed<W, K>,
        weights: &FloatWeights<'_, W>,
    ) -> Option<K::FloatWindows> {
        if !K::SEVERAL_WINDOWS {
            return None;
        }
        let windows = operator.windows(0)?;
        let available = windows.len().saturating_mul(operator.sizes().output_rows);
        let tile = K::float_windows(operator.depth(), available)?;
        weights.filter.iter().all(|w| w.load().is_finite()).then_some(tile)
    }

    fn rows_at_a_time(&self) -> Option<usize> {
        let windows = self.operator.windows(0)?;
        let rows = self.tile.as_ref()?.most() / windows.len().max(1);
        (rows > 1).then_some(rows)
    }
}

impl<W: Load<f32>, K: Backend> RowKernel<f32> for FloatLayerKernel<'_, W, K> {
    fn geometry(&self) -> &dyn RowGeometry {
        self.operator
    }

    fn row(&mut self, row: usize, input: &[f32], output: &mut [f32]) {
        self.operator.row(self.weights, &mut self.tile, row, input, output);
    }

    fn blocks(&mut self) -> Option<&mut dyn RowBlock<f32>> {
        if K::SEVERAL_WINDOWS && self.rows_at_a_time().is_some() { Some(self) } else { None }
    }
}

impl<W: Load<f32>, K: Backend> RowBlock<f32> for FloatLayerKernel<'_, W, K> {
    fn block_rows(&mut self) -> usize {
        self.rows_at_a_time().unwrap_or(1)
    }

    fn gather(&mut self, slot: usize, row: usize, input: &[f32]) {
        let Some(windows) = self.operator.windows(row) else { return };
        let Some(tile) = &mut self.tile else { return };
        for at in 0..windows.len() {
            tile.gather(slot * windows.len() + at, &windows.runs(at, 0), input);
        }
    }

    fn write(&mut self, output: &mut [f32]) {
        let channels = self.operator.channels();
        if let Some(tile) = &self.tile {
            tile.multiply(self.weights, 0..channels, channels, output);
        }
    }
}

/// [`run_on`], of floats.
#[inline(never)] // size: one copy for all operators
pub(crate) fn run_floats_on<W: Load<f32>, K: Backend>(
    operator: &dyn FloatWindowed<W, K>,
    weights: &FloatWeights<'_, W>,
    activations: Activations<'_, f32>,
) -> Result<(), LengthMismatch> {
    run(&mut FloatLayerKernel::<W, K>::new(operator, weights)?, activations)
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;
    use crate::backend::Compact;
    use crate::backend::layer::{LayerQuantization, QuantizedWeights};
    use crate::number::activation::ActivationRange;
    use crate::number::channel_factors::ChannelFactors;
    use crate::number::channel_scales::ChannelScales;
    use crate::number::element::Le;
    use crate::walk::shape::Nhwc;
    use crate::walk::window::WindowOptions;
    use crate::weighted::conv_2d::Conv2dParams;

    /// More channels than there is room for, so that each row computes factors anew.
    const CHANNELS: usize = 40;

    /// Factors that are computed into room are those of an image, and those that are given: below
    /// one, where the first is `first`, or above.
    fn factors_agree(first: f32, bias: Option<&[Le<4>]>) -> [i8; 12 * CHANNELS] {
        let image = |rows, channels| Nhwc::new([1, rows, 4, channels]).unwrap();
        let (input, output) = (image(3, 2), image(3, CHANNELS as i32));
        let filter = Nhwc::new([CHANNELS as i32, 2, 2, 2]).unwrap();
        let params = Conv2dParams::new(input, filter, output, &WindowOptions::default()).unwrap();
        let quantization =
            LayerQuantization::new::<i8>(-3, 5, ActivationRange::full::<i8>()).unwrap();
        let filter: Vec<i8> = (0..8 * CHANNELS).map(|at| (at * 37 % 251) as i8).collect();
        let input: Vec<i8> = (0..24).map(|at| (at * 91 % 253) as i8).collect();
        let mut scales = [0.0; CHANNELS];
        scales.iter_mut().zip(1_u8..).for_each(|(scale, at)| *scale = f32::from(at) * 1e-5);
        scales[0] = first;
        let (mut multipliers, mut shifts) = ([0; CHANNELS], [0; CHANNELS]);
        let given =
            ChannelRequant::from_scales(0.5, &scales, 0.1, &mut multipliers, &mut shifts).unwrap();
        let mut bits = 0;
        let bytes: Vec<u8> =
            (0..CHANNELS).map(|at| ChannelFactors::shift(given.at(at), 0)).collect();
        bytes.iter().for_each(|byte| bits |= byte);
        let ChannelRequant::Given { multipliers, .. } = given else { panic!("given") };
        let in_image = ChannelFactors::new(multipliers, &bytes, bits).unwrap();
        let scales = Le::floats(scales);
        let computed = ChannelScales::new(0.5, &scales, 0.1);
        let outputs = [given, ChannelRequant::Factors(in_image), ChannelRequant::Scales(computed)]
            .map(|requant| {
                let weights = QuantizedWeights { filter: &filter[..], bias, requant };
                let layer = Layer::new(&quantization, &weights);
                let mut output = [0_i8; 12 * CHANNELS];
                let mut activations = Activations::from((&input[..], &mut output[..]));
                let mut tensors = Tensors::of(&mut activations);
                run_on::<i8, i8, Compact>(&params, &layer, &mut tensors).unwrap();
                output
            });
        assert!(outputs[0].iter().any(|&output| output.unsigned_abs() > 9));
        assert_eq!(outputs, [outputs[0]; 3]);
        outputs[0]
    }

    /// Biases so many bytes behind a multiple of 4.
    #[repr(C, align(4))]
    struct Biases<const BEHIND: usize> {
        before: [u8; BEHIND],
        biases: [Le<4>; CHANNELS],
    }

    impl<const BEHIND: usize> Biases<BEHIND> {
        fn new() -> Self {
            let biases =
                core::array::from_fn(|at| Le::new((at as i32 * 900 - 18000).to_le_bytes()));
            Self { before: [0; BEHIND], biases }
        }
    }

    #[test]
    fn factors_and_biases_are_read_where_they_lie() {
        let (aligned, others) = (Biases::<0>::new(), Biases::<1>::new());
        assert_eq!((aligned.before.len(), others.before.len()), (0, 1));
        for first in [3e-3, 0.9, 0.0] {
            let outputs = factors_agree(first, Some(&aligned.biases));
            assert_eq!(factors_agree(first, Some(&others.biases)), outputs);
            assert_ne!(factors_agree(first, None), outputs);
        }
    }
}
