//! Parts that lie in the whole: an operator that has any names [`JOINING`], which alone links what
//! is here.

use super::entry::NEVER;
use super::planning::{Buffers, Joining, Planner, Planning};
use super::share::count;
use crate::dims::bytes_of;
use crate::overlap::Parts;
use crate::reason::Failed;
use bantam_schema::{Indices, Operator, Subgraph, Tensor};

pub(crate) static JOINING: Joining = Joining { join, root, count_in, plan };

/// Makes the parts of a node views of the whole, up to one whose place is not known.
fn join(
    table: &mut Buffers<'_, '_>,
    subgraph: &Subgraph<'_>,
    operator: &Operator<'_>,
    parts: Parts,
) {
    let (whole, parts) = match parts {
        Parts::None => return,
        Parts::Inputs => (operator.output(0), operator.inputs()),
        Parts::Outputs { input } => (operator.input(input), operator.outputs()),
    };
    let Some(whole) = whole.and_then(|whole| find_written_once(table, whole)) else { return };
    let mut offset = 0_u32;
    for part in parts {
        let tensor = subgraph.tensor(part as u32).unwrap_or(Tensor::NONE);
        let Ok(bytes) = bytes_of(subgraph, part as u32) else { return };
        // A part that stands in two places can only be in one of them; and what is copied to the
        // whole cannot lie in it.
        if let Some(at) = find_written_once(table, part)
            && count_in(table, &parts, at) == 1
        {
            let width = tensor.tensor_type().size_bytes().unwrap_or(1).max(1);
            // Graph outputs outlast the last node, which otherwise could write over them.
            let outlasts = count(&subgraph.outputs(), part) != 0;
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
    table: &Buffers<'_, '_>,
    (part, width): (usize, u32),
    (whole, offset): (usize, u32),
) -> Option<View> {
    let (base, base_offset) = root(table, whole);
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

/// How many of the tensors lie in a buffer.
#[inline(never)] // size: one copy for its callers
fn count_in(table: &Buffers<'_, '_>, tensors: &Indices<'_>, buffer: usize) -> usize {
    let lies_in = |at: usize| root(table, at).0 == buffer;
    tensors.iter().filter(|&tensor| table.find(tensor).is_some_and(lies_in)).count()
}

/// The buffer of a tensor that nobody writes to a second time, when other parts may be all there.
#[inline(never)] // size: one copy for its callers
fn find_written_once(table: &Buffers<'_, '_>, tensor: i32) -> Option<usize> {
    table.find(tensor).filter(|&at| table.entry(at).is_some_and(|entry| entry.writers <= 1))
}

/// Plans a table that has views, or the same without them, whichever takes fewer bytes.
///
/// Parts that lie in the whole cost no copies, but the whole must then live as long as they do.
fn plan(planning: &mut Planning<'_, '_, '_>, planner: &mut dyn Planner) -> Result<u32, Failed> {
    planning.begin(false)?;
    let apart = planning.table.solve(planner);
    planning.begin(true)?;
    let joined = planning.table.solve(planner);
    let smaller_apart = match (&apart, &joined) {
        (Ok(apart), Ok(joined)) => apart < joined,
        _ => apart.is_ok(),
    };
    if !smaller_apart {
        return joined;
    }
    planning.begin(false)?;
    planning.table.solve(planner)
}
