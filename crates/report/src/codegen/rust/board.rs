//! The boards: what differs between projects.

use std::fmt;

use serde::Serialize;

/// A board, or a family of chips, that a project is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Board {
    /// Arm's MPS2 board with a Cortex-M4F, which QEMU emulates: `cortex-m-rt` alone.
    CortexM,
    /// ESP32-C3, RISC-V: `esp-hal`.
    EspHal,
    /// RP2040, Cortex-M0+: `embassy-rp`.
    EmbassyRp,
    /// STM32F407VG, Cortex-M4F: `embassy-stm32`.
    EmbassyStm32,
    /// nRF52840, Cortex-M4F: `embassy-nrf`.
    EmbassyNrf,
}

/// What a project for a board consists of.
#[derive(Debug)]
pub(super) struct Facts {
    /// What [`Board::named`] takes.
    pub(super) name: &'static str,
    /// The chip, for a reader.
    pub(super) chip: &'static str,
    /// The target of the compiler.
    pub(super) target: &'static str,
    /// The memory of the chip.
    pub(super) flash_bytes: usize,
    pub(super) ram_bytes: usize,
    /// The template of `src/main.rs`.
    pub(super) main: &'static str,
    /// The crate of the chip, where the template names it.
    pub(super) hal: &'static str,
    /// The macro that prints, and how it prints an array.
    pub(super) print: &'static str,
    pub(super) array: &'static str,
    /// Whether messages leave by `defmt`.
    pub(super) defmt: bool,
    /// Lines of `[dependencies]`.
    pub(super) dependencies: &'static str,
    /// What `cargo run` starts.
    pub(super) runner: &'static str,
    /// `memory.x`; empty where a crate has it.
    pub(super) memory: &'static str,
    /// Arguments for the linker.
    pub(super) link_arguments: &'static str,
}

impl Board {
    /// All boards.
    pub const ALL: [Self; 5] =
        [Self::CortexM, Self::EspHal, Self::EmbassyRp, Self::EmbassyStm32, Self::EmbassyNrf];

    /// Returns the board that [`name`](Self::name) calls so.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|board| board.name() == name)
    }

    /// Returns its name, such as `cortex-m`.
    pub fn name(self) -> &'static str {
        self.facts().name
    }

    /// Returns the chip that its project is for; others of the family take a few other words.
    pub fn chip(self) -> &'static str {
        self.facts().chip
    }

    /// Returns the target of the compiler.
    pub fn target(self) -> &'static str {
        self.facts().target
    }

    pub(super) const fn facts(self) -> &'static Facts {
        match self {
            Self::CortexM => &CORTEX_M,
            Self::EspHal => &ESP_HAL,
            Self::EmbassyRp => &EMBASSY_RP,
            Self::EmbassyStm32 => &EMBASSY_STM32,
            Self::EmbassyNrf => &EMBASSY_NRF,
        }
    }
}

impl fmt::Display for Board {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

const KIB: usize = 1024;

/// What the chips of Embassy have in common; the rest is their own.
const EMBASSY: Facts = Facts {
    name: "",
    chip: "",
    target: "",
    flash_bytes: 0,
    ram_bytes: 0,
    main: include_str!("templates/embassy.rs.in"),
    hal: "",
    print: "info!",
    array: "{}",
    defmt: true,
    dependencies: "",
    runner: "",
    memory: "",
    link_arguments: r#""--nmagic", "-Tlink.x", "-Tdefmt.x""#,
};

/// Dependencies with Embassy: features of `cortex-m`, the crate of the chip, and its needs.
macro_rules! dependencies {
    ($cortex_m:literal, $hal:literal $(, $more:literal)?) => {
        concat!(
            "cortex-m = ",
            $cortex_m,
            r#"
cortex-m-rt = "0.7.7"
defmt = "1"
defmt-rtt = "1"
embassy-executor = { version = "0.10", features = ["executor-thread", "platform-cortex-m"] }
"#,
            $hal,
            r#"
panic-probe = { version = "1", features = ["print-defmt"] }
"#,
            $($more,)?
            "static_cell = \"2.1\"\n"
        )
    };
}

const CORTEX_M: Facts = Facts {
    name: "cortex-m",
    chip: "MPS2 with a Cortex-M4F, in QEMU",
    target: "thumbv7em-none-eabihf",
    flash_bytes: 4096 * KIB,
    ram_bytes: 4096 * KIB,
    main: include_str!("templates/cortex-m.rs.in"),
    hal: "",
    print: "hprintln!",
    array: "{:?}",
    defmt: false,
    dependencies: r#"cortex-m = { version = "0.7.7", features = ["critical-section-single-core"] }
cortex-m-rt = "0.7.7"
cortex-m-semihosting = "0.6.0" # prints through the debugger; use what your board has
"#,
    runner: "qemu-system-arm -machine mps2-an386 -nographic \
             -semihosting-config enable=on,target=native -kernel",
    memory: "MEMORY
{
  FLASH : ORIGIN = 0x00000000, LENGTH = 4M
  RAM   : ORIGIN = 0x20000000, LENGTH = 4M
}
",
    link_arguments: r#""-Tlink.x""#,
};

const ESP_HAL: Facts = Facts {
    name: "esp-hal",
    chip: "ESP32-C3",
    target: "riscv32imc-unknown-none-elf",
    flash_bytes: 4096 * KIB,
    ram_bytes: 400 * KIB,
    main: include_str!("templates/esp-hal.rs.in"),
    hal: "",
    print: "println!",
    array: "{:?}",
    defmt: false,
    dependencies: r#"esp-backtrace = { version = "0.20", features = ["esp32c3", "panic-handler", "println"] }
esp-bootloader-esp-idf = { version = "0.6", features = ["esp32c3"] }
esp-hal = { version = "1.2", features = ["esp32c3"] }
esp-println = { version = "0.18", features = ["esp32c3"] }
static_cell = "2.1"
"#,
    runner: "espflash flash --monitor --chip esp32c3",
    memory: "",
    link_arguments: r#""-Tlinkall.x""#,
};

const EMBASSY_RP: Facts = Facts {
    name: "embassy-rp",
    chip: "RP2040",
    target: "thumbv6m-none-eabi",
    flash_bytes: 2048 * KIB,
    ram_bytes: 264 * KIB,
    hal: "embassy_rp",
    dependencies: dependencies!(
        r#""0.7.7""#,
        r#"embassy-rp = { version = "0.10", features = ["critical-section-impl", "defmt", "rp2040"] }"#,
        r#"portable-atomic = { version = "1", features = ["critical-section"] } # for static_cell, on this core
"#
    ),
    runner: "probe-rs run --chip RP2040",
    memory: "MEMORY
{
  BOOT2 : ORIGIN = 0x10000000, LENGTH = 0x100
  FLASH : ORIGIN = 0x10000100, LENGTH = 2048K - 0x100
  RAM   : ORIGIN = 0x20000000, LENGTH = 264K
}
",
    link_arguments: r#""--nmagic", "-Tlink.x", "-Tlink-rp.x", "-Tdefmt.x""#,
    ..EMBASSY
};

const EMBASSY_STM32: Facts = Facts {
    name: "embassy-stm32",
    chip: "STM32F407VG",
    target: "thumbv7em-none-eabihf",
    flash_bytes: 1024 * KIB,
    ram_bytes: 128 * KIB,
    hal: "embassy_stm32",
    dependencies: dependencies!(
        r#"{ version = "0.7.7", features = ["critical-section-single-core"] }"#,
        r#"embassy-stm32 = { version = "0.6", features = ["defmt", "memory-x", "stm32f407vg"] }"#
    ),
    runner: "probe-rs run --chip STM32F407VGTx",
    memory: "",
    ..EMBASSY
};

const EMBASSY_NRF: Facts = Facts {
    name: "embassy-nrf",
    chip: "nRF52840",
    target: "thumbv7em-none-eabihf",
    flash_bytes: 1024 * KIB,
    ram_bytes: 256 * KIB,
    hal: "embassy_nrf",
    dependencies: dependencies!(
        r#"{ version = "0.7.7", features = ["critical-section-single-core"] }"#,
        r#"embassy-nrf = { version = "0.11", features = ["defmt", "nrf52840"] }"#
    ),
    runner: "probe-rs run --chip nRF52840_xxAA",
    memory: "MEMORY
{
  FLASH : ORIGIN = 0x00000000, LENGTH = 1024K
  RAM   : ORIGIN = 0x20000000, LENGTH = 256K
}
",
    ..EMBASSY
};
