//! Parts that lie in the whole: an operator that has any names [`JOINING`], which alone links what
//! is here.

use super::entry::{Entry, NEVER};
use super::planning::{Buffers, Joining, OVERLAY_ALIGNMENT, Planner, Planning};
use super::wholes::Wholes;
use crate::dims::bytes_of;
use crate::overlap::Parts;
use crate::reason::Failed;
use bantam_planner::{Problem, lower_bound};
use bantam_schema::{Indices, Operator, Subgraph, Tensor};

pub(crate) static JOINING: Joining = Joining { join, root, count, flatten, plan };

/// Makes the parts of a node views of the whole, up to one whose place is not known.
fn join(
    table: &mut Buffers<'_, '_>,
    subgraph: &Subgraph<'_>,
    operator: &Operator<'_>,
    parts: Parts,
) {
    let (whole, parts, skipped) = match parts {
        Parts::None => return,
        Parts::Inputs => (operator.output(0), operator.inputs(), 0),
        Parts::Outputs { input, offset } => (operator.input(input), operator.outputs(), offset),
    };
    let before = table.met;
    table.met = before.saturating_add(1);
    if !table.wholes.contains(before) {
        return;
    }
    let Some(tensor) = whole else { return };
    let Some(whole) = find_written_once(table, tensor) else { return };
    let width = subgraph.tensor(tensor as u32).unwrap_or(Tensor::NONE).tensor_type().size_bytes();
    let skipped = u32::try_from(skipped).unwrap_or(u32::MAX);
    let mut offset = skipped.saturating_mul(width.unwrap_or(1));
    // What becomes a view of the whole here does not change how many lie in a part that is none.
    count(table, &parts);
    for part in parts {
        let tensor = subgraph.tensor(part as u32).unwrap_or(Tensor::NONE);
        let Ok(bytes) = bytes_of(subgraph, part as u32) else { return };
        // A part that stands in two places can only be in one of them; and what is copied to the
        // whole cannot lie in it.
        if let Some(at) = find_written_once(table, part)
            && table.entry(at).is_some_and(Entry::has_one)
        {
            let width = tensor.tensor_type().size_bytes().unwrap_or(1).max(1);
            // Graph outputs outlast the last node, which otherwise could write over them.
            let outlasts = table.entry(at).is_some_and(Entry::is_output);
            if let Some(view) = view_of(table, (at, width), (whole, offset))
                && let Some(base) = table.entry_mut(view.base)
            {
                base.first = base.first.min(view.first);
                base.last = base.last.max(view.last.saturating_add(outlasts.into()));
                if let Some(entry) = table.entry_mut(at) {
                    (entry.partner, entry.view, entry.below) = (view.whole, 1, offset);
                }
                table.joining = Some(&JOINING);
            }
        }
        offset = offset.saturating_add(bytes);
    }
}

/// A part that may become a view of the whole.
struct View {
    /// The whole.
    whole: u16,
    /// The buffer that the whole is, or lies in, which then lives as long as the part.
    base: usize,
    /// The part's first step.
    first: u16,
    /// The part's last step.
    last: u16,
}

/// Makes of a part, of elements of `width` bytes, a view of `whole` from `offset` on; `None` if
/// it cannot lie there.
fn view_of(
    table: &mut Buffers<'_, '_>,
    (part, width): (usize, u32),
    (whole, offset): (usize, u32),
) -> Option<View> {
    let (base, base_offset) = flat_root(table, whole);
    let entry = table.entry(part)?;
    let end = offset.checked_add(entry.bytes)?;
    // Parts may be of other types than those before them.
    if base_offset.checked_add(offset)? % width != 0 {
        return None;
    }
    if entry.is_view() || base == part || end > table.entry(whole)?.bytes {
        return None;
    }
    let whole = u16::try_from(whole).ok()?;
    Some(View { whole, base, first: entry.first, last: entry.last })
}

/// The buffer that another lies in, and where in it; itself at 0 if it is no view.
#[inline(never)] // size: one copy for its callers
fn root(table: &Buffers<'_, '_>, index: usize) -> (usize, u32) {
    let (mut at, mut offset) = (index, 0_u32);
    // Views refer to buffers, never in a circle: no chain is longer than there are buffers.
    for _ in 0..table.len {
        match table.entry(at) {
            Some(entry) if entry.is_view() && entry.partner != NEVER => {
                offset = offset.saturating_add(entry.below);
                at = entry.partner.into();
            }
            _ => break,
        }
    }
    (at, offset)
}

/// As [`root`]; those on the way then refer to it themselves, so that nobody goes that way again.
#[inline(never)] // size: one copy for its callers
fn flat_root(table: &mut Buffers<'_, '_>, index: usize) -> (usize, u32) {
    let (end, offset) = root(table, index);
    let (mut at, mut left) = (index, offset);
    while at != end
        && let Some(entry) = table.entry_mut(at)
    {
        let (next, below) = (entry.partner.into(), entry.below);
        (entry.partner, entry.below) = (end as u16, left);
        (at, left) = (next, left.saturating_sub(below));
    }
    (end, offset)
}

/// Counts for each buffer how many of the tensors lie in it.
#[inline(never)] // size: one copy for its callers
fn count(table: &mut Buffers<'_, '_>, tensors: &Indices<'_>) {
    for step in [Entry::count_none, Entry::count] {
        for tensor in tensors.iter() {
            if let Some(at) = table.find(tensor) {
                let (root, _) = flat_root(table, at);
                table.entry_mut(root).into_iter().for_each(step);
            }
        }
    }
}

/// Makes all views refer to the buffer that they lie in.
fn flatten(table: &mut Buffers<'_, '_>) {
    for at in 0..table.len {
        flat_root(table, at);
    }
}

/// The buffer of a tensor that nobody writes to a second time, when other parts may be all there.
#[inline(never)] // size: one copy for its callers
fn find_written_once(table: &Buffers<'_, '_>, tensor: i32) -> Option<usize> {
    table.find(tensor).filter(|&at| table.entry(at).is_some_and(Entry::is_written_once))
}

/// Time for the choice of the nodes whose parts lie in the whole: it takes each of them so many
/// steps as there are pairs of buffers.
const CHOICE_STEPS: usize = 1 << 18;

/// Plans a table that has views: with all of them, with none, or with a choice of them, whichever
/// takes the fewest bytes. Of equals, the one with more views.
///
/// Parts that lie in the whole cost no copies, but the whole must then live as long as they do.
fn plan(planning: &mut Planning<'_, '_, '_>, planner: &mut dyn Planner) -> Result<u32, Failed> {
    let nodes = planning.table.met;
    let chosen = choose(planning, nodes)?;
    let (mut best, mut least) = (Wholes::NONE, u64::MAX);
    for wholes in [Wholes::NONE, chosen] {
        if wholes != Wholes::NONE && wholes.has_all(nodes) {
            continue; // comes last
        }
        planning.begin(wholes)?;
        let bytes = planning.table.solve(planner).map_or(u64::MAX, u64::from);
        if bytes < least || bytes == least && wholes == chosen {
            (best, least) = (wholes, bytes);
        }
    }
    planning.begin(Wholes::ALL)?;
    let solved = planning.table.solve(planner);
    let bytes = solved.as_ref().map_or(u64::MAX, |&bytes| bytes.into());
    if bytes <= least {
        return solved;
    }
    planning.begin(best)?;
    planning.table.solve(planner)
}

/// Chooses nodes whose parts lie in the whole: first each that does not raise the bytes which any
/// plan needs, with those before it; then without each that lowers them by its absence.
fn choose(planning: &mut Planning<'_, '_, '_>, nodes: u32) -> Result<Wholes, Failed> {
    let pairs = planning.table.len.saturating_mul(planning.table.len).max(1);
    let nodes = nodes.min(u32::try_from(CHOICE_STEPS / pairs).unwrap_or(u32::MAX));
    let nodes = nodes.min(Wholes::LEN);
    let mut chosen = Wholes::NONE;
    if nodes < 2 {
        return Ok(chosen); // nothing between all and none
    }
    planning.begin(chosen)?;
    let mut least = planning.table.least_bytes();
    for at in 0..2 * nodes {
        let (wholes, most) = match at.checked_sub(nodes) {
            None => (chosen.with(at), Some(least)),
            Some(at) => (chosen.without(at), least.checked_sub(1)),
        };
        planning.begin(wholes)?;
        let bytes = planning.table.least_bytes();
        if Some(bytes) <= most {
            (chosen, least) = (wholes, bytes);
        }
    }
    Ok(chosen)
}

impl Buffers<'_, '_> {
    /// The bytes that any plan needs.
    fn least_bytes(&self) -> u32 {
        let problem: &dyn Problem = self;
        lower_bound(problem, OVERLAY_ALIGNMENT).unwrap_or(u32::MAX)
    }
}
