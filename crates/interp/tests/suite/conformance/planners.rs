//! The same outputs whoever plans the memory, with overlap and without, and from plans that models
//! carry.

use std::fmt;
use std::path::Path;

use bantam_interp::host::{Request, Search, plan};
use bantam_interp::plan::{Buffers, Greedy, Planner, Standard};
use bantam_interp::{Effort, Error, Interpreter, OfflinePlan, Op, Options, Sharing};
use bantam_planner::{Problem as _, large, linear};
use bantam_schema::Model;
use bantam_signal_ops::EVERY;

use super::run;

/// Who plans.
#[derive(Clone, Copy, Debug)]
enum Who {
    /// The planner of devices, as hard as this.
    Device(Effort),
    /// The small planner, which leaves the search out.
    Greedy,
    /// Nothing shares anything.
    Linear,
    /// The planner of large problems, which uses no overlap.
    Large,
    /// The model's own plan.
    Stored,
}

/// A planner, what may share bytes, and the operators.
#[derive(Clone, Copy)]
pub(crate) struct Variant {
    who: Who,
    sharing: Sharing,
    ops: &'static [Op],
}

impl fmt::Debug for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Variant").field(&self.who).field(&self.sharing).finish()
    }
}

impl Variant {
    /// What `Interpreter::new` does.
    pub(crate) const DEFAULT: Self =
        Self { who: Who::Device(Effort::Search(256)), sharing: Sharing::Overlap, ops: EVERY };

    const OTHERS: [Self; 9] = [
        Self { who: Who::Greedy, ..Self::DEFAULT },
        Self { who: Who::Device(Effort::Greedy), sharing: Sharing::Overlap, ..Self::DEFAULT },
        Self { who: Who::Device(Effort::Portfolio), sharing: Sharing::Overlap, ..Self::DEFAULT },
        Self {
            who: Who::Device(Effort::Search(2_000)),
            sharing: Sharing::Overlap,
            ..Self::DEFAULT
        },
        Self { who: Who::Device(Effort::Search(256)), sharing: Sharing::InPlace, ..Self::DEFAULT },
        Self { who: Who::Device(Effort::Greedy), sharing: Sharing::Apart, ..Self::DEFAULT },
        Self { who: Who::Device(Effort::Search(256)), sharing: Sharing::Apart, ..Self::DEFAULT },
        Self { who: Who::Linear, sharing: Sharing::Apart, ..Self::DEFAULT },
        Self { who: Who::Large, sharing: Sharing::Overlap, ..Self::DEFAULT },
    ];

    const STORED: Self = Self { who: Who::Stored, sharing: Sharing::Overlap, ..Self::DEFAULT };

    /// The same with other operators.
    pub(crate) fn with(self, ops: &'static [Op]) -> Self {
        Self { ops, ..self }
    }

    pub(crate) fn interpreter<'a>(
        self,
        model: &Model<'a>,
        arena: &'a mut [u8],
    ) -> Result<Interpreter<'a>, Error> {
        let sharing = self.sharing;
        let mut options = Options::default();
        options.sharing = sharing;
        match self.who {
            Who::Device(effort) => {
                options.effort = effort;
                Interpreter::with_options(model, self.ops, arena, options)
            }
            Who::Stored => {
                options.offline_plan = OfflinePlan::Require;
                Interpreter::with_options(model, self.ops, arena, options)
            }
            Who::Greedy => Interpreter::with_planner(model, self.ops, arena, sharing, &mut Greedy),
            Who::Linear => Interpreter::with_planner(model, self.ops, arena, sharing, &mut Linear),
            Who::Large => Interpreter::with_planner(model, self.ops, arena, sharing, &mut Large),
        }
    }
}

struct Linear;

impl Planner for Linear {
    fn plan(
        &mut self,
        buffers: &Buffers<'_, '_>,
        offsets: &mut [u32],
        _: &mut [u16],
    ) -> Result<u32, bantam_planner::Error> {
        linear(buffers, 16, offsets)
    }
}

struct Large;

impl Planner for Large {
    fn plan(
        &mut self,
        buffers: &Buffers<'_, '_>,
        offsets: &mut [u32],
        workspace: &mut [u16],
    ) -> Result<u32, bantam_planner::Error> {
        if buffers.is_empty() {
            return Standard { effort: Effort::Greedy }.plan(buffers, offsets, workspace);
        }
        let (bytes, found) = large::plan(buffers, 16)?;
        offsets.copy_from_slice(&found);
        Ok(bytes)
    }
}

/// Runs the model with every other planner and with a plan of its own, in memory full of rubbish;
/// the outputs must be `expected`.
pub(crate) fn check(
    model: &Model<'_>,
    expected: &[Vec<u8>],
    folder: &Path,
    steps: usize,
) -> Result<(), String> {
    for variant in Variant::OTHERS {
        let outputs =
            run(model, variant, folder, steps).map_err(|e| format!("{variant:?}: {e}"))?;
        if outputs != expected {
            return Err(format!("{variant:?}: other outputs than with the usual plan"));
        }
    }
    let search = Search { nodes: 100_000, threads: 1 };
    let request = Request { search, ..Request::default() };
    let planned = match plan(model, EVERY, &request, &mut |_| {}) {
        Ok(planned) => planned,
        // Few models have what the writer does not know.
        Err(bantam_interp::host::PlanError::Copy(_)) => return Ok(()),
        Err(error) => return Err(error.to_string()),
    };
    let model = Model::parse(&planned.file).map_err(|e| e.to_string())?;
    let outputs =
        run(&model, Variant::STORED, folder, steps).map_err(|e| format!("stored: {e}"))?;
    if outputs == expected {
        Ok(())
    } else {
        Err("other outputs with the plan that the model carries".to_owned())
    }
}
