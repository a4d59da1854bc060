//! Building for microcontrollers.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::context::{Context, Done};
use super::layers::device_crates;
use crate::workspace::Workspace;
use crate::{outcome::Outcome, process};

/// The targets of the boards of `examples/firmware`: cores with and without hardware floats,
/// atomics and unaligned loads; and WebAssembly.
pub(super) const TARGETS: &[&str] = &[
    "thumbv6m-none-eabi",
    "thumbv7m-none-eabi",
    "thumbv7em-none-eabihf",
    "thumbv8m.main-none-eabihf",
    "riscv32imc-unknown-none-elf",
    "wasm32-unknown-unknown",
];

/// The one where `defmt` is compiled, too: nothing of that depends on the core.
const WITH_DEFMT: &str = "thumbv7m-none-eabi";

/// The library of hosts that also runs in a browser, and the target for that.
const WEB: (&str, &str) = ("bantam-report", "wasm32-unknown-unknown");

pub(crate) const HELP: &str = "a library for a bare-metal target is missing: run `.ci/bare-metal.sh` (Debian) \
     or `rustup target add` with the targets that `xtask/src/ci/bare.rs` names";

pub(super) fn run(context: &Context) -> Outcome<Done> {
    let lacking = TARGETS.iter().find(|target| cargo_for(target).is_none());
    if let Some(target) = lacking {
        return context.missing(format!("{target}: {HELP}"));
    }
    let workspace = &context.workspace;
    let (first, second) = TARGETS.split_at(TARGETS.len() / 2);
    let (first, second) = process::together(
        || check(first, &target_dir(workspace)),
        || check(second, &target_dir_beside(workspace)),
    );
    first.and(second)?;
    let (library, target) = WEB;
    let Some(mut cargo) = cargo_with_std(target) else {
        return context.missing(format!("std for {target}: {HELP}"));
    };
    cargo.args(["check", "--target", target, "-p", library, "--target-dir"]);
    process::run(cargo.arg(context.workspace.target.join("web")))?;
    Ok(Done::Passed)
}

/// Compiles the device crates for each target, in this folder. The steps firmware and no-panic link
/// them.
fn check(targets: &[&str], folder: &Path) -> Outcome {
    for target in targets {
        let mut cargo = cargo_for(target).ok_or(HELP)?;
        cargo.args(["check", "--target", target, "--target-dir"]).arg(folder);
        for name in device_crates() {
            cargo.args(["-p", name]);
        }
        process::run(&mut cargo)?;
        if *target == WITH_DEFMT {
            process::run(cargo.args(["--features", "bantam/defmt"]))?;
        }
    }
    Ok(())
}

/// Returns a cargo that can build for `target` with `std`: as [`cargo_for`] does, but with the
/// second sysroot of `.ci/bare-metal.sh`.
fn cargo_with_std(target: &str) -> Option<Command> {
    const STD: &str = "std";
    let mut cargo = process::cargo();
    if let Some(web) = sysroot().map(|bare| bare.join("web"))
        && has_library(&web, target, STD)
    {
        cargo.env("RUSTC", web.join("bin/rustc"));
        return Some(cargo);
    }
    has_own(target, STD).then_some(cargo)
}

/// Returns the folder of bare-metal builds: apart from the host's, since the compiler may be
/// another one.
pub(crate) fn target_dir(workspace: &Workspace) -> PathBuf {
    workspace.target.join("bare")
}

/// Returns a second folder, for builds at the same time: cargo locks the one that it builds in.
pub(crate) fn target_dir_beside(workspace: &Workspace) -> PathBuf {
    workspace.target.join("bare-beside")
}

/// Returns a cargo that can build for `target`: with the sysroot of `.ci/bare-metal.sh` if it is
/// there, else with the toolchain's own compiler if it has the target.
pub(crate) fn cargo_for(target: &str) -> Option<Command> {
    let mut cargo = process::cargo();
    if let Some(sysroot) = sysroot_for(target) {
        cargo.env("RUSTC", sysroot.join("bin/rustc"));
        return Some(cargo);
    }
    has_own(target, CORE).then_some(cargo)
}

/// Returns the same for `cargo clippy`: a sysroot needs the clippy of its compiler.
pub(crate) fn clippy_for(target: &str) -> Option<Command> {
    /// The place of clippy in Debian's package `rust-web-clippy`.
    const CLIPPY: &str = "/usr/bin/cargo-clippy";
    let mut clippy = match sysroot_for(target) {
        Some(sysroot) if Path::new(CLIPPY).is_file() => {
            let mut clippy = Command::new(CLIPPY);
            clippy.env("RUSTC", sysroot.join("bin/rustc")).env("SYSROOT", sysroot);
            clippy
        }
        Some(_) => return None,
        None => has_own(target, CORE).then(process::cargo)?,
    };
    clippy.args(["clippy", "--target", target]);
    Some(clippy)
}

/// Returns the compiler of [`cargo_for`].
pub(crate) fn compiler_for(target: &str) -> Option<Command> {
    match sysroot_for(target) {
        Some(sysroot) => Some(Command::new(sysroot.join("bin/rustc"))),
        None => has_own(target, CORE).then(|| Command::new("rustc")),
    }
}

/// Returns the sysroot of `.ci/bare-metal.sh`, if it has this target.
fn sysroot_for(target: &str) -> Option<PathBuf> {
    sysroot().filter(|sysroot| has_library(sysroot, target, CORE))
}

/// Returns whether the toolchain has this library for a target.
fn has_own(target: &str, library: &str) -> bool {
    let own = process::output(Command::new("rustc").args(["--print", "sysroot"]));
    own.is_ok_and(|own| has_library(Path::new(own.trim()), target, library))
}

fn sysroot() -> Option<PathBuf> {
    if let Some(path) = env::var_os("BARE_SYSROOT") {
        return Some(path.into());
    }
    let cache = env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(Path::new(&env::var_os("HOME")?).join(".cache")))?;
    Some(cache.join("bantam-bare-sysroot"))
}

/// The library that every target has.
const CORE: &str = "core";

fn has_library(sysroot: &Path, target: &str, library: &str) -> bool {
    let folder = sysroot.join("lib/rustlib").join(target).join("lib");
    let prefix = format!("lib{library}-");
    folder.read_dir().is_ok_and(|files| {
        files.flatten().any(|file| file.file_name().to_string_lossy().starts_with(&prefix))
    })
}
