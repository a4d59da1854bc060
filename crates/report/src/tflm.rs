//! A model's memory in TensorFlow Lite Micro, planned for it.

use bantam_schema::Model;
use bantam_tflm_plan::{Effort, Shared, rewrite};
use serde::Serialize;

use crate::Error;

/// Plans a model for TFLM.
///
/// # Errors
///
/// [`Error::Tflm`].
pub fn plan(model: &Model<'_>, effort: &Effort) -> Result<TflmPlan, Error> {
    let plan = bantam_tflm_plan::plan(model, effort).map_err(Error::Tflm)?;
    Ok(TflmPlan {
        runtime: if effort.disjoint { "tflm-disjoint" } else { "tflm" },
        tflm_head_bytes: plan.before_bytes,
        head_bytes: plan.head_bytes,
        lower_bound_bytes: plan.lower_bound_bytes,
        proven: plan.head_bytes <= plan.lower_bound_bytes,
        planned: plan.offsets.is_some(),
        overlaps: plan.overlaps,
        offsets: plan.offsets,
    })
}

/// The head of TFLM's arena, with and without a plan.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct TflmPlan {
    /// `tflm`, or `tflm-disjoint` where outputs never lie over inputs.
    pub runtime: &'static str,
    /// Bytes of the head for the model as it is.
    pub tflm_head_bytes: u64,
    /// Bytes of the head with the plan, or without one where none is smaller.
    pub head_bytes: u64,
    /// No plan needs less.
    pub lower_bound_bytes: u64,
    /// Whether the plan takes no more than that.
    pub proven: bool,
    /// Whether there is a plan that is smaller than the model's own.
    pub planned: bool,
    /// The nodes whose outputs lie over inputs, in their order.
    pub overlaps: Vec<Shared>,
    #[serde(skip)]
    offsets: Option<Vec<i32>>,
}

impl TflmPlan {
    /// Returns the file of `model` with the plan, or as it is where it has none.
    ///
    /// # Errors
    ///
    /// [`Error::Copy`].
    pub fn file(&self, model: &Model<'_>) -> Result<Vec<u8>, Error> {
        match &self.offsets {
            Some(offsets) => Ok(rewrite(model, offsets)?),
            None => Ok(model.bytes().to_vec()),
        }
    }
}
