//! FILTER_BANK_SPECTRAL_SUBTRACTION: channels without the noise, and the estimate of the noise.
//!
//! * Types: `u32`
//! * Limits: `smoothing_bits` of 0 to 31, `spectral_subtraction_bits` of 0 to 63
//! * Conformance: uint32

use crate::node::{INPUT, OUTPUT, Options, cause, failure, require, require_aligned, require_len};
use bantam_interp::{Cause, EvalError, Extra, Failed, Io, Operator, Prepare, Slot, cast_mut};
use bantam_schema::TensorType;
use bantam_signal::spectral_subtraction::SpectralSubtraction;
use bytemuck::{Pod, Zeroable};

const NOISE: usize = 1;

pub(crate) struct FilterBankSpectralSubtraction;

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Data {
    smoothing: [u32; 2],
    alternate_smoothing: [u32; 2],
    min_signal_remaining: u32,
    smoothing_bits: u32,
    bits: u32,
    clamping: u32,
    /// The estimate.
    state: Extra,
}

impl Data {
    fn params(&self) -> SpectralSubtraction {
        let [smoothing, one_minus_smoothing] = self.smoothing;
        let [alternate_smoothing, alternate_one_minus_smoothing] = self.alternate_smoothing;
        SpectralSubtraction {
            smoothing,
            one_minus_smoothing,
            alternate_smoothing,
            alternate_one_minus_smoothing,
            min_signal_remaining: self.min_signal_remaining,
            smoothing_bits: self.smoothing_bits,
            bits: self.bits,
            clamping: self.clamping != 0,
        }
    }
}

impl Operator for FilterBankSpectralSubtraction {
    type Data = Data;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Data, Failed> {
        node.require_operands(1..=1, 2)?;
        let options = Options::of(node)?;
        let channels = options.count(node, "num_channels")? as usize;
        let input = node.input(INPUT)?;
        require_aligned(&input, TensorType::UINT32, 1)?;
        for tensor in [input, node.output(OUTPUT)?, node.output(NOISE)?] {
            require(&tensor, TensorType::UINT32, 1)?;
            require_len(&tensor, channels)?;
        }
        let bits = |key: &str| options.integer(node, key).map(i32::cast_unsigned);
        let mut data = Data {
            smoothing: [bits("smoothing")?, bits("one_minus_smoothing")?],
            alternate_smoothing: [
                bits("alternate_smoothing")?,
                bits("alternate_one_minus_smoothing")?,
            ],
            min_signal_remaining: bits("min_signal_remaining")?,
            smoothing_bits: options.count(node, "smoothing_bits")?,
            bits: options.count(node, "spectral_subtraction_bits")?,
            clamping: bits("clamping")?,
            state: Extra::zeroed(),
        };
        node.check(data.params().check().map_err(cause))?;
        let bytes = channels.checked_mul(4).ok_or_else(|| node.error(Cause::TooLarge))?;
        data.state = node.state(bytes)?;
        Ok(data)
    }

    fn eval(data: &Data, io: &mut Io<'_>) -> Result<(), EvalError> {
        let slots = [Slot::Output(OUTPUT), Slot::Output(NOISE), Slot::Extra(data.state)];
        let ([output, noise, state], reader) = io.split(slots)?;
        let estimate = cast_mut(state)?;
        data.params().run(reader.input(INPUT)?, estimate, cast_mut(output)?).map_err(failure)?;
        let noise = cast_mut::<u32>(noise)?;
        noise.iter_mut().zip(estimate).for_each(|(slot, estimate)| *slot = *estimate);
        Ok(())
    }
}
