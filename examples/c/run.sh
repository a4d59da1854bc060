#!/usr/bin/env bash
# Digits in C: builds it with gcc, runs it on this machine, then on an emulated Cortex-M4; then the
# same with the model prepared on the host. All 360 outputs must be those of TensorFlow Lite Micro,
# and the arena that of `bantam size` or `bantam prepare`.
#
# Needs cargo and, for the second half, a library for thumbv7em-none-eabihf (`.ci/bare-metal.sh`, or
# `rustup target add`). On Debian it installs what else is missing.
set -euo pipefail
cd "$(dirname "$0")"
source ./tools.sh
build=$PWD/build

need cmake:cmake gcc:gcc arm-none-eabi-gcc:gcc-arm-none-eabi qemu-system-arm:qemu-system-arm

bantam codegen "$model" --lang c --out "$build/generated" --name digits
bantam codegen "$model" --lang c --prepared --out "$build/prepared" --name digits

# The library with all operators for this machine; with those of the two programs for the device.
dist c --target host --out "$build/host-library"
dist c --target thumbv7em-none-eabihf --operators-of "$build/generated/digits.c" \
    --operators-of "$build/prepared/digits.c" --out "$build/m4-library"

# Builds what is generated in this folder and runs it on both machines. Prints the flash without the
# data: the test data, and the files given, which are the model and its image.
both() { # GENERATED SUFFIX ARENA FILE...
    local generated=$1 suffix=$2 arena=$3 data code
    shift 3
    make "$build/host$suffix" "$build/host-library" "$generated"
    check "host${suffix/-/, }" "$arena" "$("$build/host$suffix/digits")"

    make "$build/m4$suffix" "$build/m4-library" "$generated" -DCMAKE_TOOLCHAIN_FILE=m4/toolchain.cmake
    check "Cortex-M4${suffix/-/, }" "$arena" "$(emulate mps2-an386 "$build/m4$suffix/digits")"

    # As docs/size.md counts it.
    data=$(stat -c %s ../digits/test_images.bin ../digits/expected.bin "$@" | awk '{ sum += $1 } END { print sum }')
    code=$(arm-none-eabi-size "$build/m4$suffix/digits" | awk 'NR == 2 { print $1 + $2 }')
    echo "Cortex-M4${suffix/-/, }: flash $((code - data)) bytes without model and data"
}

both "$build/generated" "" "$(bantam size "$model" --json | figure)" "$model"
image=$build/prepared/digits.image
lean=$build/prepared/digits.lean # what generated code has of the model
prepared=$(bantam prepare "$model" --output "$image" --lean "$lean" --json | figure)
both "$build/prepared" -prepared "$prepared" "$image" "$lean"
