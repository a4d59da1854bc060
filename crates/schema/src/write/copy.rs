//! From a model back to a builder.

use alloc::{string::ToString, vec::Vec};
use core::fmt;

use super::{
    builder::{Graph, ModelBuilder, SignatureSpec},
    spec::{Code, Data, OperatorSpec, QuantizationSpec, TensorSpec},
};
use crate::{Iter, Model, NamedTensor, Operator, Options, Part, Place, Subgraph, Tensor};

/// The reason why a model cannot be copied without loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CopyError {
    /// A tensor has sparsity, external data or quantization details, which this crate does not
    /// read.
    Tensor(Place),
    /// An operator has options of a type that this crate does not read.
    Operator(Place),
}

impl fmt::Display for CopyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tensor(place) => write!(f, "{place} is stored in a form that cannot be copied"),
            Self::Operator(place) => write!(f, "{place} has options that cannot be copied"),
        }
    }
}

impl core::error::Error for CopyError {}

impl ModelBuilder {
    /// Returns a builder of the whole model, with the same indices.
    ///
    /// It drops names that are not UTF-8, debug metadata and the subtypes of variant tensors.
    ///
    /// # Errors
    ///
    /// [`CopyError`] if the copy would lose something that matters.
    pub fn from_model(model: &Model<'_>) -> Result<Self, CopyError> {
        let subgraphs = (0..).zip(model.subgraphs());
        Ok(Self {
            description: model.description().map(ToString::to_string),
            codes: model.operator_codes().map(code).collect(),
            subgraphs: subgraphs
                .map(|(index, graph)| subgraph(index, graph))
                .collect::<Result<_, _>>()?,
            buffers: model.buffers().map(|buffer| buffer.data().to_vec()).collect(),
            metadata: model
                .metadata()
                .map(|entry| (entry.name.unwrap_or_default().to_string(), entry.buffer))
                .collect(),
            signatures: model
                .signatures()
                .map(|signature| SignatureSpec {
                    key: signature.key().unwrap_or_default().to_string(),
                    subgraph: signature.subgraph(),
                    inputs: named(signature.inputs()),
                    outputs: named(signature.outputs()),
                })
                .collect(),
            data_behind: false,
        })
    }
}

fn code(code: crate::OperatorCode<'_>) -> Code {
    let custom = code.custom.map(ToString::to_string);
    Code { builtin: code.builtin, custom, version: code.version }
}

fn named(tensors: Iter<'_, NamedTensor<'_>>) -> Vec<(alloc::string::String, u32)> {
    tensors.map(|named| (named.name.unwrap_or_default().to_string(), named.tensor)).collect()
}

fn subgraph(index: u32, graph: Subgraph<'_>) -> Result<Graph, CopyError> {
    let tensors = (0..).zip(graph.tensors());
    let operators = (0..).zip(graph.operators());
    Ok(Graph {
        name: graph.name().map(ToString::to_string),
        tensors: tensors
            .map(|(at, source)| {
                tensor(source).ok_or(CopyError::Tensor(Place::within(index, Part::Tensor, at)))
            })
            .collect::<Result<_, _>>()?,
        inputs: graph.inputs().iter().collect(),
        outputs: graph.outputs().iter().collect(),
        operators: operators
            .map(|(at, source)| {
                let place = Place::within(index, Part::Operator, at);
                operator(source).ok_or(CopyError::Operator(place))
            })
            .collect::<Result<_, _>>()?,
    })
}

fn tensor(tensor: Tensor<'_>) -> Option<(TensorSpec, u32)> {
    let quantization = tensor.quantization();
    let details = quantization.is_some_and(|quantization| quantization.has_details());
    if tensor.has_sparsity() || tensor.has_external_data() || details {
        return None;
    }
    let spec = TensorSpec {
        name: tensor.name().map(ToString::to_string),
        tensor_type: tensor.tensor_type(),
        shape: tensor.shape().iter().collect(),
        shape_signature: tensor.shape_signature().iter().collect(),
        quantization: quantization.map(|quantization| QuantizationSpec {
            min: quantization.min().iter().collect(),
            max: quantization.max().iter().collect(),
            scale: quantization.scale().iter().collect(),
            zero_point: quantization.zero_point().iter().collect(),
            dimension: quantization.quantized_dimension(),
        }),
        variable: tensor.is_variable(),
        has_rank: tensor.has_rank(),
        data: Data::Buffer(tensor.buffer()),
    };
    Some((spec, tensor.buffer()))
}

fn operator(operator: Operator<'_>) -> Option<(OperatorSpec, u32)> {
    let options = operator.options();
    // A type that the schema does not name may have fields; the others are without.
    let unknown = matches!(options, Options::Other(other) if other.name().is_none());
    if unknown || operator.options_2_type() != 0 {
        return None;
    }
    let inputs: Vec<_> = operator.inputs().iter().collect();
    let outputs: Vec<_> = operator.outputs().iter().collect();
    let mut spec = OperatorSpec::new(operator.code().builtin, &inputs, &outputs)
        .options(options)
        .custom_options(operator.custom_options());
    spec.code = code(operator.code());
    spec.intermediates = operator.intermediates().iter().collect();
    spec.mutating_variable_inputs =
        operator.mutating_variable_inputs().iter().map(u8::from).collect();
    Some((spec, operator.code_index()))
}
