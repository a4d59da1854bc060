//! Which Cargo feature of `bantam` has loops in assembly for the cores of a target.

use std::fmt;

use bantam_interp::host::Isa;
use serde::Serialize;

/// A feature of the crate `bantam`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Feature {
    /// Its name, such as `dsp`.
    pub name: &'static str,
    /// The cores that it is for.
    pub cores: &'static str,
    /// What an image has for its loops.
    #[serde(skip)]
    pub isa: Isa,
}

const fn feature(name: &'static str, cores: &'static str, isa: Isa) -> Feature {
    Feature { name, cores, isa }
}

const DSP: Feature = feature("dsp", "Cortex-M4, M7 and M33", Isa::Dsp);
const MVE: Feature = feature("mve", "Cortex-M52, M55 and M85", Isa::Any);
const THUMB1: Feature = feature("thumb1", "Cortex-M0, M0+, M1 and M23", Isa::Any);

const RISCV: Feature = feature("riscv", "RISC-V of 32 bits with the extension M", Isa::Any);

/// All of them.
pub const FEATURES: [Feature; 4] = [DSP, MVE, THUMB1, RISCV];

/// Returns the features that have an effect on a target of the compiler, such as
/// `thumbv7em-none-eabihf`; the core decides where there are several.
///
/// The arena is the same with and without them.
pub fn features(triple: &str) -> &'static [Feature] {
    // The registers of MVE are those of the floats.
    match triple.split_once('-') {
        Some(("thumbv7em", _)) => &[DSP],
        Some(("thumbv8m.main", "none-eabihf")) => &[DSP, MVE],
        Some(("thumbv8m.main", _)) => &[DSP],
        Some(("thumbv6m" | "thumbv8m.base", _)) => &[THUMB1],
        Some((arch, _)) if arch.starts_with("riscv32im") => &[RISCV],
        _ => &[],
    }
}

/// Returns the feature that a program for a target has, if it is known: the one that is named, or
/// the only one that has an effect there.
///
/// # Errors
///
/// [`NoEffect`] if the feature that is named has none there.
pub fn choose(triple: Option<&str>, name: Option<&str>) -> Result<Option<Feature>, NoEffect> {
    let there = triple.map_or(&FEATURES[..], features);
    let Some(name) = name else {
        return Ok(match (triple, there) {
            (Some(_), [only]) => Some(*only),
            _ => None,
        });
    };
    let found = there.iter().find(|feature| feature.name == name);
    let no_effect = || NoEffect { name: name.to_owned(), target: triple.map(str::to_owned) };
    found.map(|feature| Some(*feature)).ok_or_else(no_effect)
}

/// A feature without an effect on a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoEffect {
    /// The feature.
    pub name: String,
    /// The target; without one, the feature has no loops for any.
    pub target: Option<String>,
}

impl fmt::Display for NoEffect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let there = self.target.as_deref().map_or(&FEATURES[..], features);
        let names: Vec<&str> = there.iter().map(|feature| feature.name).collect();
        let place = self.target.as_deref().unwrap_or("any target");
        write!(f, "the feature {} has no loops for {place}: ", self.name)?;
        match &*names {
            [] => f.write_str("none has, so name none"),
            names => write!(f, "name {}", names.join(" or ")),
        }
    }
}

impl std::error::Error for NoEffect {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_with_one_feature_needs_no_other_word() {
        let name = |target, feature| {
            choose(target, feature).map(|found| found.map(|feature| feature.name))
        };
        assert_eq!(name(None, None), Ok(None));
        assert_eq!(name(None, Some("dsp")), Ok(Some("dsp")));
        assert_eq!(name(Some("thumbv7em-none-eabihf"), None), Ok(Some("dsp")));
        assert_eq!(name(Some("thumbv8m.main-none-eabihf"), None), Ok(None));
        assert_eq!(name(Some("thumbv8m.main-none-eabihf"), Some("mve")), Ok(Some("mve")));
        assert_eq!(name(Some("riscv32imc-unknown-none-elf"), None), Ok(Some("riscv")));
        assert_eq!(name(Some("thumbv7m-none-eabi"), None), Ok(None));
        let refused = |target, feature| choose(target, Some(feature)).unwrap_err().to_string();
        assert_eq!(
            refused(Some("thumbv7em-none-eabihf"), "mve"),
            "the feature mve has no loops for thumbv7em-none-eabihf: name dsp"
        );
        let there = refused(Some("thumbv7m-none-eabi"), "dsp");
        assert!(there.ends_with("none has, so name none"), "{there}");
        assert!(refused(None, "neon").ends_with("any target: name dsp or mve or thumb1 or riscv"));
    }

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
            ("riscv32imc-unknown-none-elf", &["riscv"]),
            ("riscv32imac-unknown-none-elf", &["riscv"]),
            ("riscv32i-unknown-none-elf", &[]),
            ("thumbv7em", &[]),
        ] {
            let names: Vec<&str> = features(triple).iter().map(|feature| feature.name).collect();
            assert_eq!(names, expected, "{triple}");
        }
    }
}
