"""Prints the library that Kconfig chooses: choose.py KCONFIG SYMBOL... PACKAGE is the module."""

import sys

import kconfiglib

kconfig = kconfiglib.Kconfig(sys.argv[1])
symbols = [kconfig.syms[name] for name in [*sys.argv[2:], "BANTAM"]]
for symbol in symbols:
    symbol.set_value("y")
for symbol in symbols:
    if symbol.str_value != "y":
        sys.exit(f"{symbol.name} cannot be set with {sys.argv[2:]}")
print(kconfig.syms["BANTAM_TARGET"].str_value)
