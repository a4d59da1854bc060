//! Plans a graph.

use super::planning::{Planner, Planning};
use super::wholes::Wholes;
use crate::reason::Failed;

impl Planning<'_, '_, '_> {
    /// Whether it is the graph that an invoke runs.
    pub(super) fn is_first(&self) -> bool {
        self.table.subgraph() == 0
    }

    /// Fills the table anew, with the parts of these nodes in their whole.
    pub(super) fn begin(&mut self, wholes: Wholes) -> Result<(), Failed> {
        self.table.begin(self.subgraph, self.sharing, wholes)?;
        self.nodes.enter(self.table)?;
        if let Some(joining) = self.table.joining {
            (joining.flatten)(self.table);
        }
        Ok(())
    }

    /// Plans the buffers, and returns the bytes of the overlay.
    pub(crate) fn make(&mut self, planner: &mut dyn Planner) -> Result<u32, Failed> {
        if let Some(reader) = planner.reader()
            && let Some(bytes) = reader.read(self, planner)?
        {
            return Ok(bytes);
        }
        self.begin(Wholes::ALL)?;
        match self.table.joining {
            Some(joining) => (joining.plan)(self, planner),
            None => self.table.solve(planner),
        }
    }
}
