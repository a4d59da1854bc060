//! The needs of building and running the firmware.

use crate::process;

/// The workspace of the firmware examples.
pub(crate) const FOLDER: &str = "examples/firmware";

/// Returns whether all of these programs can be started.
pub(crate) fn missing_tool() -> Option<&'static str> {
    ["qemu-system-arm", "qemu-system-riscv32", "node", "timeout"]
        .into_iter()
        .find(|tool| !process::works(tool, &["--version"]))
}
