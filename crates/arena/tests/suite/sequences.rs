//! Laws that hold for every sequence of allocations.

use std::ops::Range;

use bantam_arena::{
    Align, Arena, ArenaBytes, Category, Counter, CounterScope, OutOfMemory, Scope, Slice, Usage,
};
use bytemuck::Pod;
use proptest::prelude::*;

/// A type to allocate.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Byte,
    Half,
    Word,
    Odd,
    Halves,
    Words,
}

/// Runs the expression with `T` standing for the type.
macro_rules! with_type {
    ($kind:expr, $t:ident => $result:expr) => {
        match $kind {
            Kind::Byte => {
                type $t = i8;
                $result
            }
            Kind::Half => {
                type $t = u16;
                $result
            }
            Kind::Word => {
                type $t = f32;
                $result
            }
            Kind::Odd => {
                type $t = [u8; 5];
                $result
            }
            Kind::Halves => {
                type $t = [i16; 3];
                $result
            }
            Kind::Words => {
                type $t = [i32; 3];
                $result
            }
        }
    };
}

#[derive(Clone, Debug)]
enum Call {
    Persistent(Kind, usize, Category),
    Aligned(Kind, usize, Align),
    Value(Kind),
    Temporary(Kind, usize),
    Scope(Vec<Self>),
}

/// The calls on an arena: the overlay can be reserved only between scopes.
#[derive(Clone, Debug)]
enum TopCall {
    Overlay(usize),
    In(Call),
}

fn kind() -> impl Strategy<Value = Kind> {
    prop::sample::select(vec![
        Kind::Byte,
        Kind::Half,
        Kind::Word,
        Kind::Odd,
        Kind::Halves,
        Kind::Words,
    ])
}

fn align() -> impl Strategy<Value = Align> {
    prop::sample::select(vec![Align::One, Align::Two, Align::Four, Align::Eight, Align::Sixteen])
}

fn call() -> impl Strategy<Value = Call> {
    let category = prop::sample::select(Category::ALL.to_vec());
    let leaf = prop_oneof![
        (kind(), 0..12_usize, category).prop_map(|(k, len, c)| Call::Persistent(k, len, c)),
        (kind(), 0..12_usize, align()).prop_map(|(k, len, a)| Call::Aligned(k, len, a)),
        kind().prop_map(Call::Value),
        (kind(), 0..12_usize).prop_map(|(k, len)| Call::Temporary(k, len)),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| prop::collection::vec(inner, 0..6).prop_map(Call::Scope))
}

fn calls() -> impl Strategy<Value = Vec<TopCall>> {
    let top = prop_oneof![
        1 => (0..200_usize).prop_map(TopCall::Overlay),
        8 => call().prop_map(TopCall::In),
    ];
    prop::collection::vec(top, 0..16)
}

/// The record of one run: the handles it gave, and the bytes in use by each.
#[derive(Debug, Default)]
struct Journal {
    /// Offset and length of each persistent allocation, as bytes.
    handles: Vec<(u32, u32)>,
    /// The addresses of the persistent allocations.
    ranges: Vec<Range<usize>>,
    /// The addresses of the living temporaries.
    temporary: Vec<Range<usize>>,
}

impl Journal {
    fn assert_free(&self, new: &Range<usize>) {
        for old in self.ranges.iter().chain(&self.temporary) {
            assert!(new.start.max(old.start) >= new.end.min(old.end), "{new:?} meets {old:?}");
        }
    }

    fn kept<T: Pod>(&mut self, handle: Slice<T>) -> Slice<u8> {
        let bytes = handle.len() * size_of::<T>() as u32;
        self.handles.push((handle.offset(), bytes));
        Slice::new(handle.offset(), bytes)
    }

    /// Notes a persistent allocation, checks its place, and fills it with its number.
    fn keep<T: Pod>(&mut self, scope: &mut Scope<'_>, handle: Slice<T>, align: Align) {
        let handle = self.kept(handle);
        let bytes = scope.slice_mut(handle).unwrap();
        let range = addresses(bytes);
        assert!(bytes.iter().all(|&byte| byte == 0));
        assert_aligned::<T>(&range, align);
        self.assert_free(&range);
        bytes.fill(self.ranges.len() as u8);
        self.ranges.push(range);
    }
}

fn addresses(bytes: &[u8]) -> Range<usize> {
    let start = bytes.as_ptr().addr();
    start..start + bytes.len()
}

/// Without bytes, the address says nothing.
fn assert_aligned<T: Pod>(range: &Range<usize>, align: Align) {
    let align = align.max(Align::of::<T>()).bytes() as usize;
    assert!(range.is_empty() || range.start.is_multiple_of(align), "{range:?} is not at {align}");
    assert!(range.is_empty() || range.start.is_multiple_of(align_of::<T>()));
}

fn lend<'s, T: Pod>(
    scope: &mut Scope<'s>,
    journal: &mut Journal,
    len: usize,
) -> Result<&'s mut [u8], OutOfMemory> {
    let values = scope.alloc::<T>(len)?;
    assert_eq!(values.len(), len);
    let bytes = bytemuck::cast_slice_mut::<T, u8>(values);
    assert!(bytes.iter().all(|&byte| byte == 0));
    let range = addresses(bytes);
    assert_aligned::<T>(&range, Align::One);
    journal.assert_free(&range);
    bytes.fill(0xA0 + journal.temporary.len() as u8);
    journal.temporary.push(range);
    Ok(bytes)
}

fn run_scope(
    scope: &mut Scope<'_>,
    calls: &[Call],
    journal: &mut Journal,
) -> Result<(), OutOfMemory> {
    let outer = journal.temporary.len();
    let mut lent = Vec::new();
    let result = calls.iter().try_for_each(|call| {
        let before = scope.usage();
        let result = match call {
            Call::Persistent(kind, len, category) => with_type!(kind, T => {
                scope.alloc_persistent::<T>(*len, *category)
                    .map(|handle| journal.keep(scope, handle, Align::One))
            }),
            Call::Aligned(kind, len, align) => with_type!(kind, T => {
                scope.alloc_aligned::<T>(*len, *align, Category::Other)
                    .map(|handle| journal.keep(scope, handle, *align))
            }),
            Call::Value(kind) => with_type!(kind, T => {
                let value: T = bytemuck::Zeroable::zeroed();
                scope.alloc_value(value, Category::Nodes)
                    .map(|handle| journal.keep(scope, Slice::<T>::new(handle.offset(), 1), Align::One))
            }),
            Call::Temporary(kind, len) => with_type!(kind, T => {
                lend::<T>(scope, journal, *len).map(|bytes| lent.push(bytes))
            }),
            // A failure of an inner scope says nothing about the use of this one.
            Call::Scope(calls) => return run_scope(&mut scope.scope(), calls, journal),
        };
        if let Err(error) = result {
            assert_eq!(scope.usage(), before, "a failure changes nothing");
            assert!(error.needed > error.available);
        }
        result
    });
    for (number, bytes) in lent.into_iter().enumerate() {
        let mark = 0xA0 + (outer + number) as u8;
        assert!(bytes.iter().all(|&byte| byte == mark), "a temporary was overwritten");
    }
    journal.temporary.truncate(outer);
    result
}

fn run(arena: &mut Arena<'_>, calls: &[TopCall], journal: &mut Journal) -> Result<(), OutOfMemory> {
    for call in calls {
        let before = arena.usage();
        match call {
            TopCall::Overlay(bytes) => arena.reserve_overlay(*bytes)?,
            TopCall::In(call) => {
                let calls = std::slice::from_ref(call);
                let result = run_scope(&mut arena.scope(), calls, journal);
                let (persistent, used) = (arena.usage().persistent(), arena.usage().used());
                // The middle is free again, except for persistent allocations.
                assert_eq!(used - before.used(), persistent - before.persistent());
                result?;
            }
        }
    }
    for (number, &(offset, bytes)) in journal.handles.iter().enumerate() {
        let bytes = arena.slice(Slice::<u8>::new(offset, bytes)).unwrap();
        assert!(
            bytes.iter().all(|&byte| byte == number as u8),
            "a persistent value was overwritten"
        );
    }
    Ok(())
}

fn count_scope(scope: &mut CounterScope<'_>, calls: &[Call], journal: &mut Journal) {
    for call in calls {
        match call {
            Call::Persistent(kind, len, category) => with_type!(kind, T => {
                journal.kept(scope.alloc_persistent::<T>(*len, *category).unwrap());
            }),
            Call::Aligned(kind, len, align) => with_type!(kind, T => {
                journal.kept(scope.alloc_aligned::<T>(*len, *align, Category::Other).unwrap());
            }),
            Call::Value(kind) => with_type!(kind, T => {
                let handle = scope.alloc_value::<T>(Category::Nodes).unwrap();
                journal.kept(Slice::<T>::new(handle.offset(), 1));
            }),
            Call::Temporary(kind, len) => {
                with_type!(kind, T => scope.alloc::<T>(*len).unwrap());
            }
            Call::Scope(calls) => count_scope(&mut scope.scope(), calls, journal),
        }
    }
}

fn count(counter: &mut Counter, calls: &[TopCall], journal: &mut Journal) {
    for call in calls {
        match call {
            TopCall::Overlay(bytes) => counter.reserve_overlay(*bytes).unwrap(),
            TopCall::In(call) => {
                count_scope(&mut counter.scope(), std::slice::from_ref(call), journal);
            }
        }
    }
}

/// Returns all figures but the capacity.
fn figures(usage: &Usage) -> (Vec<u32>, [u32; 4]) {
    let categories = Category::ALL.map(|category| usage.category(category));
    (categories.to_vec(), [usage.persistent(), usage.overlay(), usage.used(), usage.peak()])
}

const PLENTY: usize = 1 << 15;

proptest! {
    /// Placement, alignment, contents, and the figures of the counter; at any address.
    #[test]
    fn prop_arena_and_counter_agree(calls in calls(), skew in 0..64_usize) {
        let mut memory = Box::new(ArenaBytes::<PLENTY>([0xFF; PLENTY]));
        let mut arena = Arena::new(&mut memory.0[skew..]);
        prop_assert_eq!(arena.alignment_loss() + arena.capacity() as usize, PLENTY - skew);
        let mut journal = Journal::default();
        run(&mut arena, &calls, &mut journal).unwrap();

        let mut counter = Counter::new();
        let mut counted = Journal::default();
        count(&mut counter, &calls, &mut counted);
        prop_assert_eq!(&journal.handles, &counted.handles);
        prop_assert_eq!(figures(&arena.usage()), figures(&counter.usage()));
        prop_assert!(arena.usage().used() <= arena.usage().peak());
        prop_assert!(arena.usage().peak() <= arena.capacity());
    }

    /// The required bytes suffice, one less does not, and the errors lead there.
    #[test]
    fn prop_required_bytes_are_exact(calls in calls()) {
        let mut counter = Counter::new();
        count(&mut counter, &calls, &mut Journal::default());
        let required = counter.usage().required() as usize;

        let mut memory = Box::new(ArenaBytes::<PLENTY>([0xFF; PLENTY]));
        let mut try_with = |len: usize| {
            run(&mut Arena::new(&mut memory.0[..len]), &calls, &mut Journal::default())
        };
        prop_assert_eq!(try_with(required), Ok(()));
        if required > 0 {
            let error = try_with(required - 1).unwrap_err();
            prop_assert_eq!(error.needed as usize, required);
            prop_assert_eq!(error.available as usize, required - 16);
        }
        let mut len = 0;
        while let Err(error) = try_with(len) {
            prop_assert!(error.needed as usize > len && error.needed as usize <= required);
            len = error.needed as usize;
        }
        prop_assert_eq!(len, required);
    }

    /// Allocations that fit the counter fit the arena, no others do, and the counter goes on where
    /// the arena stands.
    #[test]
    fn prop_a_counter_goes_on_where_the_arena_stands(calls in calls(), len in 0..1_024_usize) {
        let mut memory = Box::new(ArenaBytes::<PLENTY>([0xFF; PLENTY]));
        let mut arena = Arena::new(&mut memory.0[..len]);
        for call in calls.chunks(1) {
            let mut counter = arena.counter();
            count(&mut counter, call, &mut Journal::default());
            let fits = counter.usage().required() <= arena.capacity();
            let result = run(&mut arena, call, &mut Journal::default());
            prop_assert_eq!(result.is_ok(), fits);
            if fits {
                prop_assert_eq!(figures(&arena.usage()), figures(&counter.usage()));
            }
        }
    }

    /// Any numbers make a handle, and reading with it never panics.
    #[test]
    fn prop_any_handle_is_safe(
        offset in prop_oneof![0..80_u32, any::<u32>()],
        len in prop_oneof![0..20_u32, any::<u32>()],
    ) {
        let mut memory = ArenaBytes::<64>::new();
        let mut arena = Arena::new(&mut memory.0);
        arena.alloc_persistent::<u8>(48, Category::Other).unwrap();
        let handle = Slice::<u32>::new(offset, len);
        let names_something = offset <= 48 && u64::from(len) * 4 <= u64::from(offset);
        let expected = names_something && (offset % 4 == 0 || len == 0);
        prop_assert_eq!(arena.slice(handle).is_ok(), expected);
        prop_assert_eq!(arena.slice_mut(handle).is_ok(), expected);
        prop_assert_eq!(arena.scope().slice_mut(handle).is_ok(), expected);
        if let Some(element) = handle.element(len / 2) {
            let value = arena.value(element).copied();
            prop_assert!(!expected || value.is_ok());
            prop_assert_eq!(arena.value_mut(element).map(|value| *value), value);
        }
        let bytes = Slice::<u8>::new(offset, len);
        prop_assert_eq!(arena.parts(bytes).is_ok(), offset <= 48 && len <= offset);
    }
}
