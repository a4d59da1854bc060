#!/usr/bin/env bash
# Makes a sysroot with which stable cargo builds for microcontrollers and WebAssembly, where rustup cannot fetch targets.
#
# Debian's rustc-web and rust-web-src come from one source package, so compiler and library source match
# and core can be built for any target. The result is SYSROOT/bin/rustc: a wrapper that `RUSTC=` takes.
# Nothing unstable is used after this script: the crates themselves are built as on any stable toolchain.
# There is no `alloc` in it, so a device crate that asks for `alloc` does not compile. Host libraries that also
# run in browsers need `std` for WebAssembly: SYSROOT/web is a second sysroot, with that and nothing else.
#
# Environment: BARE_SYSROOT  where the sysroot lies (default: bantam-bare-sysroot in the user's cache)
#              BARE_TARGETS  targets to make ready
set -euo pipefail

sysroot=${BARE_SYSROOT:-${XDG_CACHE_HOME:-$HOME/.cache}/bantam-bare-sysroot}
all='thumbv6m-none-eabi thumbv7m-none-eabi thumbv7em-none-eabihf thumbv8m.main-none-eabihf'
all+=' riscv32imc-unknown-none-elf wasm32-unknown-unknown'
targets=${BARE_TARGETS:-$all}
packages=(rustc-web rust-web-src rust-web-clippy qemu-system-arm qemu-system-misc gcc libc6-dev)
command -v node >/dev/null || packages+=(nodejs)
compiler=/usr/bin/rustc
library=/usr/lib/rustlib/src/rust/library

missing=()
for package in "${packages[@]}"; do
    status=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
    [[ $status == *'install ok installed'* ]] || missing+=("$package")
done
if ((${#missing[@]})); then
    echo "bare-metal: installing ${missing[*]}"
    as_root=()
    [[ $(id -u) == 0 ]] || as_root=(sudo)
    # The lock timeout waits for another apt instead of failing.
    "${as_root[@]}" apt-get -o DPkg::Lock::Timeout=600 -qq update
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 -qq -y \
        --no-install-recommends install "${missing[@]}" >/dev/null
fi

# A different compiler cannot read the libraries of the last one: start over.
version=$("$compiler" -vV)
if [[ $(cat "$sysroot/compiler" 2>/dev/null || true) != "$version" ]]; then
    rm -rf "$sysroot"
fi

host=$(sed -n 's/^host: //p' <<<"$version")
linker=$(rustup run stable rustc --print sysroot 2>/dev/null)/lib/rustlib/$host/bin/rust-lld
[[ -x $linker ]] || linker=$(command -v lld) || {
    echo "bare-metal: neither rust-lld nor lld is here" >&2
    exit 1
}

# Makes a folder that is the sysroot of its bin/rustc.
frame() {
    local root=$1
    mkdir -p "$root/bin" "$root/lib/rustlib/$host/bin"
    # Build scripts and procedural macros run on the host, with the host's own library.
    ln -sfn "/usr/lib/rustlib/$host/lib" "$root/lib/rustlib/$host/lib"
    ln -sfn "$(readlink -f "$linker")" "$root/lib/rustlib/$host/bin/rust-lld"
    # cargo takes a changed compiler for a new one and builds all again, so an equal wrapper is left alone.
    local wrapper
    wrapper=$(printf '#!/bin/sh\nexec %s --sysroot "%s" "$@"' "$compiler" "$root")
    if [[ $(cat "$root/bin/rustc" 2>/dev/null || true) != "$wrapper" ]]; then
        printf '%s\n' "$wrapper" >"$root/bin/rustc"
        chmod +x "$root/bin/rustc"
    fi
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/src"
printf '#![no_std]\n' >"$work/src/lib.rs"
cat >"$work/Cargo.toml" <<'TOML'
[package]
name = "library-only"
version = "0.0.0"
edition = "2024"

[profile.release]
panic = "abort"
TOML

# Builds crates of the library, such as `std,panic_abort`, for a target into a sysroot.
build() {
    local root=$1 target=$2 crates=$3
    local place=$root/lib/rustlib/$target/lib
    [[ -e $place/complete ]] && return
    echo "bare-metal: building $crates for $target"
    rm -rf "$place"
    mkdir -p "$place"
    # The library's dependencies come with its source, so the network is not needed. Bitcode lets a later
    # build use link-time optimisation through the library.
    (
        cd "$work"
        env -u RUSTC_WRAPPER -u CARGO_TARGET_DIR CARGO_HOME="$work/cargo" \
            RUSTUP_HOME="${RUSTUP_HOME:-$HOME/.rustup}" \
            RUSTC="$compiler" RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Cembed-bitcode=yes \
            cargo build --quiet --offline --release --target "$target" --target-dir "$work/$crates" \
            -Z build-std="$crates" \
            --config 'source.crates-io.replace-with="vendored"' \
            --config "source.vendored.directory=\"$library/vendor\""
    )
    local built=("$work/$crates/$target/release/deps"/lib*.rlib)
    cp "${built[@]}" "$place/"
    rm -f "$place"/liblibrary_only-*
    touch "$place/complete"
}

frame "$sysroot"
for target in $targets; do
    build "$sysroot" "$target" core
done
frame "$sysroot/web"
build "$sysroot/web" wasm32-unknown-unknown std,panic_abort

printf '%s\n' "$version" >"$sysroot/compiler"
echo "bare-metal: RUSTC=$sysroot/bin/rustc is ready for $targets"
