//! The arithmetic of allocation, without any memory.
//!
//! [`Arena`](crate::Arena) and [`Counter`](crate::Counter) both allocate by the ledger, so their
//! figures cannot differ.

use core::ops::Range;

use bytemuck::Pod;

use crate::align::{GRANULE, granules, round_up};
use crate::{Align, Category, OutOfMemory, Region, Slice, Usage, Value, usage};

/// The largest capacity of an arena, so that offsets fit `u32`.
pub(crate) const MAX_CAPACITY: u32 = u32::MAX - (GRANULE - 1);

/// The allocations of an arena, as numbers.
///
/// Invariants:
///
/// 1. `low + high <= peak <= capacity`. 2. `high` is the sum of `by_category`. 3. The overlay is
///    part of `low` unless it has memory of its own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ledger {
    capacity: u32,
    /// The capacity of the overlay, if it has memory of its own.
    overlay_capacity: Option<u32>,
    overlay: u32,
    /// Bytes in use at the low end: the overlay and all living temporaries.
    low: u32,
    /// Bytes in use at the high end.
    high: u32,
    peak: u32,
    by_category: [u32; Category::COUNT],
}

impl Ledger {
    pub(crate) const fn new(capacity: u32, overlay_capacity: Option<u32>) -> Self {
        Self {
            capacity,
            overlay_capacity,
            overlay: 0,
            low: 0,
            high: 0,
            peak: 0,
            by_category: [0; Category::COUNT],
        }
    }

    /// Returns the same allocations in memory without end.
    pub(crate) const fn unlimited(self) -> Self {
        let overlay_capacity = match self.overlay_capacity {
            Some(_) => Some(MAX_CAPACITY),
            None => None,
        };
        Self { capacity: MAX_CAPACITY, overlay_capacity, ..self }
    }

    pub(crate) const fn capacity(&self) -> u32 {
        self.capacity
    }

    pub(crate) const fn overlay(&self) -> u32 {
        self.overlay
    }

    pub(crate) const fn low(&self) -> u32 {
        self.low
    }

    pub(crate) const fn high(&self) -> u32 {
        self.high
    }

    /// Returns where the persistent end begins in the memory: beyond the memory if it only counts.
    pub(crate) const fn persistent_start(&self) -> u32 {
        self.capacity.saturating_sub(self.high)
    }

    pub(crate) fn usage(&self) -> Usage {
        usage::new(
            self.capacity,
            self.by_category,
            (self.overlay, self.overlay_capacity.is_some()),
            self.low.saturating_add(self.high),
            self.peak,
        )
    }

    /// Gives back temporaries down to an earlier `low`.
    pub(crate) fn release(&mut self, low: u32) {
        self.low = low;
    }

    pub(crate) fn alloc_value<T: Pod>(
        &mut self,
        category: Category,
    ) -> Result<Value<T>, OutOfMemory> {
        let align = const { Align::of::<T>() };
        Ok(Value::new(self.alloc_high(bytes_of::<T>(1), align, category)?))
    }

    // size: as `alloc_high`.
    #[inline(always)]
    pub(crate) fn alloc_slice<T: Pod>(
        &mut self,
        len: usize,
        align: Align,
        category: Category,
    ) -> Result<Slice<T>, OutOfMemory> {
        let offset = self.alloc_high(bytes_of::<T>(len), align, category)?;
        // A length that does not fit `u32` did not fit the arena either.
        Ok(Slice::new(offset, u32::try_from(len).unwrap_or(u32::MAX)))
    }

    /// Takes bytes from the high end and returns their offset from it.
    // size: inlined, so that a caller who drops the error does not link its arithmetic.
    #[inline(always)]
    fn alloc_high(
        &mut self,
        bytes: u32,
        align: Align,
        category: Category,
    ) -> Result<u32, OutOfMemory> {
        let taken = self.take_high(bytes, align, category);
        taken.ok_or_else(|| self.lacking(self.low, self.above_high(bytes, align)))
    }

    /// Does the same as [`alloc_high`](Self::alloc_high), without the error.
    // size: one copy for all types, whose result fits into two registers.
    #[inline(never)]
    fn take_high(&mut self, bytes: u32, align: Align, category: Category) -> Option<u32> {
        let end = self.high.saturating_add(bytes);
        let offset = self.above_high(bytes, align);
        self.grow(self.low, offset)?;
        self.high = offset;
        // size: not in a loop over two pairs, which lie on the stack.
        let [.., alignment] = &mut self.by_category;
        *alignment += offset - end;
        if let Some(sum) = self.by_category.get_mut(category as usize) {
            *sum += bytes;
        }
        Some(offset)
    }

    fn above_high(&self, bytes: u32, align: Align) -> u32 {
        round_up(self.high.saturating_add(bytes), align.bytes())
    }

    /// Takes bytes from the low end until they are released, and returns their range in the memory.
    pub(crate) fn alloc_low<T: Pod>(&mut self, len: usize) -> Result<Range<u32>, OutOfMemory> {
        let (bytes, align) = (bytes_of::<T>(len), const { Align::of::<T>() });
        match self.take_low(bytes, align) {
            Some(start) => Ok(start..self.low),
            None => Err(self.lacking_low(bytes, align)),
        }
    }

    /// Does the same as [`alloc_low`](Self::alloc_low) without the error; the range ends at `low`.
    // size: one copy for all types, whose result fits into two registers.
    #[inline(never)]
    pub(crate) fn take_low(&mut self, bytes: u32, align: Align) -> Option<u32> {
        let start = round_up(self.low, align.bytes());
        let low = start.saturating_add(bytes);
        self.grow(low, self.high)?;
        self.low = low;
        Some(start)
    }

    /// Returns the error for a [`take_low`](Self::take_low) that gave nothing.
    pub(crate) fn lacking_low(&self, bytes: u32, align: Align) -> OutOfMemory {
        let low = round_up(self.low, align.bytes()).saturating_add(bytes);
        self.lacking(low, self.high)
    }

    /// Grows the overlay to `bytes`, unless it is larger already.
    pub(crate) fn reserve_overlay(&mut self, bytes: usize) -> Result<(), OutOfMemory> {
        let bytes = saturate(bytes);
        let overlay = self.overlay.max(bytes);
        match self.overlay_capacity {
            Some(available) if overlay > available => {
                let needed = granules(overlay);
                return Err(OutOfMemory { region: Region::Overlay, needed, available });
            }
            Some(_) => {}
            None => {
                let low = self.low.max(overlay);
                self.grow(low, self.high).ok_or_else(|| self.lacking(low, self.high))?;
                self.low = low;
            }
        }
        self.overlay = overlay;
        Ok(())
    }

    /// Notes the new peak, if the two ends may grow that far.
    #[inline(never)] // size: one copy for both ends and the overlay
    fn grow(&mut self, low: u32, high: u32) -> Option<()> {
        let peak = self.peak.max(low.saturating_add(high));
        if granules(peak) > self.capacity {
            return None;
        }
        self.peak = peak;
        Some(())
    }

    /// Returns the error for two ends that may not grow that far.
    fn lacking(&self, low: u32, high: u32) -> OutOfMemory {
        let needed = granules(self.peak.max(low.saturating_add(high)));
        OutOfMemory { region: Region::Arena, needed, available: self.capacity }
    }
}

fn saturate(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

pub(crate) fn bytes_of<T>(len: usize) -> u32 {
    saturate(len.saturating_mul(size_of::<T>()))
}
