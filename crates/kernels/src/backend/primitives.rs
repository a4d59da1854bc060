//! What a backend does: the primitives that kernels with weights and quantized elementwise ones are
//! made of.

use core::cell::Cell;
use core::ops::Range;

use crate::backend::convolution::ConvolutionWindow;
use crate::backend::depthwise::{Depthwise, DepthwiseWindow};
use crate::backend::elementwise::{Combination, Rescale, Scaled, Terms};
use crate::backend::floats;
use crate::backend::layer::{FloatWeights, Layer};
use crate::backend::products::{Rows, in_fours};
use crate::number::element::{Accumulator, BiasElement, Load, Quantized, SaturatingFrom};
use crate::number::weights::{FilterElement, Weights};
use crate::recurrent::lstm_constants::{LstmQuantization, LstmWeights};
use crate::recurrent::svdf_constants::SvdfQuantization;
use crate::walk::broadcast::pairs;
use crate::walk::chunks::shift;
use crate::walk::rows::{Activations, RowGeometry, Rows as RowWalk};
use crate::walk::taps::{RowWindows, Taps};

/// A way to compute weighted sums and make outputs of them, and to combine and rescale blocks.
///
/// Operators know the geometry; a backend knows the registers. It decides how many channels and
/// windows are computed at a time, and keeps what it needs for them in its scratch memory. All
/// backends give the same results, bit for bit.
///
/// Lengths have been checked when a primitive is called. If they are wrong all the same, outputs
/// are unspecified; there is no panic.
pub trait Backend: private::Sealed + Sized + 'static {
    /// Output channels whose constants are held at a time.
    const CHANNELS: usize;

    /// Whether it computes several windows at a time.
    const SEVERAL_WINDOWS: bool;
    /// Whether a program that has filters of a byte for each weight and of 4 bits is to run them as
    /// [`EitherFilter`](crate::number::either::EitherFilter): one copy of the code, little slower.
    const EITHER_FILTER: bool;

    /// Whether it has a way for whole rows: [`Self::convolve`].
    const WHOLE_ROWS: bool = false;

    /// Whether it has a way for images of one column: [`Self::column`].
    const COLUMNS: bool = false;

    /// What a layer with windows keeps from row to row: constants of channels, inputs, sums.
    type Scratch<'m, T: Quantized, F: FilterElement>;

    /// Several windows at a time, for a backend that has room for them.
    type Windows<T: Quantized>: Windows<T>;

    /// Several windows of floats at a time.
    type FloatWindows: FloatWindows;

    /// Output channels of a layer that are selected at a time, if they have `depth` weights each.
    #[inline(always)] // a constant to most backends
    fn channels<T: Quantized, F: FilterElement>(
        _scratch: &mut Self::Scratch<'_, T, F>,
        _layer: &Layer<'_, T, F>,
        _depth: usize,
    ) -> usize {
        Self::CHANNELS
    }

    /// The selected channels of the first pixels of a row; returns how many it has computed. The
    /// others, often all or none, are better computed one by one.
    #[inline(always)] // most backends have no such way
    fn convolve<T: Quantized, F: FilterElement>(
        _scratch: &mut Self::Scratch<'_, T, F>,
        _layer: &Layer<'_, T, F>,
        _row: &Convolution<'_>,
        _input: &[T],
        _output: &mut [T],
    ) -> usize {
        0
    }

    /// Whether it has a way for all channels of a row of such convolutions: [`Self::convolve_row`].
    #[inline(always)] // a constant
    fn convolves_rows<T: Quantized, F: FilterElement>() -> bool {
        false
    }

    /// A row of a convolution.
    // stack: arguments as those of the caller, which becomes a jump
    #[inline(always)] // most backends have no such way
    fn convolve_row<T: Quantized, F: FilterElement>(
        _convolution: &ConvolutionWindow,
        _layer: &Layer<'_, T, F>,
        _scratch: &mut Self::Scratch<'_, T, F>,
        _row: usize,
        _input: &[T],
        _output: &mut [T],
    ) {
    }

    /// Whether its scratch memory for such layers has no room for factors: it reads those of an
    /// image where they lie, and those that a layer computes are kept in room of their own.
    #[inline(always)] // a constant
    fn wants_room<T: Quantized, F: FilterElement>() -> bool {
        false
    }

    /// Whether the scratch memory of such layers borrows memory.
    #[inline(always)] // a constant
    fn borrows<T: Quantized, F: FilterElement>() -> bool {
        false
    }

    /// The scratch memory of a layer whose output channels have `depth` weights each. If it
    /// [borrows](Self::borrows) memory, this has the words that the layer
    /// [takes](crate::weighted::own::Own), or more.
    fn scratch<'m, T: Quantized, F: FilterElement>(
        layer: &Layer<'_, T, F>,
        depth: usize,
        memory: &'m mut [i32],
    ) -> Self::Scratch<'m, T, F>;

    /// Turns to at most [`Self::channels`] output channels. Their constants are computed, unless
    /// they are there already.
    fn select<T: Quantized, F: FilterElement>(
        scratch: &mut Self::Scratch<'_, T, F>,
        layer: &Layer<'_, T, F>,
        channels: Range<usize>,
        depth: usize,
    );

    /// Several windows at a time, for filters of `depth` weights; `None` where one window at a time
    /// is better, because they do not fit or because there are only so few.
    #[inline(always)] // most backends have none
    fn windows<'s, T: Quantized, F: FilterElement>(
        _scratch: &'s mut Self::Scratch<'_, T, F>,
        _depth: usize,
        _available: usize,
    ) -> Option<&'s mut Self::Windows<T>> {
        None
    }

    /// One window with the selected filters, of `depth` weights each: their outputs in `pixel`.
    ///
    /// `SCATTERED` is for filters most of whose weights lie under no input: then it may pay to
    /// multiply each run by itself.
    fn pixel<T: Quantized, F: FilterElement, const SCATTERED: bool>(
        scratch: &mut Self::Scratch<'_, T, F>,
        layer: &Layer<'_, T, F>,
        depth: usize,
        taps: &Taps,
        input: &[T],
        pixel: &mut [T],
    );

    /// One pixel with the filters of all channels, one run each. It needs no scratch memory that
    /// lasts.
    fn dense<T: Quantized, F: FilterElement>(
        layer: &Layer<'_, T, F>,
        dense: &Dense<T::Sum>,
        input: &[T],
        output: &mut [T],
    );

    /// Adds to each sum the products of its row of weights with the inputs, less their zero point.
    fn products<T: Quantized>(inputs: &[T], zero_point: i16, of: &mut [Rows<'_, T::Sum>]) {
        of.iter_mut().for_each(|rows| in_fours(inputs, zero_point, rows));
    }

    /// One step of an LSTM: the next cells, and the next hidden values, of the input and the last
    /// hidden values. False, and nothing is done, if there is no way of its own for it.
    #[inline(always)] // most backends have no such way
    fn lstm_step<T: Quantized, B: BiasElement>(
        _quantization: &LstmQuantization,
        _weights: &LstmWeights<'_, i8, B>,
        _inputs: [&[T]; 2],
        _cells: &mut [i16],
        _hidden: &mut [T],
    ) -> bool {
        false
    }

    /// Moves the state of an SVDF layer: each element to the place of the one before it.
    #[inline(always)] // one caller for each type
    fn shift<T: Quantized>(state: &mut [T]) {
        shift(state);
    }

    /// The newest features of an SVDF layer. False, and they are unspecified, if there is no way of
    /// its own for them.
    #[inline(always)] // most backends have no such way
    fn svdf_features<T: Quantized>(
        _quantization: &SvdfQuantization,
        _input: &[i8],
        _weights: &[i8],
        _features: &mut [T],
    ) -> bool {
        false
    }

    /// Outputs of an SVDF layer, of each unit out of `depth` elements of its state and as many
    /// weights. False, and nothing is done, if there is no way of its own for them.
    #[inline(always)] // most backends have no such way
    fn svdf_responses<T: Quantized, W: Load<T>, B: BiasElement>(
        _quantization: &SvdfQuantization,
        _depth: usize,
        _state: &[T],
        _constants: (&[W], Option<&[B]>),
        _output: &mut [i8],
    ) -> bool {
        false
    }

    /// A row of a depthwise convolution, whose input channels have `multiplier` output channels
    /// each.
    fn depthwise<T: Quantized, F: FilterElement>(
        scratch: &mut Self::Scratch<'_, T, F>,
        layer: &Layer<'_, T, F>,
        depthwise: &DepthwiseWindow,
        row: usize,
        input: &[T],
        output: &mut [T],
    );

    /// All rows of a depthwise convolution whose images are one column, under whose windows no
    /// padding lies and each of whose channels has a filter; none where that does not suit.
    #[inline(always)] // most backends have no such way
    fn column<T: Quantized, F: FilterElement>(
        _scratch: &mut Self::Scratch<'_, T, F>,
        _layer: &Layer<'_, T, F>,
        _depthwise: &DepthwiseWindow,
        _geometry: &dyn RowGeometry,
        _rows: &mut RowWalk,
        _activations: &mut Activations<'_, T>,
    ) {
    }

    /// Several windows of floats at a time, for filters of `depth` weights; `None` as for
    /// [`Self::windows`].
    #[inline(always)] // most backends have none
    fn float_windows(_depth: usize, _available: usize) -> Option<Self::FloatWindows> {
        None
    }

    /// One window of floats with the filters of some channels.
    #[inline(always)] // size: passes all on
    fn float_pixel<W: Load<f32>>(
        weights: &FloatWeights<'_, W>,
        channels: Range<usize>,
        depth: usize,
        taps: &Taps,
        input: &[f32],
        outputs: &mut [f32],
    ) {
        floats::pixel(weights, channels, depth, taps, input, outputs);
    }

    /// A row of a depthwise convolution of floats.
    #[inline(always)] // size: passes all on
    fn float_depthwise<W: Load<f32>>(
        weights: &FloatWeights<'_, W>,
        depthwise: &Depthwise<'_>,
        input: &[f32],
        output: &mut [f32],
    ) {
        let &Depthwise { ref windows, channels, multiplier, .. } = depthwise;
        floats::depthwise_row(weights, windows, [channels, multiplier], input, output);
    }

    /// The sums of four channels that lie side by side, over rows and columns of inputs, `count` of
    /// them and `steps` apart; `None` where one channel at a time is as good.
    #[inline(always)] // most backends have no such way
    fn sums(_input: &[i8], _count: [usize; 2], _steps: [usize; 2]) -> Option<[i32; 4]> {
        None
    }

    /// The largest elements of channels that lie side by side, over rows and columns of inputs,
    /// `count` of them and `steps` apart. Of how many it has been done: the first ones.
    #[inline(always)] // most backends have no such way
    fn maxima(_input: &[i8], _count: [usize; 2], _steps: [usize; 2], _output: &mut [i8]) -> usize {
        0
    }

    /// Whether it has a way to look up results of bytes: [`Self::look_up`].
    const LOOKS_UP: bool = false;

    /// Writes the entries of inputs, up to some of which one is `unknown`. Of how many it has been
    /// done: the first ones.
    #[inline(always)] // most backends have no such way
    fn look_up(
        _entries: &[Cell<i8>; 256],
        _unknown: i8,
        _input: &[i8],
        _output: &mut [i8],
    ) -> usize {
        0
    }

    /// Combines two blocks of operands on a common scale, as ADD and SUB do. An operand of one
    /// element stands for a block of it.
    #[inline(always)] // one caller for each operator
    fn combine_terms<T: Quantized, I: Load<T>>(
        terms: &Terms,
        combination: Combination,
        a: &[I],
        b: &[I],
        outputs: &mut [T],
    ) {
        pairs(a, b, outputs, terms.combined(combination));
    }

    /// Combines two blocks of operands as they are and scales the results, as MUL does. An operand
    /// of one element stands for a block of it.
    #[inline(always)] // one caller for each operator
    fn combine_scaled<T: Quantized, I: Load<T>>(
        scaled: &Scaled,
        combination: Combination,
        a: &[I],
        b: &[I],
        outputs: &mut [T],
    ) {
        pairs(a, b, outputs, scaled.combined(combination));
    }

    /// Brings a block of elements to another quantization, as QUANTIZE does between integers.
    #[inline(always)] // one caller for each pair of types
    fn rescale<T: Into<i32>, I: Load<T>, O: SaturatingFrom>(
        rescale: &Rescale,
        inputs: &[I],
        outputs: &mut [O],
    ) {
        let to_output = rescale.outputs();
        outputs.iter_mut().zip(inputs).for_each(|(output, &x)| *output = to_output(x));
    }
}

/// Several windows at a time: gathered first (im2col, less the zero point), multiplied when all are
/// there.
pub trait Windows<T: Quantized> {
    /// How many there may be.
    fn most(&self) -> usize;

    /// Takes over the inputs under window `slot`.
    fn gather(&mut self, slot: usize, taps: &Taps, input: &[T]);

    /// Multiplies the first windows with the selected filters: a pixel of `pixel_len` channels for
    /// each, as many as there are.
    fn multiply<F: FilterElement>(
        &mut self,
        layer: &Layer<'_, T, F>,
        pixel_len: usize,
        pixels: &mut [T],
    );
}

/// As [`Windows`], of floats. Sums are formed in the order of the filter.
pub trait FloatWindows {
    /// How many there may be.
    fn most(&self) -> usize;

    /// Takes over the inputs under window `slot`.
    fn gather(&mut self, slot: usize, taps: &Taps, input: &[f32]);

    /// Multiplies the first windows with the filters of some channels.
    fn multiply<W: Load<f32>>(
        &self,
        weights: &FloatWeights<'_, W>,
        channels: Range<usize>,
        pixel_len: usize,
        pixels: &mut [f32],
    );
}

/// No windows: for a backend that takes them one by one.
#[derive(Clone, Copy, Debug)]
pub enum NoWindows {}

impl<T: Quantized> Windows<T> for NoWindows {
    fn most(&self) -> usize {
        match *self {}
    }

    fn gather(&mut self, _: usize, _: &Taps, _: &[T]) {
        match *self {}
    }

    fn multiply<F: FilterElement>(&mut self, _: &Layer<'_, T, F>, _: usize, _: &mut [T]) {
        match *self {}
    }
}

impl FloatWindows for NoWindows {
    fn most(&self) -> usize {
        match *self {}
    }

    fn gather(&mut self, _: usize, _: &Taps, _: &[f32]) {
        match *self {}
    }

    fn multiply<W: Load<f32>>(
        &self,
        _: &FloatWeights<'_, W>,
        _: Range<usize>,
        _: usize,
        _: &mut [f32],
    ) {
        match *self {}
    }
}

/// A row of a convolution.
#[derive(Clone, Copy, Debug)]
pub struct Convolution<'w> {
    /// The windows, with filters of the channels of a group.
    pub windows: &'w RowWindows<'w>,
    /// Weights of each filter.
    pub depth: usize,
    /// The first channel of the input under the selected filters.
    pub channel: usize,
    /// Output channels of each pixel.
    pub channels: usize,
}

/// A row of a fully connected layer.
#[derive(Clone, Copy, Debug)]
pub struct Dense<S> {
    /// Weights of each filter.
    pub(crate) depth: usize,
    /// What the zero point of the filter adds to each sum.
    pub(crate) offset: S,
    /// What the layer's zero point of the input lacks, because an `i16` less its zero point may
    /// need more than 16 bits.
    pub(crate) rest: i32,
    /// Whether weights lie in
    /// [pairs](crate::weighted::fully_connected::FullyConnectedParams::pairs).
    #[cfg_attr(
        not(any(test, all(feature = "loops", target_arch = "arm"))),
        expect(dead_code, reason = "other cores have no such layers")
    )]
    pub(crate) in_pairs: bool,
}

impl<S: Accumulator> Dense<S> {
    /// Adds to the sums of these filters what the products of the inputs leave out.
    #[inline(always)] // one caller in each backend
    pub(crate) fn correct<T: Quantized>(&self, filters: impl Weights, sums: &mut [S]) {
        if self.offset != S::of(0) {
            for sum in &mut *sums {
                *sum = sum.plus(self.offset);
            }
        }
        if T::MAX > i8::MAX.into() && self.rest != 0 {
            let mut filters = filters;
            for sum in sums {
                let product = |sum: S, w: i8| sum.plus_product(-self.rest, w.into());
                *sum = filters.each().take(self.depth).fold(*sum, product);
                filters = filters.rest(self.depth);
            }
        }
    }
}

pub(crate) mod private {
    /// Limits [`Backend`](super::Backend) to the backends of this crate.
    pub trait Sealed {}
}
