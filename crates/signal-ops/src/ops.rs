//! The operators: a constant each, and lists of them.

/// Declares the constants of each operator, and its places in `ALL`: for all types, and for one
/// type each of those with `<Types>`.
macro_rules! operators {
    ($($module:ident::$operator:ident$(<$types:ident>)? => $name:ident, $custom:literal;)*) => {
        operators!(list Any $($module::$operator$(<$types>)? => $name, $custom;)*);

        operators!(names ($) $($name$(<$types>)?;)*);

        /// What models call the operators, and the constants' names.
        #[cfg(feature = "host")]
        pub(crate) const CONSTANTS: &[(&str, &str)] = &[$(($custom, stringify!($name))),*];

        /// The operators for `i16`: what [`RFFT`], [`IRFFT`] and [`OVERLAP_ADD`] take of other
        /// types is not linked, and nodes of those are refused. The others are the general ones.
        pub mod int16 {
            operators!(list Int16 $($module::$operator$(<$types>)? => $name, $custom;)*);
        }

        /// The operators for `i32`, as in [`int16`].
        pub mod int32 {
            operators!(list Int32 $($module::$operator$(<$types>)? => $name, $custom;)*);
        }

        /// The operators for `f32`, as in [`int16`].
        pub mod float32 {
            operators!(list Float32 $($module::$operator$(<$types>)? => $name, $custom;)*);
        }
    };
    (list $only:ident $($module:ident::$operator:ident$(<$types:ident>)? => $name:ident, $custom:literal;)*) => {
        $(
            #[doc = concat!("`", stringify!($name), "`, which models call `", $custom, "`.")]
            pub const $name: bantam_interp::Op = bantam_interp::Op::custom::<
                $crate::$module::$operator$(<operators!($types $only)>)?,
            >($custom);
        )*
        /// Every operator that there is.
        pub static ALL: &[bantam_interp::Op] = &[$($name),*];
    };
    (names ($dollar:tt) $($name:ident$(<$types:ident>)?;)*) => {
        /// Calls a macro with the names of all operators; those with lists for single types have
        /// `<Types>` behind them.
        #[macro_export]
        macro_rules! for_each_operator {
            ($dollar then:ident) => { $dollar then! { $($name$(<$types>)?;)* } };
        }
    };
    (Types $only:ident) => { $crate::types::$only };
}

operators! {
    delay::Delay => DELAY, "SignalDelay";
    energy::Energy => ENERGY, "SignalEnergy";
    fft_auto_scale::FftAutoScale => FFT_AUTO_SCALE, "SignalFftAutoScale";
    filter_bank::FilterBank => FILTER_BANK, "SignalFilterBank";
    filter_bank_log::FilterBankLog => FILTER_BANK_LOG, "SignalFilterBankLog";
    filter_bank_spectral_subtraction::FilterBankSpectralSubtraction => FILTER_BANK_SPECTRAL_SUBTRACTION, "SignalFilterBankSpectralSubtraction";
    filter_bank_square_root::FilterBankSquareRoot => FILTER_BANK_SQUARE_ROOT, "SignalFilterBankSquareRoot";
    framer::Framer => FRAMER, "SignalFramer";
    irfft::Irfft<Types> => IRFFT, "SignalIrfft";
    overlap_add::OverlapAdd<Types> => OVERLAP_ADD, "SignalOverlapAdd";
    pcan::Pcan => PCAN, "SignalPCAN";
    rfft::Rfft<Types> => RFFT, "SignalRfft";
    stacker::Stacker => STACKER, "SignalStacker";
    window::Window => WINDOW, "SignalWindow";
}

const EVERY_LEN: usize = bantam_interp::ops::ALL.len() + ALL.len();

/// Every operator of `bantam_interp::ops`, then every one of this crate: for hosts.
pub static EVERY: &[bantam_interp::Op] = &JOINED;

static JOINED: [bantam_interp::Op; EVERY_LEN] = {
    let mut joined = [WINDOW; EVERY_LEN];
    let (builtin, signal) = joined.split_at_mut(bantam_interp::ops::ALL.len());
    builtin.copy_from_slice(bantam_interp::ops::ALL);
    signal.copy_from_slice(ALL);
    joined
};
