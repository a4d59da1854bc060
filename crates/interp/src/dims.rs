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
    /// The product of all sizes.
    elements: Result<u32, Cause>,
}

impl<'a> Dims<'a> {
    /// Those of a tensor of the graph; none if there is no such tensor.
    ///
    /// A size of -1 stays so, unless the tensor is the result of a RESHAPE of known length.
    #[inline(never)] // size: one copy for all callers
    pub(crate) fn of(subgraph: &Subgraph<'a>, tensor: u32) -> Self {
        let listed = subgraph.tensor(tensor).unwrap_or(Tensor::NONE).shape();
        let mut dims = Self { listed, open: OPEN, elements: Err(Cause::DynamicShape) };
        match Sizes::of(&listed) {
            Ok(sizes) if sizes.open == 0 => dims.elements = Ok(sizes.known),
            Ok(sizes) => {
                if let Some((open, elements)) = sizes.fill(subgraph, tensor) {
                    (dims.open, dims.elements) = (open, Ok(elements));
                }
            }
            Err(cause) => dims.elements = Err(cause),
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
    #[cfg(feature = "host")]
    pub(crate) fn is_open(&self) -> bool {
        self.elements == Err(Cause::DynamicShape)
    }
}

/// The sizes of a tensor, taken together.
#[derive(Clone, Copy)]
struct Sizes {
    /// The product of those that are known.
    known: u32,
    /// How many are left open.
    open: u32,
}

impl Sizes {
    #[inline(never)] // size: one copy for all callers
    fn of(listed: &Vector<'_, i32>) -> Result<Self, Cause> {
        // A list without an end would be read again wherever the tensor is named.
        if listed.len() > MAX_RANK {
            return Err(Cause::Params(ParamsError::Rank { actual: listed.len() }));
        }
        let mut sizes = Self { known: 1, open: 0 };
        for dim in listed.iter() {
            match u32::try_from(dim) {
                Ok(dim) => sizes.known = sizes.known.checked_mul(dim).ok_or(Cause::TooLarge)?,
                Err(_) if dim == OPEN => sizes.open += 1,
                Err(_) => return Err(Cause::DynamicShape),
            }
        }
        Ok(sizes)
    }

    /// The size that a RESHAPE leaves open, of whose results this is one, and the number of
    /// elements: its input has as many.
    ///
    /// The input may itself be the result of a RESHAPE, of as many elements, and so on.
    #[inline(never)] // stack: few tensors need it
    fn fill(self, subgraph: &Subgraph<'_>, mut tensor: u32) -> Option<(i32, u32)> {
        let mut node = subgraph.operator_len();
        // A node reads what was written before it: this ends.
        while node > 0 && self.open == 1 {
            node -= 1;
            let operator = subgraph.operator(node)?;
            if operator.output(0).is_none_or(|output| output as u32 != tensor) {
                continue;
            }
            if operator.builtin() != BuiltinOperator::RESHAPE {
                return None;
            }
            tensor = operator.input(0)? as u32;
            let input = Self::of(&subgraph.tensor(tensor)?.shape()).ok()?;
            if input.open == 0 {
                let size = input.known.checked_div(self.known)?;
                let is_whole = size.wrapping_mul(self.known) == input.known;
                return i32::try_from(size)
                    .ok()
                    .filter(|_| is_whole)
                    .map(|size| (size, input.known));
            }
        }
        None
    }
}

/// Bytes that a tensor of the graph takes; none for resources, which are found while nodes are
/// prepared.
#[inline(never)] // size: one copy for all callers
pub(crate) fn bytes_of(subgraph: &Subgraph<'_>, tensor: u32) -> Result<u32, Cause> {
    let found = subgraph.tensor(tensor).unwrap_or(Tensor::NONE);
    bytes(found.tensor_type(), Dims::of(subgraph, tensor).elements?)
}

/// Bytes that a tensor takes whose sizes are all listed.
pub(crate) fn listed_bytes(tensor: &Tensor<'_>) -> Result<u32, Cause> {
    let sizes = Sizes::of(&tensor.shape())?;
    if sizes.open != 0 {
        return Err(Cause::DynamicShape);
    }
    bytes(tensor.tensor_type(), sizes.known)
}

/// Bytes that so many elements of this type take.
fn bytes(tensor_type: TensorType, elements: u32) -> Result<u32, Cause> {
    let bits = match tensor_type.bits() {
        Some(bits) => bits,
        None if tensor_type == TensorType::RESOURCE => 0,
        None => return Err(Cause::TensorType(tensor_type)),
    };
    let bytes = (u64::from(elements) * u64::from(bits)).div_ceil(8);
    u32::try_from(bytes).map_err(|_| Cause::TooLarge)
}
