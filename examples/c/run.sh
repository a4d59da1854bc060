#!/usr/bin/env bash
# Digits in C: builds it with gcc, runs it on this machine, then on an emulated Cortex-M4. All 360
# outputs must be those of TensorFlow Lite Micro, and the arena that of `bantam size`.
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
arena=$(bantam size "$model" --json | sed -n 's/.*"arena_bytes": *\([0-9]*\).*/\1/p' | head -1)

# The library with all operators for this machine; with those of the model for the device.
dist c --target host --out "$build/host-library"
dist c --target thumbv7em-none-eabihf --operators-of "$build/generated/digits.c" \
    --out "$build/m4-library"

make() { # NAME LIBRARY [ARGUMENT]...
    local name=$1 library=$2
    shift 2
    cmake -S . -B "$build/$name" -DCMAKE_PREFIX_PATH="$library" "$@" >/dev/null
    cmake --build "$build/$name" >/dev/null
}

check() { # PLACE OUTPUT
    echo "$1: $(tr '\n' ' ' <<<"$2")"
    [[ $2 == "arena $arena"$'\n'"equal 360 of 360" ]] || { echo "arena $arena and 360 were expected" >&2; exit 1; }
}

make host "$build/host-library"
check "host" "$("$build/host/digits")"

make m4 "$build/m4-library" -DCMAKE_TOOLCHAIN_FILE=m4/toolchain.cmake
check "Cortex-M4" "$(timeout 60 qemu-system-arm -machine mps2-an386 -nographic \
    -semihosting-config enable=on,target=native -kernel "$build/m4/digits" 2>&1)"

# Flash without model and test data, as docs/size.md counts it.
data=$(stat -c %s "$model" ../digits/test_images.bin ../digits/expected.bin | awk '{ sum += $1 } END { print sum }')
code=$(arm-none-eabi-size "$build/m4/digits" | awk 'NR == 2 { print $1 + $2 }')
echo "Cortex-M4: flash $((code - data)) bytes without model and data"
