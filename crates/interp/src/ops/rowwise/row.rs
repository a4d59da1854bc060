//! Nodes that work on the innermost dimension.

use crate::ops::elementwise::Typed;
use crate::ops::movement::views;
use crate::ops::types::Types;
use crate::{Cause, EvalError, Failed, Io, Operator, Overlaps, Prepare, TensorInfo, cast_mut};
use bantam_kernels::ParamsError;
use bantam_kernels::rowwise::row::{RowOp, rows};
use bantam_schema::TensorType;
use bytemuck::Pod;
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

    /// The permissions of a node.
    fn overlaps(_params: &Typed<WORDS>, _input_type: TensorType) -> Overlaps {
        views::overlaps()
    }

    /// Runs a node of elements of this type, which is among [`Self::TYPES`] unless its record is
    /// faulty.
    fn run(input_type: TensorType, params: &Typed<WORDS>, io: &mut Io<'_>)
    -> Result<(), EvalError>;
}

/// A node of `O` for the types `K`.
pub(crate) struct RowNode<K, O, const WORDS: usize>(PhantomData<(K, O)>);

impl<K: Types, const WORDS: usize, O: RowBinding<WORDS>> Operator for RowNode<K, O, WORDS> {
    type Data = Typed<WORDS>;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Self::Data, Failed> {
        let mut operands = operands(node, O::TYPES, K::ONLY)?;
        let [input, output] = operands.types;
        operands.types = [K::known(input), output];
        O::params(node, &operands)
    }

    fn overlaps(params: &Self::Data, input_type: TensorType) -> Overlaps {
        O::overlaps(params, K::known(input_type))
    }

    fn eval(params: &Self::Data, io: &mut Io<'_>) -> Result<(), EvalError> {
        O::run(K::known(io.element_type()), params, io)
    }
}

/// The operands of a node, which have types that the operator takes, `only` one of the input if
/// the list names it for that.
// size: one copy for all operators and their types.
#[inline(never)]
fn operands<'a>(
    node: &Prepare<'a, '_>,
    accepted: &[[TensorType; 2]],
    only: Option<TensorType>,
) -> Result<Operands<'a>, Failed> {
    node.require_operands(1..=1, 1)?;
    let (input, output) = (node.input(INPUT)?, node.output(OUTPUT)?);
    let types = [input.tensor_type(), output.tensor_type()];
    let is_input = |kind: TensorType| types[0] == kind;
    let mut accepted = accepted.iter().filter(|[kind, _]| is_input(*kind));
    if only.is_some_and(|only| !is_input(only)) || accepted.clone().next().is_none() {
        return Err(input.error(Cause::TensorType(types[0])));
    }
    if !accepted.any(|[_, kind]| types[1] == *kind) {
        return Err(output.error(Cause::TensorType(types[1])));
    }
    let depth = match input.rank()? {
        0 => return Err(input.error(ParamsError::Rank { actual: 0 })),
        _ => input.matrix()?.columns(),
    };
    output.require_shape_of(&input)?;
    Ok(Operands { input, output, types, depth })
}

/// Runs `O` on the elements of the input, in the output.
pub(crate) fn in_place<O: RowOp<T, Params: Pod>, T: Pod, const WORDS: usize>(
    params: &Typed<WORDS>,
    io: &mut Io<'_>,
) -> Result<(), EvalError> {
    Ok(rows::<O, T>(params.params()?, cast_mut(views::moved(io)?)?)?)
}
