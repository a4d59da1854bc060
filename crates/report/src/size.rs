//! The arena that a model needs.

use bantam_interp::{Category, Interpreter, Sharing, cost};
use bantam_schema::Model;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::Error;
use crate::engine::Engine;

/// Returns the arena that the model needs, to the byte, and what is in it.
///
/// # Errors
///
/// What keeps the model from running.
pub fn size(model: &Model<'_>, sharing: Sharing) -> Result<Size, Error> {
    let engine = Engine::new(*model, sharing);
    let mut memory = engine.exact_memory()?;
    Ok(Size::new(&engine.interpreter(&mut memory)?))
}

/// The arena of a model: `arena_bytes` is the sum of `overlay_bytes`, `persistent_bytes` and
/// `temporary_bytes`.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Size {
    /// All of it, exact and the same on every processor.
    pub arena_bytes: usize,
    /// Activations and scratch, which share memory over time.
    pub overlay_bytes: usize,
    /// What is kept between inferences.
    pub persistent_bytes: usize,
    /// More while preparing, and rounding up to 16.
    pub temporary_bytes: usize,
    /// Multiply-accumulates of an invoke.
    pub macs: u64,
    /// Steps of an invoke.
    pub steps: u64,
    /// Persistent bytes by category, in the order in which they are shown.
    pub persistent: Map<String, Value>,
}

impl Size {
    fn new(interpreter: &Interpreter<'_>) -> Self {
        let usage = interpreter.usage();
        let cost = cost::of_model(&interpreter.model());
        let arena_bytes = interpreter.arena_used_bytes();
        let overlay_bytes = interpreter.overlay_bytes();
        let persistent_bytes = usage.persistent() as usize;
        let category = |category: Category| {
            let name = category.name().replace(' ', "_");
            (name, Value::from(usage.category(category)))
        };
        Self {
            arena_bytes,
            overlay_bytes,
            persistent_bytes,
            temporary_bytes: arena_bytes.saturating_sub(overlay_bytes + persistent_bytes),
            macs: cost.macs,
            steps: cost.steps,
            persistent: Category::ALL.into_iter().map(category).collect(),
        }
    }
}
