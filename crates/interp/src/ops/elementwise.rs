//! What bindings of elementwise operators share: parameters of one of several kernels, and one or
//! two inputs.

use super::common::in_place;
pub(super) use super::common::quantization;
use super::types::Types;
use crate::error::{Cause, EvalError};
use crate::io::cast;
use crate::op::Io;
use crate::prepare::Prepare;
use crate::reason::Failed;
use crate::tensor::TensorInfo;
use crate::{Activations, Overlap, Overlaps, Slack, cast_mut};
use bantam_kernels::Quantization;
use bantam_kernels::walk::broadcast::Broadcast;
use bantam_kernels::walk::rows::{for_each_block, for_each_block_between};
use bantam_schema::TensorType;
use bytemuck::{AnyBitPattern, Pod, Zeroable};

/// The parameters of one of several kernels, in `WORDS` words. The type of the node's elements says
/// which kernel that is.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(transparent)]
#[allow(unreachable_pub, reason = "named as the data of public operators")]
pub struct Typed<const WORDS: usize>([u32; WORDS]);

impl<const WORDS: usize> Typed<WORDS> {
    pub(super) fn new<P: Pod>(params: &P) -> Self {
        const { assert!(size_of::<P>() <= 4 * WORDS && align_of::<P>() <= 4) };
        let mut words = [0; WORDS];
        let bytes = bytemuck::cast_slice_mut::<u32, u8>(&mut words);
        bytes.iter_mut().zip(bytemuck::bytes_of(params)).for_each(|(to, &from)| *to = from);
        Self(words)
    }

    /// The parameters of the kernel for the node's type.
    pub(super) fn params<P: Pod>(&self) -> Result<&P, EvalError> {
        let bytes = bytemuck::cast_slice::<u32, u8>(&self.0);
        let bytes = bytes.get(..size_of::<P>()).ok_or(EvalError::Record)?;
        bytemuck::try_from_bytes(bytes).map_err(|_| EvalError::Record)
    }
}

/// What a node of several types keeps: the parameters of the kernel for its type, of which those of
/// quantized elements, `P`, are the largest.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(transparent)]
#[allow(unreachable_pub, reason = "named as the data of public operators")]
pub struct Stored<P>(P);

impl<P: Pod> Stored<P> {
    pub(super) fn new<Q: Pod>(params: &Q) -> Self {
        const { assert!(size_of::<Q>() <= size_of::<P>() && align_of::<Q>() <= align_of::<u32>()) };
        let mut stored = Self(P::zeroed());
        let bytes = bytemuck::bytes_of_mut(&mut stored).iter_mut();
        bytes.zip(bytemuck::bytes_of(params)).for_each(|(to, &from)| *to = from);
        stored
    }

    /// The parameters of the kernel for the node's type.
    pub(super) fn params<Q: Pod>(&self) -> Result<&Q, EvalError> {
        let bytes = bytemuck::bytes_of(self).get(..size_of::<Q>()).ok_or(EvalError::Record)?;
        bytemuck::try_from_bytes(bytes).map_err(|_| EvalError::Record)
    }
}

/// `Ok` if the tensor is not quantized.
pub(super) fn require_unquantized(info: &TensorInfo<'_>) -> Result<(), Failed> {
    match info.optional_affine()? {
        None => Ok(()),
        Some(_) => Err(info.error(Cause::Quantization)),
    }
}

/// The only input and the only output of a node, which have the same number of elements.
pub(super) struct Unary<'a> {
    pub(super) input: TensorInfo<'a>,
    pub(super) output: TensorInfo<'a>,
}

impl<'a> Unary<'a> {
    pub(super) fn new<K: Types>(node: &Prepare<'a, '_>) -> Result<Self, Failed> {
        let operands = Self::find(node)?;
        K::of(&operands.input)?;
        Ok(operands)
    }

    // One copy for all types.
    #[inline(never)]
    fn find(node: &Prepare<'a, '_>) -> Result<Self, Failed> {
        node.require_operands(1..=1, 1)?;
        let (input, output) = (node.input(0)?, node.output(0)?);
        if input.element_len()? != output.element_len()? {
            return Err(output.error(Cause::Shape));
        }
        Ok(Self { input, output })
    }

    /// The types of input and output.
    #[inline(always)] // a constant where there is one type
    pub(super) fn types<K: Types>(&self) -> [TensorType; 2] {
        [K::known(self.input.tensor_type()), self.output.tensor_type()]
    }

    /// The quantizations of input and output.
    pub(super) fn quantizations(&self) -> Result<[Quantization; 2], Failed> {
        Ok([quantization(&self.input)?, quantization(&self.output)?])
    }

    /// The error for types that no kernel takes.
    pub(super) fn type_error(&self, accepted_inputs: &[TensorType]) -> Failed {
        type_error(&self.input, &self.output, accepted_inputs)
    }
}

/// The two inputs of a node, which broadcast to its only output.
pub(super) struct Binary<'a> {
    pub(super) inputs: [TensorInfo<'a>; 2],
    pub(super) output: TensorInfo<'a>,
    pub(super) broadcast: Broadcast,
}

impl<'a> Binary<'a> {
    pub(super) fn new<K: Types>(node: &Prepare<'a, '_>) -> Result<Self, Failed> {
        let operands = Self::mixed::<K>(node)?;
        let [a, b] = &operands.inputs;
        b.require_type_of(a)?;
        Ok(operands)
    }

    /// Inputs that may be of two types.
    pub(super) fn mixed<K: Types>(node: &Prepare<'a, '_>) -> Result<Self, Failed> {
        let operands = Self::find(node)?;
        let [a, _] = &operands.inputs;
        K::of(a)?;
        Ok(operands)
    }

    // One copy for all types.
    #[inline(never)]
    fn find(node: &Prepare<'a, '_>) -> Result<Self, Failed> {
        node.require_operands(2..=2, 1)?;
        let (inputs, output) = ([node.input(0)?, node.input(1)?], node.output(0)?);
        let [a, b] = &inputs;
        let broadcast = Broadcast::new(&a.shape()?, &b.shape()?, &output.shape()?);
        let broadcast = output.check(broadcast)?;
        Ok(Self { inputs, output, broadcast })
    }

    /// The types of the inputs and of the output.
    #[inline(always)] // a constant where there is one type
    pub(super) fn types<K: Types>(&self) -> [TensorType; 2] {
        let [a, _] = &self.inputs;
        [K::known(a.tensor_type()), self.output.tensor_type()]
    }

    /// The quantizations of the inputs.
    pub(super) fn input_quantizations(&self) -> Result<[Quantization; 2], Failed> {
        let [a, b] = &self.inputs;
        Ok([quantization(a)?, quantization(b)?])
    }

    /// The quantizations of the inputs, and that of the output.
    pub(super) fn quantizations(&self) -> Result<([Quantization; 2], Quantization), Failed> {
        Ok((self.input_quantizations()?, quantization(&self.output)?))
    }

    /// The error for types that no kernel takes.
    pub(super) fn type_error(&self, accepted_inputs: &[TensorType]) -> Failed {
        let [a, _] = &self.inputs;
        type_error(a, &self.output, accepted_inputs)
    }
}

/// Blames the input if its type is never taken, the output otherwise.
fn type_error(
    input: &TensorInfo<'_>,
    output: &TensorInfo<'_>,
    accepted_inputs: &[TensorType],
) -> Failed {
    let wrong = if accepted_inputs.contains(&input.tensor_type()) { output } else { input };
    wrong.error(Cause::TensorType(wrong.tensor_type()))
}

/// The permissions of an operator with two operands that is walked as `plan` says: to run in place
/// of an input of the output's shape, if their elements are of one size.
pub(super) fn binary_overlaps(plan: Result<&Broadcast, EvalError>) -> Overlaps {
    let one_shape = |plan: &Broadcast| {
        let full = plan.output_len();
        plan.a_len() == full && plan.b_len() == full
    };
    if plan.is_ok_and(one_shape) { [in_place(0), in_place(1)] } else { [None, None] }
}

/// Fills the bytes of an output from those of the input at the same places.
type BytesKernel<'k> = dyn FnMut(&[u8], &mut [u8]) -> Result<(), EvalError> + 'k;

/// Fills the elements of an output from those of the input at the same places.
type UnaryKernel<'k, I, O> = dyn Fn(&[I], &mut [O]) -> Result<(), EvalError> + 'k;

/// Fills an output from two inputs that are walked as the plan says.
type BinaryKernel<'k, I, O> =
    dyn Fn(&Broadcast, &[I], &[I], &mut [O]) -> Result<(), EvalError> + 'k;

/// Runs `kernel` on the only input and the only output.
// size: through a pointer, so that there is one copy for each pair of types and not for each
// operator.
#[inline(never)]
pub(super) fn unary<I: AnyBitPattern, O: Pod>(
    io: &mut Io<'_>,
    kernel: &UnaryKernel<'_, I, O>,
) -> Result<(), EvalError> {
    if io.overlapped(0).is_none() {
        let (output, reader) = io.output(0)?;
        return kernel(reader.input(0)?, output);
    }
    over_input(io, [size_of::<I>(), size_of::<O>()], &mut |input, output| {
        kernel(cast(input)?, cast_mut(output)?)
    })
}

/// Runs `kernel` on the bytes of the only input and the only output, whose elements have these
/// widths: on all at once, or on blocks if they share a memory.
// size: one copy for all types.
#[inline(never)]
pub(super) fn over_input(
    io: &mut Io<'_>,
    widths: [usize; 2],
    kernel: &mut BytesKernel<'_>,
) -> Result<(), EvalError> {
    let len = io.output_bytes(0).checked_div(widths[1]).unwrap_or(0);
    let mut result = Ok(());
    for_each_block_between(len, widths, io.activation(0, 0)?, &mut |input, output| {
        if result.is_ok() {
            result = kernel(input, output);
        }
    })?;
    result
}

/// The permission of an operator whose only output depends on the input at the same position: to
/// lie over it, a narrower one at its beginning or below, a wider one there or above.
pub(super) fn converted(input: TensorType, output: TensorType) -> Overlaps {
    let (input, output) = (input.bits(), output.bits());
    let far = |is_far: bool| if is_far { usize::MAX } else { 0 };
    let slack = Slack { below: far(output > input), above: far(output < input) };
    [Some(Overlap { input: 0, slack }), None]
}

/// Runs `kernel(plan, inputs, output)` on both inputs and the only output, as `plan` says, or on
/// blocks of operands of one shape.
// size: through a pointer, so that there is one copy for each pair of types and not for each
// operator.
#[inline(never)]
pub(super) fn binary<I: AnyBitPattern, O: Pod + Default>(
    io: &mut Io<'_>,
    plan: &Broadcast,
    kernel: &BinaryKernel<'_, I, O>,
) -> Result<(), EvalError> {
    let Some(shared) = io.overlapped(0) else {
        let (output, reader) = io.output(0)?;
        return kernel(plan, reader.input(0)?, reader.input(1)?, output);
    };
    let (activations, reader) = io.output_over::<O>(0, shared)?;
    let other = reader.input::<I>(1 - shared.min(1))?;
    in_blocks(activations, |at, input, output| {
        let other = other.get(at..at + output.len()).unwrap_or(&[]);
        let plan = Broadcast::flat(output.len());
        if shared == 0 {
            kernel(&plan, input, other, output)
        } else {
            kernel(&plan, other, input, output)
        }
    })
}

/// Runs `kernel(position, inputs, outputs)` on blocks of an input and an output that share a
/// memory.
pub(super) fn in_blocks<I: AnyBitPattern, O: Pod + Default>(
    activations: Activations<'_, O>,
    kernel: impl Fn(usize, &[I], &mut [O]) -> Result<(), EvalError>,
) -> Result<(), EvalError> {
    let Activations::Shared { memory, input, output } = activations else {
        return Err(EvalError::Memory);
    };
    let len = memory.len().saturating_sub(input.max(output));
    let shared = Activations::Shared { memory, input, output };
    let mut result = Ok(());
    for_each_block(len, shared, |at, inputs, outputs| {
        let block = bytemuck::try_cast_slice(inputs).map_err(|_| EvalError::Type);
        let block = block.and_then(|inputs| kernel(at, inputs, outputs));
        if result.is_ok() {
            result = block;
        }
    })?;
    result
}
