//! Tables of a FlatBuffer, and what the schema says about their fields.

use crate::{
    bytes::{Scalar, follow, slice_at, u16_at, u32_at},
    error::Part,
    vector::Vector,
};

/// A table of the file: where its signed offset to the vtable lies.
///
/// Reading is total: whatever is not there, or not in bounds, reads as its default. After
/// [`check`](crate::check) has passed over a table, only absent fields do.
#[derive(Clone, Copy)]
pub(crate) struct Table<'a> {
    pub(crate) file: &'a [u8],
    pub(crate) at: u32,
}

impl<'a> Table<'a> {
    /// Where the vtable begins.
    pub(crate) fn vtable(self) -> Option<u32> {
        let back = i32::from_ne_bytes(u32_at(self.file, self.at)?.to_ne_bytes());
        self.at.checked_add_signed(back.checked_neg()?)
    }

    /// Where the field lies, `None` if the table does not have it.
    #[inline(never)]
    pub(crate) fn field(self, slot: u16) -> Option<u32> {
        let vtable = self.vtable()?;
        let entry = u32::from(slot).checked_mul(2)?.checked_add(4)?;
        if entry.checked_add(2)? > u32::from(u16_at(self.file, vtable)?) {
            return None;
        }
        match u16_at(self.file, vtable.checked_add(entry)?)? {
            0 => None,
            offset => self.at.checked_add(u32::from(offset)),
        }
    }

    /// What the offset in the field points to.
    #[inline(never)]
    pub(crate) fn target(self, slot: u16) -> Option<u32> {
        follow(self.file, self.field(slot)?)
    }

    pub(crate) fn scalar<T: Scalar>(self, slot: u16, default: T) -> T {
        self.field(slot).and_then(|at| T::read_at(self.file, at)).unwrap_or(default)
    }

    pub(crate) fn vector<T: Scalar>(self, slot: u16) -> Vector<'a, T> {
        self.target(slot).and_then(|at| Vector::at(self.file, at)).unwrap_or_default()
    }

    pub(crate) fn string(self, slot: u16) -> Option<&'a str> {
        let at = self.target(slot)?;
        let bytes = slice_at(self.file, at.checked_add(4)?, u32_at(self.file, at)?)?;
        core::str::from_utf8(bytes).ok()
    }

    pub(crate) fn table(self, slot: u16) -> Option<Self> {
        Some(Self { file: self.file, at: self.target(slot)? })
    }
}

/// What a field holds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// A number of so many bytes.
    Scalar(u32),
    /// A vector of numbers of so many bytes each.
    Vector(u32),
    /// A vector of bytes that nobody has to walk over.
    Blob,
    /// A string.
    String,
    /// A table.
    Table(&'static Spec),
    /// A vector of tables.
    Tables(&'static Spec),
    /// The table of a builtin operator's options; its type is the field before.
    Options,
}

/// What a table holds, as far as this crate reads it.
#[derive(Debug)]
pub(crate) struct Spec {
    /// What errors call it; `None` if they name what it belongs to.
    pub(crate) part: Option<Part>,
    pub(crate) fields: &'static [(u16, Kind)],
}

/// How an options struct reads, checks and writes one of its fields.
pub(crate) trait Field<'a>: Copy + PartialEq {
    const KIND: Kind;

    fn read(table: Table<'a>, slot: u16, default: Self) -> Self;

    #[cfg(feature = "write")]
    fn value(self) -> crate::write::Value;
}

macro_rules! scalar_fields {
    ($($type:ty),*) => {$(
        impl<'a> $crate::table::Field<'a> for $type {
            const KIND: $crate::table::Kind =
                $crate::table::Kind::Scalar(<$type as $crate::Scalar>::SIZE_BYTES);

            fn read(table: $crate::table::Table<'a>, slot: u16, default: Self) -> Self {
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
    const KIND: Kind = Kind::Vector(T::SIZE_BYTES);

    fn read(table: Table<'a>, slot: u16, _: Self) -> Self {
        table.vector(slot)
    }

    #[cfg(feature = "write")]
    fn value(self) -> crate::write::Value {
        crate::write::Value::vector(self)
    }
}

impl<'a> Field<'a> for Option<&'a str> {
    const KIND: Kind = Kind::String;

    fn read(table: Table<'a>, slot: u16, _: Self) -> Self {
        table.string(slot)
    }

    #[cfg(feature = "write")]
    fn value(self) -> crate::write::Value {
        self.into()
    }
}
