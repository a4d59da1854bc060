//! What nodes that read and assign resource variables share.

use crate::{EvalError, Extra, Failed, Io, Prepare, Slot, TensorInfo};
use bantam_schema::TensorType;
use bytemuck::{Pod, Zeroable};

/// A resource variable, in the prepared data of a node.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Variable {
    memory: Extra,
    /// What each of its bytes begins with.
    initial: u32,
}

impl Variable {
    /// The variable of the handle at input `handle`, for a `value` of its size.
    pub(super) fn prepare(
        node: &mut Prepare<'_, '_>,
        handle: usize,
        value: &TensorInfo<'_>,
    ) -> Result<Self, Failed> {
        let info = node.input(handle)?;
        info.require_type(&[TensorType::RESOURCE, TensorType::INT32])?;
        let (memory, initial) = node.resource(handle, value)?;
        Ok(Self { memory, initial: initial.into() })
    }

    pub(super) fn slot(&self) -> Slot {
        Slot::Extra(self.memory)
    }

    /// All nodes of a variable fill it with the same.
    pub(super) fn reset(&self, io: &mut Io<'_>) -> Result<(), EvalError> {
        let ([variable], _) = io.split([self.slot()])?;
        variable.fill(self.initial as u8);
        Ok(())
    }
}
