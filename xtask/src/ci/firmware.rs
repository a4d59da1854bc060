//! The firmware examples, built and run in an emulator.

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::bare::{self, HELP};
use super::{Context, Done};
use crate::{Outcome, process};

const FOLDER: &str = "examples/firmware";
pub(super) const MANIFEST: &str = "examples/firmware/Cargo.toml";

struct Board {
    /// The package, and what runs it is in the folder's `.cargo/config.toml`.
    name: &'static str,
    target: &'static str,
    /// The model it runs.
    model: &'static str,
}

const BOARDS: &[Board] = &[Board {
    name: "mps2-an386",
    target: "thumbv7em-none-eabihf",
    model: "examples/digits/digits.tflite",
}];

/// What the name of a symbol contains if the program can allocate.
const ALLOCATION: &[&str] = &["__rust_alloc", "__rust_realloc", "__rg_", "__rdl_", "alloc::"];

pub(super) fn run(context: &Context) -> Outcome<Done> {
    for tool in ["qemu-system-arm", "nm", "timeout"] {
        if !process::works(tool, &["--version"]) {
            return context.missing(format!("no {tool}: `.ci/bare-metal.sh` installs it"));
        }
    }
    for board in BOARDS {
        let Some(cargo) = board_cargo(context, board, "build") else {
            return context.missing(HELP);
        };
        process::run(&mut { cargo })?;
        let elf = bare::target_dir(context).join(board.target).join("release").join(board.name);
        check_symbols(&elf)?;

        let Some(cargo) = board_cargo(context, board, "run") else {
            return context.missing(HELP);
        };
        let printed = process::output(&mut { cargo })?;
        print!("{printed}");
        check_figures(&figures(&printed), host_arena_bytes(board.model)?)?;
    }
    Ok(Done::Passed)
}

fn board_cargo(context: &Context, board: &Board, verb: &str) -> Option<Command> {
    let mut cargo = bare::cargo_for(board.target)?;
    cargo.current_dir(context.workspace.root.join(FOLDER));
    cargo.args([verb, "--release", "--locked", "-p", board.name, "--target", board.target]);
    cargo.arg("--target-dir").arg(bare::target_dir(context));
    Some(cargo)
}

/// A program that can allocate has the symbols for it, and so has one that can panic.
fn check_symbols(elf: &Path) -> Outcome {
    let symbols = process::output(Command::new("nm").arg("--demangle").arg(elf))?;
    let found =
        |is: fn(&str) -> bool| symbols.lines().filter(|symbol| is(symbol)).collect::<Vec<_>>();
    let (allocating, panicking) = (found(can_allocate), found(can_panic));
    if !allocating.is_empty() {
        return Err(format!("the firmware can allocate:\n  {}", allocating.join("\n  ")).into());
    }
    println!("no symbol of an allocator among {}", symbols.lines().count());
    for symbol in panicking {
        println!("note: the compiler did not see that this is never reached: {symbol}");
    }
    Ok(())
}

fn can_panic(symbol: &str) -> bool {
    symbol.contains("core::panicking::")
}

fn can_allocate(symbol: &str) -> bool {
    // `core::alloc` only describes memory.
    let symbol = symbol.replace("core::alloc::", "");
    ALLOCATION.iter().any(|part| symbol.contains(part))
}

/// The lines `name value` that a firmware prints.
fn figures(printed: &str) -> HashMap<&str, u64> {
    printed
        .lines()
        .filter_map(|line| line.trim().split_once(' '))
        .filter_map(|(name, value)| Some((name, value.parse().ok()?)))
        .collect()
}

/// The arena that the host says the model needs.
fn host_arena_bytes(model: &str) -> Outcome<u64> {
    let json = process::output(
        process::cargo()
            .args(["run", "--quiet", "--package", "bantam-cli", "--"])
            .args(["size", model, "--json"]),
    )?;
    let size: Value = serde_json::from_str(&json)?;
    size["arena_bytes"].as_u64().ok_or_else(|| "`bantam size` prints no arena_bytes".into())
}

/// The constant in the firmware's source and what it used at run time are both the host's figure.
fn check_figures(figures: &HashMap<&str, u64>, host: u64) -> Outcome {
    for name in ["arena_bytes", "arena_used_bytes"] {
        match figures.get(name) {
            Some(&value) if value == host => {}
            Some(value) => {
                return Err(format!("{name} is {value} on the device, {host} on the host").into());
            }
            None => return Err(format!("the firmware prints no {name}").into()),
        }
    }
    println!("the host says {host}, too");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_among_other_lines() {
        let printed = "hello\narena_bytes 64\nanswers 3 of 3\narena_used_bytes 64\n";
        let figures = figures(printed);
        assert_eq!(figures.len(), 2);
        assert!(check_figures(&figures, 64).is_ok());
        assert!(check_figures(&figures, 65).is_err());
        assert!(check_figures(&HashMap::new(), 64).is_err());
    }

    #[test]
    fn symbols_of_an_allocator_are_known() {
        assert!(can_allocate("00001234 T __rust_alloc"));
        assert!(can_allocate("00001234 t alloc::raw_vec::RawVecInner::grow"));
        assert!(!can_allocate("00001234 t core::alloc::layout::Layout::is_size_align_valid"));
        assert!(!can_allocate("00001234 T memcpy"));
        assert!(can_panic("00001234 t core::panicking::panic_fmt"));
    }
}
