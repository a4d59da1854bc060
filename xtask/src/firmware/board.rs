//! The boards that the examples run on.

/// A board, and what emulates it.
#[derive(Debug)]
pub(crate) struct Board {
    /// The package in `examples/firmware`.
    pub(crate) name: &'static str,
    pub(crate) core: &'static str,
    pub(crate) target: &'static str,
    pub(crate) machine: Machine,
    /// Bytes for code, model and test data.
    pub(crate) flash: u64,
    /// Bytes for arena, stack and statics.
    pub(crate) ram: u64,
}

/// The emulator of a board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Machine {
    /// `qemu-system-arm -machine NAME`.
    Arm(&'static str),
    /// `qemu-system-riscv32 -machine virt`.
    RiscV,
    /// `node`.
    Wasm,
}

/// A profile of `examples/firmware/Cargo.toml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Profile {
    /// The release profile, for size (`opt-level = "s"`).
    #[value(name = "s")]
    Small,
    /// `opt-level = 3`.
    #[value(name = "3")]
    Fast,
}

impl Profile {
    /// Returns its name for cargo, which is also the folder of what it builds.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Small => "release",
            Self::Fast => "fast",
        }
    }
}

/// The way in which a firmware makes its interpreter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Mode {
    /// The device checks, prepares and plans the model.
    Interpreted,
    /// The device does not check the file, and plans with the small planner.
    Unchecked,
    /// The device reads an image that was prepared before.
    Prepared,
}

impl Mode {
    pub(crate) const ALL: [Self; 3] = [Self::Interpreted, Self::Unchecked, Self::Prepared];
    /// The modes that every board runs.
    pub(crate) const RUN: [Self; 2] = [Self::Interpreted, Self::Prepared];

    /// Returns its name: the value of `BANTAM_FIRMWARE_MODE`, and what the firmware prints.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Interpreted => "interpreted",
            Self::Unchecked => "unchecked",
            Self::Prepared => "prepared",
        }
    }
}

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;

const fn arm(name: &'static str, core: &'static str, target: &'static str) -> Board {
    Board { name, core, target, machine: Machine::Arm(name), flash: 4 * MIB, ram: 4 * MIB }
}

/// All of them, the smallest core first.
pub(crate) const BOARDS: &[Board] = &[
    Board { flash: 256 * KIB, ram: 16 * KIB, ..arm("microbit", "Cortex-M0", "thumbv6m-none-eabi") },
    arm("mps2-an385", "Cortex-M3", "thumbv7m-none-eabi"),
    arm("mps2-an386", "Cortex-M4F", "thumbv7em-none-eabihf"),
    arm("mps2-an500", "Cortex-M7", "thumbv7em-none-eabihf"),
    arm("mps2-an505", "Cortex-M33", "thumbv8m.main-none-eabihf"),
    Board {
        flash: 2 * MIB,
        ram: 512 * KIB,
        ..arm("mps3-an547", "Cortex-M55", "thumbv8m.main-none-eabihf")
    },
    Board {
        machine: Machine::RiscV,
        flash: 8 * MIB,
        ram: 8 * MIB,
        ..arm("virt-riscv32", "RV32IMC", "riscv32imc-unknown-none-elf")
    },
    Board {
        machine: Machine::Wasm,
        flash: 64 * MIB,
        ram: 64 * MIB,
        ..arm("wasm", "WebAssembly", "wasm32-unknown-unknown")
    },
];

/// Returns the board of that name.
pub(crate) fn find(name: &str) -> Result<&'static Board, String> {
    BOARDS.iter().find(|board| board.name == name).ok_or_else(|| {
        let names: Vec<&str> = BOARDS.iter().map(|board| board.name).collect();
        format!("no board `{name}`: there are {}", names.join(", "))
    })
}
