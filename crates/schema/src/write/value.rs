//! The value of a table's field, and the functions that write it.

use alloc::{borrow::ToOwned, string::String, vec::Vec};

use flatbuffers::{FlatBufferBuilder, ForwardsUOffset, Push, UOffsetT, WIPOffset};

use crate::{Scalar, Vector};

/// A field's value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Bool(bool),
    I8(i8),
    U8(u8),
    I32(i32),
    U32(u32),
    I64(i64),
    U64(u64),
    F32(f32),
    String(String),
    /// Little-endian elements of so many bytes each.
    Vector(Vec<u8>, u32),
    /// An object that has been written already.
    Offset(UOffsetT),
    /// Leaves the field out.
    Absent,
}

macro_rules! values {
    ($($type:ty, $variant:ident;)*) => {$(
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::$variant(value)
            }
        }
    )*};
}
values!(bool, Bool; i8, I8; u8, U8; i32, I32; u32, U32; i64, I64; u64, U64; f32, F32;);

impl From<Option<&str>> for Value {
    fn from(value: Option<&str>) -> Self {
        value.map_or(Self::Absent, |text| Self::String(text.to_owned()))
    }
}

impl Value {
    pub(crate) fn vector<T: Scalar>(vector: Vector<'_, T>) -> Self {
        Self::Vector(vector.as_le_bytes().to_vec(), T::SIZE_BYTES)
    }

    /// Returns the elements of a slice; `to_le` gives each as little-endian bytes.
    pub(crate) fn slice<T: Copy, const N: usize>(values: &[T], to_le: fn(T) -> [u8; N]) -> Self {
        Self::Vector(values.iter().flat_map(|value| to_le(*value)).collect(), N as u32)
    }
}

/// A field number with its value.
pub(crate) type FieldValue = (u16, Value);

/// Writes a table and returns its position.
pub(crate) fn table(
    builder: &mut FlatBufferBuilder<'_>,
    fields: impl IntoIterator<Item = FieldValue>,
) -> UOffsetT {
    // The targets of a table have to be written before the table.
    let fields: Vec<_> =
        fields.into_iter().map(|(slot, value)| (slot, written(builder, value))).collect();
    let start = builder.start_table();
    for (slot, value) in fields {
        push(builder, slot.saturating_mul(2).saturating_add(4), value);
    }
    builder.end_table(start).value()
}

fn written(builder: &mut FlatBufferBuilder<'_>, value: Value) -> Value {
    match value {
        Value::String(text) => Value::Offset(builder.create_string(&text).value()),
        Value::Vector(bytes, element_bytes) => {
            Value::Offset(vector(builder, &bytes, element_bytes))
        }
        other => other,
    }
}

fn push(builder: &mut FlatBufferBuilder<'_>, field: u16, value: Value) {
    match value {
        Value::Bool(value) => builder.push_slot_always(field, value),
        Value::I8(value) => builder.push_slot_always(field, value),
        Value::U8(value) => builder.push_slot_always(field, value),
        Value::I32(value) => builder.push_slot_always(field, value),
        Value::U32(value) => builder.push_slot_always(field, value),
        Value::I64(value) => builder.push_slot_always(field, value),
        Value::U64(value) => builder.push_slot_always(field, value),
        Value::F32(value) => builder.push_slot_always(field, value),
        Value::Offset(value) => builder.push_slot_always(field, offset(value)),
        Value::String(_) | Value::Vector(..) | Value::Absent => {}
    }
}

fn offset(value: UOffsetT) -> WIPOffset<ForwardsUOffset<()>> {
    WIPOffset::new(value)
}

/// Writes a vector of numbers, aligned to the size of an element.
fn vector(builder: &mut FlatBufferBuilder<'_>, bytes: &[u8], element_bytes: u32) -> UOffsetT {
    match element_bytes {
        8 => numbers(builder, bytes, u64::from_le_bytes),
        4 => numbers(builder, bytes, u32::from_le_bytes),
        _ => builder.create_vector(bytes).value(),
    }
}

fn numbers<T: Push<Output = T> + 'static, const N: usize>(
    builder: &mut FlatBufferBuilder<'_>,
    bytes: &[u8],
    from_le: fn([u8; N]) -> T,
) -> UOffsetT {
    let elements = bytes.as_chunks::<N>().0.iter().map(|element| from_le(*element));
    builder.create_vector_from_iter(elements).value()
}

/// Writes a vector of tables.
pub(crate) fn offsets(builder: &mut FlatBufferBuilder<'_>, tables: &[UOffsetT]) -> Value {
    let tables: Vec<_> = tables.iter().map(|table| offset(*table)).collect();
    Value::Offset(builder.create_vector(&tables).value())
}

/// Writes bytes so that the first is at a multiple of 16, counted from the end of the file.
pub(crate) fn aligned_bytes(builder: &mut FlatBufferBuilder<'_>, bytes: &[u8]) -> Value {
    pad(builder, bytes.len());
    Value::Offset(builder.create_vector(bytes).value())
}

/// Pads so that the written bytes are a multiple of 16 once `more` have been added.
pub(crate) fn pad(builder: &mut FlatBufferBuilder<'_>, more: usize) {
    while !builder.unfinished_data().len().wrapping_add(more).is_multiple_of(16) {
        builder.push(0_u8);
    }
}
