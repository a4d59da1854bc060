//! The rules that no compiler checks: the dependencies of crates, the attributes of device crates,
//! libraries that stay in memory, the lengths of files, the reasons of what is inlined, the
//! examples of kernels, the files that pages name, and that files do not import each other in a
//! circle.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::context::{Context, Done};
use super::{circles, examples, inlining, paths, promises};
use crate::outcome::Outcome;
use crate::workspace;

/// The dependencies that a device crate may have. Other crates run on a host and may use what they
/// like; dev-dependencies are free everywhere.
struct Rule {
    name: &'static str,
    dependencies: &'static [Allowed],
}

struct Allowed {
    name: &'static str,
    /// The features that may switch the dependency on; none: always on.
    features: &'static [&'static str],
}

const fn always(name: &'static str) -> Allowed {
    Allowed { name, features: &[] }
}

const fn behind(features: &'static [&'static str], name: &'static str) -> Allowed {
    Allowed { name, features }
}

const ARENA: &str = "bantam-arena";
const SCHEMA: &str = "bantam-schema";
const PLANNER: &str = "bantam-planner";
const KERNELS: &str = "bantam-kernels";
const ISA: &str = "bantam-isa";
const INTERP: &str = "bantam-interp";
const SIGNAL: &str = "bantam-signal";
const SIGNAL_OPS: &str = "bantam-signal-ops";
const C: &str = "bantam-c";
const BYTEMUCK: &str = "bytemuck";
/// Log messages of devices, where somebody wants them.
const DEFMT: &str = "defmt";

/// The feature of the schema crate that allocates.
const WRITE: &str = "write";

const RULES: &[Rule] = &[
    Rule { name: ARENA, dependencies: &[always(BYTEMUCK), behind(&[DEFMT], DEFMT)] },
    Rule {
        name: SCHEMA,
        dependencies: &[behind(&[WRITE], "flatbuffers"), behind(&[DEFMT], DEFMT)],
    },
    Rule { name: PLANNER, dependencies: &[behind(&["std"], "csv"), behind(&[DEFMT], DEFMT)] },
    Rule { name: ISA, dependencies: &[] },
    Rule {
        name: KERNELS,
        // The manifest names `bantam-isa` for Arm and RISC-V only, and `safe_arch` for x86-64 only,
        // which no device links. They give instructions by name, which a crate without unsafe code
        // cannot do itself.
        dependencies: &[
            always("libm"),
            behind(&["loops", "dsp", "mve", "thumb1", "riscv"], ISA),
            always("safe_arch"),
            behind(&[BYTEMUCK], BYTEMUCK),
            behind(&[DEFMT], DEFMT),
        ],
    },
    Rule { name: SIGNAL, dependencies: &[always("libm")] },
    Rule {
        name: INTERP,
        dependencies: &[
            always(ARENA),
            always(SCHEMA),
            always(PLANNER),
            always(KERNELS),
            always(BYTEMUCK),
            behind(&[DEFMT], DEFMT),
        ],
    },
    Rule {
        name: SIGNAL_OPS,
        dependencies: &[always(SIGNAL), always(SCHEMA), always(INTERP), always(BYTEMUCK)],
    },
    Rule {
        name: C,
        dependencies: &[always(SCHEMA), always(INTERP), always(SIGNAL_OPS), always(BYTEMUCK)],
    },
    Rule {
        name: "bantam",
        dependencies: &[
            behind(&["signal"], SIGNAL),
            behind(&["signal"], SIGNAL_OPS),
            always(ARENA),
            always(SCHEMA),
            always(PLANNER),
            always(KERNELS),
            always(INTERP),
            // Runs in the compiler; no device links it.
            always("bantam-macros"),
            behind(&[DEFMT], DEFMT),
        ],
    },
];

/// The lines that the root module of a device crate must contain: the second in all but
/// [`UNSAFE`].
const ATTRIBUTES: &[&str] = &["#![no_std]", "#![forbid(unsafe_code)]"];

/// The crates with unsafe code: instructions of processors, and pointers of C's.
const UNSAFE: [&str; 2] = [ISA, C];

/// Lines that a source file may have, its tests not counted.
const MAX_LINES: usize = 500;

/// The file of the kernels that knows what the target is good at.
const TARGET: &str = "crates/kernels/src/target.rs";

/// Libraries of hosts that also run in a browser: they get bytes, and return values.
const PURE: &[&str] = &["crates/report/src/", "crates/tflm-plan/src/"];
/// Ways to the world that such a library does not take.
const WORLD: &[&str] =
    &["std::env", "std::fs", "std::io", "std::process", "std::time", "println!("];

/// Returns the crates that run on a device.
pub(super) fn device_crates() -> impl Iterator<Item = &'static str> {
    RULES.iter().map(|rule| rule.name)
}

pub(super) fn run(context: &Context) -> Outcome<Done> {
    let mut faults = Vec::new();
    for rule in RULES {
        let package =
            context.workspace.packages.iter().find(|package| package["name"] == rule.name);
        match package {
            Some(package) => {
                check_dependencies(rule, package, &mut faults);
                check_attributes(rule, package, &mut faults)?;
            }
            None => faults.push(format!("{} is not in the workspace", rule.name)),
        }
    }
    for package in &context.workspace.packages {
        for root in roots(package) {
            faults.extend(circles::of_crate(Path::new(root))?);
        }
    }
    let root = &context.workspace.root;
    check_files(root, &mut faults)?;
    promises::check(root, &context.steps, &mut faults)?;
    paths::check(root, &mut faults)?;
    inlining::check(root, &mut faults)?;
    examples::check(root, &mut faults)?;
    if faults.is_empty() { Ok(Done::Passed) } else { Err(faults.join("\n  ").into()) }
}

fn check_dependencies(rule: &Rule, package: &Value, faults: &mut Vec<String>) {
    let name = rule.name;
    for dependency in list(&package["dependencies"]) {
        if dependency["kind"] == "dev" {
            continue;
        }
        let to = dependency["name"].as_str().unwrap_or("?");
        let Some(allowed) = rule.dependencies.iter().find(|allowed| allowed.name == to) else {
            faults.push(format!("{name} must not depend on {to}"));
            continue;
        };
        if list(&dependency["features"]).iter().any(|feature| feature == WRITE) {
            faults.push(format!("{name} must not switch on the feature {WRITE} of {to}"));
        }
        if !allowed.features.is_empty() {
            check_optional(name, dependency, allowed.features, &package["features"], faults);
        }
    }
}

/// An optional dependency must hang on its features.
fn check_optional(
    name: &str,
    dependency: &Value,
    allowed: &[&str],
    features: &Value,
    faults: &mut Vec<String>,
) {
    let to = dependency["name"].as_str().unwrap_or("?");
    if dependency["optional"] != true {
        let allowed = allowed.join(" or ");
        faults.push(format!("{name} must depend on {to} behind the feature {allowed} only"));
    }
    let Value::Object(features) = features else { return };
    for (feature, parts) in features {
        let enables = |part: &Value| {
            part == to || allowed.iter().any(|name| part == name) || *part == format!("dep:{to}")
        };
        if !allowed.contains(&feature.as_str()) && list(parts).iter().any(enables) {
            faults.push(format!("{name}: the feature {feature} must not switch on {to}"));
        }
    }
}

fn check_attributes(rule: &Rule, package: &Value, faults: &mut Vec<String>) -> Outcome {
    let library = list(&package["targets"])
        .iter()
        .find(|target| list(&target["kind"]).iter().any(|kind| kind == "lib"))
        .and_then(|target| target["src_path"].as_str());
    let Some(path) = library else {
        faults.push(format!("{} has no library", rule.name));
        return Ok(());
    };
    let source = fs::read_to_string(path)?;
    let attributes = if UNSAFE.contains(&rule.name) { &ATTRIBUTES[..1] } else { ATTRIBUTES };
    for attribute in attributes {
        if !source.lines().any(|line| line == *attribute) {
            faults.push(format!("the root module of {} lacks {attribute}", rule.name));
        }
    }
    Ok(())
}

/// The root files of a package's libraries and programs.
fn roots(package: &Value) -> impl Iterator<Item = &str> {
    const KINDS: [&str; 3] = ["lib", "bin", "proc-macro"];
    let targets = list(&package["targets"]).iter().filter(|target| {
        list(&target["kind"]).iter().any(|kind| KINDS.iter().any(|known| kind == known))
    });
    targets.filter_map(|target| target["src_path"].as_str())
}

fn check_files(root: &Path, faults: &mut Vec<String>) -> Outcome {
    for file in workspace::files(root, "*.rs")?.into_iter().filter(|file| !is_test(file)) {
        // Git lists a file that was deleted until the deletion is staged.
        let Ok(source) = fs::read_to_string(root.join(&file)) else { continue };
        if asks_for_features(&file, &source) {
            faults.push(format!("{file} asks for a feature of the target: {TARGET} does that"));
        }
        faults.extend(way_to_world(&file, &source).map(|way| {
            format!("{file} uses {way}: libraries that run in browsers leave that to their callers")
        }));
        let lines = lines_outside_tests(&source);
        if lines > MAX_LINES {
            faults.push(format!("{file} has {lines} lines; {MAX_LINES} are allowed outside tests"));
        }
    }
    Ok(())
}

/// Whether a kernel asks for a feature of the target, in another file than the one for that.
fn asks_for_features(file: &str, source: &str) -> bool {
    let is_kernel = file.starts_with("crates/kernels/src/") && file != TARGET;
    is_kernel && source.contains("target_feature")
}

/// Returns how a file of a [`PURE`] library reaches the world, outside of comments and tests.
fn way_to_world(file: &str, source: &str) -> Option<&'static str> {
    let is_pure = PURE.iter().any(|folder| file.starts_with(folder));
    let lines = source.lines().take(if is_pure { lines_outside_tests(source) } else { 0 });
    let code: Vec<&str> = lines.filter(|line| !line.trim_start().starts_with("//")).collect();
    WORLD.iter().copied().find(|way| code.iter().any(|line| line.contains(way)))
}

fn is_test(file: &str) -> bool {
    file.split('/').any(|part| part == "tests" || part == "tests.rs" || part.ends_with("_tests.rs"))
}

/// Returns the lines before the test module at the end of a file.
fn lines_outside_tests(source: &str) -> usize {
    let mut test_attribute = false;
    for (number, line) in source.lines().enumerate() {
        if test_attribute && line.starts_with("mod ") && line.ends_with('{') {
            return number - 1;
        }
        test_attribute = line == "#[cfg(test)]";
    }
    source.lines().count()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn faults_of(rule: &str, package: &Value) -> Vec<String> {
        let rule = RULES.iter().find(|candidate| candidate.name == rule).expect("a rule");
        let mut faults = Vec::new();
        check_dependencies(rule, package, &mut faults);
        faults
    }

    fn dependency(name: &str, kind: &Value, optional: bool, features: &[&str]) -> Value {
        json!({ "name": name, "kind": kind, "optional": optional, "features": features })
    }

    #[test]
    fn pure_libraries_stay_in_memory() {
        let source = "//! std::fs\nuse std::fmt;\n#[cfg(test)]\nmod tests {\n    use std::fs;\n}\n";
        assert_eq!(way_to_world("crates/report/src/a.rs", source), None);
        let source = "fn f() {\n    std::fs::read(\"a\");\n}\n";
        assert_eq!(way_to_world("crates/report/src/a.rs", source), Some("std::fs"));
        assert_eq!(way_to_world("crates/cli/src/a.rs", source), None);
    }

    #[test]
    fn an_arrow_between_leaves_is_a_fault() {
        let package =
            json!({ "dependencies": [dependency("bantam-arena", &Value::Null, false, &[])] });
        assert_eq!(
            faults_of("bantam-planner", &package),
            ["bantam-planner must not depend on bantam-arena"]
        );
        assert!(faults_of("bantam-interp", &package).is_empty());
    }

    #[test]
    fn a_dev_dependency_is_free_and_a_build_dependency_is_not() {
        let of =
            |kind: &str| json!({ "dependencies": [dependency("cc", &json!(kind), false, &[])] });
        assert!(faults_of("bantam-planner", &of("dev")).is_empty());
        assert_eq!(faults_of("bantam-planner", &of("build")).len(), 1);
    }

    #[test]
    fn only_kernels_take_instructions_by_name() {
        let package = json!({
            "dependencies": [dependency(ISA, &Value::Null, true, &[])],
            "features": { "dsp": ["loops"], "loops": ["dep:bantam-isa"] },
        });
        assert!(faults_of(KERNELS, &package).is_empty());
        assert_eq!(faults_of("bantam-interp", &package).len(), 1);
    }

    #[test]
    fn the_writer_stays_behind_its_feature() {
        let package = |optional, features: Value| {
            json!({
                "dependencies": [dependency("flatbuffers", &Value::Null, optional, &[])],
                "features": features,
            })
        };
        let good = json!({ "write": ["dep:flatbuffers"] });
        let bad = json!({ "write": ["dep:flatbuffers"], "default": ["write"] });
        assert!(faults_of("bantam-schema", &package(true, good.clone())).is_empty());
        assert_eq!(faults_of("bantam-schema", &package(false, good)).len(), 1);
        assert_eq!(faults_of("bantam-schema", &package(true, bad)).len(), 1);
    }

    #[test]
    fn a_device_crate_cannot_switch_the_writer_on() {
        let package = json!({ "dependencies": [dependency("bantam-schema", &Value::Null, false, &["write"])] });
        assert_eq!(faults_of("bantam-interp", &package).len(), 1);
    }

    #[test]
    fn one_file_asks_for_features_of_the_target() {
        let source = "#[cfg(target_feature = \"sse2\")]";
        assert!(asks_for_features("crates/kernels/src/a.rs", source));
        assert!(!asks_for_features("crates/kernels/src/a.rs", "#[cfg(test)]"));
        assert!(!asks_for_features(TARGET, source));
        assert!(!asks_for_features("xtask/src/ci/layers.rs", source));
    }

    #[test]
    fn lines_of_tests_are_not_counted() {
        assert_eq!(lines_outside_tests("a\nb\n\n#[cfg(test)]\nmod tests {\n}\n"), 3);
        assert_eq!(lines_outside_tests("#[cfg(test)]\nmod tests;\nb\n"), 3);
        assert!(is_test("crates/a/tests/b.rs") && is_test("crates/a/src/b/tests.rs"));
        assert!(!is_test("crates/a/src/latest.rs"));
    }
}
