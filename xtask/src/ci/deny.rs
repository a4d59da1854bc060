//! What dependencies may be, after `deny.toml`: their licences, where they come from, which are
//! there twice, which are named without a version.
//!
//! The file is cargo-deny's. Building that takes minutes, so this reads the same rules and runs the
//! program itself only where it is installed. Licence texts and advisories are left to it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use semver::{Version, VersionReq};
use serde::Deserialize;
use serde_json::Value;
use spdx::{Expression, Licensee, ParseMode};

use super::context::{Context, Done};
use super::graph::{metadata, needed, reached};
use super::python;
use crate::outcome::Outcome;
use crate::process;

const RULES: &str = "deny.toml";
/// What users get: the workspace and the wheel.
const MANIFESTS: [&str; 2] = ["Cargo.toml", python::MANIFEST];
const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

pub(super) fn run(context: &Context) -> Outcome<Done> {
    let rules = Rules::parse(&fs::read_to_string(context.workspace.root.join(RULES))?)?;
    let mut found = Found::default();
    for manifest in MANIFESTS {
        found.check(&rules, &metadata(manifest)?)?;
    }
    let faults = found.faults(&rules);
    if !faults.is_empty() {
        return Err(faults.join("\n").into());
    }
    println!("{} dependencies keep to {RULES}", found.seen.len());
    if process::works("cargo", &["deny", "--version"]) {
        process::run(process::cargo().args(["deny", "check", "licenses", "bans", "sources"]))?;
    }
    Ok(Done::Passed)
}

/// The parts of `deny.toml` that are read here. One that is not known is an error.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rules {
    graph: Graph,
    licenses: Licenses,
    bans: Bans,
    #[serde(rename = "sources")]
    _sources: Sources,
    #[serde(rename = "advisories")]
    _advisories: toml::Value,
}

/// Which dependencies are looked at: there is one way only.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Graph {
    all_features: bool,
    exclude_dev: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Licenses {
    allow: Vec<String>,
    #[serde(rename = "confidence-threshold")]
    _confidence_threshold: f32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Bans {
    #[serde(rename = "multiple-versions")]
    _multiple_versions: Deny,
    skip: Vec<Skip>,
    #[serde(rename = "wildcards")]
    _wildcards: Deny,
    allow_wildcard_paths: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Sources {
    #[serde(rename = "unknown-registry")]
    _unknown_registry: Deny,
    #[serde(rename = "unknown-git")]
    _unknown_git: Deny,
}

/// The only level that is known here.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Deny {
    Deny,
}

/// A version that may be there beside another one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Skip {
    /// `name@version`.
    #[serde(rename = "crate")]
    spec: String,
    #[serde(rename = "reason")]
    _reason: String,
}

impl Skip {
    fn is(&self, package: &Value) -> Outcome<bool> {
        let (name, versions) = self.spec.split_once('@').ok_or("a crate without a version")?;
        let is_one = VersionReq::parse(versions)?.matches(&version(package)?);
        Ok(package["name"] == name && is_one)
    }
}

impl Rules {
    fn parse(text: &str) -> Outcome<Self> {
        let rules: Self = toml::from_str(text)?;
        let Graph { all_features: true, exclude_dev: true } = rules.graph else {
            return Err("[graph]: all features, and nothing that only tests need".into());
        };
        Ok(rules)
    }
}

/// What was found so far.
#[derive(Debug, Default)]
struct Found {
    faults: BTreeSet<String>,
    /// Packages of others, as `name version`.
    seen: BTreeSet<String>,
    /// Rules that something needs.
    used: BTreeSet<String>,
}

impl Found {
    /// Checks all packages that those of a workspace need.
    fn check(&mut self, rules: &Rules, known: &Value) -> Outcome {
        let members = known["workspace_members"].as_array().ok_or("no members")?;
        let packages = reached(known, |package| members.contains(&package["id"]))?;
        let mut versions: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
        for package in packages {
            self.wildcards(&rules.bans, package);
            if package["source"].is_null() {
                continue; // one of ours
            }
            self.seen.insert(title(package));
            self.license(&rules.licenses, package)?;
            if package["source"] != REGISTRY {
                self.faults.insert(format!("{} comes from {}", title(package), package["source"]));
            }
            let mut skips = false;
            for skip in &rules.bans.skip {
                if skip.is(package)? {
                    self.used.insert(skip.spec.clone());
                    skips = true;
                }
            }
            if !skips {
                versions.entry(name(package)).or_default().push(package);
            }
        }
        for copies in versions.values().filter(|copies| copies.len() > 1) {
            let copies: Vec<String> = copies
                .iter()
                .map(|copy| format!("{}, for {}", title(copy), takers(known, copy).join(", ")))
                .collect();
            self.faults.insert(format!("twice: {}", copies.join("; ")));
        }
        Ok(())
    }

    fn license(&mut self, rules: &Licenses, package: &Value) -> Outcome {
        let Some(text) = package["license"].as_str() else {
            self.faults.insert(format!("{} names no licence", title(package)));
            return Ok(());
        };
        let allowed: Vec<Licensee> =
            rules.allow.iter().map(|text| Licensee::parse(text)).collect::<Result<_, _>>()?;
        let expression = Expression::parse_mode(text, ParseMode::LAX)?;
        for (licensee, text) in allowed.iter().zip(&rules.allow) {
            if expression.requirements().any(|found| licensee.satisfies(&found.req)) {
                self.used.insert(text.clone());
            }
        }
        if !expression.evaluate(|needed| allowed.iter().any(|one| one.satisfies(needed))) {
            self.faults.insert(format!("{} has the licence {text}", title(package)));
        }
        Ok(())
    }

    /// Dependencies of any version; of our own, only packages that are not published may have some.
    fn wildcards(&mut self, rules: &Bans, package: &Value) {
        let is_private = package["publish"].as_array().is_some_and(Vec::is_empty);
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let may = rules.allow_wildcard_paths && is_private && !dependency["path"].is_null();
            if dependency["req"] == "*" && dependency["kind"] != "dev" && !may {
                let wanted = name(dependency);
                self.faults.insert(format!("{} takes any version of {wanted}", title(package)));
            }
        }
    }

    /// Returns all faults, rules without a use among them.
    fn faults(&self, rules: &Rules) -> Vec<String> {
        let skips = rules.bans.skip.iter().map(|skip| &skip.spec);
        let unused =
            rules.licenses.allow.iter().chain(skips).filter(|rule| !self.used.contains(*rule));
        let unused = unused.map(|rule| format!("{RULES}: nothing needs {rule}"));
        self.faults.iter().cloned().chain(unused).collect()
    }
}

/// Returns the packages that need this one directly.
fn takers<'k>(known: &'k Value, package: &Value) -> Vec<&'k str> {
    let nodes = known["resolve"]["nodes"].as_array().into_iter().flatten();
    let takers = nodes.filter(|node| needed(node).any(|id| package["id"] == id));
    let packages = known["packages"].as_array();
    let of = |node: &Value| packages?.iter().find(|package| package["id"] == node["id"]);
    takers.filter_map(of).map(name).collect()
}

fn name(package: &Value) -> &str {
    package["name"].as_str().unwrap_or_default()
}

fn version(package: &Value) -> Outcome<Version> {
    Ok(Version::parse(package["version"].as_str().ok_or("a package without a version")?)?)
}

fn title(package: &Value) -> String {
    format!("{} {}", name(package), package["version"].as_str().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ci::graph::tests::graph;
    use serde_json::json;

    const RULES: &str = r#"
        [graph]
        all-features = true
        exclude-dev = true
        [licenses]
        allow = ["MIT"]
        confidence-threshold = 0.9
        [bans]
        multiple-versions = "deny"
        skip = [{ crate = "old@1", reason = "a reason" }]
        wildcards = "deny"
        allow-wildcard-paths = true
        [sources]
        unknown-registry = "deny"
        unknown-git = "deny"
        [advisories]
    "#;

    fn package(name: &str, version: &str, license: &str) -> Value {
        let id = format!("{name}@{version}");
        json!({"id": id, "name": name, "version": version, "license": license, "source": REGISTRY})
    }

    /// Returns the faults of a program that needs these packages.
    fn faults(packages: &[Value], program: Value) -> Vec<String> {
        let mut own = json!({"id": "own", "name": "own", "version": "0.1.0", "source": null});
        own.as_object_mut().unwrap().extend(program.as_object().unwrap().clone());
        let ids = packages.iter().map(|package| (package["id"].as_str().unwrap(), None));
        let ids: Vec<_> = ids.collect();
        let all: Vec<Value> = packages.iter().cloned().chain([own]).collect();
        let mut known = graph(all.into(), &[("own", &ids)]);
        known["workspace_members"] = json!(["own"]);
        let rules = Rules::parse(RULES).unwrap();
        let mut found = Found::default();
        found.check(&rules, &known).unwrap();
        found.faults(&rules)
    }

    #[test]
    fn what_is_allowed_is_no_fault() {
        let packages = [
            package("old", "1.4.0", "MIT"),
            package("old", "2.0.0", "MIT/Apache-2.0"),
            package("x", "0.3.0", "GPL-3.0 OR MIT"),
        ];
        assert_eq!(faults(&packages, json!({})), Vec::<String>::new());
    }

    #[test]
    fn what_is_not_allowed_is_said() {
        let mut elsewhere = package("z", "1.0.0", "MIT");
        elsewhere["source"] = json!("git+https://example.org/z");
        let packages = [
            package("x", "0.3.0", "MIT AND GPL-3.0"),
            package("y", "1.0.0", "MIT"),
            package("y", "2.0.0", "MIT"),
            elsewhere,
        ];
        let program = json!({"dependencies": [
            {"name": "x", "req": "*", "kind": null},
            {"name": "testkit", "req": "*", "kind": "dev", "path": "/testkit"},
        ]});
        assert_eq!(
            faults(&packages, program),
            [
                "own 0.1.0 takes any version of x",
                "twice: y 1.0.0, for own; y 2.0.0, for own",
                "x 0.3.0 has the licence MIT AND GPL-3.0",
                "z 1.0.0 comes from \"git+https://example.org/z\"",
                "deny.toml: nothing needs old@1",
            ]
        );
    }

    #[test]
    fn rules_of_another_meaning_are_errors() {
        for (rule, other) in [
            ("multiple-versions = \"deny\"", "multiple-versions = \"warn\""),
            ("exclude-dev = true", "exclude-dev = false"),
            ("[advisories]", "[advisories]\n[bans.build]\n"),
        ] {
            assert!(Rules::parse(&RULES.replace(rule, other)).is_err(), "{other}");
        }
    }
}
