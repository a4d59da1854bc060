//! The graph of dependencies, as `cargo metadata` has it.

use serde_json::Value;

use crate::outcome::Outcome;
use crate::process;

/// Returns what `cargo metadata` says of the workspace of a manifest, with all features.
pub(super) fn metadata(manifest: &str) -> Outcome<Value> {
    let mut cargo = process::cargo();
    cargo.args(["metadata", "--locked", "--all-features", "--format-version", "1"]);
    cargo.args(["--manifest-path", manifest]);
    Ok(serde_json::from_str(&process::output(&mut cargo)?)?)
}

/// Returns the packages that these roots need to be built, the roots among them: without what only
/// their tests need.
pub(super) fn reached(known: &Value, is_root: impl Fn(&Value) -> bool) -> Outcome<Vec<&Value>> {
    let packages = known["packages"].as_array().ok_or("no packages")?;
    let nodes = known["resolve"]["nodes"].as_array().ok_or("no dependencies")?;
    let roots = packages.iter().filter(|package| is_root(package));
    let mut waiting: Vec<&str> = roots.filter_map(|package| package["id"].as_str()).collect();
    let mut reached: Vec<&str> = Vec::new();
    while let Some(id) = waiting.pop() {
        if reached.contains(&id) {
            continue;
        }
        waiting.extend(nodes.iter().filter(|node| node["id"] == id).flat_map(needed));
        reached.push(id);
    }
    let is_reached = |package: &&Value| reached.iter().any(|id| package["id"] == *id);
    Ok(packages.iter().filter(is_reached).collect())
}

/// Returns the identifiers of what a node of the graph needs to be built.
pub(super) fn needed(node: &Value) -> impl Iterator<Item = &str> {
    let is_built = |dependency: &&Value| {
        dependency["dep_kinds"].as_array().into_iter().flatten().any(|kind| kind["kind"] != "dev")
    };
    let dependencies = node["deps"].as_array().into_iter().flatten();
    dependencies.filter(is_built).filter_map(|dependency| dependency["pkg"].as_str())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use serde_json::json;

    /// A package, and those that it needs, each with the kind of dependency.
    type Needs<'a> = (&'a str, &'a [(&'a str, Option<&'a str>)]);

    /// Returns a graph: each package's fields, and what it needs.
    pub(in crate::ci) fn graph(packages: Value, needs: &[Needs<'_>]) -> Value {
        let nodes: Vec<Value> = needs
            .iter()
            .map(|(id, needs)| {
                let deps = needs.iter();
                let deps =
                    deps.map(|(pkg, kind)| json!({"pkg": pkg, "dep_kinds": [{"kind": kind}]}));
                json!({"id": id, "deps": deps.collect::<Vec<_>>()})
            })
            .collect();
        json!({"packages": packages, "resolve": {"nodes": nodes}})
    }

    #[test]
    fn dependencies_of_tests_are_not_reached() {
        let packages = json!([{"id": "a"}, {"id": "b"}, {"id": "c"}, {"id": "d"}]);
        let known = graph(
            packages,
            &[
                ("a", &[("b", None), ("c", Some("dev"))]),
                ("b", &[("d", Some("build"))]),
                ("c", &[]),
                ("d", &[]),
            ],
        );
        let reached = reached(&known, |package| package["id"] == "a").unwrap();
        let ids: Vec<_> = reached.iter().filter_map(|package| package["id"].as_str()).collect();
        assert_eq!(ids, ["a", "b", "d"]);
    }
}
