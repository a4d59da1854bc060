//! Nodes whose output is a walk over their input.

use crate::ops::types::Types;
use crate::ops::widths::{self, Copying, Sizes};
use crate::{EvalError, Failed, Io, Operator, OutputReader, Prepare};
use bantam_kernels::movement::walk::{Walk, WalkOp};
use bantam_kernels::{Le, LengthMismatch};
use bantam_schema::TensorType;
use bytemuck::Pod;
use core::marker::PhantomData;

/// What a model states of a [`WalkOp`].
pub(crate) trait WalkBinding: WalkOp + 'static {
    /// Inputs of a node.
    const INPUTS: usize;
    /// The types of the first input, and of the output.
    const TYPES: &'static [TensorType];

    /// The options of a node.
    fn options<'a>(node: &Prepare<'a, '_>) -> Result<Self::Options<'a, Le<4>>, Failed>;
}

/// A node of `O` for the types `K`.
pub(crate) struct WalkNode<K, O>(PhantomData<(K, O)>);

impl<K: Types, O: WalkBinding> Operator for WalkNode<K, O> {
    type Data = Walk;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Walk, Failed> {
        widths::prepare::<K>(node, O::INPUTS, O::TYPES)?;
        let (input, output) = (node.input(0)?.shape()?, node.output(0)?.shape()?);
        node.check(O::walk(&input, O::options(node)?, &output))
    }

    fn eval(walk: &Walk, io: &mut Io<'_>) -> Result<(), EvalError> {
        widths::run::<K, _>(walk, const { Sizes::of(O::TYPES) }, io)
    }
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

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Walk, Failed> {
        widths::prepare::<K>(node, O::INPUTS, O::TYPES)?;
        if !O::is_open(node)? {
            return WalkNode::<K, O>::prepare(node);
        }
        node.check(Walk::open(&node.input(0)?.shape()?, &node.output(0)?.shape()?))
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

impl Copying for Walk {
    fn copy<T: Pod>(&self, input: &[T], output: &mut [T]) -> Result<(), LengthMismatch> {
        Self::copy(self, input, output)
    }
}
