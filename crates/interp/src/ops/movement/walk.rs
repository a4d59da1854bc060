//! Nodes whose output is a walk over their input.

use crate::ops::types::Types;
use crate::ops::widths::{self, Movement, Sizes};
use crate::{
    Activations, EvalError, Failed, Io, Operator, OutputReader, Overlap, Overlaps, Parts, Prepare,
};
use bantam_kernels::Le;
use bantam_kernels::movement::walk::{Walk, WalkOp};
use bantam_schema::TensorType;
use bytemuck::Pod;
use core::marker::PhantomData;

const INPUT: usize = 0;
const OUTPUT: usize = 0;

/// What a model states of a [`WalkOp`].
pub(crate) trait WalkBinding: WalkOp + 'static {
    /// Inputs of a node.
    const INPUTS: usize;
    /// The types of the first input, and of the output.
    const TYPES: &'static [TensorType];
    /// Whether an output is now and then a part of the input.
    const HAS_PARTS: bool = false;

    /// The options of a node.
    fn options<'a>(node: &Prepare<'a, '_>) -> Result<Self::Options<'a, Le<4>>, Failed>;
}

/// A node of `O` for the types `K`.
pub(crate) struct WalkNode<K, O>(PhantomData<(K, O)>);

impl<K: Types, O: WalkBinding> Operator for WalkNode<K, O> {
    type Data = Walk;

    const PARTS: Option<fn(&Walk) -> Parts> = if O::HAS_PARTS { Some(parts) } else { None };

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Walk, Failed> {
        widths::prepare::<K>(node, O::INPUTS, O::TYPES)?;
        let (input, output) = (node.input(0)?.shape()?, node.output(0)?.shape()?);
        node.check(O::walk(&input, O::options(node)?, &output))
    }

    fn overlaps(walk: &Walk, _: TensorType) -> Overlaps {
        overlaps(walk)
    }

    fn eval(walk: &Walk, io: &mut Io<'_>) -> Result<(), EvalError> {
        if O::HAS_PARTS && is_in_place(walk, io) {
            return Ok(());
        }
        widths::run::<K, _>(walk, const { Sizes::of(O::TYPES) }, io)
    }
}

/// The output may lie in the input, if its elements stand there one after the other.
fn parts(walk: &Walk) -> Parts {
    walk.part().map_or(Parts::None, |offset| Parts::Outputs { input: INPUT, offset })
}

/// The output may lie over the input as far as the walk permits.
fn overlaps(walk: &Walk) -> Overlaps {
    [Some(Overlap { input: INPUT, slack: walk.slack() }), None]
}

/// Whether the output lies in the input, so that there is nothing to copy.
fn is_in_place(walk: &Walk, io: &Io<'_>) -> bool {
    let width = io.element_type().size_bytes().unwrap_or(1) as usize;
    walk.part().is_some_and(|offset| io.is_part(INPUT, OUTPUT, offset.saturating_mul(width)))
}

/// What a model states of a [`WalkOp`] whose options it may compute.
pub(crate) trait OpenWalkBinding: WalkBinding {
    /// Checks the inputs with the options; says whether one of them is not constant.
    fn is_open(node: &Prepare<'_, '_>) -> Result<bool, Failed>;

    /// The options that the inputs of a node have for a tensor of so many dimensions.
    fn computed<'s>(
        reader: &OutputReader<'s>,
        rank: usize,
    ) -> Result<Self::Options<'s, Le<4>>, EvalError>;
}

/// A node of `O` for the types `K`, whose options may not be constant.
pub(crate) struct OpenWalkNode<K, O>(PhantomData<(K, O)>);

impl<K: Types, O: OpenWalkBinding> Operator for OpenWalkNode<K, O> {
    type Data = Walk;

    const PARTS: Option<fn(&Walk) -> Parts> = WalkNode::<K, O>::PARTS;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Walk, Failed> {
        widths::prepare::<K>(node, O::INPUTS, O::TYPES)?;
        if !O::is_open(node)? {
            return WalkNode::<K, O>::prepare(node);
        }
        node.check(Walk::open(&node.input(0)?.shape()?, &node.output(0)?.shape()?))
    }

    fn overlaps(walk: &Walk, _: TensorType) -> Overlaps {
        overlaps(walk)
    }

    fn eval(walk: &Walk, io: &mut Io<'_>) -> Result<(), EvalError> {
        let Some([input, output]) = walk.shapes() else {
            return WalkNode::<K, O>::eval(walk, io);
        };
        let (_, reader) = io.output::<u8>(0)?;
        let walk = O::walk(&input, O::computed(&reader, input.rank())?, &output);
        let walk = walk.map_err(|_| EvalError::Value)?;
        WalkNode::<K, O>::eval(&walk, io)
    }
}

impl Movement for Walk {
    fn run<T: Pod>(
        &self,
        _reader: &OutputReader<'_>,
        activations: Activations<'_, T>,
    ) -> Result<(), EvalError> {
        Ok(self.copy(activations)?)
    }
}
