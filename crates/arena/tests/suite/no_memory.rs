//! An arena without a byte still holds everything that takes none.

use bantam_arena::{Arena, Category, Slice};

#[test]
fn an_arena_without_memory_holds_empty_slices() {
    let mut arena = Arena::new(&mut []);
    let handle = arena.alloc_persistent::<i32>(0, Category::Other).expect("no bytes");
    assert_eq!(arena.slice(handle), Ok(&[][..]));
    assert_eq!(arena.slice_mut(handle), Ok(&mut [][..]));
    assert_eq!(arena.slice(Slice::<u16>::EMPTY), Ok(&[][..]));
    assert_eq!(arena.scope().alloc::<i32>(0), Ok(&mut [][..]));
    assert!(arena.scope().alloc::<u8>(1).is_err());
}
