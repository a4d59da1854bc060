//! STRIDED_SLICE: every so-manyth element of a range of each dimension.
//!
//! * Types: `i8`, `i16`, `i32`, `bool`, `f32`
//! * Limits: at most four dimensions; begin, end and strides are constant; the ellipsis mask, the mask of new axes
//!   and `offset` are not read
//! * Conformance: bool, float32, int16, int32, int8

use crate::ops::types::Types;
use crate::ops::widths::{self, Movement};
use crate::{Activations, EvalError, Failed, Io, Operator, OutputReader, Prepare};
use bantam_kernels::movement::strided_slice::{SliceRanges, StridedSliceParams, strided_slice};
use bantam_schema::TensorType;
use bytemuck::Pod;
use core::marker::PhantomData;

pub(crate) struct StridedSlice<K>(PhantomData<K>);

const INPUT: usize = 0;
const BEGIN: usize = 1;
const END: usize = 2;
const STRIDES: usize = 3;
const OUTPUT: usize = 0;

const TYPES: [TensorType; 5] =
    [TensorType::FLOAT32, TensorType::INT8, TensorType::INT16, TensorType::INT32, TensorType::BOOL];

impl<K: Types> Operator for StridedSlice<K> {
    type Data = StridedSliceParams;

    /// As in TFLM, the ellipsis mask, the mask of new axes and `offset` are not read.
    fn prepare(node: &mut Prepare<'_, '_>) -> Result<StridedSliceParams, Failed> {
        node.require_operands(4..=4, 1)?;
        let options = node.options(|op| op.strided_slice_options())?;
        let (input, output) = (node.input(INPUT)?, node.output(OUTPUT)?);
        K::of(&input)?;
        input.require_type(&TYPES)?;
        output.require_type_of(&input)?;
        let ranges = SliceRanges {
            begin: node.input(BEGIN)?.constant_words()?,
            end: node.input(END)?.constant_words()?,
            strides: node.input(STRIDES)?.constant_words()?,
            begin_mask: options.begin_mask,
            end_mask: options.end_mask,
            shrink_axis_mask: options.shrink_axis_mask,
        };
        node.check(StridedSliceParams::new(&input.shape()?, &ranges, &output.shape()?))
    }

    fn eval(params: &StridedSliceParams, io: &mut Io<'_>) -> Result<(), EvalError> {
        widths::run::<K, _>(params, io)
    }
}

impl Movement for StridedSliceParams {
    fn run<T: Pod>(
        &self,
        _reader: &OutputReader<'_>,
        activations: Activations<'_, T>,
    ) -> Result<(), EvalError> {
        let (input, output) = activations.apart()?;
        Ok(strided_slice(self, input, output)?)
    }
}
