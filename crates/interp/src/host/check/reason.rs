//! Why a node is refused: what was found and what is needed, in words.

use super::rows;
use super::site::{Site, operator_name};
use crate::Cause;
use crate::dims::Dims;
use bantam_kernels::{MAX_RANK, ParamsError};
use bantam_schema::{BuiltinOperator as B, Tensor, TensorType as T};
use std::borrow::ToOwned;
use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

/// A cause that the device's error does not tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// Activations of `f32` and weights of integers.
    Hybrid,
    /// FULLY_CONNECTED with weights of 4 bits and so many scales.
    Int4Scales(usize),
    /// STRIDED_SLICE with something that TFLM does not read: a field of its options, and its value.
    Mask(&'static str, i32),
    /// A size that is not known before the model runs.
    Dynamic,
    /// Data that lies behind the FlatBuffer, and not where the file says.
    Outside { offset: u64, bytes: u64 },
    /// Data in another file.
    ExternalFile,
    /// Data in a sparse format.
    Sparse,
}

/// Operators with weights, which are their second input.
const WEIGHTED: &[B] = &[
    B::BATCH_MATMUL,
    B::CONV_2D,
    B::DEPTHWISE_CONV_2D,
    B::FULLY_CONNECTED,
    B::SVDF,
    B::TRANSPOSE_CONV,
    B::UNIDIRECTIONAL_SEQUENCE_LSTM,
];

/// Finds such a cause.
pub(super) fn known(site: &Site<'_>, blamed_index: Option<u32>, cause: Cause) -> Option<Known> {
    let blamed = site.tensor(blamed_index);
    if let Some(tensor) = blamed {
        if tensor.has_external_data() {
            return Some(Known::ExternalFile);
        }
        if tensor.has_sparsity() {
            return Some(Known::Sparse);
        }
        if let Some((offset, bytes)) = tensor.missing_data() {
            return Some(Known::Outside { offset, bytes });
        }
        if blamed_index.is_some_and(|index| is_dynamic(site, index)) {
            return Some(Known::Dynamic);
        }
    }
    match cause {
        Cause::Quantization if site.builtin() == B::FULLY_CONNECTED => {
            let weights = blamed.filter(|tensor| tensor.tensor_type() == T::INT4)?;
            let scales = weights.quantization()?.scale().len();
            (scales > 1).then_some(Known::Int4Scales(scales))
        }
        Cause::TensorType(found) if found != T::FLOAT32 && WEIGHTED.contains(&site.builtin()) => {
            let is_constant = blamed.is_some_and(|tensor| tensor.is_constant());
            let types = site.operands().map(|(_, tensor)| tensor);
            let floats = types
                .filter(|tensor| !tensor.is_constant())
                .all(|tensor| tensor.tensor_type() == T::FLOAT32);
            (is_constant && floats).then_some(Known::Hybrid)
        }
        _ if site.builtin() == B::STRIDED_SLICE => {
            let options = site.operator.strided_slice_options()?;
            let masks = [
                ("ellipsis_mask", options.ellipsis_mask),
                ("new_axis_mask", options.new_axis_mask),
                ("offset", options.offset.into()),
            ];
            let set = masks.into_iter().find(|(_, value)| *value != 0);
            set.map(|(name, value)| Known::Mask(name, value))
        }
        _ => None,
    }
}

/// Whether a size is not known before the model runs.
fn is_dynamic(site: &Site<'_>, tensor: u32) -> bool {
    Dims::of(&site.graph, tensor).is_open()
}

/// The tensor at fault: that of the error, or the one whose scale makes it.
pub(super) fn culprit(site: &Site<'_>, tensor: Option<u32>, cause: Cause) -> Option<u32> {
    if let Some(Known::Mask(..)) = known(site, tensor, cause) {
        return None;
    }
    if tensor.is_some() {
        return tensor;
    }
    if let Some((index, _)) = site.operands().find(|(index, _)| is_dynamic(site, *index)) {
        return Some(index);
    }
    let of = |wrong: &dyn Fn(f32) -> bool| {
        let scale = |tensor: &Tensor<'_>| tensor.quantization().and_then(|q| q.scale().get(0));
        let mut operands = site.operands();
        operands.find(|(_, tensor)| scale(tensor).is_some_and(wrong)).map(|(index, _)| index)
    };
    let output = || u32::try_from(site.operator.output(0)?).ok();
    match cause {
        Cause::Params(ParamsError::Scale | ParamsError::Multiplier) => {
            let odd = of(&|scale| !(scale >= 0.0 && scale.is_finite()));
            let odd = odd.or_else(|| of(&|scale| scale == 0.0));
            odd.or_else(|| of(&|scale| !scale.is_normal())).or_else(|| {
                // Factors are out of range where an output's scale is far from those of inputs.
                output()
            })
        }
        Cause::Params(ParamsError::ScaleNeeded { .. } | ParamsError::Activation) => output(),
        Cause::Params(ParamsError::ZeroPoint { value }) => {
            let zero = |tensor: &Tensor<'_>| tensor.quantization()?.zero_point().get(0);
            let mut operands = site.operands();
            operands.find(|(_, tensor)| zero(tensor) == Some(value.into())).map(|(index, _)| index)
        }
        _ => None,
    }
}

/// What was found and what is needed.
pub(super) fn reason(site: &Site<'_>, tensor: Option<u32>, cause: Cause) -> String {
    if let Some(known) = known(site, tensor, cause) {
        return of_known(site, tensor, known);
    }
    let blamed = site.tensor(tensor);
    match cause {
        Cause::TensorType(found) => {
            let found = match found.name() {
                Some(name) => format!("type is {name}"),
                None => format!("type is number {}, which is not in the schema", found.0),
            };
            format!("{found}{}", taken(site, blamed))
        }
        Cause::Params(error) => params(site, blamed, error),
        Cause::Shape | Cause::Callee(_) => format!("{cause}: {}", shapes(site)),
        Cause::Quantization => quantization(blamed),
        Cause::FusedActivation => {
            format!(
                "the fused activation {} is not supported",
                option(site, "fused_activation_function")
            )
        }
        Cause::InputCount(found) => {
            format!(
                "{found} inputs do not suit {}: {}",
                operator_name(&site.operator),
                shapes(site)
            )
        }
        Cause::MissingInput(index) => format!("input {index} is absent, and is needed"),
        Cause::NotConstant => "is computed while the model runs; a constant is needed".to_owned(),
        Cause::NeverWritten => {
            "is read, but no node writes it, it is no input and it has no data".to_owned()
        }
        other => other.to_string(),
    }
}

fn of_known(site: &Site<'_>, tensor: Option<u32>, known: Known) -> String {
    match known {
        Known::Hybrid => {
            let found = site.tensor(tensor).map(|tensor| tensor.tensor_type()).unwrap_or_default();
            format!(
                "the model is hybrid: weights are {found} where activations are FLOAT32, and both \
                 must be floats, or both integers"
            )
        }
        Known::Int4Scales(scales) => {
            format!("it has {scales} scales; FULLY_CONNECTED takes one where weights are INT4")
        }
        Known::Mask(name, value) => {
            format!("{name} is {value} where 0 is needed: TFLM does not read it either")
        }
        Known::Dynamic => {
            let shape = site.tensor(tensor).map(|tensor| shape(&tensor)).unwrap_or_default();
            format!("shape is {shape}; all sizes must be known before the model runs")
        }
        Known::Outside { offset, bytes } => {
            let place = match offset {
                1 => "behind the FlatBuffer".to_owned(),
                _ => format!("at offset {offset}"),
            };
            format!("its data is not in the file: {bytes} bytes {place} are needed")
        }
        Known::ExternalFile => "its data is in another file, and must be in the model".to_owned(),
        Known::Sparse => "its data is sparse, and must be dense".to_owned(),
    }
}

/// The types that the operator takes, as a part of a sentence.
fn taken(site: &Site<'_>, blamed: Option<Tensor<'_>>) -> String {
    let name = operator_name(&site.operator);
    // Lists of integers, such as axes and paddings.
    let input = site.operator.inputs().iter().position(|index| {
        let tensor = u32::try_from(index).ok().and_then(|index| site.graph.tensor(index));
        match (tensor, blamed) {
            (Some(tensor), Some(blamed)) => {
                tensor.name() == blamed.name() && tensor.buffer() == blamed.buffer()
            }
            _ => false,
        }
    });
    let is_list = blamed.is_some_and(|tensor| {
        let is_integer = tensor.tensor_type() == T::INT64;
        tensor.is_constant() && is_integer && input.is_some_and(|at| at > 0)
    });
    match rows::ROWS.iter().find(|row| row.operator == name) {
        _ if is_list => "; INT32 is needed".to_owned(),
        Some(row) => format!("; {name} takes {}", row.types.replace('`', "")),
        None => String::new(),
    }
}

fn params(site: &Site<'_>, blamed: Option<Tensor<'_>>, error: ParamsError) -> String {
    let scale = || {
        let scales = blamed.and_then(|tensor| Some(tensor.quantization()?.scale()));
        let is_odd = |scale: &f32| !(*scale >= 0.0 && scale.is_finite());
        scales.and_then(|scales| scales.iter().find(is_odd).or_else(|| scales.get(0)))
    };
    match error {
        ParamsError::ScaleNeeded { exponent } => {
            let found = scale().unwrap_or(0.0);
            let needed = 1_u64 << exponent.unsigned_abs().min(63);
            format!("scale is {found}; 1/{needed} is needed")
        }
        ParamsError::Scale => match scale() {
            Some(0.0) => "scale is 0, by which the operator divides".to_owned(),
            Some(found) => format!("scale is {found}; a positive number is needed"),
            None => error.to_string(),
        },
        ParamsError::Multiplier => format!("{error}: {}", scales(site)),
        ParamsError::Quantization => format!("{error}: {}", scales(site)),
        ParamsError::ZeroPoint { value } => {
            format!(
                "zero point is {value}, which {} does not take{}",
                operator_name(&site.operator),
                limits(site)
            )
        }
        ParamsError::Rank { actual } => {
            if actual > MAX_RANK {
                return format!(
                    "a tensor has {actual} dimensions, and {MAX_RANK} are the most: {}",
                    shapes(site)
                );
            }
            let dims = if actual == 1 { "dimension does" } else { "dimensions do" };
            let (operator, shapes) = (operator_name(&site.operator), shapes(site));
            format!("{actual} {dims} not suit {operator}: {shapes}{}", limits(site))
        }
        ParamsError::Axis { axis } => {
            format!("axis {axis} is out of range or named twice: {}", shapes(site))
        }
        _ => format!("{error}: {}", shapes(site)),
    }
}

fn limits(site: &Site<'_>) -> String {
    let name = operator_name(&site.operator);
    let row = rows::ROWS.iter().find(|row| row.operator == name && !row.limits.is_empty());
    row.map(|row| format!(" ({})", row.limits.replace('`', ""))).unwrap_or_default()
}

fn quantization(blamed: Option<Tensor<'_>>) -> String {
    let found = blamed.and_then(|tensor| tensor.quantization());
    let scales = found.map_or(0, |found| found.scale().len());
    match scales {
        0 => "it has no scale, which is needed for integers".to_owned(),
        1 => "its quantization does not fit the other operands".to_owned(),
        n => format!("it has {n} scales; one is needed, or one for each output channel"),
    }
}

fn shape(tensor: &Tensor<'_>) -> String {
    let dims: Vec<String> = tensor.shape().iter().map(|dim| dim.to_string()).collect();
    format!("[{}]", dims.join(", "))
}

/// The shapes of all operands.
fn shapes(site: &Site<'_>) -> String {
    each(site, &|tensor| shape(&tensor))
}

/// The scales and zero points of all operands.
fn scales(site: &Site<'_>) -> String {
    each(site, &|tensor| {
        let Some(quantization) = tensor.quantization() else { return "none".to_owned() };
        match (quantization.scale().len(), quantization.scale().get(0)) {
            (1, Some(scale)) => {
                format!("{scale} ({})", quantization.zero_point().get(0).unwrap_or(0))
            }
            (len, _) => format!("{len} scales"),
        }
    })
}

fn each(site: &Site<'_>, text: &dyn Fn(Tensor<'_>) -> String) -> String {
    let list = |indices: bantam_schema::Indices<'_>| {
        let one = |index: i32| match u32::try_from(index).ok().and_then(|i| site.graph.tensor(i)) {
            Some(tensor) => text(tensor),
            None => "-".to_owned(),
        };
        indices.iter().map(one).collect::<Vec<_>>().join(", ")
    };
    format!("inputs {} to {}", list(site.operator.inputs()), list(site.operator.outputs()))
}

/// The value of a field of the options.
fn option(site: &Site<'_>, field: &str) -> String {
    let mut found = String::new();
    site.operator.options().visit(&mut |name, value| {
        if name == field {
            let text = format!("{value:?}");
            let inner = text.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
            found = inner.map(str::to_owned).unwrap_or(text);
        }
    });
    found
}
