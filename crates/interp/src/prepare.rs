//! What an operator sees while it prepares a node.

use crate::error::{Cause, OperatorName, PrepareError};
use crate::io::Extra;
use crate::plan::{Shares, count};
use crate::record::{NodeRecord, Operand, Place};
use crate::store::Store;
use crate::tensor::{ALIGNMENT, TensorInfo, variables_before};
use bantam_arena::{Category, Slice};
use bantam_schema::{Model, Operator, Subgraph};
use bytemuck::Pod;
use core::ops::RangeInclusive;

/// Most scratch and state operands of one node.
const MAX_EXTRAS: usize = 12;

/// A node that is being prepared: its tensors, its options, and the memory that it may ask for.
#[derive(Debug)]
pub struct Prepare<'p, 'a> {
    model: Model<'a>,
    subgraph: Subgraph<'a>,
    operator: Operator<'a>,
    pub(crate) store: Store<'p>,
    /// Index of the operator in the list.
    op: u8,
    /// Bytes of the variables block that are taken.
    variables: u32,
    extras: [Operand; MAX_EXTRAS],
    extra_len: u8,
    shares: Shares,
    record: Option<NodeRecord>,
}

impl<'p, 'a> Prepare<'p, 'a> {
    /// For all nodes of a graph, one after the other, with `variables` bytes of variables to begin with.
    pub(crate) fn new(
        model: Model<'a>,
        subgraph: Subgraph<'a>,
        store: Store<'p>,
        variables: u32,
    ) -> Self {
        Self {
            model,
            subgraph,
            operator: Operator::NONE,
            store,
            op: 0,
            variables,
            extras: [Operand::ABSENT; MAX_EXTRAS],
            extra_len: 0,
            shares: Shares::default(),
            record: None,
        }
    }

    /// Turns to another node.
    pub(crate) fn begin(&mut self, operator: Operator<'a>, op: usize) {
        self.operator = operator;
        self.op = op as u8;
        self.extra_len = 0;
        self.shares = Shares::default();
        self.record = None;
    }

    /// Bytes of the variables block.
    pub(crate) fn variables(&self) -> u32 {
        self.variables
    }

    /// The node as the model has it.
    pub fn operator(&self) -> Operator<'a> {
        self.operator
    }

    /// The model.
    pub fn model(&self) -> Model<'a> {
        self.model
    }

    /// The node's options, read by `read` (such as `|op| op.conv_2d_options()`).
    ///
    /// # Errors
    ///
    /// [`Cause::Options`] if the node has none, or those of another operator.
    pub fn options<T>(
        &self,
        read: impl FnOnce(&Operator<'a>) -> Option<T>,
    ) -> Result<T, PrepareError> {
        read(&self.operator).ok_or(Cause::Options.into())
    }

    /// Number of inputs, absent ones included.
    pub fn input_len(&self) -> usize {
        self.operator.input_len()
    }

    /// Number of outputs.
    pub fn output_len(&self) -> usize {
        self.operator.output_len()
    }

    /// `Ok` if the node has so many inputs (absent ones included) and outputs.
    ///
    /// # Errors
    ///
    /// [`Cause::InputCount`], [`Cause::OutputCount`].
    pub fn expect_operands(
        &self,
        inputs: RangeInclusive<usize>,
        outputs: usize,
    ) -> Result<(), PrepareError> {
        if !inputs.contains(&self.input_len()) {
            return Err(Cause::InputCount(self.input_len() as u32).into());
        }
        if self.output_len() != outputs {
            return Err(Cause::OutputCount(self.output_len() as u32).into());
        }
        Ok(())
    }

    /// Input `index`; `None` if it is absent.
    ///
    /// # Errors
    ///
    /// None in a parsed model.
    pub fn optional_input(&self, index: usize) -> Result<Option<TensorInfo<'a>>, PrepareError> {
        match self.operator.input(index).map(u32::try_from) {
            Some(Ok(tensor)) => TensorInfo::new(&self.subgraph, tensor).map(Some),
            _ => Ok(None),
        }
    }

    /// Input `index`.
    ///
    /// # Errors
    ///
    /// [`Cause::MissingInput`] if it is absent.
    pub fn input(&self, index: usize) -> Result<TensorInfo<'a>, PrepareError> {
        self.optional_input(index)?.ok_or_else(|| Cause::MissingInput(index as u32).into())
    }

    /// Output `index`.
    ///
    /// # Errors
    ///
    /// [`Cause::OutputCount`] if there are fewer.
    pub fn output(&self, index: usize) -> Result<TensorInfo<'a>, PrepareError> {
        let tensor = self.operator.output(index).and_then(|t| u32::try_from(t).ok());
        match tensor {
            Some(tensor) => TensorInfo::new(&self.subgraph, tensor),
            None => Err(Cause::OutputCount(self.output_len() as u32).into()),
        }
    }

    /// Persistent memory for `len` elements, element `i` being `fill(i)`. It is RAM for as long as the interpreter lives: keep it small.
    ///
    /// # Errors
    ///
    /// [`Cause::OutOfMemory`].
    pub fn persist<T: Pod>(
        &mut self,
        len: usize,
        fill: impl FnMut(usize) -> T,
    ) -> Result<Slice<T>, PrepareError> {
        let slice = self.store.alloc(len, Category::OperatorData)?;
        if let Some(elements) = self.store.slice_mut(slice) {
            elements.iter_mut().zip((0..).map(fill)).for_each(|(slot, value)| *slot = value);
        }
        Ok(slice)
    }

    /// Memory for this node alone, while it runs. Its contents are unspecified at the start of every run.
    ///
    /// # Errors
    ///
    /// [`Cause::TooManyExtras`], [`Cause::TooLarge`].
    pub fn scratch(&mut self, bytes: usize) -> Result<Extra, PrepareError> {
        self.extra(Place::Scratch, bytes)
    }

    /// Memory that keeps its contents from run to run; zero at first and after a reset.
    ///
    /// # Errors
    ///
    /// [`Cause::TooManyExtras`], [`Cause::TooLarge`].
    pub fn state(&mut self, bytes: usize) -> Result<Extra, PrepareError> {
        let at = self.variables;
        let extra = self.extra(Place::Variable(at), bytes)?;
        self.variables = u32::try_from(bytes)
            .ok()
            .and_then(|bytes| at.checked_add(bytes)?.checked_next_multiple_of(ALIGNMENT))
            .ok_or(Cause::TooLarge)?;
        Ok(extra)
    }

    fn extra(&mut self, place: Place, bytes: usize) -> Result<Extra, PrepareError> {
        let index = self.extra_len;
        let slot = self.extras.get_mut(usize::from(index)).ok_or(Cause::TooManyExtras)?;
        let bytes = u32::try_from(bytes).map_err(|_| Cause::TooLarge)?;
        *slot = Operand::new(place, bytes).ok_or(Cause::TooLarge)?;
        self.extra_len += 1;
        Ok(Extra(index.into()))
    }

    pub(crate) fn extras(&self) -> &[Operand] {
        self.extras.get(..self.extra_len.into()).unwrap_or(&[])
    }

    pub(crate) fn set_shares(&mut self, shares: Shares) {
        self.shares = shares;
    }

    pub(crate) fn shares(&self) -> &Shares {
        &self.shares
    }

    pub(crate) fn record(&self) -> Option<NodeRecord> {
        self.record
    }

    /// Stores the node's block: its operands, then its prepared data.
    #[inline(never)]
    pub(crate) fn finish(&mut self, data: &[u8]) -> Result<(), PrepareError> {
        let (inputs, outputs) = (self.input_len(), self.output_len());
        let Ok(inputs_u8) = u8::try_from(inputs) else {
            return Err(Cause::InputCount(inputs as u32).into());
        };
        let Ok(outputs_u8) = u8::try_from(outputs) else {
            return Err(Cause::OutputCount(outputs as u32).into());
        };
        for at in 0..outputs {
            self.check_output(&self.output(at)?)?;
        }
        let len = inputs + outputs + usize::from(self.extra_len);
        let data_end = len + data.len().div_ceil(4);
        let mut words = data_end;
        for at in 0..len {
            words += usize::from(self.operand(at, inputs, outputs)?.has_length());
        }
        let block = self.store.alloc::<u32>(words, Category::Nodes)?;
        self.record = Some(NodeRecord {
            block: block.offset(),
            op: self.op,
            inputs: inputs_u8,
            outputs: outputs_u8,
            extras: self.extra_len,
        });
        let mut length = data_end;
        for at in 0..len {
            let operand = self.operand(at, inputs, outputs)?;
            let Some(words) = self.store.slice_mut(block) else { return Ok(()) };
            operand.write(words, at, &mut length);
        }
        if let Some(words) = self.store.slice_mut(block) {
            let target = words.get_mut(len..data_end).map(bytemuck::cast_slice_mut::<u32, u8>);
            target.unwrap_or_default().iter_mut().zip(data).for_each(|(slot, &byte)| *slot = byte);
        }
        Ok(())
    }

    fn check_output(&self, output: &TensorInfo<'a>) -> Result<(), PrepareError> {
        if output.tensor().shape().iter().any(|dim| dim < 1) {
            return Err(output.error(Cause::DynamicShape));
        }
        if output.is_constant() {
            return Err(output.error(Cause::Constant));
        }
        let inputs = self.operator.inputs();
        if count(&inputs, output.index() as i32) != 0 {
            Err(output.error(Cause::InPlace))
        } else {
            Ok(())
        }
    }

    #[inline(never)]
    fn operand(&self, at: usize, inputs: usize, outputs: usize) -> Result<Operand, PrepareError> {
        let tensor = if at < inputs {
            match self.optional_input(at)? {
                Some(tensor) => tensor,
                None => return Ok(Operand::ABSENT),
            }
        } else if at < inputs + outputs {
            self.output(at - inputs)?
        } else {
            return self
                .extras
                .get(at - inputs - outputs)
                .copied()
                .ok_or(Cause::TooManyExtras.into());
        };
        let operand = operand_of(&self.subgraph, &tensor)?;
        Ok(operand.with_length_in(self.model.bytes()))
    }
}

/// Where a tensor is: in the model, in the variables block, or yet to be planned.
pub(crate) fn operand_of(
    subgraph: &Subgraph<'_>,
    info: &TensorInfo<'_>,
) -> Result<Operand, PrepareError> {
    let place = if info.is_constant() {
        let _ = info.constant()?;
        let offset = info.tensor().data_offset().ok_or(info.error(Cause::TooLarge))?;
        Place::Model(offset)
    } else if info.tensor().is_variable() {
        Place::Variable(variables_before(subgraph, info.index())?)
    } else {
        Place::Tensor(info.index())
    };
    Operand::new(place, info.bytes()?).ok_or(info.error(Cause::TooLarge))
}

/// What the model calls the operator of a node.
pub(crate) fn name_of(operator: &Operator<'_>) -> OperatorName {
    OperatorName::new(operator.builtin(), operator.custom_name())
}
