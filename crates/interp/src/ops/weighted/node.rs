//! The node of an operator with weights.

use super::layer::{Form, Kind, Layer};
use super::lent::HAS_LENT;
#[cfg(feature = "host")]
use crate::constants::{Constants, Folded, Isa};
use crate::io::bind::Bound;
use crate::io::{cast, of_type};
use crate::lut::{Lut, LutId};
use crate::op::{LendTo, MakeScales};
use crate::ops::common::row_overlap;
use crate::ops::decoded::decoded;
use crate::ops::types::Types;
use crate::{EvalError, Failed, Io, Operator, Overlaps, Prepare};
use bantam_kernels::backend::layer::{self as kernels, FloatWeights};
use bantam_kernels::backend::{Backend, Native};
use bantam_kernels::decode::filter::LutFilter;
use bantam_kernels::number::either::EitherFilter;
use bantam_kernels::number::element::{BiasElement, Quantized};
use bantam_kernels::number::weights::{FilterElement, Int4Pair};
use bantam_kernels::walk::rows::RowGeometry;
use bantam_kernels::weighted::op::{FloatOp, QuantizedOp, Tensors};
use bantam_kernels::weighted::own::{Needs, Own};
use bantam_kernels::{ChannelScales, LENDS, Le};
use bantam_schema::{TensorType, Vector};
use bytemuck::{AnyBitPattern, Pod};
use core::marker::PhantomData;

/// What a node of an operator with weights keeps, and how a model states it.
pub(crate) trait WeightedBinding: Pod {
    /// The kernel, for all types.
    type Params: QuantizedOp<i8>
        + QuantizedOp<i8, Int4Pair>
        + QuantizedOp<i16>
        + for<'t> QuantizedOp<i8, EitherFilter<'t>>
        + for<'t> QuantizedOp<i8, LutFilter<'t>>
        + for<'t> QuantizedOp<i16, LutFilter<'t>>
        + FloatOp<Le<4>>
        + RowGeometry;

    /// Where the operands are.
    const FORM: &'static Form;

    /// Whether the kernel is faster with memory that is lent to it, or takes less stack.
    const BORROWS: bool = true;

    /// Checks a node and prepares it.
    fn prepare<K: Types>(node: &mut Prepare<'_, '_>) -> Result<Self, Failed>;

    /// What all layers keep, and the kernel.
    fn parts(&self) -> (&Layer, &Self::Params);

    /// What all layers keep.
    fn layer_mut(&mut self) -> &mut Layer;

    /// As [`Operator::fold`].
    #[cfg(feature = "host")]
    fn fold(&mut self, _constants: &mut Constants<'_>) -> Folded {
        Folded::new()
    }

    /// Of a kernel that borrows memory, what says how much, unless an image has its factors;
    /// `None` for as much as any takes.
    fn needs(&self) -> Option<Needs> {
        None
    }

    /// Whether the weights of the filter lie tap by tap.
    #[cfg(feature = "host")]
    const IS_DEPTHWISE: bool = false;

    /// Whether the filter is one that cores with the DSP extension may have packed, if its weights
    /// are bytes.
    #[cfg(feature = "host")]
    fn can_pack(&self) -> bool {
        false
    }
}

/// A node that keeps `D`, for the types `K`.
pub(crate) struct WeightedNode<K, D>(PhantomData<(K, D)>);

impl<K: Types, D: WeightedBinding> Operator for WeightedNode<K, D> {
    type Data = D;

    fn prepare(node: &mut Prepare<'_, '_>) -> Result<D, Failed> {
        let mut data = D::prepare::<K>(node)?;
        if K::TABLES {
            prepare_tables(node, D::FORM, data.layer_mut())?;
        }
        Ok(data)
    }

    fn overlaps(data: &D, _: TensorType) -> Overlaps {
        row_overlap(D::FORM.positions[0], data.parts().1)
    }

    const SCALES: Option<MakeScales> = Some(scales);

    const LEND: Option<LendTo<D>> = if HAS_LENT && D::BORROWS {
        Some(|data, free| {
            let own = data.needs().map_or(Own::Largest, |needs| Own::here(&needs));
            data.layer_mut().lend(free, own);
        })
    } else {
        None
    };

    #[cfg(feature = "host")]
    fn arrange(data: &mut D, constants: &mut Constants<'_>) {
        let kinds = [D::IS_DEPTHWISE, data.can_pack()];
        data.layer_mut().arrange(D::FORM, kinds, constants);
        let mut own = Own::Largest;
        if let Some(mut needs) = data.needs() {
            needs.has_factors = data.parts().0.has_factors();
            let of = if constants.isa() == Isa::Dsp { Own::with_dsp } else { Own::without_dsp };
            own = of(&needs);
        }
        data.layer_mut().lend(&constants.free(), own);
    }

    #[cfg(feature = "host")]
    fn fold(data: &mut D, constants: &mut Constants<'_>) -> Folded {
        data.fold(constants)
    }

    fn eval(data: &D, io: &mut Io<'_>) -> Result<(), EvalError> {
        if K::TABLES {
            return decoded(io, &mut |io| eval::<K, D>(data, io));
        }
        eval::<K, D>(data, io)
    }
}

/// See [`MakeScales`].
fn scales(model: &[u8], [input, output, offset]: [u32; 3], len: u32) -> Option<ChannelScales<'_>> {
    let filter = Vector::<f32>::new(model, offset, len)?;
    let filter = bytemuck::try_cast_slice(filter.as_le_bytes()).ok()?;
    Some(ChannelScales::new(f32::from_bits(input), filter, f32::from_bits(output)))
}

/// Finds the constants that are indices of tables. Weights of a byte are looked up where they are
/// read; others and biases are decoded before the node runs.
#[inline(never)] // size: one copy for all operators
fn prepare_tables(
    node: &mut Prepare<'_, '_>,
    form: &Form,
    layer: &mut Layer,
) -> Result<(), Failed> {
    let [_, filter, bias] = form.positions;
    if node.input(filter)?.tensor_type() == TensorType::INT8 {
        layer.set_lut(node.lut_in_place(filter)?);
    } else {
        node.decode_lut(filter)?;
    }
    node.decode_lut(bias)
}

/// Runs a node whose operands are as the kernel takes them.
#[inline(always)] // one caller where there are no tables
fn eval<K: Types, D: WeightedBinding>(data: &D, io: &mut Io<'_>) -> Result<(), EvalError> {
    let (layer, kernel) = data.parts();
    let node = (layer, D::FORM);
    let element_type = K::known(io.element_type());
    match Kind::of::<K>(element_type, layer.is_narrow(), D::FORM) {
        Kind::F32 => eval_float(kernel, node, io),
        Kind::I8 | Kind::I8Int4 if K::INT4_FILTERS && Native::EITHER_FILTER => {
            if K::TABLES && layer.lut() != LutId::NONE {
                return eval_tables::<i8, Le<4>>(kernel, node, io);
            }
            eval_either(kernel, node, io)
        }
        Kind::I8 => eval_bytes::<K, D, i8, Le<4>>(kernel, node, io),
        Kind::I8Int4 if K::INT4_FILTERS && D::FORM.int4_filter => {
            eval_quantized::<i8, Le<4>, Int4Pair, false>(kernel, node, io)
        }
        Kind::I16Acc64 => eval_bytes::<K, D, i16, Le<8>>(kernel, node, io),
        Kind::I16Acc32 if D::FORM.narrow_bias as u16 == Kind::I16Acc32 as u16 => {
            eval_bytes::<K, D, i16, Le<4>>(kernel, node, io)
        }
        Kind::I16Bias16 if D::FORM.narrow_bias as u16 == Kind::I16Bias16 as u16 => {
            eval_bytes::<K, D, i16, Le<2>>(kernel, node, io)
        }
        Kind::I8Int4 | Kind::I16Acc32 | Kind::I16Bias16 => Err(EvalError::Type),
    }
}

/// Runs a node with weights of a byte, as they are or as indices of tables.
#[inline(always)] // a call, or a choice of two
fn eval_bytes<K, D, T, B>(
    kernel: &D::Params,
    node: (&Layer, &Form),
    io: &mut Io<'_>,
) -> Result<(), EvalError>
where
    K: Types,
    D: WeightedBinding<Params: QuantizedOp<T> + for<'t> QuantizedOp<T, LutFilter<'t>>>,
    T: Quantized + Pod,
    B: BiasElement + Pod,
{
    if K::TABLES && node.0.lut() != LutId::NONE {
        return eval_tables::<T, B>(kernel, node, io);
    }
    if LENDS && D::BORROWS {
        return eval_quantized::<T, B, i8, true>(kernel, node, io);
    }
    eval_quantized::<T, B, i8, false>(kernel, node, io)
}

/// [`eval_quantized`] with a filter that is looked up.
#[inline(never)] // size: one copy for all kernels
fn eval_tables<T: Quantized + Pod, B: BiasElement + Pod>(
    kernel: &dyn for<'t> QuantizedOp<T, LutFilter<'t>>,
    (layer, form): (&Layer, &Form),
    io: &mut Io<'_>,
) -> Result<(), EvalError> {
    let table = Lut::new(&io.operands.model, layer.lut()).map_err(|_| EvalError::Record)?;
    let filter = &[table.filter()?];
    let mut requant = layer.one_factor();
    if layer.per_channel != 0 {
        layer.factors(io, &mut requant)?;
    }
    let Bound { activations, bias, .. } = io.bind(&form.positions)?;
    let bias = cast_some::<B>(bias)?;
    let layer = kernels::Layer::of(&layer.quantization(), filter, &bias, &requant);
    Ok(kernel.run(&layer, &mut Tensors::of(&mut of_type(activations)?))?)
}

/// Runs a prepared node of these types, whatever its kernel.
#[inline(never)] // size: one copy for all kernels that borrow memory, and for the others
fn eval_quantized<T, B, F, const LENDING: bool>(
    kernel: &dyn QuantizedOp<T, F>,
    (layer, form): (&Layer, &Form),
    io: &mut Io<'_>,
) -> Result<(), EvalError>
where
    T: Quantized + Pod,
    B: BiasElement + Pod,
    F: FilterElement + Pod,
{
    let mut requant = layer.one_factor();
    if layer.per_channel != 0 {
        layer.factors(io, &mut requant)?;
    }
    let (bound, lent) = if LENDING {
        io.bind_lending(&form.positions, layer.lent())?
    } else {
        (io.bind(&form.positions)?, &mut [][..])
    };
    let Bound { activations, filter, bias } = bound;
    let (filter, bias) = (cast(filter)?, cast_some::<B>(bias)?);
    let own = if LENDING { layer.own(bias.is_some()) } else { Own::Largest };
    let mut tensors = Tensors { activations: &mut of_type(activations)?, lent, own };
    let layer = kernels::Layer::of(&layer.quantization(), filter, &bias, &requant);
    Ok(kernel.run(&layer, &mut tensors)?)
}

/// [`eval_quantized`] with a filter of a byte or of 4 bits for each weight.
#[inline(never)] // size: one copy for all kernels
fn eval_either(
    kernel: &dyn for<'t> QuantizedOp<i8, EitherFilter<'t>>,
    (layer, form): (&Layer, &Form),
    io: &mut Io<'_>,
) -> Result<(), EvalError> {
    let mut requant = layer.one_factor();
    if layer.per_channel != 0 {
        layer.factors(io, &mut requant)?;
    }
    let Bound { activations, filter, bias } = io.bind(&form.positions)?;
    let filter = if layer.is_narrow() {
        EitherFilter::Pairs(cast(filter)?)
    } else {
        EitherFilter::Bytes(cast(filter)?)
    };
    let (filter, bias) = (&[filter], cast_some::<Le<4>>(bias)?);
    let layer = kernels::Layer::of(&layer.quantization(), filter, &bias, &requant);
    Ok(kernel.run(&layer, &mut Tensors::of(&mut of_type(activations)?))?)
}

/// Runs a prepared node of floats, whatever its kernel.
#[inline(never)] // size: one copy for all kernels
fn eval_float(
    kernel: &dyn FloatOp<Le<4>>,
    (layer, form): (&Layer, &Form),
    io: &mut Io<'_>,
) -> Result<(), EvalError> {
    let Bound { activations, filter, bias } = io.bind(&form.positions)?;
    let weights =
        FloatWeights { filter: cast(filter)?, bias: cast_some(bias)?, range: layer.range_f32() };
    Ok(kernel.run(&weights, of_type(activations)?)?)
}

fn cast_some<B: AnyBitPattern>(bytes: Option<&[u8]>) -> Result<Option<&[B]>, EvalError> {
    bytes.map(cast).transpose()
}
