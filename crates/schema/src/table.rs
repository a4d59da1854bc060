//! Tables of a FlatBuffer.

use crate::bytes::{At, elements_at, follow, number_at, slice_at, u16_at, u32_at};

/// A table of the file: the place of its signed offset to the vtable.
///
/// Reading cannot fail: a field that is absent or out of bounds reads as its default. After
/// [`check`](crate::check) has passed over a table, only absent fields do.
// size: methods take references and are not inlined, since a call is smaller than the checks.
#[derive(Clone, Copy, Debug)]
pub struct Table<'a> {
    pub(crate) file: &'a [u8],
    pub(crate) at: u32,
}

impl<'a> Table<'a> {
    /// The root of a file.
    pub(crate) fn root(file: &'a [u8]) -> Self {
        Self { file, at: u32_at(file, 0).unwrap_or(0) }
    }

    /// Returns the vtable: its length, that of the table, and for each slot where its field lies.
    // size: a call is smaller than the checks.
    #[inline(never)]
    pub(crate) fn vtable(&self) -> Option<&'a [u8]> {
        // The offset is signed. A place that wraps around is not in the file.
        let at = self.at.wrapping_sub(u32_at(self.file, self.at)?);
        slice_at(self.file, at, u16_at(self.file, at)?.into())
    }

    /// Returns where the field lies, `None` if the table does not have it.
    // size: a call is smaller than the checks.
    #[inline(never)]
    pub(crate) fn field(&self, slot: u16) -> Option<At> {
        match u16_at(self.vtable()?, u32::from(slot).wrapping_mul(2).wrapping_add(4))? {
            0 => None,
            offset => At::new(self.at.checked_add(u32::from(offset))?),
        }
    }

    /// Returns the target of the offset in the field.
    // size: a call is smaller than the checks.
    #[inline(never)]
    pub(crate) fn target(&self, slot: u16) -> Option<At> {
        follow(self.file, self.field(slot)?.get())
    }

    /// Returns a number of so many bytes, at most 4.
    // size: a call is smaller than the checks.
    #[inline(never)]
    pub(crate) fn number(&self, slot: u16, bytes: u32, default: u32) -> u32 {
        let at = self.field(slot);
        at.and_then(|at| number_at(self.file, at.get(), bytes)).unwrap_or(default)
    }

    /// Returns where the elements of the field's vector begin, and their number, with so many bytes
    /// each; none if they are not all in the file.
    // size: a call is smaller than the checks.
    #[inline(never)]
    pub(crate) fn elements(&self, slot: u16, bytes: u32) -> (u32, u32) {
        let elements = self.target(slot).and_then(|at| elements_at(self.file, at, bytes));
        elements.map_or((0, 0), |(at, len)| (at.get(), len))
    }

    // size: a call is smaller than the checks.
    /// The elements of the field's vector, of so many bytes each.
    #[inline(never)]
    pub(crate) fn bytes(&self, slot: u16, element_bytes: u32) -> &'a [u8] {
        let (at, len) = self.elements(slot, element_bytes);
        slice_at(self.file, at, len.wrapping_mul(element_bytes)).unwrap_or(&[])
    }

    /// Returns element `index` of a vector of 32-bit numbers.
    // size: a call is smaller than the checks.
    #[inline(never)]
    pub(crate) fn element(&self, slot: u16, index: usize) -> Option<i32> {
        let (at, len) = self.elements(slot, 4);
        let index = u32::try_from(index).ok().filter(|index| *index < len)?;
        Some(u32_at(self.file, at.checked_add(index.checked_mul(4)?)?)? as i32)
    }

    /// Returns the bytes of a string, which need not be UTF-8.
    // size: a call is smaller than the checks.
    #[inline(never)]
    pub(crate) fn name(&self, slot: u16) -> Option<&'a [u8]> {
        let (at, len) = elements_at(self.file, self.target(slot)?, 1)?;
        slice_at(self.file, at.get(), len)
    }

    pub(crate) fn string(&self, slot: u16) -> Option<&'a str> {
        core::str::from_utf8(self.name(slot)?).ok()
    }

    pub(crate) fn table(&self, slot: u16) -> Option<Self> {
        Some(Self { file: self.file, at: self.target(slot)?.get() })
    }

    /// Returns entry `index` of the field's vector of tables.
    // size: a call is smaller than the checks.
    #[inline(never)]
    pub(crate) fn entry(&self, slot: u16, index: u32) -> Option<Self> {
        let (at, len) = self.elements(slot, 4);
        if index >= len {
            return None;
        }
        Self::entry_at(self.file, at, index)
    }

    /// Returns entry `index` of a list of the model to which the table belongs.
    // size: a call is smaller than the checks.
    #[inline(never)]
    pub(crate) fn entry_of_model(&self, slot: u16, index: u32) -> Option<Self> {
        Self::root(self.file).entry(slot, index)
    }

    /// Returns entry `index` of the list at `at`.
    pub(crate) fn entry_at(file: &'a [u8], at: u32, index: u32) -> Option<Self> {
        let at = follow(file, at.wrapping_add(index.wrapping_mul(4)))?;
        Some(Self { file, at: at.get() })
    }
}
