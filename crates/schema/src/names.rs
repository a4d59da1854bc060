//! Numbers of the schema's enumerations, with their names.

/// Declares a number type with one constant for each value that the schema names.
///
/// The values must be 0, 1, 2, …: the names are one array, indexed by the value.
macro_rules! names {
    (
        $(#[$meta:meta])*
        $name:ident($repr:ty) { $($item:ident = $value:literal,)* }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        pub struct $name(pub $repr);

        impl $name {
            $(
                #[doc = concat!("`", stringify!($item), "`: ", stringify!($value), ".")]
                pub const $item: Self = Self($value);
            )*

            /// Every value that the schema names, in order.
            pub const ALL: &'static [Self] = &[$(Self::$item),*];

            const NAMES: &'static [&'static str] = &[$(stringify!($item)),*];

            /// Returns the schema's name, or `None` for a value it does not know.
            pub fn name(self) -> Option<&'static str> {
                usize::try_from(self.0).ok().and_then(|value| Self::NAMES.get(value)).copied()
            }
        }

        const _: () = assert!($crate::names::are_dense(&[$($value),*]));

        impl core::fmt::Display for $name {
            /// Returns the schema's name, or the number.
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                match self.name() {
                    Some(name) => f.pad(name),
                    None => core::fmt::Display::fmt(&self.0, f),
                }
            }
        }

        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl $crate::scalar::sealed::Sealed for $name {}

        impl $crate::scalar::Scalar for $name {
            const SIZE_BYTES: u32 = <$repr as $crate::scalar::Scalar>::SIZE_BYTES;

            fn read_at(file: &[u8], at: u32) -> Option<Self> {
                <$repr as $crate::scalar::Scalar>::read_at(file, at).map(Self)
            }

            fn take(bytes: &mut &[u8]) -> Option<Self> {
                <$repr as $crate::scalar::Scalar>::take(bytes).map(Self)
            }

            fn field(table: &$crate::table::Table<'_>, slot: u16, default: Self) -> Self {
                Self(<$repr as $crate::scalar::Scalar>::field(table, slot, default.0))
            }
        }
    };
}
pub(crate) use names;

/// Returns whether the values are 0, 1, 2, ….
pub(crate) const fn are_dense(mut values: &[usize]) -> bool {
    let mut next = 0_usize;
    while let [value, rest @ ..] = values {
        if *value != next {
            return false;
        }
        next = next.saturating_add(1);
        values = rest;
    }
    true
}
