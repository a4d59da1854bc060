//! IRFFT: the real samples of a spectrum, whose real and imaginary parts stand by turns.
//!
//! * Types: `i16`, `i32`, `f32`
//! * Limits: an even `fft_length` of 4 to 131070 whose half has no prime factors but 2, 3 and 5;
//!   all of its bins and samples
//! * Conformance: float32, int16, int32

use crate::fft::{self, Data, Words, factors};
use crate::node::{INPUT, OUTPUT, failure, require_that, take};
use crate::types::Types;
use bantam_interp::{EvalError, Failed, Io, Operator, Prepare};
use bantam_schema::TensorType;
use bantam_signal::fft::{Complex, Direction};
use core::marker::PhantomData;

pub(crate) struct Irfft<T>(PhantomData<T>);

impl<T: Types> Operator for Irfft<T> {
    type Data = Data;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Data, Failed> {
        node.require_operands(1..=1, 1)?;
        let (tensor_type, length) = fft::options::<T>(node)?;
        let (input, output) = (node.input(INPUT)?, node.output(OUTPUT)?);
        for tensor in [input, output] {
            tensor.require_type(&[tensor_type])?;
        }
        input.require_aligned()?;
        require_that(&output, output.rank()? == input.rank()?)?;
        let (spectra, frames) = (input.matrix()?, output.matrix()?);
        require_that(&input, spectra.columns() as usize == 2 * length.spectrum_len())?;
        let fits = frames.columns() as usize == length.samples() && frames.rows() == spectra.rows();
        require_that(&output, fits)?;
        fft::data::<T>(node, (tensor_type, length), Direction::Inverse, frames.columns())
    }

    fn eval(data: &Data, io: &mut Io<'_>) -> Result<(), EvalError> {
        match T::known(io.element_type()) {
            TensorType::INT16 => run::<i16>(data, io),
            TensorType::INT32 => run::<i32>(data, io),
            _ => run::<f32>(data, io),
        }
    }
}

fn run<S: Words>(data: &Data, io: &mut Io<'_>) -> Result<(), EvalError> {
    let (length, words) = (data.length()?, io.persistent(data.table())?);
    let irfft = bantam_signal::fft::Irfft::<S>::with_table(length, factors(words)?);
    let irfft = irfft.map_err(failure)?;
    let (mut frames, reader) = io.output::<S>(OUTPUT)?;
    for spectrum in reader.input::<Complex<S>>(INPUT)?.chunks_exact(length.spectrum_len()) {
        irfft.run(spectrum, take(&mut frames, length.samples())?).map_err(failure)?;
    }
    Ok(())
}
