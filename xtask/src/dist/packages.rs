//! Packages for C and C++: the same headers and libraries, laid out for each build system.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use bantam_report::codegen::library::{LIBRARIES, Library};

use super::archive;
use super::folder::{folder, version};
use crate::outcome::Outcome;
use crate::workspace::Workspace;

/// The layouts, a folder for each.
const LAYOUTS: &str = "crates/c/packages";
const HEADERS: &str = "crates/c/include";

/// Targets of Arduino's cores, and the folders of its layout: processor, floating-point unit, float
/// ABI.
const ARDUINO: [(&str, &[&str]); 4] = [
    ("thumbv6m-none-eabi", &["cortex-m0plus"]),
    ("thumbv7m-none-eabi", &["cortex-m3"]),
    ("thumbv7em-none-eabi", &["cortex-m4/fpv4-sp-d16-softfp", "cortex-m7/fpv5-d16-softfp"]),
    (
        "thumbv7em-none-eabihf",
        &["cortex-m4/fpv4-sp-d16-hard", "cortex-m7/fpv5-d16-hard", "cortex-m7/fpv5-sp-d16-hard"],
    ),
];

/// What is in a package.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A target of Rust's, or "host"; with "+dsp", "+mve" or "+thumb1" behind it, with loops for
    /// such cores: less time, more flash. Once for each. Without any: all that the package is for
    #[arg(long = "target", value_name = "TARGET[+FEATURE]", value_parser = library)]
    libraries: Vec<Library>,
    /// Only the operators that this source of `bantam codegen` names: less flash. Once for each
    #[arg(long, value_name = "FILE")]
    operators_of: Vec<PathBuf>,
    /// The folder instead of target/dist/NAME; what is in it is removed
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl Args {
    /// Returns the operators of the library; `None` for all.
    fn operators(&self) -> Outcome<Option<Vec<String>>> {
        let sources = self.operators_of.iter().map(fs::read_to_string);
        let sources: String = sources.collect::<Result<_, _>>()?;
        Ok((!self.operators_of.is_empty()).then(|| operators_in(&sources)))
    }

    /// Returns the libraries that were asked for; without any, all that the package is for.
    fn libraries(&self, is_for: impl Fn(&Library) -> bool) -> Vec<Library> {
        match self.libraries.as_slice() {
            [] => LIBRARIES.into_iter().filter(is_for).collect(),
            named => named.to_vec(),
        }
    }
}

/// Reads the name of a library.
fn library(name: &str) -> Result<Library, String> {
    Library::named(name).ok_or_else(|| {
        let names = LIBRARIES.map(|library| library.to_string());
        format!("no such library: there are {}", names.join(", "))
    })
}

/// Whether a library is for RISC-V, such as Espressif's chips.
fn is_risc_v(library: &Library) -> bool {
    library.target.starts_with("riscv32")
}

/// Returns the operators whose addresses sources take, each once.
fn operators_in(sources: &str) -> Vec<String> {
    let lines = sources.lines().filter_map(|line| line.trim().strip_prefix("&BANTAM_"));
    let names: BTreeSet<&str> = lines.filter_map(|line| line.strip_suffix(',')).collect();
    names.into_iter().map(str::to_owned).collect()
}

pub(super) fn c(workspace: &Workspace, args: &Args) -> Outcome {
    let folder = folder(workspace, "c", args.out.as_deref())?;
    copy_headers(workspace, &folder.join("include"))?;
    copy(workspace, "cmake", &folder.join("lib/cmake/bantam"))?;
    libraries(workspace, args, &folder, |_| true)
}

pub(super) fn esp_idf(workspace: &Workspace, args: &Args) -> Outcome {
    let folder = framework(workspace, "esp-idf", args)?;
    libraries(workspace, args, &folder, is_risc_v)
}

pub(super) fn zephyr(workspace: &Workspace, args: &Args) -> Outcome {
    let folder = framework(workspace, "zephyr", args)?;
    libraries(workspace, args, &folder, |_| true)
}

pub(super) fn platformio(workspace: &Workspace, args: &Args) -> Outcome {
    let folder = framework(workspace, "platformio", args)?;
    libraries(workspace, args, &folder, |_| true)
}

pub(super) fn arduino(workspace: &Workspace, args: &Args) -> Outcome {
    let folder = folder(workspace, "arduino", args.out.as_deref())?;
    copy(workspace, "arduino", &folder)?;
    copy_headers(workspace, &folder.join("src"))?;
    let operators = args.operators()?;
    // A folder has one library: that of a target without a feature, unless it is asked for.
    let has_folder = |library: &Library| {
        library.feature.is_none() && ARDUINO.iter().any(|(target, _)| *target == library.target)
    };
    for library in args.libraries(has_folder) {
        let place = ARDUINO.into_iter().find(|(target, _)| *target == library.target);
        let (_, cores) = place.ok_or_else(|| format!("Arduino has no cores for {library}"))?;
        let files = cores.iter().map(|core| folder.join("src").join(core).join("libbantam.a"));
        let files: Vec<PathBuf> = files.collect();
        let [first, others @ ..] = files.as_slice() else { continue };
        archive::build(workspace, library, operators.as_deref(), first)?;
        for other in others {
            fs::create_dir_all(other.parent().unwrap_or(&folder))?;
            fs::copy(first, other)?;
        }
    }
    say(&folder);
    Ok(())
}

/// Returns the folder of a package whose layout and headers are there.
fn framework(workspace: &Workspace, name: &str, args: &Args) -> Outcome<PathBuf> {
    let folder = folder(workspace, name, args.out.as_deref())?;
    copy(workspace, name, &folder)?;
    copy_headers(workspace, &folder.join("include"))?;
    Ok(folder)
}

/// Builds each library, in a folder of its name.
fn libraries(
    workspace: &Workspace,
    args: &Args,
    folder: &Path,
    is_for: impl Fn(&Library) -> bool,
) -> Outcome {
    let operators = args.operators()?;
    for library in args.libraries(is_for) {
        let file = folder.join("lib").join(library.to_string()).join("libbantam.a");
        archive::build(workspace, library, operators.as_deref(), &file)?;
    }
    say(folder);
    Ok(())
}

fn say(folder: &Path) {
    println!("{}", folder.display());
}

fn copy_headers(workspace: &Workspace, to: &Path) -> Outcome {
    fs::create_dir_all(to)?;
    for name in ["bantam.h", "bantam.hpp"] {
        fs::copy(workspace.root.join(HEADERS).join(name), to.join(name))?;
    }
    Ok(())
}

/// Copies a layout with its folders, and the licences; `@VERSION@` becomes the version.
fn copy(workspace: &Workspace, layout: &str, to: &Path) -> Outcome {
    let version = version(workspace)?;
    fs::create_dir_all(to)?;
    copy_folder(&workspace.root.join(LAYOUTS).join(layout), to, &version)?;
    for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
        fs::copy(workspace.root.join(licence), to.join(licence))?;
    }
    Ok(())
}

fn copy_folder(from: &Path, to: &Path, version: &str) -> Outcome {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            fs::create_dir_all(&to)?;
            copy_folder(&from, &to, version)?;
        } else {
            fs::write(to, fs::read_to_string(from)?.replace("@VERSION@", version))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::archive::HOST;
    use super::*;

    /// The files of a layout, in one text.
    fn text(layout: &str) -> String {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(LAYOUTS).join(layout);
        let (mut text, mut waiting) = (String::new(), vec![root]);
        while let Some(path) = waiting.pop() {
            if path.is_dir() {
                waiting.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            } else {
                text += &fs::read_to_string(path).unwrap();
            }
        }
        text
    }

    #[test]
    fn layouts_name_the_libraries_that_they_have() {
        let every: fn(&Library) -> bool = |_| true;
        for (layout, is_for) in
            [("esp-idf", is_risc_v as _), ("zephyr", every), ("platformio", every)]
        {
            let text = text(layout);
            let is_part = |c: char| c.is_ascii_alphanumeric() || ".-+".contains(c);
            let mut named: Vec<&str> = text.split(|c| !is_part(c)).collect();
            named.retain(|word| word.starts_with("thumb") || word.starts_with("riscv32"));
            let has: Vec<String> =
                LIBRARIES.iter().filter(|of| is_for(of)).map(Library::to_string).collect();
            assert!(named.iter().all(|word| has.iter().any(|has| has == word)), "{named:?}");
            let is_named = |library: &String| library == HOST || named.contains(&library.as_str());
            assert!(has.iter().all(is_named), "{layout}: {named:?}");
        }
    }

    #[test]
    fn features_of_libraries_are_those_of_the_crate() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let manifest = fs::read_to_string(root.join("crates/c/archive/Cargo.toml")).unwrap();
        for feature in LIBRARIES.iter().filter_map(|library| library.feature) {
            assert!(
                manifest.contains(&format!("{feature} = [\"bantam-c/{feature}\"]")),
                "{feature}"
            );
        }
    }

    #[test]
    fn manifests_have_the_fields_that_are_demanded() {
        let arduino = text("arduino");
        let fields: Vec<&str> =
            arduino.lines().filter_map(|line| line.split_once('=')).map(|(name, _)| name).collect();
        for field in [
            "name",
            "version",
            "author",
            "maintainer",
            "sentence",
            "paragraph",
            "category",
            "url",
            "architectures",
            "includes",
            "precompiled",
            "ldflags",
        ] {
            assert!(fields.contains(&field), "{field}");
        }
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(LAYOUTS);
        let library = fs::read_to_string(root.join("platformio/library.json")).unwrap();
        let library: serde_json::Value = serde_json::from_str(&library).unwrap();
        for field in ["name", "version", "description", "license", "frameworks", "platforms"] {
            assert!(library[field].is_string(), "{field}");
        }
        let script = library["build"]["extraScript"].as_str().unwrap();
        assert!(root.join("platformio").join(script).is_file());
    }

    #[test]
    fn operators_of_sources_are_found_once() {
        let source = "#include \"x.h\"\n  &BANTAM_RESHAPE_PREPARED,\n  &BANTAM_CONV_2D_INT8,\n};\n";
        assert_eq!(operators_in(&source.repeat(2)), ["CONV_2D_INT8", "RESHAPE_PREPARED"]);
    }
}
