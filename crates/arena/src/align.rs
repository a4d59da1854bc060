//! Alignments that are the same on every target.

use bytemuck::Pod;

/// What the address of an allocation is a multiple of.
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
    /// 16 bytes: what both ends of an arena have.
    Sixteen = 16,
}

impl Align {
    /// The bytes.
    #[must_use]
    pub const fn bytes(self) -> u32 {
        self as u32
    }

    /// What the arena gives values of type `T`: the largest of 1, 2 and 4 that divides their size.
    ///
    /// It follows from the size alone, since `align_of` differs between targets while records must
    /// not. It is never less than `align_of`, as every size is a multiple of that.
    ///
    /// Types that need more than 4, such as `u64`, are rejected at compile time. Keep such numbers
    /// as two `u32` or as bytes.
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

    /// What the arena gives values of so many bytes.
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
