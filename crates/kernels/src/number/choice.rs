//! A choice between two types that other types make.

/// One of two things, the first or the second: what a backend keeps for the layers that it has a
/// way of its own for, or for the others.
pub trait Choice: private::Sealed + 'static {
    /// Whether it is the first.
    const IS_FIRST: bool;

    /// The one that is chosen.
    type Of<A, B>;

    /// Makes the one that is chosen.
    fn make<A, B>(first: impl FnOnce() -> A, second: impl FnOnce() -> B) -> Self::Of<A, B>;

    /// The first, if that is chosen.
    fn first<A, B>(chosen: &mut Self::Of<A, B>) -> Option<&mut A>;

    /// The second, if that is chosen.
    fn second<A, B>(chosen: &mut Self::Of<A, B>) -> Option<&mut B>;
}

/// Chooses the first.
#[derive(Clone, Copy, Debug)]
pub enum First {}

/// Chooses the second.
#[derive(Clone, Copy, Debug)]
pub enum Second {}

impl Choice for First {
    const IS_FIRST: bool = true;
    type Of<A, B> = A;

    #[inline(always)] // made where it stays
    fn make<A, B>(first: impl FnOnce() -> A, _: impl FnOnce() -> B) -> A {
        first()
    }

    #[inline(always)] // no instruction
    fn first<A, B>(chosen: &mut A) -> Option<&mut A> {
        Some(chosen)
    }

    #[inline(always)] // no instruction
    fn second<A, B>(_: &mut A) -> Option<&mut B> {
        None
    }
}

impl Choice for Second {
    const IS_FIRST: bool = false;
    type Of<A, B> = B;

    #[inline(always)] // made where it stays
    fn make<A, B>(_: impl FnOnce() -> A, second: impl FnOnce() -> B) -> B {
        second()
    }

    #[inline(always)] // no instruction
    fn first<A, B>(_: &mut B) -> Option<&mut A> {
        None
    }

    #[inline(always)] // no instruction
    fn second<A, B>(chosen: &mut B) -> Option<&mut B> {
        Some(chosen)
    }
}

mod private {
    /// Limits the trait of choices to the types of this module.
    pub trait Sealed {}
    impl Sealed for super::First {}
    impl Sealed for super::Second {}
}
