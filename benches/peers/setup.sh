#!/bin/sh
# Sets up the rival of `cargo xtask bench-peers`: TensorFlow Lite Micro's Python package in a
# virtual environment.
#
#   benches/peers/setup.sh [FOLDER]      default: target/peers below the repository
#
# Needs python3 (3.10 or newer, with venv) and a connection to PyPI. Does nothing where the
# environment is already complete.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
folder=${1:-$here/../../target/peers}

if [ ! -x "$folder/bin/python" ]; then
    python3 -m venv "$folder"
fi
"$folder/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
"$folder/bin/python" -c 'from tflite_micro.python.tflite_micro import runtime'
echo "$folder/bin/python"
