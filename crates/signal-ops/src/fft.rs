//! What RFFT and IRFFT have in common: samples, and the table of factors in the arena.

use crate::node::{Options, cause};
use crate::types::Types;
use bantam_interp::{EvalError, Failed, Prepare, Slice};
use bantam_schema::TensorType;
use bantam_signal::fft::{Complex, Direction, FftLength, Sample, twiddle};
use bytemuck::{Pod, Zeroable};

/// The types of samples.
const TYPES: [TensorType; 3] = [TensorType::INT16, TensorType::INT32, TensorType::FLOAT32];

/// What a node keeps.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Data {
    /// The factors, in words.
    table: Slice<u32>,
    samples: u32,
    /// Samples that the node has: no more than the FFT.
    pub(crate) frame: u32,
}

/// A sample whose factors can be kept in words.
pub(crate) trait Words: Sample + Pod {
    /// Words of a complex number.
    const WORDS: usize;

    /// Word `at` of a complex number.
    fn word(number: Complex<Self>, at: usize) -> u32;
}

impl Words for i16 {
    const WORDS: usize = 1;

    fn word([real, imaginary]: Complex<Self>, _at: usize) -> u32 {
        u32::from(real.cast_unsigned()) | u32::from(imaginary.cast_unsigned()) << 16
    }
}

impl Words for i32 {
    const WORDS: usize = 2;

    fn word([real, imaginary]: Complex<Self>, at: usize) -> u32 {
        if at == 0 { real.cast_unsigned() } else { imaginary.cast_unsigned() }
    }
}

impl Words for f32 {
    const WORDS: usize = 2;

    fn word([real, imaginary]: Complex<Self>, at: usize) -> u32 {
        if at == 0 { real.to_bits() } else { imaginary.to_bits() }
    }
}

/// The type of the samples, and the length of the FFT: the options of both operators.
pub(crate) fn options<T: Types>(node: &Prepare<'_, '_>) -> Result<(TensorType, FftLength), Failed> {
    let options = Options::of(node)?;
    let types = match &T::ONLY {
        Some(only) => core::slice::from_ref(only),
        None => &TYPES,
    };
    let tensor_type = options.tensor_type(node, types)?;
    let length = options.count(node, "fft_length")?;
    Ok((tensor_type, node.check(FftLength::new(length).map_err(cause))?))
}

/// What a node of this type and length keeps.
pub(crate) fn data<T: Types>(
    node: &mut Prepare<'_, '_>,
    (tensor_type, length): (TensorType, FftLength),
    direction: Direction,
    frame: u32,
) -> Result<Data, Failed> {
    let table = match T::known(tensor_type) {
        TensorType::INT16 => table::<i16>(node, length, direction),
        TensorType::INT32 => table::<i32>(node, length, direction),
        _ => table::<f32>(node, length, direction),
    }?;
    Ok(Data { table, samples: length.samples() as u32, frame })
}

fn table<S: Words>(
    node: &mut Prepare<'_, '_>,
    length: FftLength,
    direction: Direction,
) -> Result<Slice<u32>, Failed> {
    node.persist(length.table_len() * S::WORDS, |index| {
        S::word(twiddle(length, direction, index / S::WORDS), index % S::WORDS)
    })
}

impl Data {
    /// The length of the FFT.
    pub(crate) fn length(&self) -> Result<FftLength, EvalError> {
        FftLength::new(self.samples).map_err(|_| EvalError::Record)
    }

    /// The factors.
    pub(crate) fn table(&self) -> Slice<u32> {
        self.table
    }
}

/// Factors as they are kept.
pub(crate) fn factors<S: Words>(words: &[u32]) -> Result<&[Complex<S>], EvalError> {
    bytemuck::try_cast_slice(words).map_err(|_| EvalError::Record)
}
