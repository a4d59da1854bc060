//! The schemas in `docs/schema` are those of the code, and reports keep to them.
#![cfg(feature = "schema")]

use std::fs;
use std::path::Path;

use bantam_report::schema::schemas;
use bantam_report::{Named, Versioned};
use serde_json::Value;

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schema")
}

#[test]
fn the_files_are_up_to_date() {
    for (name, schema) in schemas() {
        let file = folder().join(format!("{name}.json"));
        let text = fs::read_to_string(&file).unwrap_or_default();
        let found: Value = serde_json::from_str(&text).unwrap_or_default();
        assert_eq!(found, schema.to_value(), "{}: `cargo xtask schema`", file.display());
    }
    let files = fs::read_dir(folder()).unwrap().count();
    assert_eq!(files, schemas().len(), "a file without a report");
}

/// Every key of a report is in its schema, and every key that the schema asks for is in the report.
#[test]
fn reports_have_the_keys_of_their_schemas() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/digits/digits.tflite");
    let bytes = fs::read(path).unwrap();
    let model = bantam_report::model::parse(&bytes).unwrap();
    let named = |value: Value| {
        let report = Named { model: "digits".to_owned(), report: value };
        serde_json::to_value(Versioned::new(report)).unwrap()
    };
    let size = bantam_report::size(&model, bantam_interp::Sharing::default()).unwrap();
    for (name, report) in [
        ("check", serde_json::to_value(bantam_report::check(&model)).unwrap()),
        ("inspect", serde_json::to_value(bantam_report::inspect(&model)).unwrap()),
        ("size", serde_json::to_value(size).unwrap()),
    ] {
        let report = named(report);
        let (_, schema) = schemas().into_iter().find(|(of, _)| *of == name).unwrap();
        let properties = schema.get("properties").and_then(Value::as_object).unwrap();
        let keys: Vec<&String> = report.as_object().unwrap().keys().collect();
        assert!(keys.iter().all(|key| properties.contains_key(*key)), "{name}: {keys:?}");
        for key in schema.get("required").and_then(Value::as_array).unwrap() {
            assert!(keys.iter().any(|found| key == *found), "{name}: {key}");
        }
    }
}
