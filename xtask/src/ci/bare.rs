//! Building for microcontrollers.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::layers::device_crates;
use super::{Context, Done};
use crate::workspace::Workspace;
use crate::{Outcome, process};

/// What the boards of `examples/firmware` have: cores with and without hardware floats, atomics and unaligned loads; and WebAssembly.
const TARGETS: &[&str] = &[
    "thumbv6m-none-eabi",
    "thumbv7m-none-eabi",
    "thumbv7em-none-eabihf",
    "thumbv8m.main-none-eabihf",
    "riscv32imc-unknown-none-elf",
    "wasm32-unknown-unknown",
];

pub(crate) const HELP: &str = "a library for a bare-metal target is missing: run `.ci/bare-metal.sh` (Debian) \
     or `rustup target add` with the targets that `xtask/src/ci/bare.rs` names";

pub(super) fn run(context: &Context) -> Outcome<Done> {
    for target in TARGETS {
        let Some(mut cargo) = cargo_for(target) else {
            return context.missing(format!("{target}: {HELP}"));
        };
        cargo.args(["build", "--release", "--target", target]);
        cargo.arg("--target-dir").arg(target_dir(&context.workspace));
        for name in device_crates() {
            cargo.args(["-p", name]);
        }
        process::run(&mut cargo)?;
    }
    Ok(Done::Passed)
}

/// Where bare-metal builds go: apart from the host's, since the compiler may be another one.
pub(crate) fn target_dir(workspace: &Workspace) -> PathBuf {
    workspace.target.join("bare")
}

/// A cargo that can build for `target`: with the sysroot of `.ci/bare-metal.sh` if it is there, else with
/// the toolchain's own compiler if it has the target.
pub(crate) fn cargo_for(target: &str) -> Option<Command> {
    let mut cargo = process::cargo();
    let sysroot = sysroot()?;
    if has_library(&sysroot, target) {
        cargo.env("RUSTC", sysroot.join("bin/rustc"));
        return Some(cargo);
    }
    let own = process::output(Command::new("rustc").args(["--print", "sysroot"])).ok()?;
    has_library(Path::new(own.trim()), target).then_some(cargo)
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

fn has_library(sysroot: &Path, target: &str) -> bool {
    let library = sysroot.join("lib/rustlib").join(target).join("lib");
    library.read_dir().is_ok_and(|files| {
        files.flatten().any(|file| file.file_name().to_string_lossy().starts_with("libcore-"))
    })
}
