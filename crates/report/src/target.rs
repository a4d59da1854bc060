//! Which Cargo feature of `bantam` has loops in assembly for the cores of a target.

use serde::Serialize;

/// A feature of the crate `bantam`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Feature {
    /// Its name, such as `dsp`.
    pub name: &'static str,
    /// The cores that it is for.
    pub cores: &'static str,
}

const DSP: Feature = Feature { name: "dsp", cores: "Cortex-M4, M7 and M33" };
const MVE: Feature = Feature { name: "mve", cores: "Cortex-M52, M55 and M85" };
const THUMB1: Feature = Feature { name: "thumb1", cores: "Cortex-M0, M0+, M1 and M23" };

/// Returns the features that have an effect on a target of the compiler, such as
/// `thumbv7em-none-eabihf`; the core decides where there are several.
///
/// Images and arenas are the same with and without them.
pub fn features(triple: &str) -> &'static [Feature] {
    // The registers of MVE are those of the floats.
    match triple.split_once('-') {
        Some(("thumbv7em", _)) => &[DSP],
        Some(("thumbv8m.main", "none-eabihf")) => &[DSP, MVE],
        Some(("thumbv8m.main", _)) => &[DSP],
        Some(("thumbv6m" | "thumbv8m.base", _)) => &[THUMB1],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_have_the_features_for_their_cores() {
        for (triple, expected) in [
            ("thumbv6m-none-eabi", &["thumb1"][..]),
            ("thumbv7m-none-eabi", &[]),
            ("thumbv7em-none-eabi", &["dsp"]),
            ("thumbv7em-none-eabihf", &["dsp"]),
            ("thumbv8m.base-none-eabi", &["thumb1"]),
            ("thumbv8m.main-none-eabi", &["dsp"]),
            ("thumbv8m.main-none-eabihf", &["dsp", "mve"]),
            ("riscv32imc-unknown-none-elf", &[]),
            ("thumbv7em", &[]),
        ] {
            let names: Vec<&str> = features(triple).iter().map(|feature| feature.name).collect();
            assert_eq!(names, expected, "{triple}");
        }
    }
}
