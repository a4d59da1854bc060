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
        let open = Sizes::of(&listed).ok().and_then(|sizes| sizes.open_size(subgraph, tensor));
        Self { listed, open: open.unwrap_or(OPEN) }
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

    /// The size that a RESHAPE leaves open, of whose results this is one: what is left of its
    /// input's elements.
    ///
    /// The input may itself be the result of a RESHAPE, of as many elements, and so on.
    #[inline(never)] // size: one copy for both callers
    fn open_size(self, subgraph: &Subgraph<'_>, mut tensor: u32) -> Option<i32> {
        if self.open != 1 {
            return None;
        }
        let mut node = subgraph.operator_len();
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
            let input = Self::of(&subgraph.tensor(tensor)?.shape()).ok()?;
            if input.open == 0 {
                let size = input.known.checked_div(self.known)?;
                let is_whole = size.wrapping_mul(self.known) == input.known;
                return i32::try_from(size).ok().filter(|_| is_whole);
            }
        }
        None
    }
}

/// Bytes that a tensor of the graph takes.
pub(crate) fn bytes_of(subgraph: &Subgraph<'_>, tensor: u32) -> Result<u32, Cause> {
    bytes(&subgraph.tensor(tensor).unwrap_or(Tensor::NONE), Some((subgraph, tensor)))
}

/// Bytes that a tensor takes whose sizes are all listed.
pub(crate) fn listed_bytes(tensor: &Tensor<'_>) -> Result<u32, Cause> {
    bytes(tensor, None)
}

/// Bytes of a tensor, whose place may tell what it leaves open; none for resources, which are found
/// while nodes are prepared.
#[inline(never)] // size: one copy for both callers
fn bytes(tensor: &Tensor<'_>, place: Option<(&Subgraph<'_>, u32)>) -> Result<u32, Cause> {
    let sizes = Sizes::of(&tensor.shape())?;
    let mut elements = sizes.known;
    if sizes.open != 0 {
        let size = place.and_then(|(subgraph, tensor)| sizes.open_size(subgraph, tensor));
        let size = size.ok_or(Cause::DynamicShape)?;
        elements = elements.checked_mul(size as u32).ok_or(Cause::TooLarge)?;
    }
    let tensor_type = tensor.tensor_type();
    let bits = match tensor_type.bits() {
        Some(bits) => bits,
        None if tensor_type == TensorType::RESOURCE => 0,
        None => return Err(Cause::TensorType(tensor_type)),
    };
    let bytes = (u64::from(elements) * u64::from(bits)).div_ceil(8);
    u32::try_from(bytes).map_err(|_| Cause::TooLarge)
}
