//! Sequences small enough to be followed by hand.

use bantam_arena::{
    Align, Arena, ArenaBytes, Category, Counter, HandleError, OutOfMemory, Records, Region, Slice,
    Usage, Value,
};
use bytemuck::{Pod, Zeroable};

type NodeAt = Value<Node>;

/// A record as users keep them: with handles to other things in the arena.
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
#[repr(C)]
struct Node {
    multipliers: Slice<i32>,
    next: NodeAt,
}

#[test]
fn records_can_hold_handles() {
    let mut memory = ArenaBytes::<64>::new();
    let mut arena = Arena::new(&mut memory.0);
    let multipliers = arena.alloc_persistent(2, Category::OperatorData).unwrap();
    arena.slice_mut(multipliers).unwrap().copy_from_slice(&[3, 4]);
    let last = Node { multipliers, next: Value::new(0) };
    let last = arena.alloc_value(last, Category::Nodes).unwrap();
    let first = Node { multipliers: Slice::EMPTY, next: last };
    let first = arena.alloc_value(first, Category::Nodes).unwrap();

    // The same records elsewhere, as if they had been prepared on a host and put into flash.
    let mut flash = ArenaBytes::<32>::new();
    let bytes = arena.records().as_bytes();
    assert_eq!(bytes.len(), 8 + 12 + 12);
    flash.0.copy_from_slice(bytes);
    for records in [arena.records(), Records::new(&flash.0)] {
        let first = records.value(first).unwrap();
        assert_eq!(records.slice(first.multipliers), Ok([].as_slice()));
        let last = records.value(first.next).unwrap();
        assert_eq!(records.slice(last.multipliers), Ok([3, 4].as_slice()));
        // Nothing lies at the high end itself.
        let nowhere = HandleError::OutOfRange { offset: 0, bytes: 12, available: 32 };
        assert_eq!(records.value(last.next), Err(nowhere));
    }
}

#[test]
fn a_value_without_size_takes_no_memory() {
    let mut arena = Arena::new(&mut []);
    let unit = arena.alloc_value((), Category::OperatorData).unwrap();
    assert_eq!(arena.value(unit), Ok(&()));
    assert_eq!(arena.value_mut(unit), Ok(&mut ()));
    assert_eq!(arena.usage().required(), 0);
    assert!(arena.value(Value::<()>::new(1)).is_err());
}

#[test]
fn memory_of_any_length_at_any_address_will_do() {
    let mut memory = ArenaBytes::<64>::new();
    for start in 0..=16 {
        for end in start..=64 {
            let arena = Arena::new(&mut memory.0[start..end]);
            let (low, high) = (start.next_multiple_of(16), end - end % 16);
            let capacity = high.saturating_sub(low);
            assert_eq!(arena.capacity() as usize, capacity);
            assert_eq!(arena.alignment_loss(), end - start - capacity);
        }
    }
}

#[test]
fn element_and_sub_stay_within_the_slice() {
    let mut memory = ArenaBytes::<64>::new();
    let mut arena = Arena::new(&mut memory.0);
    arena.alloc_persistent::<u8>(3, Category::Other).unwrap();
    let slice = arena.alloc_persistent::<u16>(4, Category::Other).unwrap();
    arena.slice_mut(slice).unwrap().copy_from_slice(&[1, 2, 3, 4]);
    let read = |index| slice.element(index).map(|value| *arena.value(value).unwrap());
    assert_eq!([read(0), read(3), read(4), read(u32::MAX)], [Some(1), Some(4), None, None]);
    let sub = |first, len| slice.sub(first, len).map(|slice| arena.slice(slice).unwrap());
    assert_eq!(sub(1, 2), Some([2, 3].as_slice()));
    assert_eq!(sub(4, 0), Some([].as_slice()));
    assert_eq!((sub(3, 2), sub(5, 0), sub(1, u32::MAX)), (None, None, None));
    assert_eq!(Slice::<u16>::new(1, 9).element(3), None, "not even the address exists");
}

#[test]
fn temporaries_and_persistent_values_live_side_by_side() {
    let mut memory = ArenaBytes::<96>::new();
    let mut arena = Arena::new(&mut memory.0);
    arena.reserve_overlay(3).unwrap();
    let mut scope = arena.scope();
    let table = scope.alloc::<u32>(4).unwrap(); // 4..20
    let kept = {
        let mut inner = scope.scope();
        let list = inner.alloc::<u16>(5).unwrap(); // 20..30
        list.fill(9);
        table[0] = u32::from(list[0]);
        let kept = inner.alloc_persistent::<u32>(4, Category::Tensors).unwrap();
        inner.slice_mut(kept).unwrap().copy_from_slice(table);
        assert_eq!(inner.usage().used(), 30 + 16);
        kept
    };
    assert_eq!(scope.usage().used(), 20 + 16);
    let again = scope.alloc::<u16>(5).unwrap();
    assert_eq!((again, &*table), ([0; 5].as_mut_slice(), [9, 0, 0, 0].as_slice()));
    drop(scope);
    assert_eq!((arena.usage().used(), arena.usage().peak()), (3 + 16, 46));
    assert_eq!(arena.slice(kept), Ok([9, 0, 0, 0].as_slice()));
}

#[test]
fn a_leaked_scope_keeps_its_bytes_and_nothing_else_breaks() {
    let mut memory = ArenaBytes::<64>::new();
    let mut arena = Arena::new(&mut memory.0);
    let mut scope = arena.scope();
    let mut inner = scope.scope();
    inner.alloc::<u8>(5).unwrap();
    core::mem::forget(inner);
    let words = scope.alloc::<u32>(2).unwrap(); // 8..16
    assert_eq!(words, [0, 0]);
    assert_eq!(scope.usage().used(), 16);
    let kept = scope.alloc_value(7_u32, Category::Other).unwrap();
    drop(scope);
    assert_eq!(arena.usage().used(), 4);
    assert_eq!(arena.value(kept), Ok(&7));

    // This holds for the arena's own overlay, too: it does not need the leaked bytes, but nobody
    // gives them back.
    let mut scope = arena.scope();
    scope.alloc::<u8>(20).unwrap();
    core::mem::forget(scope);
    arena.reserve_overlay(16).unwrap();
    assert_eq!(arena.usage().used(), 20 + 4);
    arena.reserve_overlay(32).unwrap();
    assert_eq!(arena.usage().used(), 32 + 4);
}

#[test]
fn parts_divide_the_memory_without_gaps_or_overlaps() {
    let mut memory = ArenaBytes::<64>::new();
    let mut arena = Arena::new(&mut memory.0);
    let record = arena.alloc_value(1_u32, Category::Nodes).unwrap();
    let variables = arena.alloc_aligned::<u8>(6, Align::Four, Category::Variables).unwrap();
    arena.reserve_overlay(50).unwrap();
    let parts = arena.into_parts(variables).unwrap();
    assert_eq!(parts.variables, [0; 6]);
    parts.overlay.fill(2);
    parts.variables.fill(3);
    assert_eq!(parts.records.value(record), Ok(&1));
    // The two bytes above the variables are their padding.
    assert_eq!(parts.records.as_bytes().len(), 6);
    assert_eq!((memory.0[..50].to_vec(), &memory.0[52..58]), (vec![2; 50], [3; 6].as_slice()));
    assert_eq!((&memory.0[50..52], &memory.0[58..60]), ([0; 2].as_slice(), [0; 2].as_slice()));
}

#[test]
fn parts_reject_what_is_not_in_the_arena() {
    let mut memory = ArenaBytes::<64>::new();
    let mut arena = Arena::new(&mut memory.0);
    arena.alloc_value(1_u32, Category::Nodes).unwrap();
    let error = HandleError::OutOfRange { offset: 5, bytes: 2, available: 4 };
    assert_eq!(arena.parts(Slice::new(5, 2)).unwrap_err(), error);
    assert!(arena.parts(Slice::new(4, 5)).is_err());
    assert!(arena.into_parts(Slice::new(u32::MAX, u32::MAX)).is_err());
}

#[test]
fn the_overlay_can_have_memory_of_its_own() {
    let mut fast = ArenaBytes::<32>::new();
    let mut slow = ArenaBytes::<64>::new();
    let mut arena = Arena::with_overlay(&mut fast.0, &mut slow.0[1..]);
    assert_eq!((arena.capacity(), arena.alignment_loss()), (32, 15));
    let variables = arena.alloc_persistent::<u8>(30, Category::Variables).unwrap();
    arena.reserve_overlay(40).unwrap();
    arena.reserve_overlay(20).unwrap();
    let usage = arena.usage();
    assert_eq!((usage.used(), usage.overlay()), (30, 40));
    assert_eq!((usage.required(), usage.required_overlay()), (32, 48));
    let full = arena.reserve_overlay(49).unwrap_err();
    assert_eq!((full.region, full.needed, full.available), (Region::Overlay, 64, 48));
    let full = arena.alloc_value(1_u32, Category::Nodes).unwrap_err();
    assert_eq!((full.region, full.needed, full.available), (Region::Arena, 48, 32));

    let mut counter = Counter::with_overlay();
    counter.alloc_persistent::<u8>(30, Category::Variables).unwrap();
    counter.reserve_overlay(40).unwrap();
    assert_eq!((counter.usage().required(), counter.usage().required_overlay()), (32, 48));

    let parts = arena.into_parts(variables).unwrap();
    assert_eq!(parts.overlay.len(), 40);
    parts.overlay.fill(1);
    parts.variables.fill(2);
    assert_eq!((&slow.0[16..56], slow.0[56]), ([1; 40].as_slice(), 0));
    assert_eq!((&fast.0[2..], &fast.0[..2]), ([2; 30].as_slice(), [0; 2].as_slice()));
}

#[test]
fn what_no_arena_can_hold_is_an_error() {
    let all = |error: OutOfMemory| (error.needed, error.available);
    let mut memory = ArenaBytes::<16>::new();
    let mut arena = Arena::new(&mut memory.0);
    arena.alloc_persistent::<u8>(1, Category::Other).unwrap();
    for len in [usize::MAX, usize::MAX / 4 + 1, u32::MAX as usize] {
        let error = arena.alloc_persistent::<u32>(len, Category::Other).unwrap_err();
        assert_eq!(all(error), (u32::MAX, 16));
        assert_eq!(all(arena.scope().alloc::<u32>(len).unwrap_err()), (u32::MAX, 16));
        assert_eq!(all(arena.reserve_overlay(len).unwrap_err()), (u32::MAX, 16));
    }
    assert_eq!((arena.usage().used(), arena.usage().peak()), (1, 1));

    let mut counter = Counter::new();
    let largest = u32::MAX as usize - 15;
    counter.scope().alloc::<u8>(largest).unwrap();
    assert_eq!(counter.usage().required() as usize, largest);
    let error = counter.scope().alloc::<u8>(largest + 1).unwrap_err();
    assert_eq!(all(error), (u32::MAX, u32::MAX - 15));
}

#[test]
fn an_arena_that_only_counts_lends_all_that_it_has() {
    let mut memory = ArenaBytes::<64>::new();
    let mut arena = Arena::new(&mut memory.0);
    arena.alloc_persistent::<u8>(40, Category::Other).unwrap();
    arena.count_only();
    let mut scope = arena.scope();
    let kept = scope.alloc_persistent::<u32>(4, Category::Nodes).unwrap();
    // The high end too, which nothing persistent is written to.
    let table = scope.alloc::<u8>(64).unwrap();
    table.fill(7);
    assert!(scope.slice_mut(kept).is_err());
    scope.alloc_persistent::<u32>(20, Category::Nodes).unwrap();
    assert!(scope.alloc::<u8>(1).is_err());
    assert!(table.iter().all(|&byte| byte == 7));
    drop(scope);
    assert!(arena.slice(kept).is_err() && arena.records().as_bytes().is_empty());
    arena.reserve_overlay(30).unwrap();
    let mut counter = Counter::new();
    counter.alloc_persistent::<u32>(4 + 20, Category::Nodes).unwrap();
    counter.scope().alloc::<u8>(65).unwrap();
    counter.reserve_overlay(30).unwrap();
    let without_capacity = |usage: Usage| (usage.used(), usage.peak(), usage.required());
    assert_eq!(without_capacity(arena.usage()), without_capacity(counter.usage()));

    arena.clear();
    assert_eq!(arena.capacity(), 64);
    assert!(arena.alloc_persistent::<u8>(65, Category::Other).is_err());
    let kept = arena.alloc_persistent::<u8>(64, Category::Other).unwrap();
    assert_eq!(arena.slice(kept), Ok([0; 64].as_slice()));
}

#[test]
fn usage_shows_what_there_is() {
    let mut memory = ArenaBytes::<128>::new();
    let mut arena = Arena::new(&mut memory.0);
    arena.alloc_persistent::<i8>(3, Category::OperatorData).unwrap();
    arena.alloc_persistent::<u32>(5, Category::Tensors).unwrap();
    arena.scope().alloc::<u8>(70).unwrap();
    arena.reserve_overlay(64).unwrap();
    let expected = "\
tensors               20
operator data          3
alignment              1
overlay               64
used                  88
required              96
capacity             128";
    assert_eq!(arena.usage().to_string(), expected);
    assert_eq!(Usage::persistent(&arena.usage()), 24);
}

#[test]
fn messages_are_one_lower_case_sentence() {
    let mut arena = Arena::new(&mut []);
    let messages = [
        arena.reserve_overlay(1).unwrap_err().to_string(),
        arena.slice(Slice::<u32>::new(4, 1)).unwrap_err().to_string(),
        HandleError::Misaligned { offset: 3 }.to_string(),
    ];
    assert_eq!(messages[0], "the arena has 0 bytes, but at least 16 are needed");
    for message in messages {
        assert!(message.starts_with(char::is_lowercase) || message.starts_with('4'), "{message}");
        assert!(!message.ends_with('.'), "{message}");
    }
}
