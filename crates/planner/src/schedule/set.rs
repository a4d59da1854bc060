//! Sets of small numbers.

use std::rc::Rc;
use std::vec;

/// A set of numbers below a limit. A copy costs nothing until one of the two changes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Set(Rc<[u64]>);

const fn split(number: usize) -> (usize, u64) {
    (number / 64, 1 << (number % 64))
}

impl Set {
    /// Returns the empty set, for numbers below `limit`.
    pub(super) fn new(limit: usize) -> Self {
        Self(vec![0; limit.div_ceil(64)].into())
    }

    pub(super) fn insert(&mut self, number: usize) {
        let (word, bit) = split(number);
        Rc::make_mut(&mut self.0)[word] |= bit;
    }

    pub(super) fn remove(&mut self, number: usize) {
        let (word, bit) = split(number);
        Rc::make_mut(&mut self.0)[word] &= !bit;
    }

    /// Enters all that `other` contains.
    pub(super) fn unite(&mut self, other: &Self) {
        for (word, other) in Rc::make_mut(&mut self.0).iter_mut().zip(&*other.0) {
            *word |= other;
        }
    }

    pub(super) fn contains(&self, number: usize) -> bool {
        let (word, bit) = split(number);
        self.0[word] & bit != 0
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|&word| word == 0)
    }

    pub(super) fn is_disjoint(&self, other: &Self) -> bool {
        self.0.iter().zip(&*other.0).all(|(word, other)| word & other == 0)
    }

    pub(super) fn is_subset(&self, of: &Self) -> bool {
        self.0.iter().zip(&*of.0).all(|(word, of)| word & !of == 0)
    }

    /// Returns whether all but `number` are in `of`.
    pub(super) fn is_subset_without(&self, number: usize, of: &Self) -> bool {
        let (place, bit) = split(number);
        let mut words = self.0.iter().zip(&*of.0).enumerate();
        words.all(|(at, (word, of))| word & !of & !(if at == place { bit } else { 0 }) == 0)
    }

    /// Returns the numbers, in ascending order.
    pub(super) fn iter(&self) -> impl Iterator<Item = usize> {
        let some = |word: u64| (word != 0).then_some(word);
        self.0.iter().enumerate().flat_map(move |(at, &word)| {
            let words = core::iter::successors(some(word), move |word| some(word & (word - 1)));
            words.map(move |word| at * 64 + word.trailing_zeros() as usize)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    fn set(numbers: &[usize]) -> Set {
        let mut set = Set::new(130);
        numbers.iter().for_each(|&number| set.insert(number));
        set
    }

    #[test]
    fn numbers_come_back_in_order() {
        let numbers = [0, 1, 63, 64, 127, 128, 129];
        let mut some = set(&[64, 129, 0, 127, 1, 128, 63]);
        assert_eq!(some.iter().collect::<Vec<_>>(), numbers);
        let all = some.clone();
        some.remove(64);
        assert!(all.contains(64) && !some.contains(64) && some.contains(63));
        assert!(set(&[]).is_empty() && !some.is_empty());
        assert_eq!(Set::new(0).iter().count(), 0);
    }

    #[test]
    fn sets_compare() {
        let (small, large) = (set(&[3, 100]), set(&[3, 64, 100]));
        assert!(small.is_subset(&large) && !large.is_subset(&small));
        assert!(large.is_subset_without(64, &small) && !large.is_subset_without(0, &small));
        assert!(small.is_disjoint(&set(&[64])) && !small.is_disjoint(&large));
        let mut both = small;
        both.unite(&set(&[64]));
        assert_eq!(both, large);
    }
}
