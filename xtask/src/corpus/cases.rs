//! The models of the corpus, with their inputs, and with outputs that this machine computes.

use std::fs;
use std::path::{Path, PathBuf};

use bantam::{Interpreter, Model, Sharing};
use bantam_interp::host::{self, Effort, Isa, Request, Search};
use bantam_interp::{Options, cost};
use bantam_signal_ops::EVERY;
use serde_json::Value;

use crate::outcome::Outcome;

/// Steps of kernels that the inferences of a model may take: the emulator needs seconds for them.
/// Larger models run fewer inferences than the corpus has inputs for.
const MOST_STEPS: u64 = 400_000_000;

/// How a device comes by its interpreter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// It prepares and plans the model.
    Interpreted,
    /// It prepares a model that carries a plan.
    StoredPlan,
    /// It reads an image.
    Prepared,
}

impl Way {
    pub(super) const ALL: [Self; 3] = [Self::Interpreted, Self::StoredPlan, Self::Prepared];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Interpreted => "interpreted",
            Self::StoredPlan => "stored plan",
            Self::Prepared => "prepared",
        }
    }
}

/// A model.
pub(crate) struct Case {
    pub(super) name: String,
    pub(super) model: Vec<u8>,
    /// The model with a plan.
    pub(super) planned: Vec<u8>,
    pub(super) image: Vec<u8>,
    /// What the image needs of the model, where there is a smaller file of that.
    pub(super) lean: Vec<u8>,
    /// The inputs of all inferences, one after the other.
    pub(super) inputs: Vec<u8>,
    /// Their outputs.
    pub(super) expected: Vec<u8>,
    /// Inferences.
    pub(super) steps: usize,
    arenas: [usize; Way::ALL.len()],
}

impl Case {
    /// Bytes of the arena.
    pub(super) fn arena(&self, way: Way) -> usize {
        self.arenas[way as usize]
    }

    /// What lies in the memory of a board.
    pub(super) fn parts(&self) -> [&Vec<u8>; 6] {
        [&self.model, &self.planned, &self.image, &self.lean, &self.inputs, &self.expected]
    }

    /// Bytes of model and data.
    pub(super) fn bytes(&self) -> usize {
        self.parts().map(Vec::len).iter().sum()
    }
}

/// Which models.
pub(super) struct Choice {
    pub(super) corpus: PathBuf,
    /// Their names; none for all.
    pub(super) names: Vec<String>,
    /// Whether they are those of single operators.
    pub(super) cases: bool,
    /// What images are made for.
    pub(super) isa: Isa,
}

/// The folder of the models that people use.
const MODELS: &str = "models";

/// These models in the order of their names.
pub(super) fn of_corpus(choice: &Choice) -> Outcome<impl Iterator<Item = Outcome<Case>>> {
    let Choice { corpus, names, cases, isa } = choice;
    let manifest = if *cases { corpus.clone() } else { corpus.join(MODELS) };
    let text = fs::read_to_string(manifest.join("manifest.jsonl"))?;
    let mut entries = Vec::new();
    for line in text.lines() {
        let entry: Value = serde_json::from_str(line)?;
        let Some((folder, of_model)) = entry["case"].as_str().and_then(|at| at.split_once('/'))
        else {
            return Err(format!("no case: {line}").into());
        };
        let name = if *cases { format!("{folder}/{of_model}") } else { of_model.to_owned() };
        let is_meant = (folder != MODELS) == *cases && (names.is_empty() || names.contains(&name));
        if entry["expect"] == "ok" && is_meant {
            entries.push((name, entry));
        }
    }
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(entries.into_iter().map(move |(name, entry)| {
        case(&manifest.join(&name), &name, &entry, *isa)
            .map_err(|fault| format!("{name}: {fault}").into())
    }))
}

fn case(folder: &Path, name: &str, entry: &Value, isa: Isa) -> Outcome<Case> {
    let file = fs::read(folder.join("model.tflite"))?;
    let model = Model::parse(&file)?;
    let needed = host::arena_bytes(&model, EVERY, Options::default())?;
    let planned = host::plan(&model, EVERY, &Request::for_model(&model), &mut |_| {})?;
    let effort = Effort::Exact(Search { nodes: 100_000, threads: 1 });
    let image = host::prepare_for(&model, EVERY, Sharing::default(), effort, isa, &mut |_| {})?;
    let arenas = [needed, planned.arena_bytes, image.arena_bytes() as usize];
    let (lean, image) = match host::lean(&model, &image, EVERY)? {
        Some(lean) => (lean.file, lean.prepared),
        None => (file.clone(), image),
    };

    let mut memory = vec![0; needed + 16];
    let start = memory.as_ptr().align_offset(16);
    let memory = memory.get_mut(start..start + needed).unwrap_or_default();
    let mut interpreter = Interpreter::new(&model, EVERY, memory)?;
    let affordable = MOST_STEPS.checked_div(cost::of_model(&model).steps).unwrap_or(u64::MAX);
    let steps = entry["steps"].as_u64().unwrap_or(1).min(affordable.max(1)) as usize;
    let read = |what: &str, count: usize| -> Outcome<Vec<Vec<u8>>> {
        let files = (0..count).map(|at| fs::read(folder.join(format!("{what}_{at}.bin"))));
        Ok(files.collect::<Result<_, _>>()?)
    };
    let given = read("input", interpreter.input_len())?;
    let answers = read("output", interpreter.output_len())?;
    // Where the corpus allows a difference, TFLM's C library has a say.
    let is_exact = entry["compare"] == "exact";
    let (mut inputs, mut expected) = (Vec::new(), Vec::new());
    for step in 0..steps {
        for (at, bytes) in given.iter().enumerate() {
            let input = interpreter.input_bytes(at)?;
            input.copy_from_slice(nth(bytes, step, input.len())?);
            inputs.extend_from_slice(input);
        }
        interpreter.invoke()?;
        for (at, bytes) in answers.iter().enumerate() {
            let output = interpreter.output_bytes(at)?;
            if is_exact && nth(bytes, step, output.len())? != output {
                return Err(format!("output {at} of inference {step} is not TFLM's").into());
            }
            expected.extend_from_slice(output);
        }
    }
    let (planned, image) = (planned.file, image.image);
    let name = name.to_owned();
    Ok(Case { name, model: file, planned, image, lean, inputs, expected, steps, arenas })
}

/// The part of a file that belongs to an inference.
fn nth(bytes: &[u8], step: usize, len: usize) -> Result<&[u8], String> {
    bytes.get(step * len..(step + 1) * len).ok_or_else(|| "a file is too short".to_owned())
}
