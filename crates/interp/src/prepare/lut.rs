//! Inputs of a node that are indices of tables.

use super::{Prepare, operand_of};
use crate::error::Cause;
use crate::lut::{Lut, LutId};
use crate::reason::Failed;
use crate::record::{Operand, Place};
use crate::tensor::TensorInfo;

/// An index behind the values.
const OUTSIDE: Cause = Cause::Custom("has an index behind the last value of its table");

/// The inputs of a node that are indices of tables, a bit for each.
#[derive(Clone, Copy, Debug)]
pub(super) struct LutInputs {
    /// Those that the kernel reads as they are.
    in_place: u16,
    /// Those that are decoded before the node runs.
    decoded: u16,
    // size: a pointer, so that programs without such operators do not link it.
    operand: fn(Self, usize, TensorInfo<'_>) -> Result<Operand, Failed>,
}

impl LutInputs {
    const NONE: Self = Self { in_place: 0, decoded: 0, operand: Self::find };

    /// Where input `at` is.
    #[inline(always)] // a call
    pub(super) fn operand(self, at: usize, input: TensorInfo<'_>) -> Result<Operand, Failed> {
        (self.operand)(self, at, input)
    }

    fn find(self, at: usize, input: TensorInfo<'_>) -> Result<Operand, Failed> {
        if self.decoded >> at & 1 != 0 {
            return Ok(Operand::ABSENT);
        }
        let tensor = input.tensor();
        match (tensor.data_offset(), tensor.data()) {
            (Some(offset), Some(data)) if self.in_place >> at & 1 != 0 => {
                let bytes = u32::try_from(data.len()).unwrap_or(u32::MAX);
                let operand = Operand::new(Place::Model(offset), bytes);
                operand.ok_or_else(|| input.error(Cause::TooLarge))
            }
            _ => operand_of(input),
        }
    }
}

impl<'p> Prepare<'p, '_> {
    /// Takes input `at` as it is, if it is weights of `i8` that are indices of tables: the node
    /// looks them up with what this gives.
    ///
    /// # Errors
    ///
    /// What is wrong with the metadata or the tensor.
    pub(crate) fn lut_in_place(&mut self, at: usize) -> Result<LutId, Failed> {
        let Some((input, id)) = self.listed(at)? else { return Ok(LutId::NONE) };
        let lut = input.check(Lut::new(&self.model, id))?;
        input.charge(lut.len())?;
        let filter = lut.filter().map_err(|_| input.error(OUTSIDE))?;
        filter.check_indices().map_err(|_| input.error(OUTSIDE))?;
        self.lut_inputs().in_place |= 1 << at;
        Ok(id)
    }

    /// Asks for scratch memory for input `at`, if that is indices of tables:
    /// [`decoded`](crate::lut::decoded) decodes it.
    ///
    /// # Errors
    ///
    /// What is wrong with the metadata or the tensor; [`Cause::TooManyExtras`] for the seventh
    /// input.
    pub(crate) fn decode_lut(&mut self, at: usize) -> Result<(), Failed> {
        let Some((input, id)) = self.listed(at)? else { return Ok(()) };
        input.check(Lut::new(&self.model, id))?;
        self.scratch(input.bytes()? as usize)?;
        self.extra(Place::Lut((at as u32) << u16::BITS | u32::from(id.bits())), 0)?;
        self.lut_inputs().decoded |= 1 << at;
        Ok(())
    }

    fn lut_inputs(&mut self) -> &mut LutInputs {
        self.lut.get_or_insert(LutInputs::NONE)
    }

    /// Input `at`, if the metadata list it.
    #[inline(never)] // size: one copy for all operators
    fn listed(&self, at: usize) -> Result<Option<(TensorInfo<'p>, LutId)>, Failed> {
        let Some(input) = self.optional_input(at)? else { return Ok(None) };
        input.charge(self.model.metadata().len())?;
        let Some(listed) = self.model.compression() else { return Ok(None) };
        let subgraph = self.context.reason.subgraph.get();
        let mut tensors = listed.lut_tensors(subgraph);
        input.charge(tensors.len())?;
        let found = tensors.position(|tensor| u32::try_from(tensor.tensor) == Ok(input.index()));
        let Some(position) = found else { return Ok(None) };
        let id = LutId::new(subgraph, position).ok_or_else(|| input.error(Cause::TooLarge))?;
        Ok(Some((input, id)))
    }
}
