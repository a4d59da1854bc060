//! Watching all nodes run, those of subgraphs that nodes call, too.

use crate::error::{InvokeError, Site};
use crate::interpreter::Interpreter;
use crate::machine::Outcome;
use crate::op::{Fixed, Io, Watch};
use core::cell::RefCell;
use core::fmt;
use std::vec::Vec;

/// What has happened to a graph: see [`Interpreter::invoke_watched`].
pub struct Event<'e> {
    /// The subgraph; 0 for the one that runs.
    pub subgraph: u32,
    /// The node that has run; `None` where the subgraph is about to run on its inputs.
    pub node: Option<u32>,
    values: &'e dyn Fn(usize) -> Option<Vec<u8>>,
}

impl Event<'_> {
    /// The little-endian bytes of output `index` of the node, or of input `index` of the subgraph;
    /// `None` if there is none.
    pub fn value(&self, index: usize) -> Option<Vec<u8>> {
        (self.values)(index)
    }
}

impl fmt::Debug for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { subgraph, node, .. } = self;
        f.debug_struct("Event")
            .field("subgraph", subgraph)
            .field("node", node)
            .finish_non_exhaustive()
    }
}

/// Passes on what happens.
struct Watcher<'w>(RefCell<&'w mut dyn FnMut(Event<'_>)>);

impl fmt::Debug for Watcher<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watcher")
    }
}

impl Watch for Watcher<'_> {
    fn happened(
        &self,
        subgraph: u32,
        node: Option<u32>,
        values: &dyn Fn(usize) -> Option<Vec<u8>>,
    ) {
        // Who watches does not run the interpreter.
        if let Ok(mut on_event) = self.0.try_borrow_mut() {
            on_event(Event { subgraph, node, values });
        }
    }
}

impl Interpreter<'_> {
    /// As [`Interpreter::invoke`], and tells after every node what it has written; of subgraphs
    /// that nodes call also before they run, each time that they do.
    ///
    /// Devices do not have it: calls of subgraphs would take more code in every program.
    ///
    /// ```
    /// # use bantam_interp::{Interpreter, InvokeError};
    /// # fn watch(interpreter: &mut Interpreter<'_>) -> Result<(), InvokeError> {
    /// interpreter.invoke_watched(&mut |event| {
    ///     if let (Some(node), Some(bytes)) = (event.node, event.value(0)) {
    ///         println!("subgraph {}, node {node}: {bytes:?}", event.subgraph);
    ///     }
    /// })?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Interpreter::invoke`].
    pub fn invoke_watched(
        &mut self,
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> Result<Outcome, InvokeError> {
        let (nodes, watcher) = (self.nodes(), Watcher(RefCell::new(on_event)));
        self.io.running.failed = None;
        let Io { overlay, variables, fixed, operands, running, .. } = &mut self.io;
        let fixed = Fixed { watch: Some(&watcher), ..*fixed };
        let mut io = Io::new(overlay, variables, operands.model, fixed);
        io.running = *running;
        let mut outcome = Ok(Outcome::Done);
        for (node, record) in (0..).zip(nodes) {
            match io.run(record, false) {
                Ok(()) => {
                    let value = |at| io.output_of(record, at).map(<[u8]>::to_vec);
                    watcher.happened(0, Some(node), &value);
                    if io.stopped {
                        outcome = Ok(Outcome::NeedMoreInput);
                        break;
                    }
                }
                Err(cause) => {
                    outcome = Err(io.failure(Site { subgraph: 0, node }, cause));
                    break;
                }
            }
        }
        let running = io.running;
        self.io.running = running;
        outcome
    }
}
