//! The device that an image is for.

use bantam_interp::host::Isa;
use bantam_report::target::{self, Feature, NoEffect};
use clap::Args;

/// The device that an image is for.
#[derive(Clone, Debug, Args)]
pub(crate) struct Device {
    /// The target of the compiler, such as thumbv7em-none-eabihf: the image has constants for the
    /// feature of the library that has loops for its cores
    #[arg(long, value_name = "TRIPLE")]
    pub(crate) target: Option<String>,
    /// That feature, where the target has cores for several: dsp, mve, thumb1 or riscv
    #[arg(long, value_name = "NAME")]
    pub(crate) feature: Option<String>,
}

impl Device {
    /// Returns the feature that the program has, if it is known.
    pub(crate) fn feature(&self) -> Result<Option<Feature>, NoEffect> {
        target::choose(self.target.as_deref(), self.feature.as_deref())
    }

    /// Returns whether anything is said of it.
    pub(super) fn is_named(&self) -> bool {
        self.target.is_some() || self.feature.is_some()
    }

    /// Returns what an image has for that feature.
    pub(crate) fn isa(&self) -> Isa {
        // A feature without an effect was refused before.
        self.feature().ok().flatten().map_or(Isa::Any, |feature| feature.isa)
    }
}
