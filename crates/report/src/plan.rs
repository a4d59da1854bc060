//! The memory of a model, planned by the exact search.

use bantam_interp::Sharing;
use bantam_interp::host::{self, Effort, PlanError, Planned, Request, Search};
use bantam_planner::Effort as DeviceEffort;
use bantam_planner::exact::Progress;
use bantam_schema::Model;
use bantam_signal_ops::EVERY;
use serde::Serialize;

use crate::map::MemoryMap;
use crate::{Error, model, tflm};

/// Returns where everything lies in memory, planned with the budgets that end within about a
/// second.
///
/// # Errors
///
/// What keeps the model from running.
pub fn memory_map(model: &Model<'_>) -> Result<MemoryMap, Error> {
    Ok(plan(model, &Request::for_model(model), &mut |_| {})?.map)
}

/// Plans the memory of a model, and writes the model anew with its plan.
///
/// # Errors
///
/// What keeps the model from running, or from being written anew.
pub fn plan(
    model: &Model<'_>,
    request: &Request,
    progress: &mut dyn FnMut(Progress),
) -> Result<Plan, Error> {
    let planned = host::plan(model, EVERY, request, progress).map_err(|error| match error {
        PlanError::Interpreter(error) => Error::of(model, &error),
        other => Error::Plan(other),
    })?;
    // The map has the nodes in the order in which they run.
    let map = MemoryMap::new(&model::parse(&planned.file)?, &planned);
    Ok(Plan { map, techniques: None, planned })
}

/// A planned model.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Plan {
    /// Where everything is.
    #[serde(flatten)]
    pub map: MemoryMap,
    /// The same model, planned in several ways, after [`Plan::compare`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub techniques: Option<Vec<Technique>>,
    #[serde(skip)]
    planned: Planned,
}

impl Plan {
    /// Returns the model with its plan, for Bantam alone.
    pub fn file(&self) -> &[u8] {
        &self.planned.file
    }

    /// Returns the model with its plan and one more for TFLM, without overlap, which holds for all
    /// its kernels. There is no such plan where TFLM does as well by itself, or refuses.
    ///
    /// # Errors
    ///
    /// If the model cannot be written anew.
    pub fn file_for_both(&self, search: Search) -> Result<Vec<u8>, Error> {
        let model = model::parse(self.file())?;
        let effort = bantam_tflm_plan::Effort { options: search, disjoint: true };
        match tflm::plan(&model, &effort) {
            Ok(plan) => plan.file(&model),
            Err(_) => Ok(self.file().to_vec()),
        }
    }

    /// Plans the model with every technique, for `techniques`.
    ///
    /// # Errors
    ///
    /// What keeps the model from running.
    pub fn compare(&mut self, model: &Model<'_>, search: Search) -> Result<(), Error> {
        self.techniques = Some(techniques(model, &self.planned, search)?);
        Ok(())
    }
}

/// One way to plan, and its result.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Technique {
    /// Its name: `greedy`, `exact`, `in_place`, `device`, `overlap` or `reordered`.
    pub name: &'static str,
    /// Bytes of activations and scratch.
    pub overlay_bytes: u32,
    /// No plan of that kind takes less.
    pub lower_bound_bytes: u32,
    /// Whether the plan takes no more than that.
    pub proven: bool,
    /// What it does, for a reader.
    #[serde(skip)]
    pub about: &'static str,
}

/// The techniques that keep the order of the operators.
const TECHNIQUES: [(&str, &str, Sharing, bool); 5] = [
    ("greedy", "as TFLM plans: nothing overlaps, the largest first", Sharing::Apart, false),
    ("exact", "nothing overlaps, the smallest plan", Sharing::Apart, true),
    ("in_place", "elementwise operators write over their input", Sharing::InPlace, true),
    ("device", "all overlaps, as the device plans by itself", Sharing::Overlap, false),
    ("overlap", "all overlaps, the smallest plan", Sharing::Overlap, true),
];

/// Plans `model` with every technique; the last is `planned`, for which the operators may have
/// another order.
fn techniques(
    model: &Model<'_>,
    planned: &Planned,
    search: Search,
) -> Result<Vec<Technique>, Error> {
    let mut all = Vec::new();
    for (name, about, sharing, exact) in TECHNIQUES {
        let effort = match (exact, sharing) {
            (true, _) => Effort::Exact(search),
            (false, Sharing::Apart) => Effort::Device(DeviceEffort::Greedy),
            (false, _) => Effort::Device(bantam_interp::Options::default().effort),
        };
        let map = host::map(model, EVERY, sharing, effort, &mut |_| {});
        let map = map.map_err(PlanError::from)?;
        let (overlay_bytes, lower_bound_bytes) = (map.overlay_bytes, map.lower_bound);
        let proven = map.is_optimal();
        all.push(Technique { name, overlay_bytes, lower_bound_bytes, proven, about });
    }
    let map = &planned.map;
    all.push(Technique {
        name: "reordered",
        overlay_bytes: map.overlay_bytes,
        lower_bound_bytes: map.lower_bound,
        proven: map.is_optimal(),
        about: "the same, with the operators in the order that was found",
    });
    Ok(all)
}
