//! Real models: the totals must be those that TensorFlow Lite Micro computes.
//!
//! The instances are not part of this repository: see `bantam_testkit::planning_instances`.

use std::fs;
use std::path::Path;

use bantam_planner::csv::Instance;
use bantam_planner::exact::{NoPlan, Options, fit, solve};
use bantam_planner::{
    Buffer, Effort, Problem, greedy, greedy_workspace_len, lower_bound, plan, plan_workspace_len,
    validate,
};
use bantam_testkit::planning_instances;

fn read(path: &Path) -> Instance {
    Instance::from_csv(&fs::read_to_string(path).unwrap()).unwrap()
}

fn total_of_greedy(buffers: &[Buffer], alignment: u32) -> u32 {
    let mut offsets = vec![0; buffers.len()];
    let mut workspace = vec![0; greedy_workspace_len(buffers.len())];
    let total = greedy(buffers, alignment, &mut offsets, &mut workspace).unwrap();
    assert_eq!(validate(buffers, alignment, &offsets, total), Ok(()));
    total
}

/// Returns the value of a member of a flat JSON object, as it stands.
fn member<'a>(object: &'a str, name: &str) -> &'a str {
    let start = object.find(&format!("\"{name}\":")).unwrap() + name.len() + 3;
    let value = &object[start..];
    value[..value.find([',', '}']).unwrap()].trim().trim_matches('"')
}

#[test]
fn greedy_matches_tflm_on_real_models() {
    let Some(directory) = planning_instances() else { return };
    let results = fs::read_to_string(directory.join("results/models.json")).unwrap();
    let mut checked = 0;
    for object in results.split("\"model\":").skip(1) {
        let object = format!("\"model\":{object}");
        let name = member(&object, "model");
        let instance = read(&directory.join(format!("instances/{name}.csv")));
        let buffers = instance.buffers();
        let number = |member_name: &str| member(&object, member_name).parse::<u32>().unwrap();
        assert_eq!(buffers.len(), number("buffers") as usize, "{name}");
        assert_eq!(total_of_greedy(buffers, 16), number("greedy"), "{name}");
        assert_eq!(lower_bound(buffers, 16), Ok(number("lb")), "{name}");
        checked += 1;
    }
    assert_eq!(checked, 50);
}

#[test]
fn greedy_matches_tflm_on_the_challenging_instances() {
    let Some(directory) = planning_instances() else { return };
    let table = fs::read_to_string(directory.join("results/table_challenging.md")).unwrap();
    let mut checked = 0;
    for row in table.lines().skip(2).filter(|row| row.starts_with('|')) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let (name, bound, total) = (cells[1], cells[4], cells[5]);
        let instance = read(&directory.join(format!("challenging/{name}.1048576.csv")));
        let buffers = instance.buffers();
        let total = total.split(' ').next().unwrap();
        assert_eq!(total_of_greedy(buffers, 1), total.parse().unwrap(), "{name}");
        assert_eq!(lower_bound(buffers, 1), Ok(bound.parse().unwrap()), "{name}");
        checked += 1;
    }
    assert_eq!(checked, 11);
}

/// The known optimum of each of 500 instances: 50 models, with and without overlap and other
/// transformations.
#[test]
fn a_limited_search_finds_the_optimum_of_every_model() {
    let Some(directory) = planning_instances() else { return };
    let results = fs::read_to_string(directory.join("results/pack_all.jsonl")).unwrap();
    let mut checked = 0;
    for line in results.lines() {
        let name = member(line, "file").strip_prefix("instances/").unwrap();
        let best: u32 = member(line, "best").parse().unwrap();
        let instance = read(&directory.join("instances").join(name));
        let mut offsets = vec![0; instance.len()];
        let mut workspace = vec![0; plan_workspace_len(instance.len())];
        let plan =
            plan(&instance, 16, &mut offsets, &mut workspace, Effort::Search(5_000)).unwrap();
        assert_eq!((plan.bytes, plan.is_optimal()), (best, true), "{name}");
        assert_eq!(validate(&instance, 16, &offsets, plan.bytes), Ok(()), "{name}");
        checked += 1;
    }
    assert_eq!(checked, 500);
}

/// The same by the exact search, and that one byte less will not do.
#[test]
fn the_exact_search_proves_the_optimum_of_every_model() {
    let Some(directory) = planning_instances() else { return };
    let results = fs::read_to_string(directory.join("results/pack_all.jsonl")).unwrap();
    for line in results.lines() {
        let name = member(line, "file").strip_prefix("instances/").unwrap();
        let best: u32 = member(line, "best").parse().unwrap();
        let instance = read(&directory.join("instances").join(name));
        let solution = solve(&instance, 16, &Options::default(), &mut |_| {}).unwrap();
        assert_eq!((solution.bytes, solution.is_optimal()), (best, true), "{name}");
        assert_eq!(validate(&instance, 16, &solution.offsets, best), Ok(()), "{name}");
        let options = Options { nodes: 10_000_000, threads: 1 };
        let less = fit(&instance, 16, best - 1, &options).unwrap();
        assert_eq!(less.answer, Some(Err(NoPlan)), "{name}");
    }
}

/// MiniMalloc's challenging instances: name, capacity, and half as many nodes again as the search
/// takes. More are a step back.
const CHALLENGES: [(char, u32, u64); 12] = [
    ('A', 1 << 20, 190_000),
    ('B', 1 << 20, 20_000),
    ('C', 1 << 20, 21_000),
    ('C', 1_039_360, 1_000),
    ('D', 1 << 20, 14_000),
    ('E', 1 << 20, 1_120_000),
    ('F', 1 << 20, 32_000),
    ('G', 1 << 20, 35_000),
    ('H', 1 << 20, 49_000),
    ('I', 1 << 20, 88_000),
    ('J', 1 << 20, 15_000),
    ('K', 1 << 20, 16_000),
];

#[test]
fn the_challenging_instances_fit() {
    let Some(directory) = planning_instances() else { return };
    for (name, capacity, nodes) in CHALLENGES {
        let instance = read(&directory.join(format!("challenging/{name}.1048576.csv")));
        let fit = fit(&instance, 1, capacity, &Options { nodes, threads: 2 }).unwrap();
        let offsets = fit.answer.unwrap_or_else(|| panic!("{name}: out of nodes")).unwrap();
        assert_eq!(validate(&instance, 1, &offsets, capacity), Ok(()), "{name}");
        println!("{name} at {capacity}: {} of {nodes} nodes", fit.nodes);
    }
}

/// The plain search with its default budget comes below the capacity that the others were made for.
#[test]
fn a_smaller_plan_than_the_capacity_is_found() {
    let Some(directory) = planning_instances() else { return };
    let instance = read(&directory.join("challenging/J.1048576.csv"));
    let solution =
        solve(&instance, 1, &Options { nodes: 2_000_000, threads: 2 }, &mut |_| {}).unwrap();
    assert!(solution.bytes <= 1_025_024, "{}", solution.bytes);
    assert_eq!(validate(&instance, 1, &solution.offsets, solution.bytes), Ok(()));
}
