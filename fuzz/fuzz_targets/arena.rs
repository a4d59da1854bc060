//! Arbitrary sequences of allocations: nothing overlaps, the figures are those of the counter, and
//! an arena of exactly the length asked for is enough while one byte less is not.
#![no_main]

use bantam_arena::{
    Arena, Category, Counter, CounterScope, OutOfMemory, Region, Scope, Slice, Usage,
};
use libfuzzer_sys::arbitrary::{self, Arbitrary};

#[derive(Arbitrary, Debug)]
struct Input {
    len: u16,
    /// Where in 16 bytes the memory begins.
    start: u8,
    /// The overlay's own memory.
    overlay: Option<u16>,
    steps: Vec<Step>,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Step {
    Keep(Element, Len),
    Lend(Element, Len),
    Overlay(Len),
    Begin,
    End,
    /// A handle that nobody gave out.
    Read {
        offset: u32,
        len: u32,
    },
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Element {
    Byte,
    Half,
    Word,
    Three,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Len {
    Small(u8),
    Medium(u16),
    Any(usize),
}

impl Len {
    fn get(self) -> usize {
        match self {
            Self::Small(len) => usize::from(len),
            Self::Medium(len) => usize::from(len),
            Self::Any(len) => len,
        }
    }
}

/// What was kept, and what it was filled with.
enum Kept {
    Bytes(Slice<u8>, u8),
    Halves(Slice<u16>, u16),
    Words(Slice<i32>, i32),
    Threes(Slice<[u8; 3]>, [u8; 3]),
}

/// Where a script failed, and why.
#[derive(Debug, PartialEq)]
struct Failure {
    step: usize,
    error: OutOfMemory,
}

libfuzzer_sys::fuzz_target!(|input: Input| {
    let Input { len, start, overlay, steps } = input;
    let start = usize::from(start % 16);
    let mut memory = aligned(start + usize::from(len));
    let mut own = aligned(usize::from(overlay.unwrap_or(0)));
    let own = overlay.map(|len| &mut bytes(&mut own)[..usize::from(len)]);
    let separate = own.is_some();

    match play(&mut bytes(&mut memory)[start..start + usize::from(len)], own, &steps) {
        Ok(usage) => {
            same_figures(usage, count(&steps, separate).expect("no memory, no limit"));
            exact(usage, separate, &steps);
        }
        Err(Failure { step, error }) => {
            assert!(error.needed > error.available);
            match count(&steps[..=step], separate) {
                Ok(usage) if error.region == Region::Arena => {
                    assert_eq!(usage.required(), error.needed);
                }
                Ok(usage) => assert_eq!(usage.required_overlay(), error.needed),
                // No memory is as large as that.
                Err(_) => assert_eq!(error.needed, u32::MAX),
            }
        }
    }
});

/// The length that the figures ask for will do, and one byte less will not.
fn exact(usage: Usage, separate: bool, steps: &[Step]) {
    let required = usage.required() as usize;
    let mut memory = aligned(required);
    let mut own = aligned(usage.required_overlay() as usize);
    let own = separate.then(|| &mut bytes(&mut own)[..usage.required_overlay() as usize]);
    same_figures(play(&mut bytes(&mut memory)[..required], own, steps).expect("enough"), usage);
    if required > 0 {
        let mut own = aligned(usage.required_overlay() as usize);
        let own = separate.then(|| bytes(&mut own));
        assert!(play(&mut bytes(&mut memory)[..required - 1], own, steps).is_err());
    }
}

fn same_figures(a: Usage, b: Usage) {
    assert_eq!(
        Category::ALL.map(|each| a.category(each)),
        Category::ALL.map(|each| b.category(each))
    );
    let rest = |usage: Usage| (usage.overlay(), usage.used(), usage.peak(), usage.required());
    assert_eq!(rest(a), rest(b));
}

fn play(memory: &mut [u8], own: Option<&mut [u8]>, steps: &[Step]) -> Result<Usage, Failure> {
    let mut arena = match own {
        Some(overlay) => Arena::with_overlay(memory, overlay),
        None => Arena::new(memory),
    };
    let mut kept = Vec::new();
    let mut rest = steps.iter().copied().enumerate();
    while let Some((step, what)) = rest.next() {
        let done = match what {
            Step::Overlay(len) => arena.reserve_overlay(len.get()),
            Step::Begin => {
                play_scope(&mut arena.scope(), &mut rest, &mut kept)?;
                Ok(())
            }
            Step::End => Ok(()),
            what => play_in(&mut arena.scope(), what, &mut kept),
        };
        done.map_err(|error| Failure { step, error })?;
    }
    let records = arena.records();
    for slice in &kept {
        // Nobody has written where another's values are.
        let whole = match *slice {
            Kept::Bytes(at, fill) => {
                records.slice(at).is_ok_and(|all| all.iter().all(|v| *v == fill))
            }
            Kept::Halves(at, fill) => {
                records.slice(at).is_ok_and(|all| all.iter().all(|v| *v == fill))
            }
            Kept::Words(at, fill) => {
                records.slice(at).is_ok_and(|all| all.iter().all(|v| *v == fill))
            }
            Kept::Threes(at, fill) => {
                records.slice(at).is_ok_and(|all| all.iter().all(|v| *v == fill))
            }
        };
        assert!(whole);
    }
    let usage = arena.usage();
    let variables = arena.alloc_persistent::<u8>(0, Category::Variables).expect("no bytes");
    let parts = arena.parts(variables).expect("a handle of this arena");
    assert_eq!(parts.overlay.len(), usage.overlay() as usize);
    Ok(usage)
}

type Rest<'a> = dyn Iterator<Item = (usize, Step)> + 'a;

fn play_scope(
    scope: &mut Scope<'_>,
    rest: &mut Rest<'_>,
    kept: &mut Vec<Kept>,
) -> Result<(), Failure> {
    while let Some((step, what)) = rest.next() {
        match what {
            Step::Begin => play_scope(&mut scope.scope(), rest, kept)?,
            Step::End => break,
            what => play_in(scope, what, kept).map_err(|error| Failure { step, error })?,
        }
    }
    Ok(())
}

fn play_in(scope: &mut Scope<'_>, what: Step, kept: &mut Vec<Kept>) -> Result<(), OutOfMemory> {
    let before = scope.usage();
    let done = match what {
        Step::Keep(element, len) => keep(scope, element, len.get(), kept),
        Step::Lend(element, len) => lend(scope, element, len.get()),
        Step::Read { offset, len } => {
            let _ = scope.slice(Slice::<u8>::new(offset, len));
            let _ = scope.slice_mut(Slice::<i32>::new(offset, len));
            Ok(())
        }
        Step::Overlay(_) | Step::Begin | Step::End => Ok(()),
    };
    if done.is_err() {
        assert_eq!(scope.usage(), before, "a failed allocation changes nothing");
    }
    done
}

fn keep(
    scope: &mut Scope<'_>,
    element: Element,
    len: usize,
    kept: &mut Vec<Kept>,
) -> Result<(), OutOfMemory> {
    const CATEGORY: Category = Category::OperatorData;
    let tag = kept.len() as u8 | 1;
    kept.push(match element {
        Element::Byte => {
            let at = scope.alloc_persistent(len, CATEGORY)?;
            Kept::Bytes(at, fill(scope.slice_mut(at).expect("just given"), tag))
        }
        Element::Half => {
            let at = scope.alloc_persistent(len, CATEGORY)?;
            let value = u16::from_ne_bytes([tag; 2]);
            Kept::Halves(at, fill(scope.slice_mut(at).expect("just given"), value))
        }
        Element::Word => {
            let at = scope.alloc_persistent(len, CATEGORY)?;
            let value = i32::from_ne_bytes([tag; 4]);
            Kept::Words(at, fill(scope.slice_mut(at).expect("just given"), value))
        }
        Element::Three => {
            let at = scope.alloc_persistent(len, CATEGORY)?;
            Kept::Threes(at, fill(scope.slice_mut(at).expect("just given"), [tag; 3]))
        }
    });
    Ok(())
}

fn lend(scope: &mut Scope<'_>, element: Element, len: usize) -> Result<(), OutOfMemory> {
    match element {
        Element::Byte => _ = fill(scope.alloc::<u8>(len)?, 0xAA),
        Element::Half => _ = fill(scope.alloc::<u16>(len)?, 0xAAAA),
        Element::Word => _ = fill(scope.alloc::<i32>(len)?, -1),
        Element::Three => _ = fill(scope.alloc::<[u8; 3]>(len)?, [0xAA; 3]),
    }
    Ok(())
}

/// Fresh values are zero; they get another value.
fn fill<T: Copy + Default + PartialEq>(values: &mut [T], value: T) -> T {
    assert!(values.iter().all(|old| *old == T::default()));
    values.fill(value);
    value
}

/// The same steps without memory.
fn count(steps: &[Step], separate: bool) -> Result<Usage, OutOfMemory> {
    let mut counter = if separate { Counter::with_overlay() } else { Counter::new() };
    let mut rest = steps.iter().copied();
    while let Some(what) = rest.next() {
        match what {
            Step::Overlay(len) => counter.reserve_overlay(len.get())?,
            Step::Begin => count_scope(&mut counter.scope(), &mut rest)?,
            what => count_in(&mut counter.scope(), what)?,
        }
    }
    Ok(counter.usage())
}

fn count_scope(
    scope: &mut CounterScope<'_>,
    rest: &mut dyn Iterator<Item = Step>,
) -> Result<(), OutOfMemory> {
    while let Some(what) = rest.next() {
        match what {
            Step::Begin => count_scope(&mut scope.scope(), rest)?,
            Step::End => break,
            what => count_in(scope, what)?,
        }
    }
    Ok(())
}

fn count_in(scope: &mut CounterScope<'_>, what: Step) -> Result<(), OutOfMemory> {
    const CATEGORY: Category = Category::OperatorData;
    match what {
        Step::Keep(element, len) => match element {
            Element::Byte => scope.alloc_persistent::<u8>(len.get(), CATEGORY).map(|_| ()),
            Element::Half => scope.alloc_persistent::<u16>(len.get(), CATEGORY).map(|_| ()),
            Element::Word => scope.alloc_persistent::<i32>(len.get(), CATEGORY).map(|_| ()),
            Element::Three => scope.alloc_persistent::<[u8; 3]>(len.get(), CATEGORY).map(|_| ()),
        },
        Step::Lend(element, len) => match element {
            Element::Byte => scope.alloc::<u8>(len.get()),
            Element::Half => scope.alloc::<u16>(len.get()),
            Element::Word => scope.alloc::<i32>(len.get()),
            Element::Three => scope.alloc::<[u8; 3]>(len.get()),
        },
        Step::Overlay(_) | Step::Begin | Step::End | Step::Read { .. } => Ok(()),
    }
}

/// Memory that begins at a multiple of 16.
fn aligned(len: usize) -> Vec<u128> {
    vec![0; len.div_ceil(16)]
}

fn bytes(memory: &mut [u128]) -> &mut [u8] {
    bytemuck::cast_slice_mut(memory)
}
