//! Static libraries for C: one object, whose only global symbols are those of the header.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use bantam_report::codegen::library::Library;

use crate::ci::bare;
use crate::outcome::Outcome;
use crate::process;
use crate::workspace::Workspace;

/// The target of this machine.
pub(crate) const HOST: &str = "host";

const MANIFEST: &str = "crates/c/archive/Cargo.toml";

/// Builds a library as this file, with these operators (names without `BANTAM_`) or with all.
pub(crate) fn build(
    workspace: &Workspace,
    library: Library,
    operators: Option<&[String]>,
    file: &Path,
) -> Outcome {
    install_tools()?;
    let target = library.target;
    let folder = workspace.target.join("c");
    let mut cargo = if target == HOST {
        let mut cargo = process::cargo();
        cargo.args(["build", "--release"]);
        cargo
    } else {
        let mut cargo = bare_cargo(workspace, target)?;
        cargo.args(["--target", target]);
        cargo
    };
    // The sanitizers of a caller's, for example, are not for this.
    cargo.env_remove("RUSTFLAGS").args(["--locked", "--target-dir"]).arg(&folder);
    cargo.arg("--manifest-path").arg(workspace.root.join(MANIFEST));
    match operators {
        Some(operators) => cargo.env("BANTAM_OPERATORS", operators.join(" ")),
        None => cargo.env_remove("BANTAM_OPERATORS"),
    };
    if let Some(feature) = library.feature {
        cargo.args(["--features", feature]);
    }
    process::run(&mut cargo)?;
    let folder = if target == HOST { folder } else { folder.join(target) };
    pack(&folder.join("release/libbantam.a"), file)
}

/// Returns `cargo build --release` for a target, whose library is made if it is missing.
fn bare_cargo(workspace: &Workspace, target: &str) -> Outcome<Command> {
    if bare::cargo_for(target).is_none() {
        let script = workspace.root.join(".ci/bare-metal.sh");
        process::run(Command::new("bash").arg(script).env("BARE_TARGETS", target))?;
    }
    let mut cargo = bare::cargo_for(target).ok_or(bare::HELP)?;
    cargo.args(["build", "--release"]);
    Ok(cargo)
}

/// Makes one object of a static library and all that it needs of itself, and hides its symbols: so
/// it does not meet those of another Rust library, or of the C library.
///
/// Sections stay apart, so that linkers still leave out what nobody names.
fn pack(from: &Path, to: &Path) -> Outcome {
    let object = to.with_file_name("bantam.o");
    let folder = to.parent().ok_or("a library without a folder")?;
    fs::create_dir_all(folder)?;
    process::run(
        Command::new(linker()?)
            .args(["-flavor", "gnu", "-r", "-u", "bantam_init"])
            .arg(from)
            .arg("-o")
            .arg(&object),
    )?;
    process::run(
        Command::new("llvm-objcopy")
            .args(["--wildcard", "--keep-global-symbol=bantam_*", "--keep-global-symbol=BANTAM_*"])
            // Bitcode of the compiler's libraries, which other linkers may stumble over.
            .args(["--remove-section=.llvmbc", "--remove-section=.llvmcmd"])
            // Named by tables of the host's library; nothing unwinds.
            .arg("--weaken-symbol=rust_eh_personality")
            .arg(&object),
    )?;
    let _ = fs::remove_file(to);
    process::run(Command::new("llvm-ar").arg("rcs").arg(to).arg(&object))?;
    fs::remove_file(object)?;
    Ok(())
}

/// Returns the linker that comes with Rust.
fn linker() -> Outcome<PathBuf> {
    let sysroot = process::output(Command::new("rustc").args(["--print", "sysroot"]))?;
    let version = process::output(Command::new("rustc").arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    let host = host.ok_or("rustc names no host")?;
    let linker =
        Path::new(sysroot.trim()).join("lib/rustlib").join(host).join("bin").join("rust-lld");
    if linker.is_file() { Ok(linker) } else { Err("rustc has no rust-lld beside it".into()) }
}

/// Installs the tools that work on objects of all targets.
fn install_tools() -> Outcome {
    if process::works("llvm-objcopy", &["--version"]) && process::works("llvm-ar", &["--version"]) {
        return Ok(());
    }
    install(&["llvm"])
}

/// Installs packages of Debian's.
pub(crate) fn install(packages: &[&str]) -> Outcome {
    if !process::works("apt-get", &["--version"]) {
        return Err(format!("install {} first: there is no apt-get", packages.join(", ")).into());
    }
    let is_root = process::output(Command::new("id").arg("-u"))?.trim() == "0";
    let mut apt = if is_root {
        Command::new("apt-get")
    } else {
        let mut sudo = Command::new("sudo");
        sudo.arg("apt-get");
        sudo
    };
    apt.args(["-o", "DPkg::Lock::Timeout=600", "-qq", "-y", "--no-install-recommends", "install"]);
    process::run(apt.args(packages))
}
