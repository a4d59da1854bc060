//! Images with activations in two memories: what is used most in the fast one.

use super::image::{Prepared, change, words, write};
use super::memory::Memory;
use crate::constants::Isa;
use crate::op::Op;
use crate::plan::{Buffers, OVERLAY_ALIGNMENT, Origin, Planner, Sharing};
use crate::record::{Operand, Place};
use crate::{Error, Interpreter, Options};
use bantam_planner::exact::Options as Search;
use bantam_planner::regions::{Assignment, Demand, Options as Budget, Region, RegionError, assign};
use bantam_planner::{Effort, Problem as _};
use bantam_schema::Model;
use std::vec::Vec;

/// Why no image was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TwoMemoriesError {
    /// The model cannot be prepared.
    Interpreter(Error),
    /// No places were found.
    Regions(RegionError),
    /// Nodes call subgraphs, whose frames cannot lie in two memories.
    Calls,
}

impl core::fmt::Display for TwoMemoriesError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Interpreter(error) => error.fmt(f),
            Self::Regions(error) => error.fmt(f),
            Self::Calls => write!(f, "nodes call subgraphs, whose frames need one memory"),
        }
    }
}

impl core::error::Error for TwoMemoriesError {}

impl From<Error> for TwoMemoriesError {
    fn from(error: Error) -> Self {
        Self::Interpreter(error)
    }
}

/// Prepares `model` for [`Interpreter::from_prepared_with_overlay`], with at most `fast_bytes` of
/// overlay: what does not fit lies in the other memory, behind the variables.
///
/// Each activation is weighed by how often nodes write and read it, and the assignment costs as
/// little as the search finds. No two buffers overlap while both are in use
/// ([`Sharing::Apart`]), so all of it together is larger than an overlay of
/// [`prepare`](super::prepare). A reset also fills the slow activations with zeros.
///
/// ```
/// use bantam_interp::host::{Search, prepare_for_two_memories};
/// use bantam_interp::{Interpreter, ops};
/// use bantam_schema::Model;
///
/// let file = include_bytes!("../../models/digits.tflite");
/// let model = Model::parse(file)?;
/// let search = Search { nodes: 100_000, threads: 1 };
/// let prepared = prepare_for_two_memories(&model, ops::ALL, 1500, search)?;
/// let (fast, slow) = (prepared.overlay_bytes as usize, prepared.variable_bytes as usize);
/// assert!(fast <= 1500 && slow > 0);
///
/// // On the device the image is aligned, and these are two memories.
/// let mut words = vec![0_u32; prepared.image.len() / 4];
/// let image: &mut [u8] = bytemuck::cast_slice_mut(&mut words);
/// image.copy_from_slice(&prepared.image);
/// let (mut fast, mut slow) = (vec![0; fast + 15], vec![0; slow + 15]);
/// let mut interpreter =
///     Interpreter::from_prepared_with_overlay(&model, image, ops::ALL, &mut slow, &mut fast)?;
/// interpreter.input::<i8>(0)?.fill(-128); // a blank picture
/// interpreter.invoke()?;
/// # assert_eq!(interpreter.output::<i8>(0)?.len(), 10);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`TwoMemoriesError`].
pub fn prepare_for_two_memories(
    model: &Model<'_>,
    ops: &[Op],
    fast_bytes: u32,
    search: Search,
) -> Result<Prepared, TwoMemoriesError> {
    let (sharing, effort) = (Sharing::Apart, Effort::Greedy);
    let options = Options { sharing, effort, ..Options::default() };
    // One overlay of all bytes that the assignment may take: as much for each memory.
    let mut memory = Memory::enough(model, ops, options)?;
    let bytes = memory.bytes().len();
    memory = Memory::new(bytes.saturating_mul(2));
    let mut planner = TwoMemories { model, fast_bytes, search, result: None };
    let made = Interpreter::with_planner(model, ops, memory.bytes(), sharing, &mut planner);
    let assignment = match planner.result {
        Some(Err(error)) => return Err(TwoMemoriesError::Regions(error)),
        Some(Ok(assignment)) => Some(assignment),
        None => None,
    };
    let interpreter = made?;
    if interpreter.io.fixed.callee != 0 {
        return Err(TwoMemoriesError::Calls);
    }
    let assignment = assignment.ok_or(Error::Records)?;
    let fast = boundary(&assignment);
    let kept = (interpreter.io.variables.len() as u32).next_multiple_of(OVERLAY_ALIGNMENT);
    let slow = interpreter.io.overlay.len() as u32 - fast;
    // Without slow activations, variables end where they end.
    let variables = if slow == 0 { interpreter.io.variables.len() as u32 } else { kept + slow };
    let mut records = words(&interpreter);
    let moved = &mut |operand: Operand| match operand.place() {
        // What has no bytes must not lie within what is written.
        Place::Variable(_) if operand.bytes == 0 => Operand::new(Place::Variable(variables), 0),
        Place::Overlay(at) if at >= fast && operand.bytes > 0 => {
            Operand::new(Place::Variable(at - fast + kept), operand.bytes)
        }
        Place::Overlay(at) if at >= fast => Operand::new(Place::Overlay(fast), 0),
        _ => Some(operand),
    };
    let given = interpreter.io.fixed.records;
    change(given, (&interpreter.graph, 0), ops, &mut records, moved).ok_or(Error::Records)?;
    Ok(write(&interpreter, ops, [fast as usize, variables as usize], &records, Isa::Any)?)
}

/// Where the slow memory begins, if it lies behind the fast one.
fn boundary(assignment: &Assignment) -> u32 {
    assignment.peak_bytes.first().map_or(0, |bytes| bytes.next_multiple_of(OVERLAY_ALIGNMENT))
}

/// Plans both memories, one behind the other.
struct TwoMemories<'p, 'a> {
    model: &'p Model<'a>,
    fast_bytes: u32,
    search: Search,
    result: Option<Result<Assignment, RegionError>>,
}

impl TwoMemories<'_, '_> {
    /// How often nodes write and read a buffer.
    fn weight(&self, origin: Option<Origin>) -> u32 {
        let Some(Origin::Tensor(tensor)) = origin else { return 2 };
        let nodes = self.model.subgraph(0).into_iter().flat_map(|graph| graph.operators());
        let is_it = |index: &i32| u32::try_from(*index) == Ok(tensor);
        let uses = nodes
            .map(|node| node.inputs().iter().chain(node.outputs().iter()).filter(is_it).count());
        uses.sum::<usize>() as u32
    }
}

impl Planner for TwoMemories<'_, '_> {
    fn plan(
        &mut self,
        buffers: &Buffers<'_, '_>,
        offsets: &mut [u32],
        _: &mut [u16],
    ) -> Result<u32, bantam_planner::Error> {
        let demands: Vec<Demand> = (0..buffers.len())
            .map(|index| Demand::weighing(self.weight(buffers.origin(index))))
            .collect();
        // The fast memory ends where a buffer can end.
        let fast_bytes = self.fast_bytes - self.fast_bytes % OVERLAY_ALIGNMENT;
        let regions = [Region::new(fast_bytes, 1), Region::unlimited(4)];
        let Search { nodes, threads } = self.search;
        let budget = Budget { nodes, threads };
        let assignment = assign(buffers, OVERLAY_ALIGNMENT, &regions, &demands, &budget);
        let assignment = match self.result.insert(assignment) {
            Ok(assignment) => assignment,
            Err(_) => return Err(bantam_planner::Error::Overflow { index: 0 }),
        };
        let fast = boundary(assignment);
        for (offset, place) in offsets.iter_mut().zip(&assignment.places) {
            *offset = place.offset + if place.region == 0 { 0 } else { fast };
        }
        let slow = assignment.peak_bytes.get(1).copied().unwrap_or(0);
        Ok((fast + slow).next_multiple_of(OVERLAY_ALIGNMENT))
    }
}
