//! Buffers of a file in MiniMalloc's format, placed in as little memory as possible.

use bantam_planner::csv::Instance;
use bantam_planner::exact::{self, NoPlan, Options, Progress, Solution};
use bantam_planner::large::validate;
use serde::Serialize;

use crate::Error;
use crate::map::MemoryMap;

/// Reads buffers.
///
/// # Errors
///
/// [`Error::Csv`], with the line.
pub fn read(text: &str) -> Result<Instance, Error> {
    Instance::from_csv(text).map_err(Error::Csv)
}

/// Places buffers in as little memory as possible, and checks the plan.
///
/// # Errors
///
/// [`Error::Planner`].
pub fn place(
    instance: &Instance,
    alignment: u32,
    options: &Options,
    progress: &mut dyn FnMut(Progress),
) -> Result<Placement, Error> {
    let mut solution = exact::solve(instance, alignment, options, progress)?;
    settle(instance, alignment, &mut solution.offsets, solution.bytes)?;
    let bytes = |units: u32| u64::from(units) * instance.unit();
    Ok(Placement {
        buffers: instance.buffers().len(),
        views: instance.views().len(),
        peak_bytes: bytes(solution.bytes),
        lower_bound_bytes: bytes(solution.lower_bound),
        proven: solution.is_optimal(),
        nodes: solution.nodes,
        solution,
    })
}

/// Says whether buffers fit into so many bytes, and how.
///
/// # Errors
///
/// [`Error::Planner`].
pub fn fit(
    instance: &Instance,
    alignment: u32,
    capacity_bytes: u64,
    options: &Options,
) -> Result<Fit, Error> {
    let units = u32::try_from(capacity_bytes / instance.unit()).unwrap_or(u32::MAX);
    let found = exact::fit(instance, alignment, units, options)?;
    let (fits, mut offsets) = match found.answer {
        Some(Ok(offsets)) => (Some(true), Some(offsets)),
        Some(Err(NoPlan)) => (Some(false), None),
        None => (None, None),
    };
    if let Some(offsets) = &mut offsets {
        settle(instance, alignment, offsets, units)?;
    }
    Ok(Fit {
        buffers: instance.buffers().len(),
        capacity_bytes,
        fits,
        peak_bytes: offsets.as_ref().map(|offsets| peak(instance, offsets)),
        nodes: found.nodes,
        offsets,
    })
}

/// Judges a plan of so many units, and puts views where their bases are.
fn settle(
    instance: &Instance,
    alignment: u32,
    offsets: &mut [u32],
    units: u32,
) -> Result<(), Error> {
    validate(instance, alignment, offsets, units).map_err(Error::Placement)?;
    Ok(instance.with_views().place(offsets)?)
}

/// Returns the highest end of a buffer in bytes.
fn peak(instance: &Instance, offsets: &[u32]) -> u64 {
    let ends = instance.buffers().iter().zip(offsets).filter(|(buffer, _)| buffer.bytes != 0);
    let ends = ends.map(|(buffer, &offset)| u64::from(offset) + u64::from(buffer.bytes));
    ends.max().unwrap_or(0) * instance.unit()
}

/// The smallest plan that was found.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Placement {
    /// All buffers.
    pub buffers: usize,
    /// Those that are views of others.
    pub views: usize,
    /// The highest end of a buffer.
    pub peak_bytes: u64,
    /// No plan needs less.
    pub lower_bound_bytes: u64,
    /// Whether the plan takes no more than that.
    pub proven: bool,
    /// The number of buffers that the search placed.
    pub nodes: u64,
    #[serde(skip)]
    solution: Solution,
}

impl Placement {
    /// Returns the file of the buffers with their offsets.
    pub fn csv(&self, instance: &Instance) -> String {
        instance.to_csv(&self.solution.offsets)
    }

    /// Returns the memory map, in units of the file; `None` if there are too many steps to draw.
    pub fn memory_map(&self, instance: &Instance) -> Option<MemoryMap> {
        MemoryMap::of_instance(instance, &self.solution)
    }
}

/// Whether buffers fit into a capacity.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Fit {
    /// All buffers.
    pub buffers: usize,
    /// The bytes that they may take.
    pub capacity_bytes: u64,
    /// Whether they fit; `None` if the search ended before it knew.
    pub fits: Option<bool>,
    /// The highest end of a buffer, if they fit.
    pub peak_bytes: Option<u64>,
    /// The number of buffers that the search placed.
    pub nodes: u64,
    #[serde(skip)]
    offsets: Option<Vec<u32>>,
}

impl Fit {
    /// Returns the file of the buffers with their offsets, if they fit.
    pub fn csv(&self, instance: &Instance) -> Option<String> {
        self.offsets.as_ref().map(|offsets| instance.to_csv(offsets))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_share_memory_over_time() {
        let text = "id,lower,upper,size\na,0,2,10\nb,1,3,20\nc,2,4,10\n";
        let instance = read(text).unwrap();
        let placement = place(&instance, 1, &Options::default(), &mut |_| {}).unwrap();
        assert_eq!((placement.peak_bytes, placement.proven), (30, true));
        assert_eq!(placement.memory_map(&instance).unwrap().buffers.len(), 3);
        let fit = |capacity| fit(&instance, 1, capacity, &Options::default()).unwrap();
        assert_eq!((fit(29).fits, fit(30).fits), (Some(false), Some(true)));
        assert!(fit(30).csv(&instance).unwrap().starts_with("id,lower,upper,size,offset"));
        assert!(read("id,lower\n").is_err());
    }
}
