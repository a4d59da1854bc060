#!/usr/bin/env bash
# Tries the packages of `cargo xtask dist` without the frameworks that they are for. GNU's compilers
# link digits with each library of a package, chosen as the framework would choose it; an emulator
# runs it. All 360 outputs must be those of TensorFlow Lite Micro, and the arena that of `bantam size`.
#
#   run.sh [PACKAGE]...   c, esp-idf, zephyr, arduino, platformio, command; without any, all
#
# The libraries have the operators of digits; with OPERATORS=all every one. What takes the place of a
# framework is in the folder of its name. On Debian it installs what is missing, and packages of
# PyPI in an environment of its own.
set -euo pipefail
cd "$(dirname "$0")"
source ../tools.sh
trial=$PWD
build=$(cd .. && pwd)/build/trial
generated=$build/generated
packages=("$@")
(($#)) || packages=(c esp-idf zephyr arduino platformio command)

# Sets what a library and a core need: compiler, flags, machine. `floats` are flags that go first.
core() { # LIBRARY CORE
    local float
    compiler=arm-none-eabi
    case ${floats:-$1:$2} in
        -*) float=$floats ;;
        *hf*:cortex-m4) float='-mfloat-abi=hard -mfpu=fpv4-sp-d16' ;;
        *hf*:cortex-m55) float='-mfloat-abi=hard' ;;
        *hf*) float='-mfloat-abi=hard -mfpu=fpv5-sp-d16' ;;
        *) float='-mfloat-abi=soft' ;;
    esac
    flags="-mcpu=$2 -mthumb $float"
    case $1:$2 in
        *:cortex-m0 | *:cortex-m0plus) machine=microbit ;;
        *:cortex-m3) machine=mps2-an385 ;;
        *:cortex-m4) machine=mps2-an386 ;;
        *:cortex-m7) machine=mps2-an500 ;;
        *:cortex-m23 | *:cortex-m33) machine=mps2-an505 ;;
        *:cortex-m55) machine=mps3-an547 ;;
        riscv32*)
            local architecture=${1#riscv32} abi=ilp32
            architecture=${architecture%%-*}
            [[ $architecture == *f* ]] && abi=ilp32f
            compiler=riscv64-unknown-elf
            flags="-march=rv32${architecture}_zicsr -mabi=$abi -mcmodel=medany"
            machine=virt
            ;;
    esac
}

# Prints the cores that a library is tried on.
cores_of() { # LIBRARY
    case $1 in
        host) echo host ;;
        riscv32*) echo riscv ;;
        thumbv6m*) echo cortex-m0 ;;
        thumbv7m*) echo cortex-m3 ;;
        thumbv7em*) echo cortex-m4 cortex-m7 ;;
        thumbv8m.base*) echo cortex-m23 ;;
        *hf+mve) echo cortex-m55 ;;
        *hf) echo cortex-m33 cortex-m55 ;;
        thumbv8m.main*) echo cortex-m33 ;;
    esac
}

# Makes a folder with the start and the memory map of a machine.
board() { # MACHINE FOLDER
    local flash='0x00000000, LENGTH = 4M' ram='0x20000000, LENGTH = 4M'
    mkdir -p "$2"
    case $1 in
        microbit) flash=${flash/4M/256K} ram=${ram/4M/16K} ;;
        mps2-an505) flash='0x10000000, LENGTH = 4M' ram='0x38000000, LENGTH = 4M' ;;
        mps3-an547) flash=${flash/4M/512K} ram=${ram/4M/512K} ;;
    esac
    if [[ $1 == virt ]]; then
        cp "$trial"/riscv/* "$2"
    else
        cp "$example/m4/board.c" "$2"
        sed -e "s/\(FLASH.*ORIGIN = \).*/\1$flash/" -e "s/\(RAM.*ORIGIN = 0x.*\)/RAM (rwx) : ORIGIN = $ram/" \
            "$example/m4/memory.ld" >"$2/memory.ld"
    fi
}

# Builds digits with a library and runs it: PLACE PREFIX LIBRARY CORE [ARGUMENT]...
digits() {
    local place=$1 prefix=$2 library=$3 on=$4 folder
    shift 4
    folder=$build/run/${place//[ \/]/-}-$library-$on
    rm -rf "$folder"
    if [[ $library == host ]]; then
        make "$folder" "$prefix" "$generated" "$@"
        check "$place: $library" "$arena" "$("$folder/digits")"
        return
    fi
    core "$library" "$on"
    board "$machine" "$folder/board"
    cat >"$folder/toolchain.cmake" <<END
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR $on)
set(CMAKE_C_COMPILER $compiler-gcc)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_C_FLAGS_INIT "$flags -Os -ffreestanding -ffunction-sections -fdata-sections")
set(CMAKE_ASM_FLAGS_INIT "$flags")
END
    make "$folder" "$prefix" "$generated" "-DCMAKE_TOOLCHAIN_FILE=$folder/toolchain.cmake" \
        "-DBOARD=$folder/board" "-DBANTAM_TARGET=$library" "$@"
    check "$place: $library, $on" "$arena" "$(emulate "$machine" "$folder/digits")"
}

# Makes a package in a folder of its own.
package() { # NAME
    local arguments=(--out "$build/$1")
    [[ ${OPERATORS:-} == all ]] || arguments+=(--operators-of "$generated/digits.c")
    dist "$1" "${arguments[@]}"
}

# Makes an environment of Python with packages of PyPI: NAME PACKAGE...
environment() {
    local folder=$build/$1
    shift
    [[ -x $folder/bin/python ]] || python3 -m venv "$folder"
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check "$@"
}

try_c() {
    local library on
    for folder in "$build"/c/lib/*/libbantam.a; do
        library=$(basename "$(dirname "$folder")")
        for on in $(cores_of "$library"); do
            digits "CMake" "$build/c" "$library" "$on"
        done
    done
}

try_esp-idf() {
    local chip library loops
    # Espressif's component manager reads the manifest and packs the component.
    environment esp-idf-tools idf-component-manager
    (cd "$build/esp-idf" && "$build/esp-idf-tools/bin/compote" component pack --name bantam \
        --dest-dir "$build/esp-idf-packed" >/dev/null)
    echo "ESP-IDF: packed $(basename "$build"/esp-idf-packed/*.tgz)"
    for chip in c2:imc c3:imc c6:imac h2:imac p4:imafc; do
        for loops in "" +riscv; do
            library=riscv32${chip#*:}-unknown-none-elf$loops
            digits "ESP-IDF esp32${chip%:*}$loops" "$trial/esp-idf" "$library" riscv \
                "-DPACKAGE=$build/esp-idf" "-DIDF_TARGET=esp32${chip%:*}" \
                ${loops:+-DCONFIG_BANTAM_LOOPS=1}
        done
    done
}

try_zephyr() {
    local symbols on library expected
    environment zephyr-tools kconfiglib
    while read -r expected on symbols; do
        # shellcheck disable=SC2086 # words
        library=$(PACKAGE=$build/zephyr "$build/zephyr-tools/bin/python" zephyr/choose.py zephyr/Kconfig $symbols)
        [[ $library == "$expected" ]] || { echo "Zephyr: $symbols: $library instead of $expected" >&2; exit 1; }
        digits "Zephyr $symbols" "$trial/zephyr" "$library" "$on" "-DPACKAGE=$build/zephyr" \
            "-DCONFIG_BANTAM_TARGET=$library"
    done <<'END'
host host ARCH_POSIX 64BIT
thumbv6m-none-eabi cortex-m0plus CPU_CORTEX_M0PLUS
thumbv6m-none-eabi+thumb1 cortex-m0 CPU_CORTEX_M0 BANTAM_LOOPS
thumbv7m-none-eabi cortex-m3 CPU_CORTEX_M3
thumbv7em-none-eabi cortex-m4 CPU_CORTEX_M4
thumbv7em-none-eabi+dsp cortex-m4 CPU_CORTEX_M4 BANTAM_LOOPS
thumbv7em-none-eabihf cortex-m7 CPU_CORTEX_M7 FP_HARDABI
thumbv7em-none-eabihf+dsp cortex-m7 CPU_CORTEX_M7 FP_HARDABI BANTAM_LOOPS
thumbv8m.base-none-eabi cortex-m23 CPU_CORTEX_M23
thumbv8m.base-none-eabi+thumb1 cortex-m23 CPU_CORTEX_M23 BANTAM_LOOPS
thumbv8m.main-none-eabi cortex-m33 CPU_CORTEX_M33
thumbv8m.main-none-eabi+dsp cortex-m33 CPU_CORTEX_M33 ARMV8_M_DSP BANTAM_LOOPS
thumbv8m.main-none-eabihf cortex-m33 CPU_CORTEX_M33 FP_HARDABI BANTAM_LOOPS
thumbv8m.main-none-eabihf+dsp cortex-m33 CPU_CORTEX_M33 ARMV8_M_DSP FP_HARDABI BANTAM_LOOPS
thumbv8m.main-none-eabihf+mve cortex-m55 CPU_CORTEX_M55 ARMV8_1_M_MVEI FP_HARDABI BANTAM_LOOPS
riscv32imc-unknown-none-elf riscv RISCV
riscv32imc-unknown-none-elf+riscv riscv RISCV BANTAM_LOOPS
riscv32imac-unknown-none-elf riscv RISCV RISCV_ISA_EXT_A
riscv32imac-unknown-none-elf+riscv riscv RISCV RISCV_ISA_EXT_A BANTAM_LOOPS
riscv32imafc-unknown-none-elf riscv RISCV RISCV_ISA_EXT_A FLOAT_HARD
riscv32imafc-unknown-none-elf+riscv riscv RISCV RISCV_ISA_EXT_A FLOAT_HARD BANTAM_LOOPS
END
}

try_arduino() {
    local library on folder floats
    while read -r library on folder; do
        # Such as cortex-m4/fpv4-sp-d16-hard.
        floats=${folder#*/}
        [[ $folder == */* ]] && floats="-mfpu=${floats%-*} -mfloat-abi=${floats##*-}" || floats=
        digits "Arduino $folder" "$trial/arduino" "$library" "$on" "-DPACKAGE=$build/arduino" \
            "-DFOLDER=$folder"
    done <<'END'
thumbv6m-none-eabi cortex-m0plus cortex-m0plus
thumbv7m-none-eabi cortex-m3 cortex-m3
thumbv7em-none-eabi cortex-m4 cortex-m4/fpv4-sp-d16-softfp
thumbv7em-none-eabihf cortex-m4 cortex-m4/fpv4-sp-d16-hard
thumbv7em-none-eabi cortex-m7 cortex-m7/fpv5-d16-softfp
thumbv7em-none-eabihf cortex-m7 cortex-m7/fpv5-d16-hard
thumbv7em-none-eabihf cortex-m7 cortex-m7/fpv5-sp-d16-hard
END
}

# A project for PlatformIO, with a board for each library.
platformio_project() { # FOLDER
    local library on loops sources name
    mkdir -p "$1/src" "$1/boards"
    cp "$example"/{main.c,console.c,console.h,data.h,data.S,host.c} "$generated"/digits.[ch] "$1/src"
    cat >"$1/platformio.ini" <<END
[env]
platform = standin
lib_deps = Bantam=symlink://$build/platformio
build_flags = -DDATA_IMAGES=\"$repository/examples/digits/test_images.bin\"
    -DDATA_EXPECTED=\"$repository/examples/digits/expected.bin\"
    -I$1/src

[env:host]
END
    while read -r library on loops; do
        name=$on${loops:+-loops}
        [[ $library == *hf* ]] && name+=-hard
        core "$library" "${on/esp*/riscv}"
        board "$machine" "$1/machines/$name"
        cat >"$1/boards/$name.json" <<END
{
  "name": "$name", "vendor": "none", "url": "none", "frameworks": [],
  "build": {"mcu": "$on", "cpu": "$on", "compiler": "$compiler", "flags": "$flags"},
  "upload": {"maximum_size": 4194304, "maximum_ram_size": 4194304}
}
END
        sources="+<*> -<host.c> +<../machines/$name/board.c>"
        cat >>"$1/platformio.ini" <<END

[env:$name]
board = $name
build_src_filter = $sources
build_flags = \${env.build_flags} -Wl,-T,$1/machines/$name/memory.ld
custom_bantam_loops = ${loops:-no}
END
        echo "$name $library $machine"
    done <<'END'
thumbv6m-none-eabi cortex-m0plus
thumbv6m-none-eabi+thumb1 cortex-m0 yes
thumbv7m-none-eabi cortex-m3
thumbv7em-none-eabi cortex-m4
thumbv7em-none-eabi+dsp cortex-m4 yes
thumbv7em-none-eabihf cortex-m7
thumbv7em-none-eabihf+dsp cortex-m7 yes
thumbv8m.base-none-eabi cortex-m23
thumbv8m.base-none-eabi+thumb1 cortex-m23 yes
thumbv8m.main-none-eabi cortex-m33
thumbv8m.main-none-eabi+dsp cortex-m33 yes
thumbv8m.main-none-eabihf cortex-m33
thumbv8m.main-none-eabihf+dsp cortex-m33 yes
thumbv8m.main-none-eabihf+mve cortex-m55 yes
riscv32imc-unknown-none-elf esp32c3
riscv32imac-unknown-none-elf esp32c6
riscv32imafc-unknown-none-elf esp32p4
END
}

try_platformio() {
    local project=$build/platformio-project tools=$build/platformio-tools/bin scons name library machine boards
    export PLATFORMIO_CORE_DIR=$build/platformio-core PLATFORMIO_SETTING_ENABLE_TELEMETRY=no
    environment platformio-tools platformio scons
    rm -rf "$PLATFORMIO_CORE_DIR" "$project"
    # What PlatformIO would take from its registry: SCons, here that of PyPI, and a platform.
    scons=$("$tools/python" -c 'from platformio.dependencies import get_core_dependencies as d; print(d()["tool-scons"].strip("~"))')
    standin() { # FOLDER TYPE NAME VERSION OWNER
        local spec="{\"owner\": $5, \"id\": null, \"name\": \"$3\", \"requirements\": null, \"uri\": null}"
        echo "{\"type\": \"$2\", \"name\": \"$3\", \"version\": \"$4\", \"spec\": $spec}" >"$1/.piopm"
    }
    mkdir -p "$PLATFORMIO_CORE_DIR"/{packages/tool-scons,platforms}
    cp -r platformio "$PLATFORMIO_CORE_DIR/platforms/standin"
    standin "$PLATFORMIO_CORE_DIR/platforms/standin" platform standin 1.0.0 null
    echo "{\"name\": \"tool-scons\", \"version\": \"$scons\"}" >"$PLATFORMIO_CORE_DIR/packages/tool-scons/package.json"
    printf 'import SCons.Script\nSCons.Script.main()\n' >"$PLATFORMIO_CORE_DIR/packages/tool-scons/scons.py"
    standin "$PLATFORMIO_CORE_DIR/packages/tool-scons" tool tool-scons "$scons" '"platformio"'

    boards=$(platformio_project "$project")
    "$tools/pio" run --silent --project-dir "$project"
    check "PlatformIO: host" "$arena" "$("$project/.pio/build/host/program")"
    while read -r name library machine; do
        check "PlatformIO $name: $library" "$arena" "$(emulate "$machine" "$project/.pio/build/$name/program.elf")"
    done <<<"$boards"
}

try_command() {
    local folder=$build/command
    rm -rf "$folder" && mkdir -p "$folder"
    tar -xzf "$repository"/target/dist/command/*.tgz -C "$folder" --strip-components 1
    if ldd "$folder/bantam" >/dev/null 2>&1; then
        ldd "$folder/bantam" | grep -q 'statically linked' || { echo "bantam needs shared libraries" >&2; exit 1; }
    fi
    [[ $(env -i "$folder/bantam" size "$model" --json | figure) == "$arena" ]] || exit 1
    echo "command: $(basename "$repository"/target/dist/command/*.tgz): arena $arena, no shared libraries"
}

need cmake:cmake gcc:gcc arm-none-eabi-gcc:gcc-arm-none-eabi riscv64-unknown-elf-gcc:gcc-riscv64-unknown-elf \
    qemu-system-arm:qemu-system-arm qemu-system-riscv32:qemu-system-misc
bantam codegen "$model" --lang c --out "$generated" --name digits
arena=$(bantam size "$model" --json | figure)
for name in "${packages[@]}"; do
    if [[ $name == command ]]; then dist command; else package "$name"; fi
    "try_$name"
done
