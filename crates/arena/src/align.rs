//! Alignments that are the same on every target.

use bytemuck::Pod;

/// The alignment of an allocation: its address is a multiple of these bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Align {
    /// 1 byte: packed.
    One = 1,
    /// 2 bytes.
    Two = 2,
    /// 4 bytes.
    Four = 4,
    /// 8 bytes.
    Eight = 8,
    /// 16 bytes, the alignment of both ends of an arena.
    Sixteen = 16,
}

impl Align {
    /// Returns the alignment in bytes.
    #[must_use]
    pub const fn bytes(self) -> u32 {
        self as u32
    }

    /// Returns the alignment of values of type `T` in the arena: the largest of 1, 2 and 4 that
    /// divides their size.
    ///
    /// It follows from the size alone, because `align_of` differs between targets and records must
    /// not. It is never less than `align_of`, since every size is a multiple of that.
    ///
    /// Types that need more than 4, such as `u64`, are a compile error. Keep such numbers as two
    /// `u32` or as bytes.
    ///
    /// ```
    /// use bantam_arena::Align;
    ///
    /// assert_eq!(Align::of::<[i8; 3]>(), Align::One);
    /// assert_eq!(Align::of::<i16>(), Align::Two);
    /// assert_eq!(Align::of::<[f32; 5]>(), Align::Four);
    /// ```
    ///
    /// ```compile_fail
    /// bantam_arena::Align::of::<u64>();
    /// ```
    #[must_use]
    pub const fn of<T: Pod>() -> Self {
        const { assert!(align_of::<T>() <= 4, "records have no alignment above 4") };
        Self::of_size(size_of::<T>())
    }

    /// Returns the alignment of values of so many bytes.
    #[must_use]
    pub const fn of_size(bytes: usize) -> Self {
        match bytes % 4 {
            _ if bytes == 0 => Self::One,
            0 => Self::Four,
            2 => Self::Two,
            _ => Self::One,
        }
    }
}

/// Both ends of an arena are multiples of this.
pub(crate) const GRANULE: u32 = 16;

/// Returns the length of the shortest aligned memory that has `bytes`.
pub(crate) fn granules(bytes: u32) -> u32 {
    round_up(bytes, GRANULE)
}

/// Rounds up to a multiple of a power of two, saturating: a number that does not fit `u32` does not
/// fit an arena either.
pub(crate) fn round_up(bytes: u32, multiple: u32) -> u32 {
    let mask = multiple - 1;
    bytes.checked_add(mask).map_or(u32::MAX, |sum| sum & !mask)
}
