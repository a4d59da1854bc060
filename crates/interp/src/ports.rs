//! What goes into an interpreter and comes out of it.

use crate::element::Element;
use crate::error::PortError;
use crate::interpreter::Interpreter;
use crate::machine::range_mut;
use crate::record::{Place, PortRecord};
use bantam_arena::Slice;
use bantam_schema::Tensor;

impl<'a> Interpreter<'a> {
    /// Number of graph inputs.
    pub fn input_len(&self) -> usize {
        self.inputs().len()
    }

    /// Number of graph outputs.
    pub fn output_len(&self) -> usize {
        self.outputs().len()
    }

    /// Graph input `index` as the model has it: name, shape, type, quantization.
    pub fn input_tensor(&self, index: usize) -> Option<Tensor<'a>> {
        self.subgraph()?.tensor(self.inputs().get(index)?.tensor())
    }

    /// Graph output `index` as the model has it.
    pub fn output_tensor(&self, index: usize) -> Option<Tensor<'a>> {
        self.subgraph()?.tensor(self.outputs().get(index)?.tensor())
    }

    /// Graph input `index`, to be filled before an invoke. Its memory is reused: fill it before
    /// every invoke.
    ///
    /// # Errors
    ///
    /// [`PortError::Index`], [`PortError::Type`] if the tensor is not of type `T`,
    /// [`PortError::Constant`].
    pub fn input<T: Element>(&mut self, index: usize) -> Result<&mut [T], PortError> {
        let tensor_type = port(self.inputs(), index)?.tensor_type();
        T::check(tensor_type)?;
        bytemuck::try_cast_slice_mut(self.input_bytes(index)?)
            .map_err(|_| PortError::Type(tensor_type))
    }

    /// Graph input `index` as bytes, whatever its type. A run that goes
    /// [node by node](Self::step) ends by this: the next step begins another.
    ///
    /// # Errors
    ///
    /// [`PortError::Index`], [`PortError::Constant`].
    pub fn input_bytes(&mut self, index: usize) -> Result<&mut [u8], PortError> {
        self.io.running.failed = None;
        let operand = port(self.inputs(), index)?.operand;
        let (memory, at) = match operand.place() {
            Place::Overlay(at) => (&mut *self.io.overlay, at),
            Place::Variable(at) => (&mut *self.io.variables, at),
            _ => return Err(PortError::Constant),
        };
        range_mut(memory, at, operand.bytes).ok_or(PortError::Constant)
    }

    /// Graph output `index`, valid after an invoke until the next one or until an input is written.
    ///
    /// # Errors
    ///
    /// [`PortError::Index`], [`PortError::Type`] if the tensor is not of type `T`,
    /// [`PortError::Constant`] if it is a constant of the model that is not aligned for `T`.
    pub fn output<T: Element>(&self, index: usize) -> Result<&[T], PortError> {
        T::check(port(self.outputs(), index)?.tensor_type())?;
        bytemuck::try_cast_slice(self.output_bytes(index)?).map_err(|_| PortError::Constant)
    }

    /// Graph output `index` as bytes, whatever its type.
    ///
    /// # Errors
    ///
    /// [`PortError::Index`].
    pub fn output_bytes(&self, index: usize) -> Result<&[u8], PortError> {
        let operand = port(self.outputs(), index)?.operand;
        self.io.bytes(operand).ok_or(PortError::Constant)
    }

    /// Graph input `index` as bytes that outlive the interpreter.
    #[cfg(feature = "host")]
    pub(crate) fn into_input(self, index: usize) -> Result<&'a mut [u8], PortError> {
        let operand = port(self.inputs(), index)?.operand;
        let (memory, at) = match operand.place() {
            Place::Overlay(at) => (self.io.overlay, at),
            Place::Variable(at) => (self.io.variables, at),
            _ => return Err(PortError::Constant),
        };
        range_mut(memory, at, operand.bytes).ok_or(PortError::Constant)
    }

    pub(crate) fn inputs(&self) -> &'a [PortRecord] {
        self.ports(self.graph.inputs)
    }

    pub(crate) fn outputs(&self) -> &'a [PortRecord] {
        self.ports(self.graph.outputs)
    }

    #[inline(never)] // size: one copy for both
    fn ports(&self, ports: Slice<PortRecord>) -> &'a [PortRecord] {
        self.io.fixed.records.slice(ports).unwrap_or_default()
    }
}

pub(crate) fn port(ports: &[PortRecord], index: usize) -> Result<PortRecord, PortError> {
    ports.get(index).copied().ok_or(PortError::Index { index, len: ports.len() })
}
