//! The constants: a symbol for each operator, so that what a program does not name is not linked.

/// Declares the constants of operators for all types and, where there are some, for one, and the
/// list of their names.
macro_rules! constants {
    (
        $names:ident, $prefix:literal, $($crate_name:ident)::+,
        [$($module:ident $suffix:literal),*], [$($name:ident$(<$types:ident>)?;)*]
    ) => {
        #[cfg(not(bantam_operators))]
        constants!(one any, $prefix, "", $($crate_name)::+, [$($name)*]);
        #[cfg(not(bantam_operators))]
        constants!(each $prefix, ($($crate_name)::+) [$($module $suffix),*] [$($($name $types)?)*]);

        /// The names of these operators, and whether there are constants for single types.
        pub const $names: &[(&str, bool)] =
            &[$((concat!($prefix, stringify!($name)), constants!(typed $($types)?))),*];
    };
    (each $prefix:literal, $path:tt [$($module:ident $suffix:literal),*] $list:tt) => {
        $(constants!(module $module, $prefix, $suffix, $path $list);)*
    };
    (
        module $module:ident, $prefix:literal, $suffix:literal, ($($path:ident)::+)
        [$($name:ident $types:ident)*]
    ) => {
        constants!(one $module, $prefix, $suffix, $($path)::+::$module, [$($name)*]);
    };
    (
        one $module:ident, $prefix:literal, $suffix:literal, $($path:ident)::+, [$($name:ident)*]
    ) => {
        mod $module {
            use $($path)::+ as list;
            $(
                #[unsafe(export_name = concat!($prefix, stringify!($name), $suffix))]
                pub(super) static $name: crate::bantam_op = crate::bantam_op::new(list::$name);
            )*

            mod prepared {
                use $($path)::+ as list;
                $(
                    #[unsafe(export_name =
                        concat!($prefix, stringify!($name), $suffix, "_PREPARED"))]
                    static $name: crate::bantam_op =
                        crate::bantam_op::new(list::$name.prepared());
                )*
            }
        }
    };
    (typed) => { false };
    (typed $types:ident) => { true };
}

macro_rules! builtin {
    ($($list:tt)*) => {
        constants!(
            NAMES, "BANTAM_", bantam_interp::ops,
            [int8 "_INT8", int4 "_INT4", int16 "_INT16", float32 "_FLOAT32"], [$($list)*]
        );
    };
}

bantam_interp::for_each_operator!(builtin);

/// Those that the environment names: see `build.rs`.
#[cfg(bantam_operators)]
mod chosen {
    include!(concat!(env!("OUT_DIR"), "/operators.rs"));
}

/// The operators of audio front ends.
pub(crate) mod signal {
    macro_rules! signal {
        ($($list:tt)*) => {
            constants!(
                NAMES, "BANTAM_SIGNAL_", bantam_signal_ops,
                [int16 "_INT16", int32 "_INT32", float32 "_FLOAT32"], [$($list)*]
            );
        };
    }

    bantam_signal_ops::for_each_operator!(signal);
}
