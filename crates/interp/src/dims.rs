//! The dimensions of tensors, and the one that a RESHAPE leaves open.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/reshape_common.cc` (`ReshapeOutput`): of its output, one
//! size may be -1.

use crate::error::Cause;
use bantam_kernels::{MAX_RANK, ParamsError};
use bantam_schema::{BuiltinOperator, Subgraph, Tensor, TensorType, Vector};

/// The size of a dimension that is not known.
const OPEN: i32 = -1;

/// The dimensions of a tensor.
#[derive(Clone, Copy)]
pub(crate) struct Dims<'a> {
    listed: Vector<'a, i32>,
    /// The size of the dimension that the model leaves open.
    open: i32,
}

impl<'a> Dims<'a> {
    /// Those of a tensor of the graph; none if there is no such tensor.
    ///
    /// A size of -1 stays so, unless the tensor is the result of a RESHAPE of known length.
    pub(crate) fn of(subgraph: &Subgraph<'a>, tensor: u32) -> Self {
        let listed = subgraph.tensor(tensor).unwrap_or(Tensor::NONE).shape();
        let mut dims = Self { listed, open: OPEN };
        if listed.len() <= MAX_RANK && listed.iter().any(|dim| dim == OPEN) {
            dims.open = open_size(subgraph, tensor, listed).unwrap_or(OPEN);
        }
        dims
    }

    /// Number of dimensions.
    pub(crate) fn len(&self) -> usize {
        self.listed.len()
    }

    /// The sizes, outermost first.
    pub(crate) fn iter(
        &self,
    ) -> impl ExactSizeIterator<Item = i32> + DoubleEndedIterator + Clone + use<'a> {
        let open = self.open;
        self.listed.iter().map(move |dim| if dim == OPEN { open } else { dim })
    }

    /// Whether a size is not known before the model runs.
    pub(crate) fn is_open(&self) -> bool {
        self.iter().any(|dim| dim < 0)
    }
}

/// The size that a RESHAPE leaves open: what is left of its input's elements.
///
/// The input may itself be the result of a RESHAPE, of as many elements, and so on.
#[cold]
#[inline(never)] // size: out of the way of the usual
fn open_size(subgraph: &Subgraph<'_>, tensor: u32, listed: Vector<'_, i32>) -> Option<i32> {
    let known = product(listed.iter().filter(|dim| *dim != OPEN))?;
    if listed.iter().filter(|dim| *dim == OPEN).count() != 1 || known == 0 {
        return None;
    }
    let (mut tensor, mut node) = (tensor, subgraph.operator_len());
    // A node reads what was written before it: this ends.
    while node > 0 {
        node -= 1;
        let operator = subgraph.operator(node)?;
        if operator.output(0) != i32::try_from(tensor).ok() {
            continue;
        }
        if operator.builtin() != BuiltinOperator::RESHAPE {
            return None;
        }
        tensor = operator.input(0)?.try_into().ok()?;
        let dims = subgraph.tensor(tensor)?.shape();
        if dims.iter().all(|dim| dim != OPEN) {
            let elements = product(dims.iter())?;
            let size = elements.checked_div(known)?;
            return (size.checked_mul(known)? == elements).then_some(size);
        }
    }
    None
}

/// The product of sizes that are known.
fn product(mut dims: impl Iterator<Item = i32>) -> Option<i32> {
    dims.try_fold(1_i32, |product, dim| if dim < 0 { None } else { product.checked_mul(dim) })
}

/// Bytes that a tensor of the graph takes.
pub(crate) fn bytes_of(subgraph: &Subgraph<'_>, tensor: u32) -> Result<u32, Cause> {
    let tensor_type = subgraph.tensor(tensor).unwrap_or(Tensor::NONE).tensor_type();
    bytes(&Dims::of(subgraph, tensor), tensor_type)
}

/// Bytes that a tensor takes whose sizes are all listed.
pub(crate) fn listed_bytes(tensor: &Tensor<'_>) -> Result<u32, Cause> {
    bytes(&Dims { listed: tensor.shape(), open: OPEN }, tensor.tensor_type())
}

/// Bytes of a tensor; none for resources, which are found while nodes are prepared.
#[inline(never)] // size: one copy for both callers
fn bytes(dims: &Dims<'_>, tensor_type: TensorType) -> Result<u32, Cause> {
    // A list without an end would be read again wherever the tensor is named.
    if dims.len() > MAX_RANK {
        return Err(Cause::Params(ParamsError::Rank { actual: dims.len() }));
    }
    let mut elements = 1_u32;
    for dim in dims.iter() {
        if dim < 0 {
            return Err(Cause::DynamicShape);
        }
        elements = elements.checked_mul(dim as u32).ok_or(Cause::TooLarge)?;
    }
    let bits = match tensor_type.bits() {
        Some(bits) => bits,
        None if tensor_type == TensorType::RESOURCE => 0,
        None => return Err(Cause::TensorType(tensor_type)),
    };
    let bytes = (u64::from(elements) * u64::from(bits)).div_ceil(8);
    u32::try_from(bytes).map_err(|_| Cause::TooLarge)
}
