"""Links the library that fits the board's processor and its float ABI."""

import sys
from pathlib import Path

Import("env")  # noqa: F821

# Of a core, the libraries with soft and with hard floats; chips of Espressif's by their own names.
TARGETS = {
    "cortex-m0": ("thumbv6m-none-eabi",) * 2,
    "cortex-m0plus": ("thumbv6m-none-eabi",) * 2,
    "cortex-m3": ("thumbv7m-none-eabi",) * 2,
    "cortex-m4": ("thumbv7em-none-eabi", "thumbv7em-none-eabihf"),
    "cortex-m7": ("thumbv7em-none-eabi", "thumbv7em-none-eabihf"),
    "cortex-m23": ("thumbv8m.base-none-eabi",) * 2,
    "cortex-m33": ("thumbv8m.main-none-eabi", "thumbv8m.main-none-eabihf"),
    "cortex-m55": ("thumbv8m.main-none-eabi", "thumbv8m.main-none-eabihf"),
    "esp32c2": ("riscv32imc-unknown-none-elf",) * 2,
    "esp32c3": ("riscv32imc-unknown-none-elf",) * 2,
    "esp32c6": ("riscv32imac-unknown-none-elf",) * 2,
    "esp32h2": ("riscv32imac-unknown-none-elf",) * 2,
    "esp32p4": ("riscv32imafc-unknown-none-elf",) * 2,
    # The platform "native" has no boards.
    "": ("host",) * 2,
}

# What `custom_bantam_loops = yes` in platformio.ini chooses: loops for the core, which take less
# time and more flash. On a Cortex-M33 the core must have the DSP extension, on an M55 MVE.
LOOPS = {
    "cortex-m0": ("thumbv6m-none-eabi+thumb1",) * 2,
    "cortex-m0plus": ("thumbv6m-none-eabi+thumb1",) * 2,
    "cortex-m4": ("thumbv7em-none-eabi+dsp", "thumbv7em-none-eabihf+dsp"),
    "cortex-m7": ("thumbv7em-none-eabi+dsp", "thumbv7em-none-eabihf+dsp"),
    "cortex-m23": ("thumbv8m.base-none-eabi+thumb1",) * 2,
    "cortex-m33": ("thumbv8m.main-none-eabi+dsp", "thumbv8m.main-none-eabihf+dsp"),
    "cortex-m55": ("thumbv8m.main-none-eabi+dsp", "thumbv8m.main-none-eabihf+mve"),
    "esp32c2": ("riscv32imc-unknown-none-elf+riscv",) * 2,
    "esp32c3": ("riscv32imc-unknown-none-elf+riscv",) * 2,
    "esp32c6": ("riscv32imac-unknown-none-elf+riscv",) * 2,
    "esp32h2": ("riscv32imac-unknown-none-elf+riscv",) * 2,
    "esp32p4": ("riscv32imafc-unknown-none-elf+riscv",) * 2,
}

board = env.BoardConfig() if "BOARD" in env else {}  # noqa: F821
chip = board.get("build.mcu", "")
core = chip if chip.startswith("esp") else board.get("build.cpu", chip)
if core not in TARGETS:
    sys.stderr.write(f"Bantam: no library for {core}; there are: {', '.join(TARGETS)}\n")
    env.Exit(1)  # noqa: F821
hard = "-mfloat-abi=hard" in env.subst("$CCFLAGS $LINKFLAGS")  # noqa: F821
wants_loops = env.GetProjectOption("custom_bantam_loops", "no") == "yes"  # noqa: F821
target = {**TARGETS, **LOOPS}[core][hard] if wants_loops else TARGETS[core][hard]
folder = Path(Dir(".").srcnode().abspath) / "lib" / target  # noqa: F821
libraries = ["bantam", "m"] if target == "host" else ["bantam"]
env.Append(LIBPATH=[str(folder)], LIBS=libraries, LINKFLAGS=["-Wl,--gc-sections"])  # noqa: F821
