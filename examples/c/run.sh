#!/usr/bin/env bash
# Digits in C: builds it with gcc, runs it on this machine, then on an emulated Cortex-M4; then the
# same with the model prepared on the host. All 360 outputs must be those of TensorFlow Lite Micro,
# and the arena that of `bantam size` or `bantam prepare`.
#
# Needs cargo and, for the second half, a library for thumbv7em-none-eabihf (`.ci/bare-metal.sh`, or
# `rustup target add`). On Debian it installs what else is missing.
set -euo pipefail
cd "$(dirname "$0")"
build=$PWD/build
repository=$(cd ../.. && pwd)
model=$repository/examples/digits/digits.tflite

missing=()
for pair in cmake:cmake gcc:gcc arm-none-eabi-gcc:gcc-arm-none-eabi qemu-system-arm:qemu-system-arm; do
    command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}")
done
# The compiler alone has no C library, and so no headers of one.
[[ " ${missing[*]} " == *' gcc-arm-none-eabi '* ]] && missing+=(libnewlib-arm-none-eabi)
if ((${#missing[@]})); then
    command -v apt-get >/dev/null || { echo "install ${missing[*]} first" >&2; exit 1; }
    as_root=()
    [[ $(id -u) == 0 ]] || as_root=(sudo)
    "${as_root[@]}" apt-get -o DPkg::Lock::Timeout=600 -qq -y --no-install-recommends install \
        "${missing[@]}" >/dev/null
fi

bantam() { cargo run --quiet --manifest-path "$repository/Cargo.toml" -p bantam-cli -- "$@"; }
dist() { (cd "$repository" && cargo xtask dist "$@"); }

bantam codegen "$model" --lang c --out "$build/generated" --name digits
bantam codegen "$model" --lang c --prepared --out "$build/prepared" --name digits

# The library with all operators for this machine; with those of the two programs for the device.
dist c --target host --out "$build/host-library"
dist c --target thumbv7em-none-eabihf --operators-of "$build/generated/digits.c" \
    --operators-of "$build/prepared/digits.c" --out "$build/m4-library"

make() { # NAME LIBRARY GENERATED [ARGUMENT]...
    local name=$1 library=$2 generated=$3
    shift 3
    cmake -S . -B "$build/$name" -DCMAKE_PREFIX_PATH="$library" -DGENERATED="$generated" "$@" >/dev/null
    cmake --build "$build/$name" >/dev/null
}

check() { # PLACE ARENA OUTPUT
    echo "$1: $(tr '\n' ' ' <<<"$3")"
    [[ $3 == "arena $2"$'\n'"equal 360 of 360" ]] || { echo "arena $2 and 360 were expected" >&2; exit 1; }
}

# Builds what is generated in this folder and runs it on both machines. Prints the flash without the
# data: the test data, and the files given, which are the model and its image.
both() { # GENERATED SUFFIX ARENA FILE...
    local generated=$1 suffix=$2 arena=$3 data code
    shift 3
    make "host$suffix" "$build/host-library" "$generated"
    check "host${suffix/-/, }" "$arena" "$("$build/host$suffix/digits")"

    make "m4$suffix" "$build/m4-library" "$generated" -DCMAKE_TOOLCHAIN_FILE=m4/toolchain.cmake
    check "Cortex-M4${suffix/-/, }" "$arena" "$(timeout 60 qemu-system-arm -machine mps2-an386 -nographic \
        -semihosting-config enable=on,target=native -kernel "$build/m4$suffix/digits" 2>&1)"

    # As docs/size.md counts it.
    data=$(stat -c %s ../digits/test_images.bin ../digits/expected.bin "$@" | awk '{ sum += $1 } END { print sum }')
    code=$(arm-none-eabi-size "$build/m4$suffix/digits" | awk 'NR == 2 { print $1 + $2 }')
    echo "Cortex-M4${suffix/-/, }: flash $((code - data)) bytes without model and data"
}

figure() { sed -n 's/.*"arena_bytes": *\([0-9]*\).*/\1/p' | head -1; }
both "$build/generated" "" "$(bantam size "$model" --json | figure)" "$model"
image=$build/prepared/digits.image
lean=$build/prepared/digits.lean # what generated code has of the model
prepared=$(bantam prepare "$model" --output "$image" --lean "$lean" --json | figure)
both "$build/prepared" -prepared "$prepared" "$image" "$lean"
