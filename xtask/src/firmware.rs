//! `cargo xtask firmware`: builds the examples of `examples/firmware`, runs them in emulators, and
//! prints what they cost.

pub(crate) mod board;
pub(crate) mod case;
pub(crate) mod cycles;
pub(crate) mod peers;
pub(crate) mod program;
pub(crate) mod runner;
pub(crate) mod tools;

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};

use clap::Parser;

use crate::outcome::Outcome;
use crate::process;
use crate::workspace::Workspace;
use board::{BOARDS, Board, Mode, Profile};
use case::Case;
use cycles::Plugin;
use runner::{MODEL_OPS, Row, Runner};

const DEFINITIONS: &str = "\
Keys of a line of --json; the columns of the table are the same:
  board, target     a folder of examples/firmware, and what it is compiled for
  model, mode       what it runs, and how the interpreter is made
  arena_bytes       the arena, of which the device uses all: the host's figure, to the byte
  overlay_bytes     that part of it which activations and scratch share
  output_hash       FNV-1a (64 bits) of all outputs, which were also compared byte by byte
  instructions      executed by one inference (the longest, of several inputs), exact
  stack_bytes       deepest stack, from its beginning, while the model is prepared and run
  invoke_stack_bytes  the part of it that an inference takes, from where it is called
  flash_bytes       vector table, code, constants, first values of statics; with start-up and
                    the printing of figures, without the model and the test data
  model_bytes       the model's file; of a prepared one, its image and what that leaves of it
  static_ram_bytes  statics, without the arena
  cycles            with --peers, on a Cortex-M4: an estimate of that inference, without wait
                    states: docs/comparison.md has the assumptions
Arena, stack and statics are all the RAM that there is. `null`: not known (wasm).

The models are those of the repository (examples), each on every board that has room for it.
Any other model gets one set of inputs from a generator, and has to answer as this machine does.
Tools: `.ci/bare-metal.sh` installs them.";

/// Builds and runs every board with every model, and prints a line for each.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask firmware", after_help = DEFINITIONS)]
struct Options {
    /// One JSON object a line, instead of a table
    #[arg(long)]
    json: bool,
    /// Only this board; may be repeated
    #[arg(long, value_name = "BOARD", value_parser = board::find)]
    board: Vec<&'static Board>,
    /// Only this model: an example's name, a file, or a folder of the corpus; may be repeated
    #[arg(long, value_name = "MODEL")]
    model: Vec<String>,
    /// The way to make the interpreter [default: interpreted, then prepared]
    #[arg(long, value_name = "MODE")]
    mode: Option<Mode>,
    /// How to compile
    #[arg(long, value_name = "LEVEL", default_value = "s")]
    profile: Profile,
    /// Operators to link: `model` (those it uses), `all`, or constants of `bantam::ops` with commas
    /// between
    #[arg(long, value_name = "LIST", default_value = MODEL_OPS)]
    ops: String,
    /// With the feature `dsp`: instructions of the DSP extension, where the core has it
    #[arg(long)]
    dsp: bool,
    /// With the feature `thumb1`: loops in Thumb-1, where the core has little more
    #[arg(long)]
    thumb1: bool,
    /// With the feature `riscv`: a loop for RV32IM, where the core has that
    #[arg(long)]
    riscv: bool,
    /// With the feature `mve`: instructions of MVE, where the core has it
    #[arg(long)]
    mve: bool,
    /// Another target than the boards', whose code their cores execute as well
    #[arg(long, value_name = "TRIPLE")]
    target: Option<String>,
    /// Instructions, and cycles of a Cortex-M4, beside those of TensorFlow Lite Micro, for the
    /// models that both have figures for
    #[arg(long)]
    peers: bool,
    /// Another program for a Cortex-M4, such as one with TensorFlow Lite Micro: only print
    /// instructions and cycles of each call of its `--function`
    #[arg(long, value_name = "ELF", requires = "function")]
    program: Option<PathBuf>,
    /// That function: its symbol, or a part of its name in Rust
    #[arg(long, value_name = "NAME", requires = "program")]
    function: Option<String>,
    /// The folder of the corpus's models [default: ../shared/conformance/public/models]
    #[arg(long, value_name = "DIR", env = "BANTAM_FIRMWARE_MODELS")]
    models: Option<PathBuf>,
}

/// Runs the cases that the command line names.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let name = "cargo xtask firmware".to_owned();
    let options = match Options::try_parse_from([name].iter().chain(arguments)) {
        Ok(options) => options,
        Err(message) => message.exit(),
    };
    let workspace = Workspace::load()?;
    if let (Some(program), Some(function)) = (&options.program, &options.function) {
        return foreign(&workspace, program, function);
    }
    // Paths of models are the user's: they count from where the command was called.
    let cases = cases(&options, &workspace)?;
    env::set_current_dir(&workspace.root)?;
    let runner = Runner::new(&workspace).with(options.profile, &options.ops);
    let runner = if options.dsp { runner.with_feature("dsp") } else { runner };
    let runner = if options.mve { runner.with_feature("mve") } else { runner };
    let runner = if options.riscv { runner.with_feature("riscv") } else { runner };
    let runner = if options.thumb1 { runner.with_feature("thumb1") } else { runner };
    let runner = runner.with_target(options.target.clone());
    runner.check_tools()?;

    let boards = boards(&options);
    let is_estimated = |board: &&Board| options.peers && board.name == cycles::BOARD;
    let plugin = boards.iter().copied().find(is_estimated);
    let plugin = plugin.map(|_| Plugin::build(&workspace)).transpose()?;
    let mut rows = Vec::new();
    for case in &cases {
        for board in &boards {
            for mode in modes(&options) {
                if let Some(reason) = lack(board, case, mode) {
                    eprintln!("{}: {} does not fit: {reason}", board.name, case.name);
                    continue;
                }
                let mut row = runner.run(board, case, mode)?;
                if let Some(plugin) = plugin.as_ref().filter(|_| is_estimated(board)) {
                    row.cycles = Some(runner.cost(plugin, &row)?.cycles);
                }
                if options.json {
                    println!("{}", row.json());
                }
                rows.push(row);
            }
        }
    }
    if rows.is_empty() {
        return Err("nothing ran: no case fits a board".into());
    }
    match (options.json, options.peers) {
        (true, _) => {}
        (false, false) => print!("{}", runner::table(&rows)),
        (false, true) => print!("{}", peers::table(&rows)?),
    }
    Ok(())
}

/// Prints the cost of each call of a function of another program.
fn foreign(workspace: &Workspace, program: &Path, function: &str) -> Outcome {
    let runner = Runner::new(workspace);
    runner.check_tools()?;
    let plugin = Plugin::build(workspace)?;
    for cost in runner.foreign(&plugin, board::find(cycles::BOARD)?, program, function)? {
        println!("{} instructions, {} cycles", cost.instructions, cost.cycles);
    }
    Ok(())
}

fn modes(options: &Options) -> Vec<Mode> {
    match options.mode {
        Some(mode) => vec![mode],
        // The kernels are the same.
        None if options.peers => vec![Mode::Prepared],
        None => Mode::RUN.to_vec(),
    }
}

fn boards(options: &Options) -> Vec<&'static Board> {
    if !options.board.is_empty() {
        return options.board.clone();
    }
    let measured = |board: &&Board| !options.peers || peers::has_figures(board.name);
    BOARDS.iter().filter(measured).collect()
}

fn cases(options: &Options, workspace: &Workspace) -> Outcome<Vec<Case>> {
    let corpus = options
        .models
        .clone()
        .unwrap_or_else(|| workspace.root.join("../shared/conformance/public/models"));
    let folder = workspace.target.join("firmware");
    if options.model.is_empty() && !options.peers {
        return Case::examples(&workspace.root);
    }
    if options.model.is_empty() {
        // Those with operators that there are: the others are named.
        let there = peers::models().into_iter().filter_map(|name| {
            let file = corpus.join(name).join("model.tflite");
            let case = file.is_file().then(|| Case::sampled(name, file, &folder))?;
            case.inspect_err(|error| eprintln!("{name}: {error}")).ok()
        });
        let there: Vec<Case> = there.collect();
        if there.is_empty() {
            let names = peers::models().join(", ");
            let what = format!(
                "{}: none of {names} is there; --models DIR names another folder",
                corpus.display()
            );
            return Err(what.into());
        }
        return Ok(there);
    }
    let mut examples = Case::examples(&workspace.root)?;
    let named = options.model.iter().map(|name| {
        if let Some(at) = examples.iter().position(|case| case.name == *name) {
            return Ok(examples.swap_remove(at));
        }
        let in_corpus = corpus.join(name).join("model.tflite");
        if in_corpus.is_file() {
            return Case::sampled(name, in_corpus, &folder);
        }
        let file = PathBuf::from(name).canonicalize();
        let file = file.map_err(|error| format!("no model `{name}`: {error}"))?;
        let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Case::sampled(&stem, file, &folder)
    });
    named.collect()
}

/// Returns the reason why a board has no room for a case, if it has none. Code and stack come on
/// top: the linker finds out whether those fit.
pub(crate) fn lack(board: &Board, case: &Case, mode: Mode) -> Option<String> {
    let over = |what, needed: u64, has| {
        (needed >= has).then(|| format!("{needed} bytes of {what}, the board has {has}"))
    };
    let arena_bytes = case.host(mode).arena_bytes;
    over("flash", case.flash, board.flash).or_else(|| over("RAM", arena_bytes, board.ram))
}

/// The examples that run on every board. The others run once for each target, on its last board.
const EVERYWHERE: [&str; 2] = ["digits", "sine"];

/// Whether an example runs on a board in CI.
fn runs_on(case: &Case, board: &Board) -> bool {
    let last = BOARDS.iter().rfind(|other| other.target == board.target);
    EVERYWHERE.contains(&case.name.as_str()) || last.is_some_and(|last| last.name == board.name)
}

/// Rows of the examples on the boards that have room for them.
pub(crate) fn examples(workspace: &Workspace) -> Outcome<Vec<Row>> {
    let cases = Case::examples(&workspace.root)?;
    let run = |runner: Runner<'_>, boards: &'static [Board]| -> Outcome<Vec<Row>> {
        let mut rows = Vec::new();
        for case in &cases {
            for mode in Mode::RUN {
                let runs =
                    |board: &&Board| runs_on(case, board) && lack(board, case, mode).is_none();
                for board in boards.iter().filter(runs) {
                    rows.push(runner.run(board, case, mode)?);
                }
            }
        }
        Ok(rows)
    };
    // Each half is built in a folder of its own. No target has boards in both.
    let (first, second) = BOARDS.split_at(BOARDS.len() / 2);
    let (first, second) = process::together(
        || run(Runner::new(workspace), first),
        || run(Runner::new(workspace).beside(), second),
    );
    let mut rows = first?;
    rows.extend(second?);
    Ok(rows)
}

/// Features, and boards for them: whose core the feature is for, and for `dsp` another one that has
/// the extension, and one that has not, where nothing changes. Every example runs on the first
/// ones, `digits` alone on the others.
const WITH_FEATURE: [(&str, &str, bool); 6] = [
    ("dsp", "mps2-an386", true),
    ("dsp", "mps2-an385", false),
    ("thumb1", "microbit", true),
    ("dsp", "mps2-an505", false),
    ("mve", "mps3-an547", true),
    ("riscv", "virt-riscv32", true),
];

/// Those of [`WITH_FEATURE`] that are built in the folder where [`examples`] builds for the board.
const FIRST_WITH_FEATURE: usize = 3;

/// A feature, and an example that is run with it interpreted, too.
const INTERPRETED_WITH_FEATURE: (&str, &str) = ("dsp", "shapes");

/// Rows of prepared examples with features, on the boards that have room for them.
pub(crate) fn examples_with_features(
    workspace: &Workspace,
) -> Outcome<BTreeMap<&'static str, Vec<Row>>> {
    let cases = Case::examples(&workspace.root)?;
    let run = |beside: bool, of: &[(&'static str, &str, bool)]| -> Outcome<Vec<_>> {
        let mut rows = Vec::new();
        for &(feature, board, all) in of {
            let board = board::find(board)?;
            let runner = Runner::new(workspace).with_feature(feature);
            let runner = if beside { runner.beside() } else { runner };
            let meant = |case: &&Case| {
                (all || case.name == "digits") && lack(board, case, Mode::Prepared).is_none()
            };
            for case in cases.iter().filter(meant) {
                rows.push((feature, runner.run(board, case, Mode::Prepared)?));
                if (feature, case.name.as_str()) == INTERPRETED_WITH_FEATURE {
                    rows.push((feature, runner.run(board, case, Mode::Interpreted)?));
                }
            }
        }
        Ok(rows)
    };
    let (first, second) = WITH_FEATURE.split_at(FIRST_WITH_FEATURE);
    let (first, second) = process::together(|| run(false, first), || run(true, second));
    let mut rows = BTreeMap::<_, Vec<_>>::new();
    for (feature, row) in first?.into_iter().chain(second?) {
        rows.entry(feature).or_default().push(row);
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `docs/embedded.md` shows whole files: a comment names each, the block behind it is its
    /// contents.
    #[test]
    fn programs_of_the_page_are_those_that_run() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let page = std::fs::read_to_string(root.join("docs/embedded.md")).unwrap();
        let mut shown = 0;
        for part in page.split("<!-- examples/").skip(1) {
            let (file, rest) = part.split_once(" -->\n```").unwrap();
            let (_, rest) = rest.split_once('\n').unwrap();
            let (block, _) = rest.split_once("```\n").unwrap();
            let there = std::fs::read_to_string(root.join("examples").join(file)).unwrap();
            assert!(block == there, "docs/embedded.md shows another {file}");
            shown += 1;
        }
        assert_eq!(shown, page.matches("```rust").count() + 2, "two memory maps, and all code");
    }

    #[test]
    fn no_target_has_boards_in_both_halves() {
        let (first, second) = BOARDS.split_at(BOARDS.len() / 2);
        assert!(first.iter().all(|a| second.iter().all(|b| a.target != b.target)));
    }

    fn parse(words: &[&str]) -> Result<Options, clap::Error> {
        Options::try_parse_from(["firmware"].iter().chain(words))
    }

    #[test]
    fn without_models_there_is_no_comparison() {
        let options = parse(&["--peers", "--models", "no/such/folder"]).unwrap();
        let error = cases(&options, &Workspace::load().unwrap()).map(drop).unwrap_err();
        assert!(error.to_string().contains("person_detect"), "{error}");
    }

    #[test]
    fn options_name_boards_models_and_levels() {
        let options =
            parse(&["--json", "--board", "microbit", "--board", "wasm", "--profile", "s"]).unwrap();
        assert_eq!(options.board.iter().map(|b| b.name).collect::<Vec<_>>(), ["microbit", "wasm"]);
        assert_eq!(options.profile, Profile::Small);
        assert!(parse(&["--board", "toaster"]).is_err());
        assert!(parse(&["--profile", "4"]).is_err());
        assert_eq!(boards(&parse(&[]).unwrap()).len(), BOARDS.len());
        assert!(boards(&parse(&["--peers"]).unwrap()).len() < BOARDS.len());
    }
}
