//! Builds a firmware, runs it, and compares its figures with the host's.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::board::{Board, Machine, Mode, Profile};
use super::case::{Case, Host};
use super::cycles::{Cost, Plugin};
use super::program::{self, Footprint};
use super::tools::{self, FOLDER};
use crate::ci::bare;
use crate::workspace::Workspace;
use crate::{outcome::Outcome, process};

/// The time limit of an emulator.
const TIMEOUT_SECONDS: &str = "300";

/// The value of `BANTAM_FIRMWARE_OPS` for the operators of the model.
pub(crate) const MODEL_OPS: &str = "model";

/// The function of the harness that runs an inference and measures it: a part of its name.
const MEASURED: &str = "::instructions";

/// One firmware that ran, and agreed with the host.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) board: &'static Board,
    pub(crate) target: String,
    pub(crate) model: String,
    pub(crate) mode: Mode,
    pub(crate) arena_bytes: u64,
    pub(crate) overlay_bytes: u64,
    pub(crate) output_hash: u64,
    pub(crate) instructions: Option<u64>,
    /// An estimate, of the comparison with peers only.
    pub(crate) cycles: Option<u64>,
    pub(crate) stack_bytes: Option<u64>,
    pub(crate) invoke_stack_bytes: Option<u64>,
    pub(crate) flash_bytes: u64,
    pub(crate) model_bytes: Option<u64>,
    pub(crate) static_ram_bytes: Option<u64>,
    /// The program, until the next one for this board is built.
    pub(crate) file: PathBuf,
    /// The names of its symbols, readable.
    pub(crate) symbols: Vec<String>,
}

impl Row {
    /// Returns the object that the help of the command documents.
    pub(crate) fn json(&self) -> Value {
        let mut keys = json!({
            "board": self.board.name,
            "target": self.target,
            "model": self.model,
            "mode": self.mode.name(),
            "arena_bytes": self.arena_bytes,
            "overlay_bytes": self.overlay_bytes,
            "output_hash": format!("{:016x}", self.output_hash),
            "instructions": self.instructions,
            "stack_bytes": self.stack_bytes,
            "invoke_stack_bytes": self.invoke_stack_bytes,
            "flash_bytes": self.flash_bytes,
            "model_bytes": self.model_bytes,
            "static_ram_bytes": self.static_ram_bytes,
        });
        if let Some(cycles) = self.cycles {
            keys["cycles"] = cycles.into();
        }
        keys
    }
}

/// The options of a build.
pub(crate) struct Runner<'w> {
    workspace: &'w Workspace,
    profile: Profile,
    ops: String,
    features: Vec<&'static str>,
    /// Whether `--cfg bantam_portable` switches off the loops of all features.
    is_switched_off: bool,
    /// In place of the boards' targets.
    target: Option<String>,
    /// In place of `memory.x`.
    memory: Option<&'static str>,
    target_dir: PathBuf,
}

impl<'w> Runner<'w> {
    /// Makes a runner of firmware with the operators of the model.
    pub(crate) fn new(workspace: &'w Workspace) -> Self {
        let ops = MODEL_OPS.to_owned();
        let target_dir = bare::target_dir(workspace);
        let (profile, features) = (Profile::Small, Vec::new());
        let is_switched_off = false;
        let (target, memory) = (None, None);
        Self { workspace, profile, ops, features, is_switched_off, target, memory, target_dir }
    }

    /// Returns the runner with another folder to build in, for use at the same time.
    pub(crate) fn beside(self) -> Self {
        Self { target_dir: bare::target_dir_beside(self.workspace), ..self }
    }

    /// Returns the runner with the options of a user.
    pub(crate) fn with(self, profile: Profile, ops: &str) -> Self {
        Self { profile, ops: ops.to_owned(), ..self }
    }

    /// Returns the runner with a feature: `dsp`, `mve`, `thumb1` or `riscv`.
    pub(crate) fn with_feature(mut self, name: &'static str) -> Self {
        self.features.push(name);
        self
    }

    /// Returns the runner with the loops of all features switched off.
    pub(crate) fn switched_off(self) -> Self {
        Self { is_switched_off: true, ..self }
    }

    /// Returns whether an arena has all the bytes of the host's behind the last inference.
    fn has_all_bytes(&self, mode: Mode) -> bool {
        // Layers leave what they like in memory that is lent to them.
        let lends = !self.is_switched_off && self.features.iter().any(|name| *name != "riscv");
        // Records have indices into the list of operators.
        !lends && (self.ops == MODEL_OPS || mode == Mode::Prepared)
    }

    /// Returns the runner with another target, whose code the boards' cores execute as well.
    pub(crate) fn with_target(self, target: Option<String>) -> Self {
        Self { target, ..self }
    }

    /// Returns the runner with another memory map, for a program that runs on several boards.
    pub(crate) fn with_memory(self, map: &'static str) -> Self {
        Self { memory: Some(map), ..self }
    }

    /// Returns an error if a program is missing that runs firmware.
    pub(crate) fn check_tools(&self) -> Outcome {
        match tools::missing_tool() {
            Some(tool) => Err(format!("no {tool}: `.ci/bare-metal.sh` installs it").into()),
            None => Ok(()),
        }
    }

    /// Builds and runs one, and checks all that the host knows about it.
    pub(crate) fn run(&self, board: &'static Board, case: &Case, mode: Mode) -> Outcome<Row> {
        let file = self.build(board, case, mode.name())?;
        let host = case.host(mode);
        let fault =
            |what: &str| format!("{} with {}, {}: {what}", board.name, case.name, mode.name());
        let printed = process::output(&mut self.emulator(board, &file))
            .map_err(|error| fault(&error.to_string()))?;
        let figures = Figures::read(&printed);
        let has_all_bytes = self.has_all_bytes(mode);
        figures.check(host, mode, has_all_bytes).map_err(|error| fault(&error))?;
        let stack = ["prepare_stack_bytes", "invoke_stack_bytes"];
        let is_wasm = board.machine == Machine::Wasm;
        let deepest = stack.iter().filter_map(|name| figures.number(name)).max();
        let (flash, model, static_ram) = if is_wasm {
            (figures.expect("program_bytes")?.checked_sub(case.flash), None, None)
        } else {
            let footprint = program::footprint(&file, host.arena_bytes)?;
            (Some(footprint.flash), Some(footprint.model), Some(footprint.static_ram))
        };
        // A symbol of a module for wasm need not have a name.
        let symbols = if is_wasm { Vec::new() } else { program::symbols(&file)? };
        Ok(Row {
            board,
            target: self.target(board).to_owned(),
            model: case.name.clone(),
            mode,
            arena_bytes: host.arena_bytes,
            overlay_bytes: host.overlay_bytes,
            output_hash: host.output_hash,
            instructions: figures.number("instructions"),
            cycles: None,
            stack_bytes: deepest,
            invoke_stack_bytes: figures.number("invoke_own_stack_bytes"),
            flash_bytes: flash.ok_or_else(|| fault("the program is smaller than its data"))?,
            model_bytes: model,
            static_ram_bytes: static_ram,
            file,
            symbols,
        })
    }

    /// Builds one that has nothing to run.
    pub(crate) fn footprint(
        &self,
        board: &Board,
        case: &Case,
        mode: &str,
        arena_bytes: u64,
    ) -> Outcome<Footprint> {
        program::footprint(&self.build(board, case, mode)?, arena_bytes)
    }

    /// Builds and runs a program that is not a board's, and gives back what it prints.
    pub(crate) fn run_program(&self, name: &str, board: &Board) -> Outcome<String> {
        let file = self.program(name, board)?;
        let mut emulator = self.emulator(board, &file);
        if board.name == "microbit" {
            // A program that is not the board's has memory as on the others.
            enlarge(&mut emulator, 4 << 20);
        }
        process::output(&mut emulator)
    }

    /// Runs a program that ran before, and returns the cost of the inference that takes most.
    pub(crate) fn cost(&self, plugin: &Plugin, row: &Row) -> Outcome<Cost> {
        let emulator = self.emulator(row.board, &row.file);
        let calls = plugin.calls(emulator, &row.file, MEASURED)?;
        let by_instructions = |call: &&Cost| call.instructions;
        let longest = calls.iter().max_by_key(by_instructions);
        // One of the calls measures nothing: see `Counter` of the harness.
        let around = calls.iter().min_by_key(by_instructions);
        let (Some(longest), Some(around)) = (longest, around) else {
            return Err("nothing was measured".into());
        };
        let cost = longest.without(*around);
        let counted = row.instructions.unwrap_or_default();
        if cost.instructions != counted {
            let (model, found) = (&row.model, cost.instructions);
            return Err(format!("{model}: blocks of {found} instructions, of {counted}").into());
        }
        Ok(cost)
    }

    /// Runs a program of somebody else on a board's core, and returns the costs of the calls of a
    /// function.
    pub(crate) fn foreign(
        &self,
        plugin: &Plugin,
        board: &Board,
        program: &Path,
        function: &str,
    ) -> Outcome<Vec<Cost>> {
        plugin.calls(self.emulator(board, program), program, function)
    }

    fn target<'b>(&'b self, board: &'b Board) -> &'b str {
        self.target.as_deref().unwrap_or(board.target)
    }

    /// Builds a program that is not a board's.
    pub(crate) fn program(&self, name: &str, board: &Board) -> Outcome<PathBuf> {
        let mut cargo = self.cargo(name, board)?;
        for feature in &self.features {
            cargo.args(["--features", &format!("{name}/{feature}")]);
        }
        self.link(&mut cargo, name, board)
    }

    fn build(&self, board: &Board, case: &Case, mode: &str) -> Outcome<PathBuf> {
        let mut cargo = self.cargo(board.name, board)?;
        for feature in &self.features {
            cargo.args(["--features", &format!("harness/{feature}")]);
        }
        cargo.env("BANTAM_FIRMWARE_MODEL", &case.model);
        cargo.env("BANTAM_FIRMWARE_INPUTS", &case.inputs);
        cargo.env("BANTAM_FIRMWARE_EXPECTED", &case.expected);
        cargo.env("BANTAM_FIRMWARE_OPS", &self.ops);
        cargo.env("BANTAM_FIRMWARE_MODE", mode);
        self.link(&mut cargo, board.name, board)
            .map_err(|error| format!("{} with {}: {error}", board.name, case.name).into())
    }

    fn cargo(&self, package: &str, board: &Board) -> Outcome<Command> {
        let target = self.target(board);
        let mut cargo = bare::cargo_for(target).ok_or(bare::HELP)?;
        cargo.current_dir(self.workspace.root.join(FOLDER));
        cargo.args(["build", "--quiet", "--locked", "--profile", self.profile.name()]);
        cargo.args(["-p", package, "--target", target]);
        cargo.arg("--target-dir").arg(&self.target_dir).stdout(Stdio::null());
        if let Some(memory) = self.memory {
            cargo.env("BANTAM_FIRMWARE_MEMORY", memory);
        }
        if self.is_switched_off {
            cargo.env("RUSTFLAGS", "--cfg bantam_portable");
        }
        Ok(cargo)
    }

    /// Returns the linked program.
    fn link(&self, cargo: &mut Command, package: &str, board: &Board) -> Outcome<PathBuf> {
        if !cargo.status()?.success() {
            return Err(format!("{package} does not build").into());
        }
        let folder = self.target_dir.join(self.target(board)).join(self.profile.name());
        let is_wasm = board.machine == Machine::Wasm;
        Ok(folder.join(if is_wasm { format!("{package}.wasm") } else { package.to_owned() }))
    }

    fn emulator(&self, board: &Board, file: &Path) -> Command {
        let mut command = Command::new("timeout");
        command.arg(TIMEOUT_SECONDS);
        // The shifts are those of examples/firmware/harness/src/counter.rs.
        match board.machine {
            Machine::Arm(machine) => {
                command.args(["qemu-system-arm", "-machine", machine, "-icount", "shift=7"]);
            }
            Machine::RiscV => {
                command.args(["qemu-system-riscv32", "-machine", "virt", "-bios", "none"]);
                command.args(["-icount", "shift=0"]);
            }
            Machine::Wasm => {
                let script = self.workspace.root.join(FOLDER).join("wasm/run.mjs");
                command.arg("node").arg(script).arg(file);
                return command;
            }
        }
        command.args(["-nographic", "-semihosting-config", "enable=on,target=native", "-kernel"]);
        command.arg(file).stdin(Stdio::null());
        command
    }
}

/// The lines `name value` that a firmware prints.
struct Figures<'p>(HashMap<&'p str, &'p str>);

impl<'p> Figures<'p> {
    fn read(printed: &'p str) -> Self {
        Self(printed.lines().filter_map(|line| line.trim().split_once(' ')).collect())
    }

    fn text(&self, name: &str) -> Option<&'p str> {
        self.0.get(name).copied()
    }

    fn number(&self, name: &str) -> Option<u64> {
        let text = self.text(name)?;
        match text.strip_prefix("0x") {
            Some(digits) => u64::from_str_radix(digits, 16).ok(),
            None => text.parse().ok(),
        }
    }

    fn expect(&self, name: &str) -> Result<u64, String> {
        self.number(name).ok_or_else(|| format!("no {name} was printed"))
    }

    /// Checks that the arena, the place of everything in it, and the outputs are the host's; the
    /// bytes in the arena, too, if it `has_all_bytes` of the host's.
    fn check(&self, host: &Host, mode: Mode, has_all_bytes: bool) -> Result<(), String> {
        if self.text("mode") != Some(mode.name()) {
            return Err(format!("it was not built as {}", mode.name()));
        }
        let mut pairs = vec![
            ("arena_bytes", host.arena_bytes),
            ("arena_used_bytes", host.arena_bytes),
            ("overlay_bytes", host.overlay_bytes),
            ("output_hash", host.output_hash),
        ];
        if has_all_bytes {
            pairs.push(("arena_hash", host.arena_hash));
        }
        for (name, there) in pairs {
            let here = self.expect(name)?;
            if here != there {
                return Err(format!(
                    "{name} is {here} ({here:#x}), on the host {there} ({there:#x})"
                ));
            }
        }
        let (sets, equal) = (self.expect("sets")?, self.expect("equal")?);
        if sets == 0 || equal != sets {
            return Err(format!("{equal} of {sets} outputs are those to expect"));
        }
        Ok(())
    }
}

/// Returns the rows as a table in Markdown.
pub(crate) fn table(rows: &[Row]) -> String {
    let columns: Vec<String> = match rows.first().map(Row::json) {
        Some(Value::Object(first)) => first.keys().cloned().collect(),
        _ => return String::new(),
    };
    let mut lines = vec![columns.clone()];
    for row in rows {
        let json = row.json();
        lines.push(columns.iter().map(|name| cell(&json[name])).collect());
    }
    let widths: Vec<usize> = (0..columns.len())
        .map(|at| lines.iter().map(|line| line[at].len()).max().unwrap_or(0))
        .collect();
    let rule = widths.iter().map(|width| "-".repeat(*width)).collect();
    lines.insert(1, rule);
    let show = |line: &Vec<String>| {
        let cells = line.iter().zip(&widths).map(|(cell, width)| format!(" {cell:<width$} |"));
        format!("|{}\n", cells.collect::<String>())
    };
    lines.iter().map(show).collect()
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Gives an emulated micro:bit as many bytes of flash and of RAM.
pub(crate) fn enlarge(emulator: &mut Command, bytes: u64) {
    for memory in ["sram-size", "flash-size"] {
        emulator.args(["-global", &format!("nrf51-soc.{memory}={bytes}")]);
    }
}

#[cfg(test)]
mod tests {
    use super::super::board::BOARDS;
    use super::*;

    const HOST: Host =
        Host { arena_bytes: 64, overlay_bytes: 32, arena_hash: 0xab, output_hash: 0xcd };

    const PRINTED: &str = "hello\nmode interpreted\narena_bytes 64\narena_used_bytes 64\noverlay_bytes 32\n\
        arena_hash 0x00000000000000ab\noutput_hash 0x00000000000000cd\nsets 3\nequal 3\n";

    #[test]
    fn keys_are_documented() {
        let row = Row {
            board: &BOARDS[0],
            target: BOARDS[0].target.to_owned(),
            model: "m".to_owned(),
            mode: Mode::Interpreted,
            arena_bytes: 64,
            overlay_bytes: 32,
            output_hash: 0xcd,
            instructions: Some(7),
            cycles: Some(9),
            stack_bytes: None,
            invoke_stack_bytes: None,
            flash_bytes: 1,
            model_bytes: None,
            static_ram_bytes: Some(2),
            file: PathBuf::new(),
            symbols: Vec::new(),
        };
        let Value::Object(keys) = row.json() else { panic!("no object") };
        let page = include_str!("../../../docs/embedded.md");
        for key in keys.keys() {
            assert!(page.contains(&format!("`{key}`")), "docs/embedded.md does not have {key}");
            assert!(super::super::DEFINITIONS.contains(key), "--help does not have {key}");
        }
        assert!(table(&[row]).contains("| 00000000000000cd | 7            | -           |"));
    }

    #[test]
    fn figures_of_the_host_pass() {
        assert_eq!(Figures::read(PRINTED).check(&HOST, Mode::Interpreted, true), Ok(()));
        assert_eq!(Figures::read(PRINTED).number("output_hash"), Some(0xcd));
    }

    #[test]
    fn any_other_figure_is_an_error() {
        for (good, bad) in [
            ("mode interpreted", "mode other"),
            ("arena_bytes 64", "arena_bytes 80"),
            ("arena_used_bytes 64", ""),
            ("overlay_bytes 32", "overlay_bytes 31"),
            ("00ab", "00ac"),
            ("00cd", "00ce"),
            ("equal 3", "equal 2"),
            ("sets 3\nequal 3", "sets 0\nequal 0"),
        ] {
            let printed = PRINTED.replace(good, bad);
            assert!(
                Figures::read(&printed).check(&HOST, Mode::Interpreted, true).is_err(),
                "{good} -> {bad}"
            );
        }
        let other_operators = PRINTED.replace("00ab", "00ac");
        assert_eq!(Figures::read(&other_operators).check(&HOST, Mode::Interpreted, false), Ok(()));
    }
}
