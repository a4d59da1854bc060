# What run.sh and trial/run.sh have in common; they source it.

example=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository=$(cd "$example/../.." && pwd)
model=$repository/examples/digits/digits.tflite

# Installs what is missing, with Debian's packages: PROGRAM:PACKAGE...
need() {
    local missing=() pair as_root=()
    for pair in "$@"; do
        command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}")
    done
    # The compiler alone has no C library, and so no headers of one.
    [[ " ${missing[*]} " == *' gcc-arm-none-eabi '* ]] && missing+=(libnewlib-arm-none-eabi)
    ((${#missing[@]})) || return 0
    command -v apt-get >/dev/null || { echo "install ${missing[*]} first" >&2; exit 1; }
    [[ $(id -u) == 0 ]] || as_root=(sudo)
    "${as_root[@]}" apt-get -o DPkg::Lock::Timeout=600 -qq -y --no-install-recommends install \
        "${missing[@]}" >/dev/null
}

bantam() { cargo run --quiet --manifest-path "$repository/Cargo.toml" -p bantam-cli -- "$@"; }
dist() { (cd "$repository" && cargo xtask dist "$@"); }

# The arena in what a command prints with `--json`.
figure() { sed -n 's/.*"arena_bytes": *\([0-9]*\).*/\1/p' | head -1; }

# Builds the example in a folder: FOLDER PREFIX GENERATED [ARGUMENT]... PREFIX is where CMake finds
# the package.
make() {
    local folder=$1 prefix=$2 generated=$3
    shift 3
    cmake --no-warn-unused-cli -S "$example" -B "$folder" -DCMAKE_PREFIX_PATH="$prefix" -DGENERATED="$generated" "$@" >/dev/null
    cmake --build "$folder" >/dev/null
}

# Runs a program on a board: MACHINE PROGRAM.
emulate() {
    case $1 in
        virt) timeout 60 qemu-system-riscv32 -machine virt -bios none -nographic -kernel "$2" 2>&1 </dev/null ;;
        *) timeout 60 qemu-system-arm -machine "$1" -nographic \
            -semihosting-config enable=on,target=native -kernel "$2" 2>&1 </dev/null ;;
    esac
}

# An error unless a program has printed this arena and equal outputs: PLACE ARENA OUTPUT.
check() {
    echo "$1: $(tr '\n' ' ' <<<"$3")"
    [[ $3 == "arena $2"$'\n'"equal 360 of 360" ]] || { echo "arena $2 and 360 were expected" >&2; exit 1; }
}
