//! Models that carry their plan: made on a host, checked and used by every interpreter, and worth
//! nothing to trust.

mod entry;
mod faults;
mod limits;
mod models;
mod order;

use bantam_interp::host::{self, Planned, Request, Search};
use bantam_interp::plan::stored::Stored;
use bantam_interp::plan::{Buffers, Carried, OVERLAY_ALIGNMENT, Origin, Planner};
use bantam_interp::{Error, Interpreter, OfflinePlan, PlanFault, Sharing};
use bantam_schema::Model;
use bantam_schema::write::ModelBuilder;

use entry::{Entry, with_entry};
use models::{Arena, OPS, branches, options, parts, run, run_with};

/// Plans with a search that ends at once, as it does for models this small.
fn plan(file: &[u8]) -> Planned {
    let search = Search { nodes: 10_000, threads: 1 };
    let request = Request { search, ..Request::default() };
    host::plan(&Model::parse(file).unwrap(), OPS, &request, &mut |_| {}).unwrap()
}

/// The names of a graph's operators with their first output, which tells nodes apart.
fn nodes(file: &[u8]) -> Vec<(String, i32)> {
    let operators = Model::parse(file).unwrap().subgraph(0).unwrap().operators();
    let node = |operator: bantam_schema::Operator<'_>| {
        (operator.code().builtin.to_string(), operator.outputs().get(0).unwrap())
    };
    operators.map(node).collect()
}

#[test]
fn a_better_order_is_found_stored_and_used() {
    let file = branches();
    let planned = plan(&file);
    let given: Vec<u32> = (0..7).collect();
    let mut sorted = planned.order.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, given);
    assert_ne!(planned.order, given);

    // The operators stand in the file in that order.
    let original = nodes(&file);
    let expected: Vec<_> = planned.order.iter().map(|&i| original[i as usize].clone()).collect();
    assert_eq!(nodes(&planned.file), expected);
    let model = Model::parse(&planned.file).unwrap();
    let stored = Stored::find(&model).unwrap().unwrap();
    assert_eq!(stored.overlay_bytes(), planned.map.overlay_bytes);

    let before = run(&file, OfflinePlan::IfValid).unwrap();
    let after = run(&planned.file, OfflinePlan::Require).unwrap();
    assert_eq!(after.outputs, before.outputs);
    assert_eq!(after.overlay_bytes, planned.map.overlay_bytes as usize);
    assert!(after.overlay_bytes < before.overlay_bytes, "{after:?} {before:?}");
    assert_eq!(run(&planned.file, OfflinePlan::IfValid), Ok(after));
}

#[test]
fn the_arena_of_a_planned_model_is_exact() {
    let planned = plan(&branches());
    let model = Model::parse(&planned.file).unwrap();
    let (needed, mut arena) = (planned.arena_bytes, Arena::new());
    for available in [0, 1, needed / 2, needed - 16, needed - 1] {
        let memory = &mut arena.bytes()[..available];
        let error =
            Interpreter::with_options(&model, OPS, memory, options(OfflinePlan::Require)).err();
        let Some(Error::OutOfMemory { needed: said, available: had }) = error else {
            panic!("{error:?}");
        };
        assert!(had <= available);
        // Where not even planning is possible, there is a lower bound only.
        assert!(said <= needed && said > available);
        if available >= needed / 2 {
            assert_eq!(said, needed);
        }
    }
    let interpreter = Interpreter::with_options(
        &model,
        OPS,
        &mut arena.bytes()[..needed],
        options(OfflinePlan::Require),
    );
    assert_eq!(interpreter.unwrap().arena_used_bytes(), needed);
}

/// The other tests rely on it.
#[test]
fn the_plans_have_everything_that_a_plan_can_have() {
    let map = plan(&branches()).map;
    assert!(map.buffers.iter().any(|placed| placed.backwards));
    assert!(map.buffers.iter().any(|placed| placed.over.is_some() && !placed.backwards));
    assert!(map.buffers.iter().any(|placed| matches!(placed.origin, Origin::Scratch(0))));
    assert!(plan(&parts()).map.has_parts());
}

#[test]
fn parts_are_stored_in_their_whole() {
    let planned = plan(&parts());
    assert_eq!(Entry::of(&planned.file).wholes & 1, 1);
    let answer = run(&planned.file, OfflinePlan::Require).unwrap();
    assert_eq!(answer.overlay_bytes, planned.map.overlay_bytes as usize);
    assert_eq!(answer.outputs, run(&parts(), OfflinePlan::Ignore).unwrap().outputs);
}

/// A plan that wastes memory is a plan: what tells that it is used.
#[test]
fn what_the_entry_says_is_used_and_ignore_does_not_look_at_it() {
    let planned = plan(&branches()).file;
    let online = run(&with_entry(&planned, None), OfflinePlan::IfValid).unwrap();
    let mut entry = Entry::of(&planned);
    entry.overlay_bytes += 64;
    let used = |offset: &&mut u32| **offset != u32::MAX;
    entry.tensors.iter_mut().chain(&mut entry.scratch).filter(used).for_each(|at| *at += 64);
    let roomy = with_entry(&planned, Some(&entry.bytes()));
    for choice in [OfflinePlan::IfValid, OfflinePlan::Require] {
        let answer = run(&roomy, choice).unwrap();
        assert_eq!(answer.overlay_bytes, entry.overlay_bytes as usize, "{choice:?}");
        assert_eq!(answer.outputs, online.outputs, "{choice:?}");
    }
    assert_eq!(run(&roomy, OfflinePlan::Ignore), Ok(online));
}

/// Only a planner that reads carried plans does; and what it does with them is up to its choice.
#[test]
fn carried_plans_are_read_by_planners_that_do() {
    let planned = plan(&branches());
    let model = Model::parse(&planned.file).unwrap();
    let overlay_bytes = |planner: &mut dyn Planner| {
        let mut arena = Arena::new();
        let sharing = Sharing::default();
        let made = Interpreter::with_planner(&model, OPS, arena.bytes(), sharing, planner);
        made.unwrap().overlay_bytes()
    };
    let apart = overlay_bytes(&mut Apart);
    let best = planned.map.overlay_bytes as usize;
    assert!(apart > best);
    for (choice, expected) in
        [(OfflinePlan::IfValid, best), (OfflinePlan::Require, best), (OfflinePlan::Ignore, apart)]
    {
        assert_eq!(overlay_bytes(&mut Carried { choice, planner: Apart }), expected, "{choice:?}");
    }
}

/// Every buffer has a place of its own.
struct Apart;

impl Planner for Apart {
    fn plan(
        &mut self,
        buffers: &Buffers<'_, '_>,
        offsets: &mut [u32],
        _: &mut [u16],
    ) -> Result<u32, bantam_planner::Error> {
        bantam_planner::linear(buffers, OVERLAY_ALIGNMENT, offsets)
    }
}

/// Whatever the model carries for TFLM beside a plan of our own, it is not for us.
#[test]
fn a_plan_for_tflm_beside_it_is_not_looked_at() {
    let planned = plan(&branches()).file;
    let answer = run(&planned, OfflinePlan::Require).unwrap();
    let mut builder = ModelBuilder::from_model(&Model::parse(&planned).unwrap()).unwrap();
    builder.metadata("OfflineMemoryAllocation", b"malformed");
    let both = builder.finish();
    for choice in [OfflinePlan::IfValid, OfflinePlan::Require] {
        assert_eq!(run(&both, choice), Ok(answer.clone()), "{choice:?}");
    }
    // Nor is it kept where the model is planned again.
    let again = plan(&both).file;
    assert!(Model::parse(&again).unwrap().metadata_by_name("OfflineMemoryAllocation").is_none());
    assert_eq!(run(&again, OfflinePlan::Require), Ok(answer));
    let alone = run(&with_entry(&both, None), OfflinePlan::IfValid);
    assert_eq!(alone, Err(Error::InvalidPlan(PlanFault::Tflm)));
}

#[test]
fn plans_hold_for_what_was_permitted_when_they_were_made() {
    for (file, sharing) in [
        (branches(), Sharing::InPlace),
        (branches(), Sharing::Apart),
        (parts(), Sharing::InPlace),
        (parts(), Sharing::Apart),
    ] {
        let planned = plan(&file).file;
        let mut options = options(OfflinePlan::Require);
        options.sharing = sharing;
        let refused = run_with(&planned, options);
        assert!(matches!(refused, Err(Error::InvalidPlan(_))), "{sharing:?}: {refused:?}");
        options.offline_plan = OfflinePlan::IfValid;
        let answer = run_with(&planned, options).unwrap();
        options.offline_plan = OfflinePlan::Ignore;
        assert_eq!(run_with(&planned, options), Ok(answer), "{sharing:?}");

        // The other way round there is nothing against it.
        let search = Search { nodes: 10_000, threads: 1 };
        let request = Request { sharing, search, order: None };
        let model = Model::parse(&file).unwrap();
        let less = host::plan(&model, OPS, &request, &mut |_| {}).unwrap();
        assert!(!less.map.has_parts());
        let answer = run(&less.file, OfflinePlan::Require).unwrap();
        assert_eq!(answer.overlay_bytes, less.map.overlay_bytes as usize);
        assert_eq!(answer.outputs, run(&file, OfflinePlan::Ignore).unwrap().outputs);
    }
}
