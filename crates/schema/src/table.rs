//! Tables of a FlatBuffer, and the kinds of their fields.

use crate::{
    Buffer, Model,
    buffer::Range,
    bytes::{At, Scalar, follow, number_at, slice_at, u16_at, u32_at},
    fields::{TableType, model},
    iter::View,
    vector::Vector,
};

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

    pub(crate) fn scalar<T: Scalar>(&self, slot: u16, default: T) -> T {
        T::field(self, slot, default)
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
    #[inline(never)]
    fn bytes(&self, slot: u16, element_bytes: u32) -> &'a [u8] {
        let (at, len) = self.elements(slot, element_bytes);
        slice_at(self.file, at, len.wrapping_mul(element_bytes)).unwrap_or(&[])
    }

    pub(crate) fn vector<T: Scalar>(&self, slot: u16) -> Vector<'a, T> {
        Vector::of(self.bytes(slot, T::SIZE_BYTES))
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
        Model::of(self.file).table().entry(slot, index)
    }

    /// Returns where the data of the model's buffer `index` is.
    // size: a call is smaller than the checks.
    #[inline(never)]
    pub(crate) fn buffer_range(&self, index: u32) -> Option<Range> {
        Buffer::view(self.entry_of_model(model::BUFFERS, index)?).range()
    }

    /// Returns entry `index` of the list at `at`.
    pub(crate) fn entry_at(file: &'a [u8], at: u32, index: u32) -> Option<Self> {
        let at = follow(file, at.wrapping_add(index.wrapping_mul(4)))?;
        Some(Self { file, at: at.get() })
    }
}

/// Returns where the elements of the vector at `at` begin, and their number, with so many bytes
/// each, if all are in the file.
// size: a call is smaller than the checks.
#[inline(never)]
pub(crate) fn elements_at(file: &[u8], at: At, bytes: u32) -> Option<(At, u32)> {
    let len = u32_at(file, at.get())?;
    let at = At::new(at.get().wrapping_add(4))?;
    slice_at(file, at.get(), len.checked_mul(bytes)?)?;
    Some((at, len))
}

/// The kind of a field: its content, and the checks of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A number of so many bytes.
    Scalar(u8),
    /// The version of the schema, 4 bytes.
    Version,
    /// The index of an entry of a list, 0 if the field is absent.
    Index(TableType),
    /// The 64-bit size of a range of bytes; the field before it is the offset. 0 if the vector of
    /// bytes in slot `inline` has some.
    Range { inline: u8 },
    /// A vector of numbers of so many bytes each.
    Vector(u8),
    /// A vector of tensor indices; `least` is -1 if tensors may be absent.
    Indices { least: i8 },
    /// A vector of dimensions.
    Shape,
    /// A vector of bytes, whose elements are not checked.
    Blob,
    /// A table.
    Table(TableType),
    /// A vector of tables.
    Tables(TableType),
    /// The table of a builtin operator's options; its type is the field before.
    Options,
    /// A field of such a table: its [`Layout`](crate::options::Layout) has the kind.
    Option,
}

impl Kind {
    /// A string.
    pub(crate) const STRING: Self = Self::Vector(1);
}

/// The way in which an options struct reads, checks and writes one of its fields.
pub(crate) trait Field<'a>: Copy + PartialEq {
    const KIND: Kind;

    fn read(table: &Table<'a>, slot: u16, default: Self) -> Self;

    #[cfg(feature = "write")]
    fn value(self) -> crate::write::Value;
}

macro_rules! scalar_fields {
    ($($type:ty),*) => {$(
        impl<'a> $crate::table::Field<'a> for $type {
            const KIND: $crate::table::Kind =
                $crate::table::Kind::Scalar(<$type as $crate::Scalar>::SIZE_BYTES as u8);

            fn read(table: &$crate::table::Table<'a>, slot: u16, default: Self) -> Self {
                table.scalar(slot, default)
            }

            #[cfg(feature = "write")]
            fn value(self) -> $crate::write::Value {
                self.into()
            }
        }
    )*};
}
pub(crate) use scalar_fields;
scalar_fields!(bool, i32, u32, i64, f32);

impl<'a, T: Scalar> Field<'a> for Vector<'a, T> {
    const KIND: Kind = Kind::Vector(T::SIZE_BYTES as u8);

    fn read(table: &Table<'a>, slot: u16, _: Self) -> Self {
        table.vector(slot)
    }

    #[cfg(feature = "write")]
    fn value(self) -> crate::write::Value {
        crate::write::Value::vector(self)
    }
}

impl<'a> Field<'a> for Option<&'a str> {
    const KIND: Kind = Kind::STRING;

    fn read(table: &Table<'a>, slot: u16, _: Self) -> Self {
        table.string(slot)
    }

    #[cfg(feature = "write")]
    fn value(self) -> crate::write::Value {
        self.into()
    }
}
