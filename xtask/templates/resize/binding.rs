//! {NAME}: {SUMMARY}
//!
//! * Types: `i8`, `f32`
//! * Limits: the size is constant; an input is not a constant
//! * Conformance: float32, int8

use super::geometry::{self, INPUT, OUTPUT};
use crate::ops::common::row_overlap;
use crate::ops::types::Types;
use crate::{EvalError, Failed, Io, Operator, Overlaps, Prepare};
use bantam_kernels::resize::geometry::{ResizeOptions, ResizeParams};
use bantam_kernels::resize::{snake}::{{Camel}Rows, {snake}};
use bantam_schema::TensorType;
use core::marker::PhantomData;

pub(crate) struct {Camel}<K>(PhantomData<K>);

impl<K: Types> Operator for {Camel}<K> {
    type Data = ResizeParams;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<ResizeParams, Failed> {
        // What the model states goes here.
        let options = node.options(|op| op.resize_bilinear_options())?;
        let options = ResizeOptions {
            align_corners: options.align_corners,
            half_pixel_centers: options.half_pixel_centers,
        };
        let types = [TensorType::FLOAT32, TensorType::INT8];
        let params = geometry::prepare::<K>(node, &types, options)?;
        node.input(INPUT)?.require_aligned()?;
        Ok(params)
    }

    fn overlaps(params: &ResizeParams, _: TensorType) -> Overlaps {
        row_overlap(INPUT, &{Camel}Rows::new(params))
    }

    fn eval(params: &ResizeParams, io: &mut Io<'_>) -> Result<(), EvalError> {
        if K::known(io.element_type()) == TensorType::INT8 {
            Ok({snake}::<i8>(params, io.output_over(OUTPUT, INPUT)?.0)?)
        } else {
            Ok({snake}::<f32>(params, io.output_over(OUTPUT, INPUT)?.0)?)
        }
    }
}
