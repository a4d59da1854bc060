//! What the operators have in common: options, checks of tensors, errors, state in pieces.

use bantam_interp::{Cause, EvalError, Failed, Prepare, TensorInfo};
use bantam_schema::TensorType;
use bantam_schema::flexbuffer::{Map, Reader};
use bantam_signal::Error;

/// The first input, and the first output.
pub(crate) const INPUT: usize = 0;
pub(crate) const OUTPUT: usize = 0;

/// A node's options: a FlexBuffer map.
pub(crate) struct Options<'a> {
    map: Map<'a>,
}

impl<'a> Options<'a> {
    /// Those of the node.
    pub(crate) fn of(node: &Prepare<'_, 'a>) -> Result<Self, Failed> {
        let root = Reader::root(node.operator().custom_options());
        match root.and_then(|root| root.as_map()) {
            Some(map) => Ok(Self { map }),
            None => Err(node.error(Cause::Options)),
        }
    }

    /// The number or boolean `key`.
    pub(crate) fn integer(&self, node: &Prepare<'_, '_>, key: &str) -> Result<i32, Failed> {
        let value = self.map.get(key).and_then(|value| value.as_i32());
        value.ok_or_else(|| node.error(Cause::Options))
    }

    /// The number `key`, which counts something.
    pub(crate) fn count(&self, node: &Prepare<'_, '_>, key: &str) -> Result<u32, Failed> {
        let count = u32::try_from(self.integer(node, key)?);
        count.map_err(|_| node.error(Cause::Unsupported("a size, step or shift below 0")))
    }

    /// The type `T` of the tensors.
    pub(crate) fn tensor_type(
        &self,
        node: &Prepare<'_, '_>,
        types: &[TensorType],
    ) -> Result<TensorType, Failed> {
        let number = self.integer(node, "T")?;
        let is_it = |known: &&TensorType| i32::from(known.0) == number;
        match types.iter().find(is_it) {
            Some(&found) => Ok(found),
            None => Err(node.error(Cause::TensorType(TensorType(number as i8)))),
        }
    }
}

/// `Ok` if a tensor is of this type and has so many dimensions.
pub(crate) fn require(
    tensor: &TensorInfo<'_>,
    tensor_type: TensorType,
    rank: usize,
) -> Result<(), Failed> {
    tensor.require_type(&[tensor_type])?;
    require_that(tensor, tensor.rank()? == rank)
}

/// As [`require`], for a tensor that a kernel reads as it lies.
pub(crate) fn require_aligned(
    tensor: &TensorInfo<'_>,
    tensor_type: TensorType,
    rank: usize,
) -> Result<(), Failed> {
    require(tensor, tensor_type, rank)?;
    tensor.require_aligned()
}

/// `Ok` if a tensor has so many elements.
pub(crate) fn require_len(tensor: &TensorInfo<'_>, len: usize) -> Result<(), Failed> {
    require_that(tensor, tensor.element_len()? == len)
}

/// `Ok` if the shape of a tensor is what it must be.
pub(crate) fn require_that(tensor: &TensorInfo<'_>, fits: bool) -> Result<(), Failed> {
    if fits { Ok(()) } else { Err(tensor.error(Cause::Shape)) }
}

/// Why a node is refused whose parameters no kernel takes.
pub(crate) fn cause(error: Error) -> Cause {
    match error {
        Error::FftLength(_) => Cause::Unsupported(
            "an fft_length that is odd, below 4 or above 131070, or whose half has prime factors \
             other than 2, 3 and 5",
        ),
        Error::Shift { .. } => Cause::Unsupported("a shift by more bits than a number has"),
        Error::Frame { .. } => {
            Cause::Unsupported("a frame_size or frame_step of 0, or a step beyond the frame")
        }
        _ => Cause::Shape,
    }
}

/// Why a node fails.
pub(crate) fn failure(error: Error) -> EvalError {
    match error {
        // Inputs of the model are to blame.
        Error::Shift { .. } | Error::Channel(_) => EvalError::Value,
        _ => EvalError::Record,
    }
}

/// The next `len` elements of `rest`, which loses them.
pub(crate) fn take<'m, T>(rest: &mut &'m mut [T], len: usize) -> Result<&'m mut [T], EvalError> {
    let split = core::mem::take(rest).split_at_mut_checked(len);
    let (piece, behind) = split.ok_or(EvalError::Record)?;
    *rest = behind;
    Ok(piece)
}
