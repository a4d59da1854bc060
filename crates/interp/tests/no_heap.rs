//! Making and running an interpreter must not touch the heap.

#![allow(clippy::unwrap_used, reason = "a test")]
#![allow(unsafe_code, reason = "GlobalAlloc is an unsafe trait; this is the measuring device")]

use bantam_interp::{Interpreter, ops};
use bantam_schema::Model;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::path::Path;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

/// Counts the allocations of each thread.
struct Counting;

// SAFETY: every call is passed on to the system's allocator with its arguments unchanged.
// SAFETY: every call is passed on to the system's allocator with its arguments unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = ALLOCATIONS.try_with(|n| n.set(n.get() + 1));
        // SAFETY: as promised by our caller.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as promised by our caller.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

fn allocations() -> usize {
    ALLOCATIONS.with(Cell::get)
}

fn run(path: &Path) -> bool {
    let bytes = std::fs::read(path).unwrap();
    let mut memory = vec![0_u128; 1 << 18];
    let before = allocations();
    let arena = bytemuck::cast_slice_mut(&mut memory);
    let ran = Model::parse(&bytes).is_ok_and(|model| {
        Interpreter::new(&model, ops::ALL, arena).is_ok_and(|mut interpreter| {
            interpreter.invoke().is_ok() && interpreter.reset().is_ok()
        })
    });
    assert_eq!(allocations() - before, 0, "{}", path.display());
    ran
}

#[test]
fn counter_counts() {
    let before = allocations();
    drop(std::hint::black_box(Box::new(1)));
    assert_eq!(allocations() - before, 1);
}

#[test]
fn digits_allocates_nothing() {
    assert!(
        run(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/digits/digits.tflite"))
    );
}

#[test]
fn models_allocate_nothing() {
    let Some(corpus) = bantam_testkit::conformance() else { return };
    let folder = std::fs::read_dir(corpus.join("models")).unwrap();
    let ran = folder
        .filter_map(|entry| Some(entry.ok()?.path().join("model.tflite")))
        .filter(|path| path.is_file() && run(path))
        .count();
    println!("{ran} models ran without an allocation");
    assert!(ran > 0);
}
