//! Looking at tensors after an invoke.

use crate::interpreter::Interpreter;
use crate::record::{Operand, Place};

impl Interpreter<'_> {
    /// The little-endian bytes of tensor `index` of the graph after an invoke, or of a constant.
    ///
    /// `None` if there is no such tensor, if nothing uses it, or if another one or scratch has any
    /// of its memory, so that what is there may not be the tensor any more. A plan that keeps all
    /// tensors is that of [`KeepAll`](crate::plan::KeepAll) with
    /// [`Sharing::Apart`](crate::Sharing::Apart):
    ///
    /// ```
    /// # use bantam_interp::{Error, Interpreter, Op, Sharing};
    /// # use bantam_schema::Model;
    /// use bantam_interp::plan::KeepAll;
    ///
    /// # fn make<'a>(
    /// #     model: &Model<'a>, ops: &'a [Op], arena: &'a mut [u8],
    /// # ) -> Result<Interpreter<'a>, Error> {
    /// Interpreter::with_planner(model, ops, arena, Sharing::Apart, &mut KeepAll)
    /// # }
    /// ```
    ///
    /// Nothing is kept for this: each call walks over the nodes.
    pub fn tensor(&self, index: u32) -> Option<&[u8]> {
        let (mut found, mut shared) = (None, false);
        self.each_operand(&mut |tensor, operand| {
            if found.is_none() && tensor == Some(index) {
                found = Some(operand);
            }
        });
        let found: Operand = found?;
        self.each_operand(&mut |tensor, operand| {
            shared |= tensor != Some(index) && found.union(operand).is_some();
        });
        if shared { None } else { self.io.bytes(found) }
    }

    /// All operands of the nodes with the tensors that they are, and the inputs and outputs of the
    /// graph.
    fn each_operand(&self, visit: &mut dyn FnMut(Option<u32>, Operand)) {
        for port in self.inputs().iter().chain(self.outputs()) {
            visit(Some(port.tensor()), port.operand);
        }
        let Some(subgraph) = self.subgraph() else { return };
        for (node, record) in (0..).zip(self.nodes()) {
            let (Some(operator), Some(operands)) =
                (subgraph.operator(node), self.io.operands_of(record))
            else {
                continue;
            };
            let of = |tensor: Option<i32>| tensor.and_then(|tensor| u32::try_from(tensor).ok());
            let inputs =
                (0..operands.input_len()).map(|at| (of(operator.input(at)), operands.input(at)));
            let outputs =
                (0..operands.output_len()).map(|at| (of(operator.output(at)), operands.output(at)));
            let extras = (0..record.extras.into()).map(|at| (None, operands.extra(at)));
            for (tensor, operand) in inputs.chain(outputs).chain(extras) {
                if operand.place() != Place::Absent {
                    visit(tensor, operand);
                }
            }
        }
    }
}
