//! Networks of random cells, as architecture searches such as NASNet and DARTS find them.

use bantam_planner::schedule::{Description, Graph, Step};

/// Draws numbers, the same on every machine.
pub(crate) struct Draw(pub(crate) u64);

impl Draw {
    /// Returns a number below `limit`.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % limit
    }
}

/// A graph in the making.
#[derive(Default)]
struct Network {
    bytes: Vec<u32>,
    /// Inputs and the output of each step.
    steps: Vec<(Vec<u32>, u32)>,
    /// The most steps before each buffer.
    depth: Vec<usize>,
}

impl Network {
    fn buffer(&mut self, bytes: u32, depth: usize) -> u32 {
        self.bytes.push(bytes);
        self.depth.push(depth);
        self.bytes.len() as u32 - 1
    }

    fn step(&mut self, inputs: &[u32], bytes: u32) -> u32 {
        let depth = inputs.iter().map(|&input| self.depth[input as usize]).max();
        let output = self.buffer(bytes, depth.unwrap_or(0) + 1);
        self.steps.push((inputs.to_vec(), output));
        output
    }

    fn bytes(&self, buffer: u32) -> u32 {
        self.bytes[buffer as usize]
    }
}

/// Returns so many cells of so many blocks. A block adds the results of two operators, each on one
/// of the cell's two inputs or on an earlier block; a cell concatenates the blocks that no other
/// uses; its inputs are the two cells before it. If `by_depth`, the given order is that of
/// converters that go through a graph breadth first.
pub(crate) fn cells(seed: u64, cells: usize, blocks: usize, by_depth: bool) -> Graph {
    let mut draw = Draw(seed);
    let mut network = Network::default();
    let image = network.buffer(64, 0);
    let stem = network.step(&[image], 64);
    let mut last = [image, stem];
    for _ in 0..cells {
        let mut states = last.to_vec();
        let mut used = Vec::new();
        for _ in 0..blocks {
            let a = states[draw.below(states.len())];
            let b = states[draw.below(states.len())];
            used.extend([a, b]);
            let bytes = [16, 32, 64][draw.below(3)];
            let left = network.step(&[a], bytes);
            let right = network.step(&[b], bytes);
            states.push(network.step(&[left, right], bytes));
        }
        let unused: Vec<u32> = states[2..].iter().copied().filter(|s| !used.contains(s)).collect();
        let bytes = unused.iter().map(|&buffer| network.bytes(buffer)).sum();
        last = [last[1], network.step(&unused, bytes)];
    }
    let mut steps = network.steps;
    if by_depth {
        steps.sort_by_key(|(_, output)| network.depth[*output as usize]);
    }
    let steps: Vec<Step<'_>> = steps
        .iter()
        .map(|(inputs, output)| Step::new(inputs, std::slice::from_ref(output)))
        .collect();
    let is_read = |buffer: &u32| steps.iter().any(|step| step.inputs.contains(buffer));
    let outputs: Vec<u32> = (0..network.bytes.len() as u32).filter(|b| !is_read(b)).collect();
    Graph::new(&Description {
        bytes: &network.bytes,
        steps: &steps,
        inputs: &[image],
        outputs: &outputs,
        permissions: &[],
        alignment: 1,
    })
    .unwrap()
}
