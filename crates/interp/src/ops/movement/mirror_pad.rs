//! MIRROR_PAD: a tensor within a border of its own reflection.
//!
//! * Types: `i8`, `f32`
//! * Limits: at most six dimensions; paddings are constant, and no larger than what they reflect
//! * Conformance: float32, int8

use crate::ops::common::{integers, row_overlap};
use crate::ops::types::Types;
use crate::ops::widths::{self, Movement, Sizes};
use crate::{Activations, Cause, EvalError, Failed, Io, Operator, OutputReader, Overlaps, Prepare};
use bantam_kernels::movement::mirror_pad::{MAX_RANK, Mirror, MirrorPadParams, mirror_pad};
use bantam_schema::{MirrorPadMode, TensorType};
use bytemuck::Pod;
use core::marker::PhantomData;

pub(crate) struct MirrorPad<K>(PhantomData<K>);

const TYPES: [TensorType; 2] = [TensorType::FLOAT32, TensorType::INT8];

impl<K: Types> Operator for MirrorPad<K> {
    type Data = MirrorPadParams;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<MirrorPadParams, Failed> {
        const LISTS: [TensorType; 2] = [TensorType::INT32, TensorType::INT64];
        widths::prepare::<K>(node, 2, &TYPES)?;
        let mirror = match node.options(|op| op.mirror_pad_options())?.mode {
            MirrorPadMode::REFLECT => Mirror::Reflect,
            MirrorPadMode::SYMMETRIC => Mirror::Symmetric,
            _ => return Err(node.error(Cause::Options)),
        };
        let (input, output) = (node.input(0)?.shape()?, node.output(0)?.shape()?);
        let paddings = integers::<{ 2 * MAX_RANK }>(&node.input(1)?, &LISTS, 2 * input.rank())?;
        let (paddings, _) = paddings.as_chunks();
        let paddings = paddings.get(..input.rank()).unwrap_or_default();
        node.check(MirrorPadParams::new(&input, paddings, mirror, &output))
    }

    fn overlaps(params: &MirrorPadParams, _: TensorType) -> Overlaps {
        row_overlap(0, params)
    }

    fn eval(params: &MirrorPadParams, io: &mut Io<'_>) -> Result<(), EvalError> {
        widths::run::<K, _>(params, const { Sizes::of(&TYPES) }, io)
    }
}

impl Movement for MirrorPadParams {
    fn run<T: Pod>(
        &self,
        _reader: &OutputReader<'_>,
        activations: Activations<'_, T>,
    ) -> Result<(), EvalError> {
        Ok(mirror_pad(self, activations)?)
    }
}
