#!/usr/bin/env bash
# Makes a sysroot with which stable cargo builds for microcontrollers and WebAssembly, where rustup cannot fetch targets.
#
# Debian's rustc-web and rust-web-src come from one source package, so compiler and library source match
# and core can be built for any target. The result is SYSROOT/bin/rustc: a wrapper that `RUSTC=` takes.
# Nothing unstable is used after this script: the crates themselves are built as on any stable toolchain.
# There is no `alloc` in it, so a device crate that asks for `alloc` does not compile.
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
    mkdir -p "$sysroot/bin"
fi

# Build scripts and procedural macros run on the host, with the host's own library.
host=$(sed -n 's/^host: //p' <<<"$version")
mkdir -p "$sysroot/lib/rustlib/$host/bin"
ln -sfn "/usr/lib/rustlib/$host/lib" "$sysroot/lib/rustlib/$host/lib"

linker=$(rustup run stable rustc --print sysroot 2>/dev/null)/lib/rustlib/$host/bin/rust-lld
[[ -x $linker ]] || linker=$(command -v lld) || {
    echo "bare-metal: neither rust-lld nor lld is here" >&2
    exit 1
}
ln -sfn "$(readlink -f "$linker")" "$sysroot/lib/rustlib/$host/bin/rust-lld"

# cargo takes a changed compiler for a new one and builds all again, so an equal wrapper is left alone.
wrapper=$(printf '#!/bin/sh\nexec %s --sysroot "%s" "$@"' "$compiler" "$sysroot")
if [[ $(cat "$sysroot/bin/rustc" 2>/dev/null || true) != "$wrapper" ]]; then
    printf '%s\n' "$wrapper" >"$sysroot/bin/rustc"
    chmod +x "$sysroot/bin/rustc"
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/src"
printf '#![no_std]\n' >"$work/src/lib.rs"
cat >"$work/Cargo.toml" <<'TOML'
[package]
name = "core-only"
version = "0.0.0"
edition = "2024"

[profile.release]
panic = "abort"
TOML

for target in $targets; do
    place=$sysroot/lib/rustlib/$target/lib
    [[ -e $place/complete ]] && continue
    echo "bare-metal: building core for $target"
    rm -rf "$place"
    mkdir -p "$place"
    # The library's dependencies come with its source, so the network is not needed. Bitcode lets a later
    # build use link-time optimisation through the library.
    (
        cd "$work"
        env -u RUSTC_WRAPPER -u CARGO_TARGET_DIR CARGO_HOME="$work/cargo" \
            RUSTUP_HOME="${RUSTUP_HOME:-$HOME/.rustup}" \
            RUSTC="$compiler" RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Cembed-bitcode=yes \
            cargo build --quiet --offline --release --target "$target" --target-dir "$work/target" \
            -Z build-std=core \
            --config 'source.crates-io.replace-with="vendored"' \
            --config "source.vendored.directory=\"$library/vendor\""
    )
    for crate in core compiler_builtins; do
        cp "$work/target/$target/release/deps/lib$crate"-*.rlib "$place/"
    done
    touch "$place/complete"
done

printf '%s\n' "$version" >"$sysroot/compiler"
echo "bare-metal: RUSTC=$sysroot/bin/rustc is ready for $targets"
