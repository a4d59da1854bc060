//! The crates as a registry would have them: packed, unpacked in an empty folder, built and tested
//! there without the repository; and whether their dependencies take the compiler that is declared.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::context::{Context, Done};
use super::graph::{metadata, reached};
use crate::outcome::Outcome;
use crate::process;

/// A crate that is published.
struct Package {
    name: String,
    version: String,
}

impl Package {
    /// The name of its archive, without the ending.
    fn stem(&self) -> String {
        format!("{}-{}", self.name, self.version)
    }
}

/// Packs all crates that are published, and runs their unit tests and the examples of their
/// documentation from the archives.
pub(super) fn run(context: &Context) -> Outcome<Done> {
    let packages = published(context);
    let mut pack = process::cargo();
    pack.args(["package", "--quiet", "--no-verify", "--allow-dirty"]);
    for package in &packages {
        pack.args(["-p", &package.name]);
    }
    process::run(&mut pack)?;

    let folder = context.workspace.target.join("packages");
    let unpacked = folder.join("unpacked");
    if unpacked.exists() {
        fs::remove_dir_all(&unpacked)?;
    }
    fs::create_dir_all(&unpacked)?;
    for package in &packages {
        let archive = context.workspace.target.join("package").join(package.stem() + ".crate");
        // Files of now: all archives have one date, and cargo would take what it built before.
        process::run(Command::new("tar").arg("-xmzf").arg(archive).arg("-C").arg(&unpacked))?;
        complete(&unpacked.join(package.stem()))?;
    }
    fs::write(unpacked.join("Cargo.toml"), workspace(&packages))?;
    fs::copy(context.workspace.root.join("Cargo.lock"), unpacked.join("Cargo.lock"))?;

    let mut test = process::cargo();
    test.current_dir(&unpacked).args(["test", "--quiet", "--workspace", "--target-dir"]);
    process::run(test.arg(folder.join("target")))?;
    Ok(Done::Passed)
}

/// An error unless a package has what a registry shows, and what its licences demand.
fn complete(package: &Path) -> Outcome {
    for file in ["README.md", "LICENSE-APACHE", "LICENSE-MIT"] {
        if fs::metadata(package.join(file)).map_or(0, |found| found.len()) == 0 {
            return Err(format!("{} has no {file}", package.display()).into());
        }
    }
    Ok(())
}

/// The manifest of a workspace of the unpacked crates, in which each takes the place of the one
/// that the registry would have.
fn workspace(packages: &[Package]) -> String {
    let mut text = String::from("[workspace]\nresolver = \"3\"\nmembers = [\"*-*\"]\n");
    text += "\n[profile.test.package.\"*\"]\ndebug = false\n\n[patch.crates-io]\n";
    for package in packages {
        let _ = writeln!(text, "{} = {{ path = \"{}\" }}", package.name, package.stem());
    }
    text
}

/// Checks that each dependency of the published crates takes the declared compiler.
pub(super) fn msrv(context: &Context) -> Outcome {
    let known = metadata("Cargo.toml")?;
    let published = published(context);
    let packages = reached(&known, |package| {
        published.iter().any(|published| package["name"] == published.name.as_str())
    })?;
    let bantam = packages.iter().find(|package| package["name"] == "bantam");
    let declared = bantam.and_then(|package| package["rust_version"].as_str());
    let declared = declared.ok_or("bantam declares no rust-version")?;
    let mut faults = Vec::new();
    for package in &packages {
        if let Some(needed) = package["rust_version"].as_str()
            && numbers(needed) > numbers(declared)
        {
            faults.push(format!("{} {} needs Rust {needed}", package["name"], package["version"]));
        }
    }
    println!("declared: Rust {declared}");
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n").into()) }
}

/// The three numbers of a version; those that it leaves out are 0.
fn numbers(version: &str) -> [u32; 3] {
    let mut numbers = [0; 3];
    for (slot, number) in numbers.iter_mut().zip(version.split('.')) {
        *slot = number.parse().unwrap_or(0);
    }
    numbers
}

/// The crates of the workspace that are published.
fn published(context: &Context) -> Vec<Package> {
    let packages = context.workspace.packages.iter().filter(|package| package["publish"].is_null());
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    packages
        .map(|package| Package { name: text(&package["name"]), version: text(&package["version"]) })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_their_numbers() {
        assert!(numbers("1.9.0") < numbers("1.88"));
        assert!(numbers("1.88.1") > numbers("1.88"));
        assert_eq!(numbers("1.88.0"), numbers("1.88"));
    }
}
