//! Tensors as operators see them while they prepare.

use crate::callee::Callees;
use crate::dims::{Dims, bytes_of};
use crate::error::Cause;
use crate::reason::{Failed, Reason};
use crate::stage::Stage;
use bantam_kernels::{Le, Matrix, Nhwc, Shape};
use bantam_schema::{Model, Subgraph, Tensor, TensorType};
use core::cell::Cell;

/// Variables and states are placed at multiples of this, so that any element type is aligned.
pub(crate) const ALIGNMENT: u32 = 16;

/// A graph that is being prepared, how far that is, and where its failures leave their reasons.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    pub(crate) subgraph: Subgraph<'a>,
    pub(crate) stage: Cell<Stage>,
    pub(crate) reason: &'a Reason,
    /// The subgraphs that are there to be called.
    pub(crate) callees: &'a Callees<'a>,
    /// The index of each variable tensor, ascending, and where it lies in the block of variables;
    /// none where records are only counted.
    pub(crate) variables: &'a [[u32; 2]],
    /// How many elements of lists in constants may still be read: a list takes the time of all
    /// nodes that share it.
    work: Cell<usize>,
}

/// Elements of such lists for each byte of the file.
const WORK_PER_BYTE: usize = 16;

impl<'a> Context<'a> {
    pub(crate) fn new(
        subgraph: Subgraph<'a>,
        model: &Model<'_>,
        reason: &'a Reason,
        callees: &'a Callees<'a>,
    ) -> Self {
        let stage = Cell::new(Stage::Graph);
        let work = Cell::new(model.bytes().len().saturating_mul(WORK_PER_BYTE));
        Self { subgraph, stage, reason, callees, variables: &[], work }
    }

    /// Refuses what is being prepared.
    #[cold]
    #[inline(never)] // size: one copy for all operators
    pub(crate) fn refuse(&self, tensor: Option<u32>, cause: Cause) -> Failed {
        self.stage.get().blame(&self.subgraph, (tensor, &cause), self.reason)
    }

    /// The operator list lacks that of the node that is looked up, or the model lacks the node.
    #[cold]
    pub(crate) fn missing(&self) -> Failed {
        // The stage says it all.
        self.refuse(None, Cause::Options)
    }

    /// Tensor `index` of the graph.
    #[inline(never)] // size: one copy for all operators
    pub(crate) fn tensor(&self, index: u32) -> Result<TensorInfo<'_>, Failed> {
        match self.subgraph.tensor(index) {
            Some(_) => Ok(TensorInfo { context: self, index }),
            None => Err(self.refuse(Some(index), Cause::NoTensor)),
        }
    }
}

/// A tensor of the node that is being prepared.
// Two words, which results are handed on in registers with; what is asked for is looked up in the
// model, which is cheap enough.
#[derive(Clone, Copy, Debug)]
pub struct TensorInfo<'a> {
    context: &'a Context<'a>,
    index: u32,
}

impl<'a> TensorInfo<'a> {
    /// Its index in the subgraph.
    pub fn index(&self) -> u32 {
        self.index
    }

    /// The tensor as the model has it.
    #[inline(never)] // size: one copy for all operators
    pub fn tensor(&self) -> Tensor<'a> {
        self.context.subgraph.tensor(self.index).unwrap_or(Tensor::NONE)
    }

    /// Its type.
    #[inline(never)] // size: one copy for all operators
    pub fn tensor_type(&self) -> TensorType {
        self.tensor().tensor_type()
    }

    /// Refuses the node because of this tensor.
    pub fn error(&self, cause: impl Into<Cause>) -> Failed {
        self.context.refuse(Some(self.index), cause.into())
    }

    /// What a kernel makes of this tensor: refuses the node because of it if the kernel does.
    ///
    /// # Errors
    ///
    /// That of `result`.
    pub fn check<T>(&self, result: Result<T, impl Into<Cause>>) -> Result<T, Failed> {
        result.map_err(|cause| self.error(cause))
    }

    /// `Ok` if the type is one of `types`.
    ///
    /// # Errors
    ///
    /// [`Cause::TensorType`] otherwise.
    #[inline(never)] // size: one copy for all operators
    pub fn require_type(&self, types: &[TensorType]) -> Result<(), Failed> {
        let actual = self.tensor_type();
        if types.contains(&actual) { Ok(()) } else { Err(self.error(Cause::TensorType(actual))) }
    }

    /// [`TensorInfo::require_type`] with one type, which takes less code.
    #[inline(never)] // size: one copy for all operators
    pub(crate) fn require(&self, expected: TensorType) -> Result<(), Failed> {
        self.require_type(&[expected])
    }

    /// `Ok` if the type is that of `other`.
    ///
    /// # Errors
    ///
    /// [`Cause::TensorType`] otherwise.
    #[inline(never)] // size: one copy for all operators
    pub fn require_type_of(&self, other: &Self) -> Result<(), Failed> {
        self.require(other.tensor_type())
    }

    /// `Ok` if the shape equals that of `other`.
    ///
    /// # Errors
    ///
    /// [`Cause::Shape`] otherwise; as [`TensorInfo::shape`] for either.
    #[inline(never)] // size: one copy for all operators
    pub fn require_shape_of(&self, other: &Self) -> Result<(), Failed> {
        self.element_len()?;
        other.element_len()?;
        if self.dims().iter().eq(other.dims().iter()) {
            Ok(())
        } else {
            Err(self.error(Cause::Shape))
        }
    }

    /// Its dimensions.
    #[inline(never)] // size: one copy for all operators
    pub(crate) fn dims(&self) -> Dims<'a> {
        Dims::of(&self.context.subgraph, self.index)
    }

    /// Its shape.
    ///
    /// # Errors
    ///
    /// [`Cause::Params`] for more than 8 dimensions, one below 1, or too many elements.
    #[inline(never)] // size: one copy for all operators
    pub fn shape(&self) -> Result<Shape, Failed> {
        self.check(Shape::from_dims(self.dims().iter()))
    }

    /// Its shape as that of images, or of filters: for less code than [`TensorInfo::shape`] takes.
    ///
    /// # Errors
    ///
    /// As [`TensorInfo::shape`]; [`Cause::Params`] unless there are four dimensions within
    /// `1..=65535`.
    #[inline(never)] // size: one copy for all operators
    pub fn nhwc(&self) -> Result<Nhwc, Failed> {
        self.element_len()?;
        self.check(Nhwc::from_dims(self.dims().iter()))
    }

    /// Number of dimensions.
    ///
    /// # Errors
    ///
    /// As [`TensorInfo::shape`].
    #[inline(never)] // size: one copy for all operators
    pub fn rank(&self) -> Result<usize, Failed> {
        self.element_len()?;
        Ok(self.dims().len())
    }

    /// Number of elements.
    ///
    /// # Errors
    ///
    /// As [`TensorInfo::shape`].
    #[inline(never)] // size: one copy for all operators
    pub fn element_len(&self) -> Result<usize, Failed> {
        self.check(Shape::len_of(self.dims().iter()))
    }

    /// Its shape as that of rows of the innermost dimension: for less code than
    /// [`TensorInfo::shape`] takes.
    ///
    /// # Errors
    ///
    /// As [`TensorInfo::shape`].
    #[inline(never)] // size: one copy for all operators
    pub fn matrix(&self) -> Result<Matrix, Failed> {
        let len = self.element_len()?;
        Ok(Matrix::new(len as u32, self.dims().iter().next_back().unwrap_or(1) as u32))
    }

    /// Scale and zero point of the whole tensor (of its first channel if it has several).
    ///
    /// # Errors
    ///
    /// [`Cause::Quantization`] if there is none, or the zero point does not fit into 32 bits; the
    /// scale may be anything.
    pub fn affine(&self) -> Result<(f32, i32), Failed> {
        let mut affine = (0.0, 0);
        self.read_affine(&mut affine, true)?;
        Ok(affine)
    }

    /// As [`TensorInfo::affine`], zeros where there is no quantization.
    ///
    /// # Errors
    ///
    /// As [`TensorInfo::optional_affine`].
    pub(crate) fn affine_or_default(&self) -> Result<(f32, i32), Failed> {
        let mut affine = (0.0, 0);
        self.read_affine(&mut affine, false)?;
        Ok(affine)
    }

    /// As [`TensorInfo::affine`], `None` where there is no quantization.
    ///
    /// # Errors
    ///
    /// [`Cause::Quantization`] if the zero point does not fit into 32 bits.
    pub fn optional_affine(&self) -> Result<Option<(f32, i32)>, Failed> {
        let mut affine = (0.0, 0);
        Ok(self.read_affine(&mut affine, false)?.then_some(affine))
    }

    /// Puts down scale and zero point, and says whether there are any.
    // In place: the result proper fits into a register.
    #[inline(never)]
    fn read_affine(&self, to: &mut (f32, i32), required: bool) -> Result<bool, Failed> {
        let quantization = self.tensor().quantization();
        let Some((scale, zero_points)) =
            quantization.and_then(|q| Some((q.scale().get(0)?, q.zero_point())))
        else {
            return if required { Err(self.error(Cause::Quantization)) } else { Ok(false) };
        };
        match i32::try_from(zero_points.get(0).unwrap_or(0)) {
            Ok(zero_point) => *to = (scale, zero_point),
            Err(_) => return Err(self.error(Cause::Quantization)),
        }
        Ok(true)
    }

    /// Whether it is a constant of the model.
    #[inline(never)] // size: one copy for all operators
    pub fn is_constant(&self) -> bool {
        self.tensor().is_constant()
    }

    /// `Ok` unless this is a constant that does not lie aligned for its type: for kernels that take
    /// aligned activations only. A prepared image may find it elsewhere: where it is not aligned,
    /// its node then fails with [`EvalError::Type`](crate::EvalError::Type).
    ///
    /// # Errors
    ///
    /// [`Cause::Unaligned`] for a constant whose address is not a multiple of its elements' size;
    /// those of [`TensorInfo::constant`].
    #[inline(never)] // size: one copy for all operators
    pub fn require_aligned(&self) -> Result<(), Failed> {
        if !self.is_constant() {
            return Ok(());
        }
        let below = self.tensor_type().size_bytes().unwrap_or(1).wrapping_sub(1) as usize;
        if self.constant()?.as_ptr().addr() & below == 0 {
            return Ok(());
        }
        Err(self.error(Cause::Unaligned))
    }

    /// The bytes of a constant, exactly as many as its shape calls for.
    ///
    /// # Errors
    ///
    /// [`Cause::NotConstant`], [`Cause::ConstantTooShort`], or those of [`TensorInfo::shape`].
    #[inline(never)] // size: one copy for all operators
    pub fn constant(&self) -> Result<&'a [u8], Failed> {
        let Some(data) = self.tensor().data() else { return Err(self.error(Cause::NotConstant)) };
        let needed = self.bytes()?;
        match data.get(..needed as usize) {
            Some(bytes) => Ok(bytes),
            None => {
                let actual = data.len().try_into().unwrap_or(u32::MAX);
                Err(self.error(Cause::ConstantTooShort { needed, actual }))
            }
        }
    }

    /// The elements of a constant `INT32` tensor (axes, paddings, permutations, ...).
    ///
    /// # Errors
    ///
    /// As [`TensorInfo::constant`]; [`Cause::TensorType`] if it is of another type.
    pub fn constant_i32s(&self) -> Result<impl ExactSizeIterator<Item = i32> + Clone + 'a, Failed> {
        self.require(TensorType::INT32)?;
        let (words, _) = self.constant()?.as_chunks();
        Ok(words.iter().map(|&word| i32::from_le_bytes(word)))
    }

    /// As many 32-bit words of a constant as it has elements, whatever its type: what TFLM's
    /// kernels read as axes, paddings and the like without asking for the type.
    ///
    /// # Errors
    ///
    /// As [`TensorInfo::constant`]; [`Cause::TensorType`] if its elements are smaller than that.
    #[inline(never)] // size: one copy for all operators
    pub fn constant_words(&self) -> Result<&'a [Le<4>], Failed> {
        let bytes = self.constant()?.get(..self.element_len()?.saturating_mul(4));
        let words = bytes.and_then(|bytes| bytemuck::try_cast_slice::<_, Le<4>>(bytes).ok());
        let words = words.ok_or_else(|| self.error(Cause::TensorType(self.tensor_type())))?;
        self.charge(words.len())?;
        Ok(words)
    }

    /// Takes so many elements of a list of this tensor off what may be read.
    ///
    /// # Errors
    ///
    /// [`Cause::SharedList`] if nodes share such lists so often that the file's length does not
    /// bound the work any more.
    #[inline(never)] // size: one copy for all operators
    pub(crate) fn charge(&self, elements: usize) -> Result<(), Failed> {
        match self.context.work.get().checked_sub(elements) {
            Some(left) => self.context.work.set(left),
            None => return Err(self.error(Cause::SharedList)),
        }
        Ok(())
    }

    /// Bytes that the tensor takes.
    ///
    /// # Errors
    ///
    /// [`Cause::DynamicShape`] for an unknown dimension, [`Cause::TensorType`] for a type without a
    /// size, [`Cause::TooLarge`].
    #[inline(never)] // size: one copy for all operators
    pub fn bytes(&self) -> Result<u32, Failed> {
        self.check(bytes_of(&self.context.subgraph, self.index))
    }

    /// Where it lies in the block of variables if it is one.
    pub(crate) fn variable_place(&self) -> u32 {
        let variables = self.context.variables;
        let found = variables.binary_search_by_key(&self.index, |&[index, _]| index);
        found.ok().and_then(|at| variables.get(at)).map_or(0, |&[_, place]| place)
    }
}
