//! Inputs of a node that are indices of tables.

use super::Prepare;
use crate::error::Cause;
use crate::lut::{Lut, LutId, LutInputs};
use crate::reason::Failed;
use crate::record::Place;
use crate::tensor::TensorInfo;

/// An index behind the values.
const OUTSIDE: Cause = Cause::Custom("has an index behind the last value of its table");

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

    /// Asks for scratch memory for input `at`, if that is indices of tables: the node runs when it
    /// is decoded.
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
