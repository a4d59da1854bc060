//! The height of the skyline in each section.

use core::ops::Range;
use std::vec;
use std::vec::Vec;

/// A tree of heights that only grow: the highest of a range, and raising a range, in logarithmic time.
///
/// The node `i` has the children `2i` and `2i + 1`; the leaves are the second half.
#[derive(Debug)]
pub(super) struct Heights {
    leaves: usize,
    /// For each node, the highest section below it, and what all sections below it have at least.
    nodes: Vec<(u32, u32)>,
}

impl Heights {
    /// All heights are 0.
    pub(super) fn new(sections: usize) -> Self {
        let leaves = sections.max(1).next_power_of_two();
        Self { leaves, nodes: vec![(0, 0); 2 * leaves] }
    }

    /// The highest section in a range that is not empty.
    pub(super) fn highest(&self, sections: Range<usize>) -> u32 {
        let (mut low, mut high) = (sections.start + self.leaves, sections.end + self.leaves - 1);
        let mut highest = self.nodes[low].0.max(self.nodes[high].0);
        // From both ends upwards: what lies between them is covered by siblings, the ends by their ancestors.
        while low / 2 != high / 2 {
            if low % 2 == 0 {
                highest = highest.max(self.nodes[low + 1].0);
            }
            if high % 2 == 1 {
                highest = highest.max(self.nodes[high - 1].0);
            }
            (low, high) = (low / 2, high / 2);
            highest = highest.max(self.nodes[low].1).max(self.nodes[high].1);
        }
        while low > 1 {
            low /= 2;
            highest = highest.max(self.nodes[low].1);
        }
        highest
    }

    /// Makes every section in a range that is not empty at least so high.
    pub(super) fn raise(&mut self, sections: Range<usize>, height: u32) {
        let (mut low, mut high) = (sections.start + self.leaves, sections.end + self.leaves - 1);
        let cover = |node: &mut (u32, u32)| *node = (node.0.max(height), node.1.max(height));
        cover(&mut self.nodes[low]);
        cover(&mut self.nodes[high]);
        while low / 2 != high / 2 {
            if low % 2 == 0 {
                cover(&mut self.nodes[low + 1]);
            }
            if high % 2 == 1 {
                cover(&mut self.nodes[high - 1]);
            }
            (low, high) = (low / 2, high / 2);
            self.nodes[low].0 = self.nodes[low].0.max(height);
            self.nodes[high].0 = self.nodes[high].0.max(height);
        }
        while low > 1 {
            low /= 2;
            self.nodes[low].0 = self.nodes[low].0.max(height);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn prop_equals_a_list(
            sections in 1..40_usize,
            steps in proptest::collection::vec((0..40_usize, 0..40_usize, any::<bool>(), 0..100_u32), 0..60),
        ) {
            let (mut tree, mut list) = (Heights::new(sections), vec![0_u32; sections]);
            for (a, b, raise, height) in steps {
                let start = a % sections;
                let range = start..start + 1 + b % (sections - start);
                if raise {
                    tree.raise(range.clone(), height);
                    list[range].iter_mut().for_each(|other| *other = height.max(*other));
                } else {
                    prop_assert_eq!(Some(&tree.highest(range.clone())), list[range].iter().max());
                }
            }
        }
    }
}
