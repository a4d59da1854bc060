//! Memory for an arena.

use core::ops::{Deref, DerefMut};

/// `N` bytes aligned to 16, so that an arena in them loses nothing (if `N` is a multiple of 16).
///
/// ```
/// use bantam_arena::{Arena, ArenaBytes};
///
/// let mut memory = ArenaBytes::<4096>::new();
/// let arena = Arena::new(&mut memory.0);
/// assert_eq!((arena.capacity(), arena.alignment_loss()), (4096, 0));
/// ```
#[derive(Clone, Debug)]
#[repr(C, align(16))]
pub struct ArenaBytes<const N: usize>(pub [u8; N]);

impl<const N: usize> ArenaBytes<N> {
    /// Zeros: a static of them takes no room in flash.
    #[must_use]
    pub const fn new() -> Self {
        Self([0; N])
    }
}

impl<const N: usize> Default for ArenaBytes<N> {
    fn default() -> Self {
        Self::new()
    }
}

/// Where a slice is taken, a reference to it will do.
impl<const N: usize> Deref for ArenaBytes<N> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl<const N: usize> DerefMut for ArenaBytes<N> {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

/// Sets all bytes to zero.
// In words: `fill` of bytes links a routine of its own beside that for words, which most programs
// have anyway.
#[inline(never)] // size: one copy for all callers
pub fn clear(bytes: &mut [u8]) {
    let (before, words, after) = bytemuck::pod_align_to_mut::<u8, u32>(bytes);
    words.fill(0);
    clear_few(before);
    clear_few(after);
}

/// Sets at most three bytes to zero, one by one: a loop over all would become such a routine.
#[inline(never)] // size: one copy for both ends
fn clear_few(bytes: &mut [u8]) {
    for at in 0..3 {
        if let Some(byte) = bytes.get_mut(at) {
            *byte = 0;
        }
    }
}

impl<const N: usize> AsMut<[u8]> for ArenaBytes<N> {
    fn as_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_the_bytes_are_cleared_at_any_address() {
        for start in 0..8 {
            for len in 0..20 {
                let mut memory = ArenaBytes([0xA5_u8; 32]);
                clear(memory.0.get_mut(start..start + len).unwrap_or_default());
                for (at, &byte) in memory.0.iter().enumerate() {
                    let inside = (start..start + len).contains(&at);
                    assert_eq!(byte, if inside { 0 } else { 0xA5 }, "{start} {len}: {at}");
                }
            }
        }
    }
}
