"""Links the library that fits the board's processor and its float ABI."""

from pathlib import Path

Import("env")  # noqa: F821

# Of a core, the libraries with soft and with hard floats.
TARGETS = {
    "cortex-m0": ("thumbv6m-none-eabi",) * 2,
    "cortex-m0plus": ("thumbv6m-none-eabi",) * 2,
    "cortex-m3": ("thumbv7m-none-eabi",) * 2,
    "cortex-m4": ("thumbv7em-none-eabi", "thumbv7em-none-eabihf"),
    "cortex-m7": ("thumbv7em-none-eabi", "thumbv7em-none-eabihf"),
    "cortex-m33": ("thumbv8m.main-none-eabi", "thumbv8m.main-none-eabihf"),
    "esp32c3": ("riscv32imc-unknown-none-elf",) * 2,
    "esp32c6": ("riscv32imac-unknown-none-elf",) * 2,
}

board = env.BoardConfig()  # noqa: F821
core = board.get("build.mcu" if board.get("build.mcu", "").startswith("esp") else "build.cpu", "host")
hard = "-mfloat-abi=hard" in env.subst("$CCFLAGS $LINKFLAGS")  # noqa: F821
target = TARGETS.get(core, ("host", "host"))[hard]
folder = Path(Dir(".").srcnode().abspath) / "lib" / target  # noqa: F821
env.Append(LIBPATH=[str(folder)], LIBS=["bantam"], LINKFLAGS=["-Wl,--gc-sections"])  # noqa: F821
