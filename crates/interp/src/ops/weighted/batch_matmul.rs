//! BATCH_MATMUL: products of matrices, of which there is one for each place in the batch.
//!
//! * Types: `i8`, `i16`, `f32`
//! * Limits: two to five dimensions; zero points of `i16` are 0
//! * Conformance: float32, int16, int8

use crate::ops::common::quantization;
use crate::ops::types::Types;
use crate::{EvalError, Failed, Io, Operator, Overlap, Overlaps, Prepare};
use bantam_kernels::Le;
use bantam_kernels::number::element::Store;
use bantam_kernels::weighted::batch_matmul::{
    FloatProducts, MatmulShape, Products, QuantizedProducts, batch_matmul,
};
use bantam_schema::TensorType as T;
use bytemuck::{Pod, Zeroable};
use core::marker::PhantomData;

const A: usize = 0;
const B: usize = 1;
const OUTPUT: usize = 0;

pub(crate) struct BatchMatmul<K>(PhantomData<K>);

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Data {
    shape: MatmulShape,
    /// Of integers.
    products: QuantizedProducts,
}

impl<K: Types> Operator for BatchMatmul<K> {
    type Data = Data;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<Data, Failed> {
        node.require_operands(2..=2, 1)?;
        let (a, b, output) = (node.input(A)?, node.input(B)?, node.output(OUTPUT)?);
        let kind = K::among(&a, &[T::FLOAT32, T::INT8, T::INT16])?;
        b.require_type_of(&a)?;
        output.require_type_of(&a)?;
        let options = node.options(|op| op.batch_matmul_options())?;
        let transposed = [options.adj_x, options.adj_y];
        let shapes = [&a.shape()?, &b.shape()?];
        let shape = node.check(MatmulShape::new(shapes, transposed, &output.shape()?))?;
        let products = if kind == T::FLOAT32 {
            QuantizedProducts::zeroed()
        } else {
            let (inputs, output) = ([quantization(&a)?, quantization(&b)?], quantization(&output)?);
            node.check(if kind == T::INT8 {
                QuantizedProducts::new::<i8>(inputs, output)
            } else {
                QuantizedProducts::new::<i16>(inputs, output)
            })?
        };
        Ok(Data { shape, products })
    }

    fn overlaps(data: &Data, _: T) -> Overlaps {
        [Some(Overlap { input: A, slack: data.shape.slack() }), None]
    }

    fn eval(data: &Data, io: &mut Io<'_>) -> Result<(), EvalError> {
        match K::known(io.element_type()) {
            T::INT8 => run::<QuantizedProducts, i8, i8>(&data.shape, &data.products, io),
            T::INT16 => run::<QuantizedProducts, i16, Le<2>>(&data.shape, &data.products, io),
            _ => run::<FloatProducts, f32, Le<4>>(&data.shape, &FloatProducts, io),
        }
    }
}

fn run<P: Products<E>, E, I: Store<E> + Pod>(
    shape: &MatmulShape,
    products: &P,
    io: &mut Io<'_>,
) -> Result<(), EvalError> {
    let (activations, reader) = io.output_over::<I>(OUTPUT, A)?;
    Ok(batch_matmul(shape, products, activations, reader.input(B)?)?)
}
