//! The types that a field of an options struct may have.

#[cfg(feature = "write")]
use crate::write::Value;
use crate::{
    ActivationFunction, CombinerType, LshProjectionType, LstmKernelType, MirrorPadMode, Padding,
    TensorType, Vector, WeightsFormat, fields::Kind, scalar::Scalar, table::Table,
};

/// The way in which an options struct reads, checks and writes one of its fields.
pub(crate) trait Field<'a>: Copy + PartialEq {
    const KIND: Kind;

    fn read(table: &Table<'a>, slot: u16, default: Self) -> Self;

    #[cfg(feature = "write")]
    fn value(self) -> Value;
}

macro_rules! scalar_fields {
    ($($type:ty: $number:expr;)*) => {$(
        impl<'a> Field<'a> for $type {
            const KIND: Kind = Kind::Scalar(<$type as Scalar>::SIZE_BYTES as u8);

            fn read(table: &Table<'a>, slot: u16, default: Self) -> Self {
                table.scalar(slot, default)
            }

            #[cfg(feature = "write")]
            fn value(self) -> Value {
                let number: fn(Self) -> _ = $number;
                number(self).into()
            }
        }
    )*};
}
scalar_fields! {
    bool: |flag| flag;
    i32: |number| number;
    u32: |number| number;
    i64: |number| number;
    f32: |number| number;
    ActivationFunction: |it| it.0;
    CombinerType: |it| it.0;
    LshProjectionType: |it| it.0;
    LstmKernelType: |it| it.0;
    MirrorPadMode: |it| it.0;
    Padding: |it| it.0;
    TensorType: |it| it.0;
    WeightsFormat: |it| it.0;
}

impl<'a, T: Scalar> Field<'a> for Vector<'a, T> {
    const KIND: Kind = Kind::Vector(T::SIZE_BYTES as u8);

    fn read(table: &Table<'a>, slot: u16, _: Self) -> Self {
        table.vector(slot)
    }

    #[cfg(feature = "write")]
    fn value(self) -> Value {
        Value::vector(self)
    }
}

impl<'a> Field<'a> for Option<&'a str> {
    const KIND: Kind = Kind::STRING;

    fn read(table: &Table<'a>, slot: u16, _: Self) -> Self {
        table.string(slot)
    }

    #[cfg(feature = "write")]
    fn value(self) -> Value {
        self.into()
    }
}
