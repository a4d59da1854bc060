//! Compares regions with trying all assignments, and checks the rules that hold for any.

use crate::support::{Owned, optimum, problem};
use bantam_planner::csv::{Fault, Instance};
use bantam_planner::regions::{Assignment, Demand, Options, Place, Region, RegionError, assign};
use bantam_planner::{Buffer, Error, Permission, large, validate};
use proptest::prelude::*;

const OPTIONS: Options = Options { nodes: 200_000, threads: 1 };

/// Returns the buffers at these indices, with the permissions among them.
fn part(owned: &Owned, members: &[usize]) -> Owned {
    let index = |buffer: u32| Some(members.iter().position(|&m| m == buffer as usize)? as u32);
    let permission = |p: &Permission| {
        Some(Permission { output: index(p.output)?, input: index(p.input)?, ..*p })
    };
    Owned {
        buffers: members.iter().map(|&member| owned.buffers[member]).collect(),
        permissions: owned.permissions.iter().filter_map(permission).collect(),
    }
}

fn members(regions: &[usize], region: usize) -> Vec<usize> {
    (0..regions.len()).filter(|&buffer| regions[buffer] == region).collect()
}

fn cost(owned: &Owned, regions: &[Region], demands: &[Demand], chosen: &[usize]) -> u128 {
    let each = owned.buffers.iter().zip(demands).zip(chosen).map(|((buffer, demand), &region)| {
        let accesses = u128::from(buffer.bytes) * u128::from(demand.weight);
        accesses * u128::from(regions[region].cost)
    });
    each.sum()
}

/// Returns the least cost of all assignments that fit.
fn least_cost(
    owned: &Owned,
    alignment: u32,
    regions: &[Region],
    demands: &[Demand],
) -> Option<u128> {
    let len = owned.buffers.len();
    let ways = (0..regions.len().pow(len as u32)).map(|way| -> Vec<usize> {
        (0..len).map(|buffer| way / regions.len().pow(buffer as u32) % regions.len()).collect()
    });
    let fits = |chosen: &Vec<usize>| {
        let allowed = chosen.iter().zip(demands).all(|(&r, demand)| demand.regions >> r & 1 == 1);
        allowed
            && regions.iter().enumerate().all(|(region, &Region { capacity_bytes, .. })| {
                let part = part(owned, &members(chosen, region));
                optimum(&part, alignment) <= capacity_bytes
            })
    };
    ways.filter(fits).map(|chosen| cost(owned, regions, demands, &chosen)).min()
}

/// Checks the rules that hold for any result.
fn check(
    owned: &Owned,
    alignment: u32,
    regions: &[Region],
    demands: &[Demand],
    assignment: &Assignment,
) {
    let chosen: Vec<usize> = assignment.places.iter().map(|place| place.region).collect();
    assert_eq!(assignment.cost, cost(owned, regions, demands, &chosen));
    assert!(assignment.lower_bound_cost <= assignment.cost);
    for (&region, demand) in chosen.iter().zip(demands) {
        assert!(demand.regions >> region & 1 == 1);
    }
    for (number, region) in regions.iter().enumerate() {
        let members = members(&chosen, number);
        let part = part(owned, &members);
        let offsets: Vec<u32> = members.iter().map(|&m| assignment.places[m].offset).collect();
        let peak = assignment.peak_bytes[number];
        assert_eq!(validate(&part.problem(), alignment, &offsets, peak), Ok(()));
        assert!(peak <= region.capacity_bytes);
        assert!(assignment.lower_bound_bytes[number] <= peak);
    }
}

fn solved(
    owned: &Owned,
    alignment: u32,
    regions: &[Region],
    demands: &[Demand],
    options: &Options,
) -> Result<Assignment, RegionError> {
    let run = || assign(&owned.problem(), alignment, regions, demands, options);
    let result = run();
    assert_eq!(result, run());
    if let Ok(assignment) = &result {
        check(owned, alignment, regions, demands, assignment);
    }
    result
}

fn demand(regions: usize) -> impl Strategy<Value = Demand> {
    let mask = prop_oneof![3 => Just(u32::MAX), 1 => 1..1_u32 << regions];
    (mask, 0..9_u32).prop_map(|(regions, weight)| Demand { regions, weight })
}

/// Costs are small, so that many are equal.
fn region(most: u32) -> impl Strategy<Value = Region> {
    (0..most, 0..4_u32).prop_map(|(capacity_bytes, cost)| Region { capacity_bytes, cost })
}

/// Returns as many demands as buffers.
fn with_demands(
    len: usize,
    bytes: u32,
    steps: u32,
    regions: usize,
) -> impl Strategy<Value = (Owned, Vec<Demand>)> {
    problem(len, bytes, steps).prop_flat_map(move |owned| {
        let demands = prop::collection::vec(demand(regions), owned.buffers.len());
        (Just(owned), demands)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn prop_no_assignment_is_cheaper(
        (owned, demands) in with_demands(6, 40, 4, 2),
        regions in prop::collection::vec(region(70), 2),
        log2 in 0..4_u32,
    ) {
        let least = least_cost(&owned, 1 << log2, &regions, &demands);
        match solved(&owned, 1 << log2, &regions, &demands, &OPTIONS) {
            Ok(assignment) => {
                prop_assert_eq!(Some(assignment.cost), least);
                prop_assert!(assignment.is_optimal());
            }
            Err(RegionError::DoesNotFit { buffer, region, short_bytes, proven }) => {
                prop_assert!(least.is_none() && proven && short_bytes > 0);
                prop_assert!(demands[buffer].regions >> region & 1 == 1);
            }
            Err(error) => prop_assert!(false, "{error}"),
        }
    }

    #[test]
    fn prop_three_regions_too(
        (owned, demands) in with_demands(5, 20, 3, 3),
        regions in prop::collection::vec(region(30), 3),
    ) {
        let least = least_cost(&owned, 1, &regions, &demands);
        let found = solved(&owned, 1, &regions, &demands, &OPTIONS);
        prop_assert_eq!(found.ok().map(|assignment| assignment.cost), least);
    }

    /// Bounds hold, and a proven assignment is the cheapest.
    #[test]
    fn prop_few_nodes_are_honest(
        (owned, demands) in with_demands(6, 40, 4, 2),
        regions in prop::collection::vec(region(70), 2),
        nodes in 0..200_u64,
    ) {
        let least = least_cost(&owned, 1, &regions, &demands);
        let options = Options { nodes, threads: 1 };
        match solved(&owned, 1, &regions, &demands, &options) {
            Ok(assignment) => {
                let least = least.unwrap();
                prop_assert!(assignment.lower_bound_cost <= least && least <= assignment.cost);
            }
            Err(RegionError::DoesNotFit { proven, .. }) => prop_assert!(!proven || least.is_none()),
            Err(error) => prop_assert!(false, "{error}"),
        }
    }

    #[test]
    fn prop_many_buffers_keep_the_rules(
        (owned, demands) in with_demands(60, 300, 20, 3),
        capacities in prop::array::uniform2(0..2_000_u32),
        nodes in 0..20_000_u64,
    ) {
        let [small, large] = capacities;
        let regions = [Region::new(small, 1), Region::new(large, 3), Region::unlimited(10)];
        let options = Options { nodes, threads: 2 };
        let result = solved(&owned, 16, &regions, &demands, &options);
        if demands.iter().all(|demand| demand.regions >> 2 & 1 == 1) {
            prop_assert!(result.is_ok());
        }
    }
}

/// Buffers of many sizes and weights in two regions, the first too small for all.
fn network(len: u32) -> (Owned, Vec<Demand>) {
    let mut state = 1_u32;
    let mut below = |limit: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) % limit
    };
    let buffers =
        (0..len).map(|step| Buffer::new(16 * (1 + below(60)), step, step + 1 + below(5))).collect();
    let demands = (0..len).map(|_| Demand::weighing(1 + below(30))).collect();
    (Owned { buffers, permissions: Vec::new() }, demands)
}

/// A result of few nodes is not far from one that is proven with many.
#[test]
fn little_is_lost_without_proof() {
    let regions = [Region::new(1_024, 1), Region::unlimited(8)];
    let (owned, demands) = network(40);
    let within = |nodes| {
        let options = Options { nodes, threads: 1 };
        solved(&owned, 16, &regions, &demands, &options).unwrap()
    };
    let (best, quick) = (within(1_000_000), within(500));
    assert!(best.is_optimal() && !quick.is_optimal());
    assert!(quick.lower_bound_cost <= best.cost);
    assert!(quick.cost * 100 <= best.cost * 101, "{} {}", quick.cost, best.cost);
}

#[test]
fn hundreds_of_buffers_are_no_trouble() {
    let regions = [Region::new(4_096, 1), Region::unlimited(8)];
    let (owned, demands) = network(400);
    let found = solved(&owned, 16, &regions, &demands, &OPTIONS).unwrap();
    let all_slow = cost(&owned, &regions, &demands, &[1; 400]);
    assert!(found.peak_bytes[0] > 4_000 && found.cost * 7 < all_slow, "{found:?}");
}

#[test]
fn fast_memory_alone_is_enough_if_it_is_large() {
    let (owned, demands) = network(100);
    let regions = [Region::unlimited(1), Region::unlimited(2)];
    let found = solved(&owned, 16, &regions, &demands, &OPTIONS).unwrap();
    assert!(found.is_optimal() && found.places.iter().all(|place| place.region == 0));
    let (bytes, _) = large::plan(&owned.problem(), 16).unwrap();
    assert!(found.peak_bytes[0] <= bytes && found.peak_bytes[1] == 0);
}

/// Permissions hold within a region.
#[test]
fn overlaps_make_room() {
    let overlap = bantam_planner::Overlap { below: Some(16), above: None };
    let owned = Owned {
        buffers: vec![Buffer::new(96, 0, 1), Buffer::new(64, 1, 2)],
        permissions: vec![Permission { output: 1, input: 0, overlap }],
    };
    let demands = [Demand::default(); 2];
    let fits = |bytes| {
        let regions = [Region::new(bytes, 1), Region::unlimited(2)];
        let found = solved(&owned, 16, &regions, &demands, &OPTIONS).unwrap();
        found.places.iter().all(|place| place.region == 0)
    };
    assert!(fits(112) && !fits(111));
}

#[test]
fn what_does_not_fit_is_named() {
    let buffers = [Buffer::new(64, 0, 1), Buffer::new(48, 1, 2), Buffer::new(200, 3, 3)];
    let demands = [Demand::default(); 3];
    let wrong = |capacities: [u32; 2], buffers: &[Buffer], demands: &[Demand]| {
        let regions = capacities.map(|bytes| Region::new(bytes, 1));
        assign(buffers, 16, &regions, demands, &OPTIONS).unwrap_err()
    };
    let does_not_fit = |buffer, region, short_bytes| RegionError::DoesNotFit {
        buffer,
        region,
        short_bytes,
        proven: true,
    };
    let error = wrong([64, 112], &buffers, &demands);
    assert_eq!(error, does_not_fit(2, 1, 208 - 112));
    assert_eq!(error.to_string(), "buffer 2 does not fit: region 1 is short of 96 bytes");
    // Alone, each would fit.
    assert_eq!(wrong([100, 0], &buffers[..2], &demands[..2]), does_not_fit(1, 0, 112 - 100));
    let only_second = [Demand { regions: 2, weight: 1 }; 2];
    assert_eq!(wrong([200, 100], &buffers[..2], &only_second), does_not_fit(1, 1, 112 - 100));
}

#[test]
fn gaps_and_own_alignments_are_refused() {
    use bantam_planner::{Gap, WithLimits};

    let buffers = [Buffer::new(32, 0, 1), Buffer::new(32, 0, 2)];
    let refused = |alignments: &[u32], gaps: &[(u32, Gap)]| {
        let problem = WithLimits::new(buffers, alignments, gaps).unwrap();
        let (regions, demands) = ([Region::new(64, 1)], [Demand::default(); 2]);
        assign(&problem, 16, &regions, &demands, &OPTIONS).unwrap_err()
    };
    assert_eq!(refused(&[16, 32], &[]), RegionError::Limited { buffer: 1 });
    assert_eq!(refused(&[16, 16], &[(0, Gap::new(1, 1))]), RegionError::Limited { buffer: 0 });
}

#[test]
fn fixed_buffers_stay() {
    let buffers = [Buffer::new(32, 0, 1), Buffer::new(32, 0, 1).fixed_at(0)];
    let demands = [Demand::default(), Demand { regions: 1, weight: 1 }];
    let regions = [Region::new(64, 1), Region::new(64, 2)];
    let found = assign(&buffers, 16, &regions, &demands, &OPTIONS).unwrap();
    let offsets: Vec<u32> = found.places.iter().map(|place| place.offset).collect();
    assert_eq!((offsets, found.peak_bytes), (vec![32, 0], vec![64, 0]));
}

#[test]
fn nothing_needs_nothing() {
    let found = assign::<[Buffer]>(&[], 16, &[Region::new(0, 1)], &[], &OPTIONS).unwrap();
    assert!(found.places.is_empty() && found.is_optimal());
    assert_eq!((found.peak_bytes, found.cost), (vec![0], 0));
    let empty = [Buffer::new(0, 0, 1)];
    let found = assign(&empty, 16, &[Region::new(0, 1)], &[Demand::default()], &OPTIONS);
    assert_eq!(found.unwrap().peak_bytes, [0]);
}

#[test]
fn largest_numbers_do_not_overflow() {
    let half = Buffer::new(1 << 31, 0, 1);
    let demands = [Demand::weighing(u32::MAX); 3];
    let regions = [Region::unlimited(u32::MAX); 3];
    let found = assign(&[half; 3], 16, &regions, &demands, &OPTIONS).unwrap();
    assert_eq!(found.peak_bytes, [1 << 31; 3]);
    let bytes = 3 << 31_u32;
    assert_eq!(found.cost, bytes * u128::from(u32::MAX) * u128::from(u32::MAX));
    let error = assign(&[half; 3], 16, &regions[..2], &demands, &OPTIONS).unwrap_err();
    assert!(matches!(error, RegionError::DoesNotFit { .. }), "{error}");
}

#[test]
fn what_makes_no_sense_is_refused() {
    let buffers = [Buffer::new(16, 0, 1)];
    let demands = [Demand::default()];
    let regions = [Region::unlimited(1); 33];
    let wrong = |alignment, regions: &[Region], demands: &[Demand]| {
        assign(&buffers, alignment, regions, demands, &OPTIONS).unwrap_err()
    };
    assert_eq!(wrong(16, &[], &demands), RegionError::RegionsLen { len: 0, max: 32 });
    assert_eq!(wrong(16, &regions, &demands), RegionError::RegionsLen { len: 33, max: 32 });
    assert_eq!(wrong(16, &regions[..1], &[]), RegionError::DemandsLen { expected: 1, actual: 0 });
    assert_eq!(
        wrong(3, &regions[..1], &demands),
        RegionError::Problem(Error::Alignment { alignment: 3 })
    );
    let elsewhere = [Demand { regions: 4, weight: 1 }];
    assert_eq!(wrong(16, &regions[..2], &elsewhere), RegionError::Mask { buffer: 0, regions: 4 });
    assert!(assign(&buffers, 16, &regions[..32], &demands, &OPTIONS).is_ok());
}

#[test]
fn files_say_what_buffers_want() {
    let text = "weight,id,lower,upper,size,regions\n7,a,0,2,16,0|2|31\n,b,1,3,8, 1 \n0,c,1,3,8,\n";
    let instance = Instance::from_csv(text).unwrap();
    let demand = |regions, weight| Demand { regions, weight };
    let wanted = [demand(1 << 31 | 0b101, 7), demand(0b10, 1), demand(u32::MAX, 0)];
    assert_eq!(instance.demands(), wanted);
    let place = |region, offset| Place { region, offset };
    let places = [place(0, 16), place(1, 0), place(2, 8)];
    let lines = "id,lower,upper,size,region,offset\na,0,2,16,x,16\nb,1,3,8,y,0\nc,1,3,8,2,8\n";
    assert_eq!(instance.to_csv_in_regions(&["x", "y"], &places), lines);
    // Without the columns: anywhere, once.
    let plain = Instance::from_csv("id,lower,upper,size\na,0,2,16\n").unwrap();
    assert_eq!(plain.demands(), [Demand::default()]);
    let rows = ["1,a,0,2,16,32", "1,a,0,2,16,0|", "1,a,0,2,16,-1", "-1,a,0,2,16,0", "x,a,0,2,16,0"];
    for row in rows.into_iter().chain(["1,a,0,2,16"]) {
        let file = format!("weight,id,lower,upper,size,regions\n\n{row}\n");
        let error = Instance::from_csv(&file).unwrap_err();
        assert_eq!((error.line, error.fault), (3, Fault::Demand), "{row}");
    }
}
