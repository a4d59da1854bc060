//! `cargo xtask arenas`: the arena of every model, next to that of TensorFlow Lite Micro.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use bantam::schema::Subgraph;
use bantam::{Interpreter, Model, Sharing};
use bantam_interp::host::{self, Effort, Search};
use bantam_interp::{Error, Options};
use bantam_signal_ops::EVERY;
use serde_json::{Value, json};

use crate::ci::conformance;
use crate::workspace::Workspace;
use crate::{outcome::Outcome, process};

/// Figures of a 32-bit core, which were measured once.
const FIGURES: &str = include_str!("arenas/tflm.csv");

/// Bytes of TFLM's records on a 32-bit core: a `TfLiteEvalTensor` for each tensor, a
/// `NodeAndRegistration` for each node.
const TENSOR_BYTES: u64 = 12;
const NODE_BYTES: u64 = 32;

/// Bytes by which TFLM's arena on this host may be larger than on a 32-bit core: what it has once,
/// and for each tensor and node. With these the estimate is at most the figure that was measured,
/// for each model of [`FIGURES`].
const WIDER_ONCE: u64 = 620;
const WIDER_TENSOR: u64 = 12;
const WIDER_NODE: u64 = 75;

/// The command line.
#[derive(Default)]
struct Arguments {
    cases: bool,
    peers: Option<PathBuf>,
    paths: Vec<PathBuf>,
}

impl Arguments {
    fn parse(arguments: &[String]) -> Outcome<Self> {
        let mut parsed = Self::default();
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--cases" => parsed.cases = true,
                "--peers" => {
                    parsed.peers = Some(words.next().ok_or("`--peers` needs a value")?.into());
                }
                flag if flag.starts_with('-') => return Err(format!("no option `{flag}`").into()),
                path => parsed.paths.push(path.into()),
            }
        }
        Ok(parsed)
    }
}

/// Prints a line for each model, and which of them take more than TFLM.
///
/// A path is a model or a folder; without any, the models of the conformance corpus are taken. With
/// `--cases` its models of single operators come after them, counted and without lines.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let arguments = Arguments::parse(arguments)?;
    let workspace = Workspace::load()?;
    let corpus = conformance::corpus(&workspace.root).map(|corpus| corpus.join("public"));
    let mut paths = arguments.paths;
    if let (true, Some(corpus)) = (paths.is_empty(), &corpus) {
        paths.push(corpus.join("models"));
    }
    let mut models = Vec::new();
    for path in &paths {
        models.extend(files(path)?);
    }
    let mut cases = Vec::new();
    if let (true, Some(corpus)) = (arguments.cases, &corpus) {
        cases = files(corpus)?;
        cases.retain(|file| !models.contains(file));
    }
    if models.is_empty() && cases.is_empty() {
        return Err("no model: name a file or a folder".into());
    }

    let folder = arguments.peers.unwrap_or_else(|| workspace.target.join("peers"));
    let peers = workspace.root.join("benches/peers");
    process::run(Command::new("sh").arg(peers.join("setup.sh")).arg(&folder))?;
    let script = peers.join("tflm_arenas.py");
    let whole: Vec<&PathBuf> = models.iter().chain(&cases).collect();
    let reports = ask(&folder.join("bin/python"), &script, &whole)?;

    let mut tally = Tally::default();
    println!("{HEAD}");
    for (at, (file, report)) in whole.iter().zip(&reports).enumerate() {
        match Row::new(file, report)? {
            Ok(row) => {
                if at < models.len() {
                    println!("{}", row.line());
                    tally.compare(&row);
                }
                tally.add(&row);
            }
            Err(reason) => *tally.left_out.entry(reason).or_default() += 1,
        }
    }
    tally.report()
}

/// Returns the models at a path, in the order of their names.
fn files(path: &Path) -> Outcome<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<Outcome<Vec<_>>>();
    let mut entries = entries?;
    entries.sort();
    let mut models = Vec::new();
    for entry in entries {
        if entry.is_dir() {
            models.extend(files(&entry)?);
        } else if entry.extension().is_some_and(|extension| extension == "tflite") {
            models.push(entry);
        }
    }
    Ok(models)
}

/// Asks TFLM for its arena of each model. A model on which its process ends has an error.
fn ask(python: &Path, script: &Path, models: &[&PathBuf]) -> Outcome<Vec<Value>> {
    let mut reports = Vec::new();
    while let Some(rest) = models.get(reports.len()..).filter(|rest| !rest.is_empty()) {
        let mut command = Command::new(python);
        let mut child = command.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let lines: String = rest.iter().map(|file| format!("{}\n", file.display())).collect();
        let mut stdin = child.stdin.take().ok_or("no standard input")?;
        // It fails where the process ends early, which shows in the reports.
        let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()).is_ok());
        let done = child.wait_with_output()?;
        writer.join().map_err(|_| "the writer of paths failed")?;
        for line in String::from_utf8(done.stdout)?.lines() {
            reports.push(serde_json::from_str(line)?);
        }
        if reports.len() < models.len() {
            reports.push(json!({ "error": done.status.to_string() }));
        }
    }
    Ok(reports)
}

const HEAD: &str = "| model | Bantam | of it persistent | prepared | TFLM, 32-bit | estimate | \
                    TFLM, 64-bit | |\n|---|--:|--:|--:|--:|--:|--:|---|";

/// The figures of a model, in bytes.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    name: String,
    /// Bantam's arena, and of it what is not activations or scratch memory.
    interpreted: u64,
    persistent: u64,
    /// Bantam's arena of the prepared model.
    prepared: u64,
    /// TFLM's arena on a 32-bit core, where it was measured.
    measured: Option<u64>,
    /// What TFLM's arena on a 32-bit core is at least, as far as this host tells.
    least: u64,
    /// TFLM's arena on this host, whose records have pointers of 64 bits.
    host: u64,
}

impl Row {
    /// `Err` with the reason if there is nothing to compare.
    fn new(file: &Path, report: &Value) -> Outcome<Result<Self, String>> {
        if report["error"].is_string() {
            return Ok(Err("TFLM does not run it".to_owned()));
        }
        let [interpreted, overlay, prepared, tensors, nodes] = match own(&fs::read(file)?) {
            Ok(figures) => figures,
            Err(_) => return Ok(Err("Bantam refuses it".to_owned())),
        };
        let figure = |key: &str| report[key].as_u64().ok_or_else(|| format!("no `{key}`"));
        let parent = file.parent().and_then(Path::file_name).unwrap_or_default();
        let stem = file.file_stem().unwrap_or_default();
        let name = if stem == "model" { parent } else { stem }.to_string_lossy().into_owned();
        Ok(Ok(Self {
            interpreted,
            persistent: interpreted - overlay,
            prepared,
            measured: measured(&name),
            least: least(figure("head")?, figure("total")?, tensors, nodes),
            host: figure("total")?,
            name,
        }))
    }

    /// Bantam's larger arena.
    fn own(&self) -> u64 {
        self.interpreted.max(self.prepared)
    }

    /// What TFLM needs on a 32-bit core, as far as that is known.
    fn rival(&self) -> u64 {
        self.measured.unwrap_or(self.least)
    }

    /// Whether it takes more than TFLM, as far as that is known.
    fn is_above(&self) -> bool {
        self.own() > self.rival()
    }

    fn line(&self) -> String {
        let Self { name, interpreted, persistent, prepared, measured, least, host } = self;
        let measured = measured.map_or("-".to_owned(), |bytes| bytes.to_string());
        let note = if self.is_above() { "above" } else { "" };
        format!(
            "| {name} | {interpreted} | {persistent} | {prepared} | {measured} | {least} | {host} | \
             {note} |"
        )
    }
}

/// The bytes of Bantam's arena, of the overlay among them, and of the arena of the prepared model;
/// its tensors and nodes.
fn own(file: &[u8]) -> Outcome<[u64; 5]> {
    let model = Model::parse(file)?;
    let (interpreted, overlay) = arena(&model)?;
    let effort = Effort::Exact(Search { nodes: 100_000, threads: 1 });
    let image = host::prepare(&model, EVERY, Sharing::default(), effort, &mut |_| {})?;
    let sum = |len: fn(Subgraph<'_>) -> u32| model.subgraphs().map(len).map(u64::from).sum();
    let [tensors, nodes] = [sum(|graph| graph.tensor_len()), sum(|graph| graph.operator_len())];
    Ok([interpreted, overlay, image.arena_bytes().into(), tensors, nodes])
}

/// The bytes of Bantam's arena, and of the overlay among them.
fn arena(model: &Model<'_>) -> Result<(u64, u64), Error> {
    let len = host::arena_bytes(model, EVERY, Options::default())?;
    let mut memory = vec![0; len + 16];
    let start = memory.as_ptr().align_offset(16);
    let memory = memory.get_mut(start..start + len).unwrap_or_default();
    let interpreter = Interpreter::new(model, EVERY, memory)?;
    Ok((len as u64, interpreter.overlay_bytes() as u64))
}

/// What TFLM's arena takes at least on a 32-bit core if it takes so many bytes here, of them `head`
/// for activations and scratch memory, which have no pointers.
fn least(head: u64, total: u64, tensors: u64, nodes: u64) -> u64 {
    let wider = WIDER_ONCE + WIDER_TENSOR * tensors + WIDER_NODE * nodes;
    (head + TENSOR_BYTES * tensors + NODE_BYTES * nodes).max(total.saturating_sub(wider))
}

/// Returns what TFLM's arena was measured to be on a 32-bit core.
pub(crate) fn measured(name: &str) -> Option<u64> {
    let lines = FIGURES.lines().filter(|line| !line.starts_with('#')).skip(1);
    let mut values = lines.filter_map(|line| line.strip_prefix(name)?.strip_prefix(','));
    values.next()?.split(',').next()?.parse().ok()
}

/// How many models there are of each kind.
#[derive(Debug, Default)]
struct Tally {
    models: usize,
    /// Those that take more than TFLM takes on this host.
    above_host: Vec<String>,
    /// Those that take more than TFLM on a 32-bit core, measured or estimated.
    above: Vec<String>,
    left_out: BTreeMap<String, usize>,
}

impl Tally {
    fn add(&mut self, row: &Row) {
        self.models += 1;
        if row.own() > row.host {
            self.above_host.push(format!("{}: {} above {}", row.name, row.own(), row.host));
        }
    }

    /// Compares with a 32-bit core. TFLM's own objects, which the estimate leaves out, are most of
    /// what an operator alone takes.
    fn compare(&mut self, row: &Row) {
        if row.is_above() {
            self.above.push(format!("{}: {} above {}", row.name, row.own(), row.rival()));
        }
    }

    fn report(&self) -> Outcome {
        println!("\n{} models that both run", self.models);
        for (reason, count) in &self.left_out {
            println!("{count} left out: {reason}");
        }
        println!("{} above TFLM on this host, with 64-bit pointers", self.above_host.len());
        println!(
            "{} of the lines above TFLM on a 32-bit core, as measured, or else as estimated",
            self.above.len()
        );
        for line in &self.above {
            println!("  {line}");
        }
        match self.above_host.as_slice() {
            [] => Ok(()),
            above => Err(format!("above TFLM on this host:\n{}", above.join("\n")).into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_found_by_the_whole_name() {
        assert_eq!(measured("person_detect"), Some(82_292));
        assert_eq!(measured("person"), None);
        assert_eq!(measured("model"), None);
    }

    #[test]
    fn a_model_is_compared_with_what_is_known() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let file = root.join("examples/digits/digits.tflite");
        let report = json!({ "total": 9000, "head": 3072, "tail": 5928 });
        let row = Row::new(&file, &report).unwrap().unwrap();
        assert_eq!((row.name.as_str(), row.host, row.measured), ("digits", 9000, None));
        assert_eq!(row.persistent + 2176, row.interpreted);
        assert!(row.prepared < row.interpreted && row.least > 3072 && !row.is_above());

        let mut tally = Tally::default();
        tally.add(&row);
        tally.compare(&row);
        assert!(tally.above.is_empty());
        let row = Row { measured: Some(row.interpreted - 1), ..row };
        tally.add(&row);
        tally.compare(&row);
        assert_eq!((tally.models, tally.above.len(), tally.above_host.len()), (2, 1, 0));
        assert!(tally.report().is_ok());

        let small = json!({ "total": 1000, "head": 100, "tail": 900 });
        tally.add(&Row::new(&file, &small).unwrap().unwrap());
        assert!(tally.report().is_err());
        let refused = Row::new(&file, &json!({ "error": "no" })).unwrap();
        assert_eq!(refused, Err("TFLM does not run it".to_owned()));
    }

    /// TFLM's figures of this kind of host, and tensors and nodes.
    #[test]
    fn estimates_are_below_what_was_measured() {
        for (name, [head, total, tensors, nodes]) in [
            ("hello_world_int8", [32, 1_504, 10, 3]),
            ("keyword_scrambled_8bit", [672, 10_032, 54, 15]),
            ("person_detect", [55_296, 85_264, 89, 31]),
            ("ad01_int8", [768, 3_984, 31, 10]),
            ("trained_lstm_int8", [1_536, 4_208, 27, 4]),
        ] {
            let (least, measured) = (least(head, total, tensors, nodes), measured(name).unwrap());
            assert!(least <= measured && 4 * least > 3 * measured, "{name}: {least} {measured}");
        }
    }

    #[test]
    fn arguments_are_paths_and_options() {
        let words = ["--cases", "a", "--peers", "p"].map(str::to_owned);
        let arguments = Arguments::parse(&words).unwrap();
        assert!(arguments.cases && arguments.paths == [PathBuf::from("a")]);
        assert!(Arguments::parse(&["--fast".to_owned()]).is_err());
    }
}
