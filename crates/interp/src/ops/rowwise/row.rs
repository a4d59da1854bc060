//! Nodes that work on the innermost dimension.

use crate::ops::elementwise::Typed;
use crate::ops::types::Types;
use crate::{EvalError, Failed, Io, Operator, Prepare, TensorInfo, cast_mut};
use bantam_kernels::ParamsError;
use bantam_kernels::rowwise::row::{RowOp, rows};
use bantam_schema::TensorType;
use bytemuck::{AnyBitPattern, Pod};
use core::marker::PhantomData;

const INPUT: usize = 0;
const OUTPUT: usize = 0;

/// The only input and the only output of a node, which are of one shape.
pub(crate) struct Operands<'a> {
    pub(crate) input: TensorInfo<'a>,
    pub(crate) output: TensorInfo<'a>,
    /// Their types.
    pub(crate) types: [TensorType; 2],
    /// Elements of the innermost dimension.
    pub(crate) depth: u32,
}

/// What a model states of an operator on rows.
pub(crate) trait RowBinding<const WORDS: usize>: 'static {
    /// The types that it takes, of input and output.
    const TYPES: &'static [[TensorType; 2]];

    /// The parameters of a node.
    fn params(node: &Prepare<'_, '_>, operands: &Operands<'_>) -> Result<Typed<WORDS>, Failed>;

    /// Runs a node of these types, which are among [`Self::TYPES`] unless its record is faulty.
    fn run(input_type: TensorType, params: &Typed<WORDS>, io: &mut Io<'_>)
    -> Result<(), EvalError>;
}

/// A node of `O` for the types `K`.
pub(crate) struct RowNode<K, O, const WORDS: usize>(PhantomData<(K, O)>);

impl<K: Types, const WORDS: usize, O: RowBinding<WORDS>> Operator for RowNode<K, O, WORDS> {
    type Data = Typed<WORDS>;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Self::Data, Failed> {
        O::params(node, &operands::<K>(node, O::TYPES)?)
    }

    fn eval(params: &Self::Data, io: &mut Io<'_>) -> Result<(), EvalError> {
        O::run(K::known(io.element_type()), params, io)
    }
}

/// The operands of a node, which have types that the operator takes.
fn operands<'a, K: Types>(
    node: &Prepare<'a, '_>,
    accepted: &[[TensorType; 2]],
) -> Result<Operands<'a>, Failed> {
    node.require_operands(1..=1, 1)?;
    let (input, output) = (node.input(INPUT)?, node.output(OUTPUT)?);
    let types = [K::of(&input)?, output.tensor_type()];
    if !accepted.contains(&types) {
        let [kind, _] = types;
        let wrong = if accepted.iter().any(|[input, _]| *input == kind) { output } else { input };
        return Err(wrong.error(crate::Cause::TensorType(wrong.tensor_type())));
    }
    let depth = match input.rank()? {
        0 => return Err(input.error(ParamsError::Rank { actual: 0 })),
        _ => input.matrix()?.columns(),
    };
    output.require_shape_of(&input)?;
    Ok(Operands { input, output, types, depth })
}

/// Runs `O` on the only input and the only output.
pub(crate) fn run<O: RowOp<I, T>, I: AnyBitPattern, T: Pod>(
    params: &O::Params,
    io: &mut Io<'_>,
) -> Result<(), EvalError> {
    let (output, reader) = io.output::<u8>(OUTPUT)?;
    Ok(rows::<O, I, T>(params, reader.input(INPUT)?, cast_mut(output)?)?)
}
