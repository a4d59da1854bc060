//! RESIZE_BILINEAR: images of another height and width, each element a mean of the four around its
//! place.
//!
//! * Types: `i8`, `f32`
//! * Limits: the size is constant; not with both aligned corners and pixel centres at halves;
//!   quantizations are taken to be equal; a constant input of `f32` lies aligned in memory
//! * Conformance: float32, int8

use super::geometry::{self, INPUT, OUTPUT};
use crate::ops::common::row_overlap;
use crate::ops::types::Types;
use crate::{Cause, EvalError, Failed, Io, Operator, Overlaps, Prepare};
use bantam_kernels::resize::geometry::{ResizeOptions, ResizeParams};
use bantam_kernels::resize::resize_bilinear::{BilinearRows, resize_bilinear};
use bantam_schema::TensorType;
use core::marker::PhantomData;

pub(crate) struct ResizeBilinear<K>(PhantomData<K>);

impl<K: Types> Operator for ResizeBilinear<K> {
    type Data = ResizeParams;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<ResizeParams, Failed> {
        let options = node.operator().resize_bilinear_options().unwrap_or_default();
        let options = ResizeOptions {
            align_corners: options.align_corners,
            half_pixel_centers: options.half_pixel_centers,
        };
        if options.align_corners && options.half_pixel_centers {
            return Err(node.error(Cause::Options));
        }
        let types = [TensorType::FLOAT32, TensorType::INT8];
        let params = geometry::prepare::<K>(node, &types, options)?;
        let input = node.input(INPUT)?;
        input.require_aligned()?;
        Ok(params)
    }

    fn overlaps(params: &ResizeParams, element_type: TensorType) -> Overlaps {
        if K::known(element_type) == TensorType::INT8 {
            row_overlap(INPUT, &BilinearRows::<i8>::new(params))
        } else {
            row_overlap(INPUT, &BilinearRows::<f32>::new(params))
        }
    }

    fn eval(params: &ResizeParams, io: &mut Io<'_>) -> Result<(), EvalError> {
        if K::known(io.element_type()) == TensorType::INT8 {
            let activations = io.activation(OUTPUT, INPUT)?;
            Ok(resize_bilinear::<i8>(params, activations)?)
        } else {
            let activations = io.activation(OUTPUT, INPUT)?;
            Ok(resize_bilinear::<f32>(params, activations)?)
        }
    }
}
