//! Real models: the totals must be those that TensorFlow Lite Micro computes.
//!
//! The instances are not part of this repository. They are read from the directory that the environment variable
//! `BANTAM_SHARED_PLANNER` names, or from `../shared/planner` beside the repository, and skipped if there is none.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

use std::fs;
use std::path::{Path, PathBuf};

use bantam_planner::{Buffer, greedy, greedy_workspace_len, lower_bound, validate};

fn directory() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/planner");
    let named = std::env::var_os("BANTAM_SHARED_PLANNER").map(PathBuf::from);
    if let Some(directory) = &named {
        assert!(directory.is_dir(), "BANTAM_SHARED_PLANNER names no directory");
    }
    let found = named.or(Some(beside)).filter(|directory| directory.is_dir());
    if found.is_none() {
        println!("SKIPPED: no instances; set BANTAM_SHARED_PLANNER");
    }
    found
}

/// Reads MiniMalloc's format: a header, then `id,lower,upper,size`, with `upper` exclusive.
fn read(path: &Path) -> Vec<Buffer> {
    let text = fs::read_to_string(path).unwrap();
    let rows = text.lines().skip(1).filter(|line| !line.is_empty() && !line.starts_with('#'));
    rows.map(|row| {
        let fields: Vec<u32> = row.split(',').map(|field| field.parse().unwrap()).collect();
        let [_, lower, upper, bytes] = fields[..] else { panic!("{row}") };
        Buffer::new(bytes, lower, upper - 1)
    })
    .collect()
}

fn plan(buffers: &[Buffer], alignment: u32) -> u32 {
    let mut offsets = vec![0; buffers.len()];
    let mut workspace = vec![0; greedy_workspace_len(buffers.len())];
    let total = greedy(buffers, alignment, &mut offsets, &mut workspace).unwrap();
    assert_eq!(validate(buffers, alignment, &offsets, total), Ok(()));
    total
}

/// The value of a member of a flat JSON object, as it stands.
fn member<'a>(object: &'a str, name: &str) -> &'a str {
    let start = object.find(&format!("\"{name}\":")).unwrap() + name.len() + 3;
    let value = &object[start..];
    value[..value.find([',', '}']).unwrap()].trim().trim_matches('"')
}

#[test]
fn greedy_matches_tflm_on_real_models() {
    let Some(directory) = directory() else { return };
    let results = fs::read_to_string(directory.join("results/models.json")).unwrap();
    let mut checked = 0;
    for object in results.split("\"model\":").skip(1) {
        let object = format!("\"model\":{object}");
        let name = member(&object, "model");
        let buffers = read(&directory.join(format!("instances/{name}.csv")));
        let number = |member_name: &str| member(&object, member_name).parse::<u32>().unwrap();
        assert_eq!(buffers.len(), number("buffers") as usize, "{name}");
        assert_eq!(plan(&buffers, 16), number("greedy"), "{name}");
        assert_eq!(lower_bound(&*buffers, 16), Ok(number("lb")), "{name}");
        checked += 1;
    }
    assert_eq!(checked, 50);
}

#[test]
fn greedy_matches_tflm_on_the_challenging_instances() {
    let Some(directory) = directory() else { return };
    let table = fs::read_to_string(directory.join("results/table_challenging.md")).unwrap();
    let mut checked = 0;
    for row in table.lines().skip(2).filter(|row| row.starts_with('|')) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let (name, bound, total) = (cells[1], cells[4], cells[5]);
        let buffers = read(&directory.join(format!("challenging/{name}.1048576.csv")));
        let total = total.split(' ').next().unwrap();
        assert_eq!(plan(&buffers, 1), total.parse().unwrap(), "{name}");
        assert_eq!(lower_bound(&*buffers, 1), Ok(bound.parse().unwrap()), "{name}");
        checked += 1;
    }
    assert_eq!(checked, 11);
}
