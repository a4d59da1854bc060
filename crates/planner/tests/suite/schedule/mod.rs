//! Compares orders of steps with trying all of them, and checks the rules that hold for any.

mod cells;
mod random;

use bantam_planner::schedule::{
    Description, Graph, GraphError, Options, OrderError, Schedule, Step,
};
use bantam_planner::{Overlap, Permission, WithOverlaps, lower_bound};
use cells::cells;
use proptest::prelude::*;
use random::{Owned, graphs};

const EXACT: Options = Options { states: 1_000_000, beam_width: 1 };

/// Checks the rules that hold for any result.
fn checked(owned: &Owned, options: &Options) -> Schedule {
    let graph = owned.graph();
    let schedule = graph.schedule(options);
    assert!(owned.is_order(&schedule.order), "{:?}", schedule.order);
    assert!(owned.is_order(graph.given_order()));
    assert_eq!(schedule.peak_bytes, owned.peak(&schedule.order));
    assert_eq!(schedule.given_bytes, owned.peak(graph.given_order()));
    assert!(schedule.lower_bound_bytes <= schedule.peak_bytes);
    assert!(schedule.peak_bytes <= schedule.given_bytes);
    if schedule.peak_bytes == schedule.given_bytes {
        assert_eq!(schedule.order, graph.given_order());
    }
    assert_eq!(schedule, graph.schedule(options));
    schedule
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn prop_no_order_is_better(owned in graphs(7, true)) {
        let lowest = owned.lowest_peak();
        let exact = checked(&owned, &EXACT);
        prop_assert_eq!((exact.peak_bytes, exact.is_optimal()), (lowest, true));
        // Wide enough, the beam keeps all sets.
        let beam = checked(&owned, &Options { states: 0, beam_width: 1_000 });
        prop_assert_eq!(beam.peak_bytes, lowest);
    }

    #[test]
    fn prop_bounds_hold_when_states_run_out(owned in graphs(7, false), states in 0..12_u64) {
        let schedule = checked(&owned, &Options { states, beam_width: 1 });
        let lowest = owned.lowest_peak();
        prop_assert!(schedule.lower_bound_bytes <= lowest && lowest <= schedule.peak_bytes);
    }

    #[test]
    fn prop_the_given_order_comes_first(owned in graphs(12, false)) {
        let steps: Vec<u32> = (0..owned.steps.len() as u32).collect();
        let graph = owned.graph();
        prop_assert_eq!(graph.given_order(), &*steps);
    }

    /// More than 64 steps need more than one word.
    #[test]
    fn prop_larger_graphs_keep_the_rules(owned in graphs(90, false)) {
        let few = checked(&owned, &Options { states: 200, beam_width: 4 });
        let many = checked(&owned, &Options { states: 5_000, beam_width: 32 });
        prop_assert!(few.lower_bound_bytes <= many.peak_bytes);
        prop_assert!(many.lower_bound_bytes <= few.peak_bytes);
    }

    #[test]
    fn prop_the_planners_agree_on_the_peak(owned in graphs(12, true)) {
        let graph = owned.graph();
        let schedule = graph.schedule(&Options::default());
        for order in [&schedule.order[..], graph.given_order()] {
            let timeline = graph.timeline(order).unwrap();
            prop_assert!(WithOverlaps::new(timeline.buffers(), timeline.permissions()).is_ok());
            let bound = lower_bound(&timeline, owned.alignment).unwrap();
            prop_assert_eq!(u64::from(bound), graph.peak_bytes(order).unwrap());
        }
    }
}

#[test]
fn a_network_of_cells_gains_almost_half() {
    let graph = cells(3, 2, 4, true);
    let schedule = graph.schedule(&Options::default());
    assert_eq!((schedule.given_bytes, schedule.peak_bytes), (512, 272));
    assert!(schedule.is_optimal() && schedule.states < 4_000, "{schedule:?}");
    // Of 321 steps, too, the best order is found and proven.
    let schedule = cells(3, 20, 5, true).schedule(&Options::default());
    assert_eq!((schedule.given_bytes, schedule.peak_bytes), (544, 416));
    assert!(schedule.is_optimal() && schedule.states < 60_000, "{schedule:?}");
}

#[test]
fn networks_of_cells_gain_on_average() {
    let gain = |by_depth: bool| {
        let schedules = (0..40).map(|seed| cells(seed, 2, 4, by_depth));
        let schedules = schedules.map(|graph| graph.schedule(&Options::default()));
        let gains = schedules.map(|schedule| {
            assert!(schedule.is_optimal());
            1.0 - schedule.peak_bytes as f64 / schedule.given_bytes as f64
        });
        gains.sum::<f64>() / 40.0
    };
    let (depth_first, breadth_first) = (gain(false), gain(true));
    assert!(depth_first > 0.08 && breadth_first > 0.20, "{depth_first} {breadth_first}");
}

/// A beam may miss the best, but should come close.
#[test]
fn a_beam_alone_comes_close() {
    let (mut beams, mut bests) = (0, 0);
    for seed in 0..10 {
        let graph = cells(seed, 4, 5, true);
        beams += graph.schedule(&Options { states: 0, ..Options::default() }).peak_bytes;
        bests += graph.schedule(&Options::default()).peak_bytes;
    }
    assert!(beams * 100 <= bests * 102, "{beams} {bests}");
}

/// A thousand diamonds one after another: each is a part, and the peak is the fullest one's.
#[test]
fn long_chains_are_cut() {
    let mut owned = Owned { bytes: vec![8], inputs: vec![0], alignment: 1, ..Owned::default() };
    for diamond in 0..1_000_u32 {
        let first = diamond * 5;
        let wide = if diamond == 500 { 101 } else { 100 };
        owned.bytes.extend([wide, 100, 10, 10, 8]);
        for (inputs, output) in
            [(vec![0], 1), (vec![0], 2), (vec![1], 3), (vec![2], 4), (vec![3, 4], 5)]
        {
            let inputs = inputs.iter().map(|input| first + input).collect();
            let outputs = vec![first + output];
            owned.steps.push(random::OwnedStep { inputs, outputs, ..Default::default() });
        }
    }
    owned.outputs.push(5_000);
    let schedule = owned.graph().schedule(&Options::default());
    assert_eq!((schedule.given_bytes, schedule.peak_bytes), (211, 120));
    assert!(schedule.is_optimal() && schedule.states < 20_000, "{}", schedule.states);
    assert!(owned.is_order(&schedule.order));
}

#[test]
fn nothing_needs_nothing() {
    let graph = Owned { alignment: 16, ..Owned::default() }.graph();
    assert!(graph.is_empty() && graph.schedule(&Options::default()).is_optimal());
    // Inputs are there even if nobody reads them.
    let inputs = Owned { bytes: vec![5, 7], inputs: vec![1], alignment: 16, ..Owned::default() };
    let schedule = inputs.graph().schedule(&Options::default());
    assert_eq!((schedule.order.len(), schedule.peak_bytes), (0, 16));
}

#[test]
fn largest_numbers_do_not_overflow() {
    let bytes = vec![u32::MAX - 15; 4];
    let step = |inputs, outputs| random::OwnedStep { inputs, outputs, ..Default::default() };
    let owned = Owned {
        bytes,
        steps: vec![step(vec![0], vec![1]), step(vec![0], vec![2]), step(vec![1, 2], vec![3])],
        inputs: vec![0],
        outputs: vec![3],
        alignment: 16,
        ..Owned::default()
    };
    let graph = owned.graph();
    assert_eq!(graph.schedule(&Options::default()).peak_bytes, 3 * u64::from(u32::MAX - 15));
    assert!(lower_bound(&graph.timeline(&[0, 1, 2]).unwrap(), 16).is_err());
}

#[test]
fn lifetimes_are_those_of_the_order() {
    let overlap = Overlap { below: Some(0), above: None };
    let permission = |output| Permission { output, input: 0, overlap };
    let description = Description {
        bytes: &[8, 4, 4, 6, 99],
        steps: &[
            Step { scratch_bytes: 3, ..Step::new(&[0], &[1]) },
            Step::new(&[0], &[2]),
            Step::new(&[1, 2], &[3]),
        ],
        inputs: &[0],
        outputs: &[3],
        permissions: &[permission(2), permission(1)],
        alignment: 1,
    };
    let graph = Graph::new(&description).unwrap();
    let timeline = graph.timeline(&[1, 0, 2]).unwrap();
    let lifetimes: Vec<_> =
        timeline.buffers().iter().map(|b| (b.bytes, b.lifetime.first, b.lifetime.last)).collect();
    let (unused, scratch) = ((0, 0, 0), [(3, 2, 2), (0, 1, 1), (0, 3, 3)]);
    assert_eq!(lifetimes[..5], [(8, 0, 2), (4, 2, 3), (4, 1, 3), (6, 3, 3), unused]);
    assert_eq!(lifetimes[5..], scratch);
    // Only the step that reads it last may overlap the input.
    assert_eq!(timeline.permissions(), [permission(1)]);
    assert_eq!(graph.timeline(&[0, 1, 2]).unwrap().permissions(), [permission(2)]);
}

#[test]
fn orders_that_are_none_are_refused() {
    let graph = Graph::new(&Description {
        bytes: &[1, 1, 1],
        steps: &[Step::new(&[0], &[1]), Step::new(&[1], &[2])],
        inputs: &[0],
        outputs: &[2],
        permissions: &[],
        alignment: 1,
    });
    let graph = graph.unwrap();
    assert_eq!(graph.peak_bytes(&[0, 1]), Ok(2));
    let wrong = |order: &[u32]| graph.timeline(order).unwrap_err();
    assert_eq!(wrong(&[0]), OrderError::Len { expected: 2, actual: 1 });
    assert_eq!(wrong(&[0, 0]), OrderError::Step { step: 0 });
    assert_eq!(wrong(&[0, 2]), OrderError::Step { step: 2 });
    assert_eq!(wrong(&[1, 0]), OrderError::TooEarly { step: 1, before: 0 });
    assert_eq!(graph.peak_bytes(&[1, 0]), Err(wrong(&[1, 0])));
    let text = wrong(&[1, 0]).to_string();
    assert_eq!(text, "step 1 comes before step 0, on which it depends");
}

#[test]
fn descriptions_that_make_no_sense_are_refused() {
    let good = Description {
        bytes: &[1, 1, 1],
        steps: &[Step::new(&[0], &[1]), Step::new(&[1], &[2])],
        inputs: &[0],
        outputs: &[2],
        permissions: &[],
        alignment: 1,
    };
    assert!(Graph::new(&good).is_ok());
    let wrong = |description: Description<'_>| Graph::new(&description).unwrap_err();
    let steps = |second: Step<'_>| wrong(Description { steps: &[good.steps[0], second], ..good });
    let permission = |output, input| Permission { output, input, overlap: Overlap::NONE };
    let permissions = |permissions: &[Permission]| wrong(Description { permissions, ..good });

    assert_eq!(wrong(Description { alignment: 3, ..good }), GraphError::Alignment { alignment: 3 });
    assert_eq!(
        wrong(Description { bytes: &[1, u32::MAX, 1], alignment: 2, ..good }),
        GraphError::Overflow { buffer: 1 }
    );
    assert_eq!(
        wrong(Description {
            steps: &[Step { scratch_bytes: u32::MAX, ..good.steps[0] }, good.steps[1]],
            alignment: 2,
            ..good
        }),
        GraphError::ScratchOverflow { step: 0 }
    );
    let missing = GraphError::NoSuchBuffer { step: 1, buffer: 3 };
    assert_eq!(steps(Step::new(&[3], &[2])), missing);
    assert_eq!(steps(Step::new(&[1], &[3])), missing);
    let port = GraphError::NoSuchPort { buffer: 3 };
    assert_eq!(wrong(Description { inputs: &[0, 3], ..good }), port);
    assert_eq!(wrong(Description { outputs: &[3], ..good }), port);
    assert_eq!(
        steps(Step { after: &[2], ..good.steps[1] }),
        GraphError::NoSuchStep { step: 1, after: 2 }
    );
    for outputs in [&[1, 2][..], &[2, 2], &[2, 0]] {
        let buffer = if outputs == [1, 2] { 1 } else { outputs[1] };
        assert_eq!(steps(Step::new(&[1], outputs)), GraphError::WrittenTwice { step: 1, buffer });
    }
    assert_eq!(wrong(Description { inputs: &[], ..good }), GraphError::NeverWritten { buffer: 0 });
    assert_eq!(
        wrong(Description { steps: &good.steps[..1], ..good }),
        GraphError::NeverWritten { buffer: 2 }
    );
    assert_eq!(steps(Step::new(&[1, 2], &[2])), GraphError::Cycle { step: 1 });
    assert_eq!(steps(Step { after: &[1], ..good.steps[1] }), GraphError::Cycle { step: 1 });
    // Step 2 is not on the cycle, only after it.
    let circle = [Step::new(&[2], &[1]), Step::new(&[1], &[2]), Step::new(&[2], &[])];
    let cycle = wrong(Description { steps: &circle, ..good });
    assert!(matches!(cycle, GraphError::Cycle { step: 0 | 1 }), "{cycle}");
    let other = GraphError::Permission { index: 0 };
    assert_eq!(permissions(&[permission(2, 0)]), other);
    assert_eq!(permissions(&[permission(0, 0)]), other);
    assert_eq!(permissions(&[permission(3, 1)]), other);
    let twice = [permission(2, 1), permission(1, 0), permission(2, 1)];
    assert_eq!(permissions(&twice), GraphError::Permission { index: 2 });
    assert!(Graph::new(&Description { permissions: &twice[..2], ..good }).is_ok());
}
