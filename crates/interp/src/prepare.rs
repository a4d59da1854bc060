//! What an operator sees while it prepares a node.

use crate::error::Cause;
use crate::lut::LutInputs;
use crate::plan::{Shares, SharesOf, count};
use crate::reason::Failed;
use crate::record::{NodeRecord, Operand, Place, round_up};
use crate::slot::Extra;
use crate::store::Store;
use crate::tensor::{ALIGNMENT, Context, TensorInfo};
use bantam_arena::{Category, Slice};
use bantam_schema::{Model, Operator, TensorType};
use bytemuck::Pod;
use core::ops::RangeInclusive;

mod callees;
mod lut;

/// Most scratch and state operands of one node.
pub(crate) const MAX_EXTRAS: usize = 12;

/// A node that is being prepared: its tensors, its options, and the memory that it may ask for.
#[derive(Debug)]
pub struct Prepare<'p, 'a> {
    context: &'p Context<'a>,
    model: Model<'a>,
    pub(crate) operator: Operator<'a>,
    pub(crate) store: Store<'p>,
    /// Index of the operator in the list.
    pub(crate) op: u8,
    /// Bytes of the variables block that are taken.
    variables: u32,
    extras: [Operand; MAX_EXTRAS],
    extra_len: u8,
    /// Where the node's callees run.
    frame: Option<Extra>,
    shares: Shares,
    /// The type of the node's elements, if the operator has set it.
    element_type: Option<TensorType>,
    /// Inputs that are indices of tables, if the operator takes any as such.
    lut: Option<LutInputs>,
    record: Option<NodeRecord>,
}

impl<'p, 'a> Prepare<'p, 'a> {
    /// For all nodes of a graph, one after the other, with `variables` bytes of variables to begin
    /// with.
    pub(crate) fn new(
        context: &'p Context<'a>,
        model: Model<'a>,
        store: Store<'p>,
        variables: u32,
    ) -> Self {
        Self {
            context,
            model,
            operator: Operator::NONE,
            store,
            op: 0,
            variables,
            extras: [Operand::ABSENT; MAX_EXTRAS],
            extra_len: 0,
            frame: None,
            shares: Shares::default(),
            element_type: None,
            lut: None,
            record: None,
        }
    }

    /// Turns to another node, whose operator is yet to be looked up in the list.
    pub(crate) fn begin(&mut self, operator: Operator<'a>) {
        self.operator = operator;
        self.extra_len = 0;
        self.frame = None;
        self.element_type = None;
        self.lut = None;
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

    /// Refuses the node.
    ///
    /// Where a tensor is to blame, [`TensorInfo::error`] names it.
    pub fn error(&self, cause: impl Into<Cause>) -> Failed {
        self.context.refuse(None, cause.into())
    }

    /// What a kernel makes of the node: refuses it if the kernel does.
    ///
    /// Where a tensor is to blame, [`TensorInfo::check`] names it.
    ///
    /// # Errors
    ///
    /// That of `result`.
    pub fn check<T>(&self, result: Result<T, impl Into<Cause>>) -> Result<T, Failed> {
        result.map_err(|cause| self.error(cause))
    }

    /// The node's options, read by `read` (such as `|op| op.conv_2d_options()`).
    ///
    /// # Errors
    ///
    /// [`Cause::Options`] if the node has none, or those of another operator.
    pub fn options<T>(&self, read: impl FnOnce(&Operator<'a>) -> Option<T>) -> Result<T, Failed> {
        read(&self.operator).ok_or_else(|| self.error(Cause::Options))
    }

    /// Sets what [`Io::element_type`](crate::Io::element_type) gives while the node runs.
    ///
    /// Unless this is called, it is the type of the first input (of the first output, if there is
    /// no such input).
    pub fn set_element_type(&mut self, element_type: TensorType) {
        self.element_type = Some(element_type);
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
    pub fn require_operands(
        &self,
        inputs: RangeInclusive<usize>,
        outputs: usize,
    ) -> Result<(), Failed> {
        self.require_lens([*inputs.start(), *inputs.end()], outputs)
    }

    #[inline(never)] // size: one copy for all operators
    fn require_lens(&self, [least, most]: [usize; 2], outputs: usize) -> Result<(), Failed> {
        let inputs = self.input_len();
        if !(least..=most).contains(&inputs) {
            return Err(self.error(Cause::InputCount(inputs as u32)));
        }
        if self.output_len() != outputs {
            return Err(self.output_count());
        }
        Ok(())
    }

    fn output_count(&self) -> Failed {
        self.error(Cause::OutputCount(self.output_len() as u32))
    }

    /// The intermediate tensors.
    pub(crate) fn intermediates(&self) -> impl Iterator<Item = Result<TensorInfo<'p>, Failed>> {
        let indices = self.operator.intermediates().iter();
        indices
            .filter_map(|index| u32::try_from(index).ok())
            .map(|index| self.context.tensor(index))
    }

    /// Input `index`; `None` if it is absent.
    ///
    /// # Errors
    ///
    /// None in a parsed model.
    #[inline(never)] // size: one copy for all operators
    pub fn optional_input(&self, index: usize) -> Result<Option<TensorInfo<'p>>, Failed> {
        match self.operator.input(index).and_then(|tensor| u32::try_from(tensor).ok()) {
            Some(tensor) => self.context.tensor(tensor).map(Some),
            None => Ok(None),
        }
    }

    /// Input `index`.
    ///
    /// # Errors
    ///
    /// [`Cause::MissingInput`] if it is absent.
    #[inline(never)] // size: one copy for all operators
    pub fn input(&self, index: usize) -> Result<TensorInfo<'p>, Failed> {
        match self.operator.input(index).and_then(|tensor| u32::try_from(tensor).ok()) {
            Some(tensor) => self.context.tensor(tensor),
            None => Err(self.error(Cause::MissingInput(index as u32))),
        }
    }

    /// Output `index`.
    ///
    /// # Errors
    ///
    /// [`Cause::OutputCount`] if there are fewer.
    #[inline(never)] // size: one copy for all operators
    pub fn output(&self, index: usize) -> Result<TensorInfo<'p>, Failed> {
        match self.operator.output(index).and_then(|tensor| u32::try_from(tensor).ok()) {
            Some(tensor) => self.context.tensor(tensor),
            None => Err(self.output_count()),
        }
    }

    /// Persistent memory for `len` elements, element `i` being `fill(i)`. It is RAM for as long as
    /// the interpreter lives: keep it small.
    ///
    /// # Errors
    ///
    /// [`Cause::OutOfMemory`].
    pub fn persist<T: Pod>(
        &mut self,
        len: usize,
        fill: impl FnMut(usize) -> T,
    ) -> Result<Slice<T>, Failed> {
        let slice = self.store.alloc(self.context.reason, len, Category::OperatorData)?;
        if let Some(elements) = self.store.slice_mut(slice) {
            elements.iter_mut().zip((0..).map(fill)).for_each(|(slot, value)| *slot = value);
        }
        Ok(slice)
    }

    /// Memory for this node alone, while it runs. Its contents are unspecified at the start of
    /// every run.
    ///
    /// # Errors
    ///
    /// [`Cause::TooManyExtras`], [`Cause::TooLarge`].
    pub fn scratch(&mut self, bytes: usize) -> Result<Extra, Failed> {
        self.extra(Place::Scratch, bytes)
    }

    /// Memory that keeps its contents from run to run; zero at first and after a reset.
    ///
    /// # Errors
    ///
    /// [`Cause::TooManyExtras`], [`Cause::TooLarge`].
    pub fn state(&mut self, bytes: usize) -> Result<Extra, Failed> {
        let at = self.variables;
        let extra = self.extra(Place::Variable(at), bytes)?;
        let end = u32::try_from(bytes).ok().and_then(|bytes| at.checked_add(bytes));
        let end = end.and_then(|end| round_up(end, ALIGNMENT));
        self.variables = end.ok_or_else(|| self.error(Cause::TooLarge))?;
        Ok(extra)
    }

    fn extra(&mut self, place: Place, bytes: usize) -> Result<Extra, Failed> {
        let index = self.extra_len;
        let operand = u32::try_from(bytes).ok().and_then(|bytes| Operand::new(place, bytes));
        let operand = operand.ok_or_else(|| self.error(Cause::TooLarge))?;
        match self.extras.get_mut(usize::from(index)) {
            Some(slot) => *slot = operand,
            None => return Err(self.error(Cause::TooManyExtras)),
        }
        self.extra_len += 1;
        Ok(Extra(index.into()))
    }

    pub(crate) fn extras(&self) -> &[Operand] {
        self.extras.get(..self.extra_len.into()).unwrap_or(&[])
    }

    pub(crate) fn shares(&self) -> &Shares {
        &self.shares
    }

    pub(crate) fn record(&self) -> Option<NodeRecord> {
        self.record
    }

    /// Stores the node's block: its operands, then its prepared data, then the operands' lengths.
    #[inline(never)] // size: one copy for all operators
    pub(crate) fn finish(&mut self, data: &[u8], shares: SharesOf) -> Result<(), Failed> {
        let (inputs, outputs) = (self.input_len(), self.output_len());
        let Ok(inputs_u8) = u8::try_from(inputs) else {
            return Err(self.error(Cause::InputCount(inputs as u32)));
        };
        let Ok(outputs_u8) = u8::try_from(outputs) else { return Err(self.output_count()) };
        let len = inputs + outputs + usize::from(self.extra_len);
        let data_end = len + data.len().div_ceil(4);
        let mut end = data_end;
        self.write_operands(len, Slice::EMPTY, &mut end)?;
        let element_type = self.element_type.unwrap_or(TensorType::FLOAT32);
        self.shares = shares(data, element_type);
        let block = self.store.alloc::<u32>(self.context.reason, end, Category::Nodes)?;
        let lens = [inputs_u8, outputs_u8, self.extra_len];
        self.record = NodeRecord::new(block.offset(), element_type, self.op, lens);
        end = data_end;
        self.write_operands(len, block, &mut end)?;
        if let Some(words) = self.store.slice_mut(block) {
            let target = words.get_mut(len..data_end).map(bytemuck::cast_slice_mut::<u32, u8>);
            target.unwrap_or_default().iter_mut().zip(data).for_each(|(slot, &byte)| *slot = byte);
        }
        Ok(())
    }

    /// Writes the places of the operands, and their lengths from word `end` on, as far as there is
    /// a block; in any case counts.
    #[inline(never)] // size: one copy for both lists
    fn write_operands(
        &mut self,
        len: usize,
        block: Slice<u32>,
        end: &mut usize,
    ) -> Result<(), Failed> {
        for at in 0..len {
            let operand = self.operand(at)?;
            operand.write(self.store.slice_mut(block).unwrap_or_default(), at, end);
        }
        Ok(())
    }

    fn check_output(&self, output: TensorInfo<'p>) -> Result<(), Failed> {
        let cause = if output.is_constant() {
            Cause::Constant
        } else if count(&self.operator.inputs(), output.index() as i32) != 0 {
            Cause::InPlace
        } else {
            return Ok(());
        };
        Err(output.error(cause))
    }

    /// Operand `at`: inputs, then outputs, then what the operator asked for.
    fn operand(&mut self, at: usize) -> Result<Operand, Failed> {
        let (inputs, outputs) = (self.input_len(), self.output_len());
        let tensor = if at < inputs {
            self.operator.input(at)
        } else if at < inputs + outputs {
            self.operator.output(at - inputs)
        } else {
            return Ok(*self.extras.get(at - inputs - outputs).unwrap_or(&Operand::ABSENT));
        };
        match tensor.and_then(|tensor| u32::try_from(tensor).ok()) {
            Some(tensor) => {
                let tensor = self.context.tensor(tensor)?;
                if at >= inputs {
                    self.check_output(tensor)?;
                }
                // Of the first input, or else of the first output.
                if (at == 0 || at == inputs) && self.element_type.is_none() {
                    self.element_type = Some(tensor.tensor_type());
                }
                let operand = match self.lut {
                    Some(lut) if at < inputs => lut.operand(at, tensor)?,
                    _ => None,
                };
                let operand = operand.map_or_else(|| operand_of(tensor), Ok)?;
                Ok(operand.with_length_in(self.model.bytes()))
            }
            None => Ok(Operand::ABSENT),
        }
    }
}

/// Where a tensor is: in the model, in the variables block, or yet to be planned.
#[inline(never)] // size: one copy for operands and ports
pub(crate) fn operand_of(info: TensorInfo<'_>) -> Result<Operand, Failed> {
    let place = match info.tensor().data_offset() {
        Some(offset) => {
            info.constant()?;
            Place::Model(offset)
        }
        None if info.tensor().is_variable() => Place::Variable(info.variable_place()),
        None => Place::Tensor(info.index()),
    };
    let bytes = info.bytes()?;
    Operand::new(place, bytes).ok_or_else(|| info.error(Cause::TooLarge))
}
