//! RESIZE_NEAREST_NEIGHBOR: images of another height and width, each element the nearest one.
//!
//! * Types: `i8`, `i16`, `f32`
//! * Limits: the size is constant; quantizations are taken to be equal
//! * Conformance: float32, int16, int8

use super::geometry::{self, INPUT};
use crate::ops::common::row_overlap;
use crate::ops::types::Types;
use crate::ops::widths::{self, Movement, Sizes};
use crate::{Activations, EvalError, Failed, Io, Operator, OutputReader, Overlaps, Prepare};
use bantam_kernels::resize::geometry::{ResizeOptions, ResizeParams};
use bantam_kernels::resize::resize_nearest_neighbor::{NearestRows, resize_nearest_neighbor};
use bantam_schema::TensorType;
use bytemuck::Pod;
use core::marker::PhantomData;

const TYPES: [TensorType; 3] = [TensorType::FLOAT32, TensorType::INT8, TensorType::INT16];

pub(crate) struct ResizeNearestNeighbor<K>(PhantomData<K>);

impl<K: Types> Operator for ResizeNearestNeighbor<K> {
    type Data = ResizeParams;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<ResizeParams, Failed> {
        let options = node.operator().resize_nearest_neighbor_options().unwrap_or_default();
        let options = ResizeOptions {
            align_corners: options.align_corners,
            half_pixel_centers: options.half_pixel_centers,
        };
        geometry::prepare::<K>(node, &TYPES, options)
    }

    fn overlaps(params: &ResizeParams, _: TensorType) -> Overlaps {
        row_overlap(INPUT, &NearestRows::new(params))
    }

    fn eval(params: &ResizeParams, io: &mut Io<'_>) -> Result<(), EvalError> {
        widths::run::<K, _>(params, const { Sizes::of(&TYPES) }, io)
    }
}

impl Movement for ResizeParams {
    fn run<T: Pod>(
        &self,
        _reader: &OutputReader<'_>,
        activations: Activations<'_, T>,
    ) -> Result<(), EvalError> {
        Ok(resize_nearest_neighbor(self, activations)?)
    }
}
