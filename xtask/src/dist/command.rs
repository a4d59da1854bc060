//! The command as a program without shared libraries, in an archive that `cargo binstall` takes.

use std::fs;
use std::process::Command;

use super::folder::{folder, version};
use crate::outcome::Outcome;
use crate::process;
use crate::workspace::Workspace;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A target of Rust's; without it, musl's if the toolchain has it, else this machine's with a
    /// static C library
    #[arg(long)]
    target: Option<String>,
}

pub(super) fn run(workspace: &Workspace, args: &Args) -> Outcome {
    let folder = folder(workspace, "command", None)?;
    let target = match &args.target {
        Some(target) => target.clone(),
        None => own_target()?,
    };
    // A folder of its own: flags for the linker would build all of the other one anew.
    let build = workspace.target.join("command");
    let mut cargo = process::cargo();
    cargo.args(["build", "--release", "--locked", "-p", "bantam-cli", "--target", &target]);
    cargo.args(["--config", "profile.release.strip=true", "--target-dir"]).arg(&build);
    cargo.env("RUSTFLAGS", "-Ctarget-feature=+crt-static");
    process::run(&mut cargo)?;
    let name = format!("bantam-{target}-v{}", version(workspace)?);
    let content = folder.join(&name);
    fs::create_dir_all(&content)?;
    fs::copy(build.join(&target).join("release/bantam"), content.join("bantam"))?;
    for file in ["LICENSE-MIT", "LICENSE-APACHE", "CHANGELOG.md"] {
        fs::copy(workspace.root.join(file), content.join(file))?;
    }
    process::run(Command::new(content.join("bantam")).arg("--version"))?;
    let mut tar = Command::new("tar");
    process::run(tar.current_dir(&folder).args(["-czf", &format!("{name}.tgz"), &name]))?;
    println!("{}", folder.display());
    Ok(())
}

/// Returns a target of this machine, musl's if its library is there.
fn own_target() -> Outcome<String> {
    let version = process::output(Command::new("rustc").arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    let host = host.ok_or("rustc names no host")?;
    let musl = host.replace("-gnu", "-musl");
    let print = ["--print", "target-libdir", "--target", &musl];
    let folder = process::output(Command::new("rustc").args(print))?;
    let has_musl = musl != host && std::path::Path::new(folder.trim()).is_dir();
    Ok(if has_musl { musl } else { host.to_owned() })
}
