"""Builds a program with GNU's compilers: that of the board, or of this machine without a board."""

from SCons.Script import Default, DefaultEnvironment

env = DefaultEnvironment()
env.Append(ASPPFLAGS=["-x", "assembler-with-cpp"])
if "BOARD" in env:
    board = env.BoardConfig()
    prefix = board.get("build.compiler")
    core = board.get("build.flags").split()
    env.Replace(
        AR=f"{prefix}-gcc-ar",
        AS=f"{prefix}-gcc",
        CC=f"{prefix}-gcc",
        CXX=f"{prefix}-g++",
        LINK=f"{prefix}-gcc",
        RANLIB=f"{prefix}-gcc-ranlib",
        PROGSUFFIX=".elf",
    )
    env.Append(
        ASPPFLAGS=core,
        CCFLAGS=core + ["-Os", "-ffreestanding", "-ffunction-sections", "-fdata-sections"],
        LINKFLAGS=core + ["-nostdlib"],
        LIBS=["gcc"],
    )
Default(env.BuildProgram())
