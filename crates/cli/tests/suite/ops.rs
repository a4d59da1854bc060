//! `bantam ops`.

use crate::common::{command, digits, error_line, example, json, run};
use bantam_interp::host::{Choice, operators};
use bantam_schema::Model;

/// Returns the paths in a list that was printed, behind `ops::`.
fn paths(text: &str) -> Vec<&str> {
    let list = text.strip_prefix("static OPS: &[Op] = &[").unwrap();
    let list = list.strip_suffix("];\n").unwrap();
    let items = list.split(',').map(str::trim).filter(|item| !item.is_empty());
    items.map(|item| item.strip_prefix("ops::").unwrap()).collect()
}

#[test]
fn the_list_has_the_operators_of_the_model() {
    let model = digits();
    let text = run(&mut command(["ops", model.to_str().unwrap()])).stdout;
    let file = std::fs::read(&model).unwrap();
    let needed: Vec<String> =
        operators(&Model::parse(&file).unwrap()).unwrap().iter().map(Choice::path).collect();
    assert_eq!(paths(&text), needed.iter().map(|path| &path[5..]).collect::<Vec<_>>());
    assert!(paths(&text).iter().all(|path| Choice::named(path).is_some()), "{text}");

    let prepared = run(&mut command(["ops", model.to_str().unwrap(), "--prepared"])).stdout;
    let named = |path: &str| {
        path.strip_suffix(".prepared()").is_some_and(|p| needed.contains(&format!("ops::{p}")))
    };
    assert_eq!(paths(&prepared).len(), needed.len());
    assert!(paths(&prepared).into_iter().all(named), "{prepared}");
}

#[test]
fn json_has_the_same_paths() {
    let report = json(&mut command(["ops", digits().to_str().unwrap(), "--json"]));
    assert_eq!(report["prepared"], false);
    assert!(report["operators"].as_array().unwrap().contains(&"ops::int8::CONV_2D".into()));
}

#[test]
fn what_is_no_model_is_refused() {
    let line = error_line(&mut command(["ops", example("test_labels.bin").to_str().unwrap()]));
    assert!(line.contains("test_labels.bin: "), "{line}");
}
