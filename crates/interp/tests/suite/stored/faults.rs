//! Entries that are wrong: [`OfflinePlan::Require`] says how, the others go their own way.

use bantam_interp::plan::stored::{KERNEL_CONTRACT, VERSION};
use bantam_interp::{Error, OfflinePlan, PlanFault};
use bantam_planner::Violation;
use bantam_schema::write::ModelBuilder;
use bantam_schema::{BuiltinOperator as B, Model};
use proptest::prelude::*;

use super::entry::{Entry, bytes_of, with_entry};
use super::models::{branches, branches_of, parts, run};
use super::plan;

/// Tensors of [`branches`] and of [`parts`], by the order in which they were added; constants stand
/// behind each node that has one.
const TURNED: usize = 1;
const WIDE_1: usize = 2;

/// What an interpreter makes of a planned model whose entry was replaced: the fault, if it must use
/// it.
///
/// Whatever the entry is, the others plan online and give the outputs of the model as it was.
fn fault_of(file: &[u8], entry: &[u8]) -> Option<PlanFault> {
    let bad = with_entry(file, Some(entry));
    let online = run(&with_entry(file, None), OfflinePlan::IfValid).unwrap();
    assert_eq!(run(&bad, OfflinePlan::Ignore), Ok(online.clone()));
    let tolerant = run(&bad, OfflinePlan::IfValid).unwrap();
    assert_eq!(tolerant.outputs, online.outputs);
    match run(&bad, OfflinePlan::Require) {
        Ok(answer) => {
            assert_eq!(answer, tolerant);
            None
        }
        Err(Error::InvalidPlan(fault)) => {
            assert_eq!(tolerant, online);
            assert!(!fault.to_string().is_empty());
            Some(fault)
        }
        Err(other) => panic!("{other}"),
    }
}

/// The fault after `change` of the entry of the planned branches, with the right checksum.
fn fault_after(change: impl FnOnce(&mut Entry)) -> PlanFault {
    fault_of_changed(&branches(), change)
}

fn fault_of_changed(file: &[u8], change: impl FnOnce(&mut Entry)) -> PlanFault {
    let file = plan(file).file;
    let mut entry = Entry::of(&file);
    assert_eq!(fault_of(&file, &entry.bytes()), None);
    change(&mut entry);
    fault_of(&file, &entry.bytes()).unwrap()
}

#[test]
fn header_and_length() {
    let file = plan(&branches()).file;
    let good = bytes_of(&file);
    let with_word = |at: usize, word: u32| {
        let mut bytes = good.clone();
        bytes[4 * at..4 * at + 4].copy_from_slice(&word.to_le_bytes());
        fault_of(&file, &bytes)
    };
    assert_eq!(with_word(0, VERSION), None);
    assert_eq!(with_word(0, VERSION + 1), Some(PlanFault::Version(VERSION + 1)));
    assert_eq!(with_word(1, KERNEL_CONTRACT + 1), Some(PlanFault::Contract(KERNEL_CONTRACT + 1)));
    for at in 2..good.len() / 4 {
        let word = u32::from_le_bytes(good[4 * at..4 * at + 4].try_into().unwrap());
        assert_eq!(with_word(at, word ^ 0x10), Some(PlanFault::Checksum), "word {at}");
    }
    for len in 0..good.len() {
        let fault = fault_of(&file, &good[..len]).unwrap();
        // Without a checksum, or with all words but not all bytes that it covers, there is
        // something else to say.
        let expected = if len < 12 { PlanFault::Malformed } else { PlanFault::Checksum };
        assert_eq!(fault, expected, "{len} of {} bytes", good.len());
    }
    let longer: Vec<u8> = good.iter().copied().chain([0]).collect();
    assert_eq!(fault_of(&file, &longer), Some(PlanFault::Malformed));
}

#[test]
fn lists_of_other_lengths() {
    assert_eq!(fault_after(|entry| entry.tensors.truncate(3)), PlanFault::Graph);
    assert_eq!(fault_after(|entry| entry.tensors.push(0)), PlanFault::Graph);
    assert_eq!(fault_after(|entry| entry.scratch.clear()), PlanFault::Graph);
    assert_eq!(fault_after(|entry| entry.scratch.push(0)), PlanFault::Graph);
}

#[test]
fn the_plan_of_another_graph() {
    let file = plan(&branches()).file;
    // As many nodes, tensors and scratch buffers, of the same sizes.
    let other = plan(&branches_of([B::AVERAGE_POOL_2D, B::MAX_POOL_2D], false)).file;
    assert_eq!(Entry::of(&file).tensors, Entry::of(&other).tensors);
    assert_eq!(fault_of(&file, &bytes_of(&other)), Some(PlanFault::Graph));
    assert_eq!(fault_after(|entry| entry.fingerprint ^= 1), PlanFault::Graph);
}

#[test]
fn operators_that_were_swapped_afterwards() {
    let planned = plan(&branches());
    // The branches change places: as good an order, but another one.
    let mut builder = ModelBuilder::from_model(&Model::parse(&planned.file).unwrap()).unwrap();
    builder.edit_subgraph(0).unwrap().reorder(&[0, 3, 4, 1, 2, 5, 6]);
    let swapped = builder.finish();
    assert_eq!(fault_of(&swapped, &bytes_of(&planned.file)), Some(PlanFault::Graph));
    let outputs = |file: &[u8]| run(file, OfflinePlan::IfValid).unwrap().outputs;
    assert_eq!(outputs(&swapped), outputs(&planned.file));
}

#[test]
fn offsets_that_are_no_plan() {
    let on_each_other = fault_after(|entry| entry.scratch[0] = entry.tensors[TURNED]);
    assert!(matches!(on_each_other, PlanFault::Violation(Violation::Overlap { .. })));
    // One step too close to its input.
    let too_close = fault_after(|entry| {
        let (wide, turned) = (entry.tensors[WIDE_1], entry.tensors[TURNED]);
        entry.tensors[TURNED] = if wide == 0 { 16 } else { turned + 16 };
    });
    assert!(matches!(too_close, PlanFault::Violation(Violation::Overlap { .. })), "{too_close}");
    let misaligned = fault_after(|entry| entry.tensors[TURNED] += 8);
    assert!(matches!(misaligned, PlanFault::Violation(Violation::Misaligned { .. })));
    let nowhere = fault_after(|entry| entry.tensors[TURNED] = u32::MAX);
    assert!(matches!(nowhere, PlanFault::Violation(Violation::Misaligned { .. })));
    for far in [1 << 20, 1 << 29, u32::MAX - 15] {
        let out = fault_after(|entry| entry.tensors[TURNED] = far);
        assert!(matches!(out, PlanFault::Violation(Violation::OutOfRange { .. })), "{out}");
        // Where the overlay is said to be as large as that.
        let large = fault_after(|entry| {
            entry.tensors[TURNED] = far;
            entry.overlay_bytes = u32::MAX;
        });
        assert!(matches!(large, PlanFault::Malformed | PlanFault::Violation(_)), "{large}");
    }
}

#[test]
fn overlays_that_are_too_small_or_too_large() {
    let small = fault_after(|entry| entry.overlay_bytes -= 1);
    assert!(matches!(small, PlanFault::Violation(Violation::OutOfRange { .. })), "{small}");
    assert_eq!(fault_after(|entry| entry.overlay_bytes += 16), PlanFault::Malformed);
    assert_eq!(fault_after(|entry| entry.overlay_bytes = u32::MAX), PlanFault::Malformed);
}

#[test]
fn parts_that_are_not_in_their_whole() {
    // A part lies where its whole is, whatever the entry says of it.
    let file = plan(&parts()).file;
    let mut entry = Entry::of(&file);
    entry.tensors[WIDE_1] += 16;
    assert_eq!(fault_of(&file, &entry.bytes()), None);
    // Without parts in the whole, each needs a place of its own.
    let fault = fault_of_changed(&parts(), |entry| entry.wholes = 0);
    assert!(matches!(fault, PlanFault::Violation(Violation::Overlap { .. })), "{fault}");
}

/// What can be changed behind a checksum that is right.
#[derive(Clone, Copy, Debug)]
enum Change {
    Fingerprint(u32),
    Wholes(u32),
    OverlayBytes(u32),
    Tensor(prop::sample::Index, u32),
    Scratch(u32),
}

fn change() -> impl Strategy<Value = Change> {
    // Offsets that could be, most of the time.
    let offset = || prop_oneof![8 => (0..64_u32).prop_map(|at| at * 16), 1 => any::<u32>()];
    let index = any::<prop::sample::Index>;
    prop_oneof![
        1 => any::<u32>().prop_map(Change::Fingerprint),
        1 => (0..64_u32).prop_map(Change::Wholes),
        4 => offset().prop_map(Change::OverlayBytes),
        12 => (index(), offset()).prop_map(|(at, offset)| Change::Tensor(at, offset)),
        4 => offset().prop_map(Change::Scratch),
    ]
}

fn apply(entry: &mut Entry, change: Change) {
    match change {
        Change::Fingerprint(bits) => entry.fingerprint ^= bits,
        Change::Wholes(bit) => entry.wholes ^= 1 << bit,
        Change::OverlayBytes(bytes) => entry.overlay_bytes = bytes,
        Change::Tensor(at, offset) => *at.get_mut(&mut entry.tensors) = offset,
        Change::Scratch(offset) => entry.scratch[0] = offset,
    }
}

/// One of the planned models.
fn planned() -> impl Strategy<Value = Vec<u8>> {
    let files = [branches(), parts()].map(|file| plan(&file).file);
    prop::sample::select(files.to_vec())
}

proptest! {
    /// Any bytes are changed: the checksum tells.
    #[test]
    fn flipped_bytes_change_no_output(
        file in planned(),
        flips in prop::collection::vec((any::<prop::sample::Index>(), 1..=255_u8), 1..4),
    ) {
        let mut entry = bytes_of(&file);
        for (at, flip) in flips {
            *at.get_mut(&mut entry) ^= flip;
        }
        let same = entry == bytes_of(&file);
        prop_assert_eq!(fault_of(&file, &entry).is_none(), same);
    }

    /// Whoever changes a plan and its checksum may get another plan, but no other output.
    #[test]
    fn changed_plans_change_no_output(
        file in planned(),
        changes in prop::collection::vec(change(), 1..4),
    ) {
        let mut entry = Entry::of(&file);
        changes.into_iter().for_each(|change| apply(&mut entry, change));
        fault_of(&file, &entry.bytes());
    }
}
