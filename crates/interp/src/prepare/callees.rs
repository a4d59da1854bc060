//! What a node has to do with other subgraphs: those that it calls, and the variables that they
//! share.

use super::Prepare;
use crate::callee::Call;
use crate::dims::listed_bytes;
use crate::error::Cause;
use crate::reason::Failed;
use crate::record::Place;
use crate::resource::{Resource, resource_of};
use crate::slot::Extra;
use crate::tensor::TensorInfo;
use bantam_schema::{Subgraph, Tensor, TensorType};

// size: not causes of their own, whose texts all programs would have that print errors.
/// The tensor is none that a VAR_HANDLE writes, or not always the same.
const NO_HANDLE: Cause =
    Cause::Custom("must be a resource that a VAR_HANDLE names, always the same one");
/// The size of the variable is not known.
const NEVER_ASSIGNED: Cause = Cause::Custom("no ASSIGN_VARIABLE gives the resource a size");

impl<'a> Prepare<'_, 'a> {
    /// Makes the node one that calls subgraph `index`, which [`Operator::CALLS`] must name.
    ///
    /// The subgraph then has a frame in the overlay while the node runs. All subgraphs that a node
    /// calls run in one frame, one after the other: running one leaves nothing of another's
    /// tensors. [`Io::call`](crate::Io::call) runs it.
    ///
    /// # Errors
    ///
    /// [`Cause::NotCalled`], [`Cause::TooManyExtras`].
    ///
    /// [`Operator::CALLS`]: crate::Operator::CALLS
    pub fn call(&mut self, index: u32) -> Result<Call, Failed> {
        let Some(callee) =
            self.context.callees.table.get(index as usize).filter(|callee| callee.is_done())
        else {
            return Err(self.error(Cause::NotCalled(index)));
        };
        let frame = match self.frame {
            Some(frame) => frame,
            None => self.scratch(callee.frame as usize)?,
        };
        self.frame = Some(frame);
        if let Some(operand) = self.extras.get_mut(frame.0 as usize) {
            operand.bytes = operand.bytes.max(callee.frame);
        }
        Ok(Call { record: callee.record, frame })
    }

    /// The memory of the resource variable that input `at` of the node stands for, and what each of
    /// its bytes begins with. All nodes of all subgraphs that name it have the same memory.
    ///
    /// [`Operator::RESOURCES`] must be set.
    ///
    /// # Errors
    ///
    /// [`Cause::Custom`] unless the tensor always stands for the same variable, and some node
    /// assigns that; [`Cause::Shape`] unless it has as many bytes as `value`.
    ///
    /// [`Operator::RESOURCES`]: crate::Operator::RESOURCES
    pub fn resource(&mut self, at: usize, value: &TensorInfo<'_>) -> Result<(Extra, u8), Failed> {
        let handle = self.input(at)?;
        let Some((resource, _)) = self.find_resource(self.operator.input(at)) else {
            return Err(handle.error(NO_HANDLE));
        };
        let Some(bytes) = resource.bytes else { return Err(handle.error(NEVER_ASSIGNED)) };
        if value.bytes()? != bytes {
            return Err(value.error(Cause::Shape));
        }
        Ok((self.extra(Place::Variable(resource.at), bytes as usize)?, resource.value))
    }

    /// The number of the resource variable that output `at` of this VAR_HANDLE stands for: they
    /// count from 0 on, in the order in which the model names them.
    ///
    /// # Errors
    ///
    /// [`Cause::Custom`] if it stands for none.
    pub(crate) fn resource_id(&self, at: usize) -> Result<u32, Failed> {
        let found = self.find_resource(self.operator.output(at));
        found.map(|(_, id)| id).ok_or_else(|| self.error(NO_HANDLE))
    }

    fn find_resource(&self, tensor: Option<i32>) -> Option<(Resource, u32)> {
        let subgraph = self.context.reason.subgraph.get();
        resource_of(self.context.callees.handles, subgraph, tensor)
    }

    /// `Ok` if subgraph `index` has so many inputs and outputs.
    ///
    /// # Errors
    ///
    /// [`Cause::Callee`] otherwise.
    pub fn require_callee_ports(
        &self,
        index: u32,
        inputs: usize,
        outputs: usize,
    ) -> Result<(), Failed> {
        let subgraph = self.model.subgraph(index);
        let found = subgraph.map_or((0, 0), |of| (of.input_len(), of.output_len()));
        if found == (inputs, outputs) { Ok(()) } else { Err(self.error(Cause::Callee(index))) }
    }

    /// `Ok` if input `at` of subgraph `index` has the type and the shape of `tensor`.
    ///
    /// # Errors
    ///
    /// [`Cause::Callee`] otherwise.
    pub fn require_callee_input(
        &self,
        index: u32,
        at: usize,
        tensor: &TensorInfo<'_>,
    ) -> Result<(), Failed> {
        self.require_port(index, |subgraph| subgraph.inputs().get(at), tensor)
    }

    /// `Ok` if output `at` of subgraph `index` has the type and the shape of `tensor`.
    ///
    /// # Errors
    ///
    /// [`Cause::Callee`] otherwise.
    pub fn require_callee_output(
        &self,
        index: u32,
        at: usize,
        tensor: &TensorInfo<'_>,
    ) -> Result<(), Failed> {
        self.require_port(index, |subgraph| subgraph.outputs().get(at), tensor)
    }

    /// `Ok` if the first output of subgraph `index` is a truth value: that of a condition.
    ///
    /// # Errors
    ///
    /// [`Cause::Callee`] otherwise.
    pub fn require_callee_flag(&self, index: u32) -> Result<(), Failed> {
        let found = self.port(index, |subgraph| subgraph.outputs().get(0));
        match (found.tensor_type(), listed_bytes(&found)) {
            (TensorType::BOOL, Ok(1)) => Ok(()),
            _ => Err(self.error(Cause::Callee(index))),
        }
    }

    /// An input or output of a subgraph.
    fn port(&self, index: u32, port: impl FnOnce(&Subgraph<'a>) -> Option<i32>) -> Tensor<'a> {
        let subgraph = self.model.subgraph(index);
        let found = subgraph.and_then(|subgraph| {
            let port = port(&subgraph)?;
            subgraph.tensor(port as u32)
        });
        found.unwrap_or(Tensor::NONE)
    }

    fn require_port(
        &self,
        index: u32,
        port: impl FnOnce(&Subgraph<'a>) -> Option<i32>,
        tensor: &TensorInfo<'_>,
    ) -> Result<(), Failed> {
        let (found, wanted) = (self.port(index, port), tensor.tensor());
        let same_shape = found.shape().as_le_bytes() == wanted.shape().as_le_bytes();
        if same_shape && found.tensor_type() == wanted.tensor_type() {
            Ok(())
        } else {
            Err(tensor.error(Cause::Callee(index)))
        }
    }
}
