//! `cargo xtask boards`: writes the projects of `bantam codegen --lang rust`, builds them, and runs
//! those that an emulator has.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use bantam_interp::Options as Interpreting;
use bantam_interp::host::OwnedInterpreter;
use bantam_report::codegen::rust::{Board, Options, Source};
use bantam_report::codegen::{Language, codegen};
use bantam_signal_ops::EVERY;

use crate::ci::bare;
use crate::outcome::Outcome;
use crate::process;
use crate::workspace::Workspace;

/// The model of the projects, whose input and output are `i8`.
const MODEL: &str = "examples/digits/digits.tflite";

/// The board that an emulator has.
pub(crate) const EMULATED: Board = Board::CortexM;

/// Builds the projects for these boards, or for all.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let named = |name: &String| Board::named(name).ok_or_else(|| format!("no board {name}"));
    let mut boards = arguments.iter().map(named).collect::<Result<Vec<_>, _>>()?;
    if boards.is_empty() {
        boards.extend(Board::ALL);
    }
    let workspace = Workspace::load()?;
    boards.into_iter().try_for_each(|board| check(&workspace, board))
}

/// Builds the project for a board; if it is emulated, its output must be that of the host.
pub(crate) fn check(workspace: &Workspace, board: Board) -> Outcome {
    let file = fs::read(workspace.root.join(MODEL))?;
    let folder = write(workspace, &file, board)?;
    let cargo = |command: &str| -> Outcome<Command> {
        let mut cargo = bare::cargo_for(board.target()).ok_or(bare::HELP)?;
        cargo.current_dir(&folder).args([command, "--release"]);
        cargo.env("CARGO_TARGET_DIR", bare::target_dir(workspace));
        // As the firmware of the repository is built, so that host crates are built once.
        cargo.env("CARGO_PROFILE_RELEASE_DEBUG", "0");
        Ok(cargo)
    };
    println!("{board}, {}:", board.chip());
    process::run(&mut cargo("build")?)?;
    if board == EMULATED {
        let printed = process::output(&mut cargo("run")?)?;
        let expected = expected(&file)?;
        if printed.trim() != expected {
            return Err(format!("{board} prints\n{printed}instead of\n{expected}").into());
        }
        println!("{board} prints what the host computes");
    }
    Ok(())
}

/// Writes the project into a folder of its own.
fn write(workspace: &Workspace, file: &[u8], board: Board) -> Outcome<PathBuf> {
    let folder = workspace.target.join("boards").join(board.name());
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let model = bantam_report::model::parse(file)?;
    let mut options = Options::default();
    options.board = Some(board);
    options.bantam = Source::Path(workspace.root.display().to_string());
    // cargo tells packages of one folder of builds apart by their names.
    let name = format!("digits_{}", board.name().replace('-', "_"));
    for file in codegen(&model, &name, &Language::Rust(options))? {
        let path = folder.join(&file.path);
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::write(path, file.contents.as_bytes())?;
    }
    Ok(folder)
}

/// Returns the line of a project for the output of its ramp.
fn expected(file: &[u8]) -> Outcome<String> {
    let model = bantam_report::model::parse(file)?;
    let mut owned = OwnedInterpreter::new(&model, EVERY, Interpreting::default())?;
    for (index, value) in owned.input::<i8>(0)?.iter_mut().enumerate() {
        *value = index as i8;
    }
    let _ = owned.invoke()?;
    Ok(format!("output 0: {:?}", owned.output::<i8>(0)?))
}
