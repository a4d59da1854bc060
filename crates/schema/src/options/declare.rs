//! Declares structs of options.

use crate::{fields::Kind, table::Table};

/// A struct of options, with the layout of its table in the file.
pub(crate) trait OptionsTable<'a>: Default {
    const FIELDS: &'static [(u8, Kind)];

    fn read(table: &Table<'a>) -> Self;

    #[cfg(feature = "write")]
    fn values(&self) -> alloc::vec::Vec<(u16, crate::write::Value)>;
}

/// Declares structs of options: `field = slot: type = default`.
macro_rules! options {
    ($a:lifetime; $(
        $(#[$meta:meta])*
        $name:ident $(<$lifetime:lifetime>)? {
            $($(#[$doc:meta])* $field:ident = $slot:literal: $type:ty = $default:expr,)+
        }
    )*) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub struct $name $(<$lifetime>)? {
            $($(#[$doc])* pub $field: $type,)+
        }

        impl $(<$lifetime>)? $name $(<$lifetime>)? {
            /// Calls `visit` with the name and the value of each field, in the schema's order.
            pub fn visit(&self, visit: &mut dyn FnMut(&'static str, &dyn core::fmt::Debug)) {
                $(visit(stringify!($field), &self.$field);)+
            }
        }

        impl $(<$lifetime>)? Default for $name $(<$lifetime>)? {
            /// Returns the schema's defaults.
            fn default() -> Self {
                Self { $($field: $default,)+ }
            }
        }

        impl<$a> $crate::options::declare::OptionsTable<$a> for $name $(<$lifetime>)? {
            const FIELDS: &'static [(u8, $crate::fields::Kind)] =
                &[$(($slot, <$type as $crate::options::field::Field<$a>>::KIND)),+];

            fn read(table: &$crate::table::Table<$a>) -> Self {
                let default = Self::default();
                Self { $($field: $crate::options::field::Field::read(table, $slot, default.$field),)+ }
            }

            #[cfg(feature = "write")]
            fn values(&self) -> alloc::vec::Vec<(u16, $crate::write::Value)> {
                let default = Self::default();
                let mut values = alloc::vec::Vec::new();
                $(
                    if self.$field != default.$field {
                        values.push(($slot, $crate::options::field::Field::value(self.$field)));
                    }
                )+
                values
            }
        }
    )*};
}
pub(super) use options;
