//! The libraries for C, and the one that suits a core and a model.

use std::fmt::{self, Write as _};

use bantam_schema::{Model, Operator, Subgraph, TensorType};

/// A library that `cargo xtask dist c` makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Library {
    /// The target of Rust's compiler, which includes the float ABI; or `host`.
    pub target: &'static str,
    /// The feature of `bantam-c` with loops for these cores: less time, more flash.
    pub feature: Option<&'static str>,
    /// The cores.
    pub cores: &'static str,
}

const fn of(target: &'static str, feature: Option<&'static str>, cores: &'static str) -> Library {
    Library { target, feature, cores }
}

/// All libraries. For cores with loops of their own there are two: without and with them.
pub const LIBRARIES: [Library; 21] = [
    of("host", None, "this machine"),
    of("thumbv6m-none-eabi", None, "Cortex-M0, M0+, M1"),
    of("thumbv6m-none-eabi", Some("thumb1"), "Cortex-M0, M0+, M1"),
    of("thumbv7m-none-eabi", None, "Cortex-M3"),
    of("thumbv7em-none-eabi", None, "Cortex-M4, M7; soft floats"),
    of("thumbv7em-none-eabi", Some("dsp"), "Cortex-M4, M7; soft floats"),
    of("thumbv7em-none-eabihf", None, "Cortex-M4, M7; hard floats"),
    of("thumbv7em-none-eabihf", Some("dsp"), "Cortex-M4, M7; hard floats"),
    of("thumbv8m.base-none-eabi", None, "Cortex-M23"),
    of("thumbv8m.base-none-eabi", Some("thumb1"), "Cortex-M23"),
    of("thumbv8m.main-none-eabi", None, "Cortex-M33, M35P, M55; soft floats"),
    of("thumbv8m.main-none-eabi", Some("dsp"), "Cortex-M33, M35P with DSP; soft floats"),
    of("thumbv8m.main-none-eabihf", None, "Cortex-M33, M35P, M55; hard floats"),
    of("thumbv8m.main-none-eabihf", Some("dsp"), "Cortex-M33, M35P with DSP; hard floats"),
    of("thumbv8m.main-none-eabihf", Some("mve"), "Cortex-M52, M55, M85 with MVE; hard floats"),
    of("riscv32imc-unknown-none-elf", None, "RISC-V; ESP32-C2, C3"),
    of("riscv32imc-unknown-none-elf", Some("riscv"), "RISC-V; ESP32-C2, C3"),
    of("riscv32imac-unknown-none-elf", None, "RISC-V; ESP32-C6, H2"),
    of("riscv32imac-unknown-none-elf", Some("riscv"), "RISC-V; ESP32-C6, H2"),
    of("riscv32imafc-unknown-none-elf", None, "RISC-V; ESP32-P4"),
    of("riscv32imafc-unknown-none-elf", Some("riscv"), "RISC-V; ESP32-P4"),
];

/// The operators for which there are loops, where outputs and weights (or second terms) are `i8`.
const WITH_LOOPS: [&str; 6] =
    ["ADD", "CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "SUB", "TRANSPOSE_CONV"];

impl Library {
    /// Returns the library of this name: a target, and behind `+` a feature.
    pub fn named(name: &str) -> Option<Self> {
        LIBRARIES.into_iter().find(|library| library.to_string() == name)
    }

    /// Returns whether another library has loops for the same cores.
    fn has_faster(&self) -> bool {
        let is_faster = |other: &Self| {
            other.feature.is_some() && other.target == self.target && other.cores == self.cores
        };
        self.feature.is_none() && LIBRARIES.iter().any(is_faster)
    }
}

/// The name of the library and its folder, and the value of `BANTAM_TARGET`.
impl fmt::Display for Library {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.target)?;
        self.feature.map_or(Ok(()), |feature| write!(f, "+{feature}"))
    }
}

/// Returns a comment in C that names the library for each core: the fastest for this model.
pub(super) fn comment(model: &Model<'_>, source: &str) -> String {
    let with_loops = uses_loops(model);
    let suits = |library: &&Library| match with_loops {
        true => !library.has_faster(),
        false => library.feature.is_none(),
    };
    let mut text = format!(
        "/* A program links one library of `cargo xtask dist c --target NAME --operators-of {source}`:\n"
    );
    for library in LIBRARIES.iter().filter(suits) {
        // Writing to a string cannot fail.
        let _ = writeln!(text, " *   {:32} {}", library.to_string(), library.cores);
    }
    text += match with_loops {
        true => " * Without \"+...\" a library takes more time and less flash. */\n",
        false => " * Those with \"+...\" would not make this model faster. */\n",
    };
    text
}

/// Returns whether a node is computed by a loop for a core.
fn uses_loops(model: &Model<'_>) -> bool {
    model.subgraphs().any(|graph| graph.operators().any(|node| has_loop(&graph, &node)))
}

fn has_loop(graph: &Subgraph<'_>, node: &Operator<'_>) -> bool {
    let is_int8 = |index: Option<i32>| {
        let tensor = index.and_then(|index| graph.tensor(u32::try_from(index).ok()?));
        tensor.is_some_and(|tensor| tensor.tensor_type() == TensorType::INT8)
    };
    let name = node.builtin().name();
    name.is_some_and(|name| WITH_LOOPS.contains(&name))
        && is_int8(node.inputs().get(1))
        && is_int8(node.outputs().get(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::features;
    use bantam_schema::write::{ModelBuilder, TensorSpec};
    use bantam_schema::{BuiltinOperator, Options};

    /// A model of one ADD.
    fn add(tensor_type: TensorType) -> Vec<u8> {
        let mut builder = ModelBuilder::new();
        let mut graph = builder.subgraph("main");
        let mut tensor = |name| graph.tensor(TensorSpec::new(name, tensor_type, &[1, 4]));
        let [x, y, sum] = ["x", "y", "sum"].map(&mut tensor);
        graph.operator(BuiltinOperator::ADD, &[x, y], &[sum], Options::None);
        graph.inputs(&[x, y]).outputs(&[sum]);
        builder.finish()
    }

    #[test]
    fn loops_are_named_where_they_help() {
        for (tensor_type, named, other) in [
            (TensorType::INT8, " thumbv7em-none-eabihf+dsp ", " thumbv7em-none-eabihf "),
            (TensorType::FLOAT32, " thumbv7em-none-eabihf ", " thumbv7em-none-eabihf+dsp "),
        ] {
            let file = add(tensor_type);
            let text = comment(&crate::model::parse(&file).unwrap(), "net.c");
            assert!(text.contains(named) && !text.contains(other), "{text}");
            assert!(text.contains(" thumbv7m-none-eabi "), "{text}");
        }
    }

    #[test]
    fn every_feature_of_a_target_has_a_library() {
        for Library { target, .. } in LIBRARIES {
            let there: Vec<&str> = features(target).iter().map(|feature| feature.name).collect();
            let of_target = LIBRARIES.iter().filter(|library| library.target == target);
            let has: Vec<&str> = of_target.filter_map(|library| library.feature).collect();
            assert_eq!(has, there, "{target}");
        }
    }

    #[test]
    fn names_are_targets_and_features() {
        for library in LIBRARIES {
            assert_eq!(Library::named(&library.to_string()), Some(library));
        }
        assert!(Library::named("thumbv8m.main-none-eabihf+mve").is_some());
        assert_eq!(Library::named("thumbv7m-none-eabi+dsp"), None);
    }
}
