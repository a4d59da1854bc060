"""Writes what TensorFlow Lite Micro answers to test inputs.

    golden.py MODEL INPUTS EXPECTED

MODEL has one input and one output. INPUTS holds one input after another, as
the model takes them; EXPECTED gets the output for each of them, one after
another, as the model gives them.

The interpreter is the one of the PyPI package `tflite-micro` (reference kernels).
"""

import argparse
import pathlib
import sys

import numpy as np
from tflite_micro.python.tflite_micro import runtime


def answers(model, inputs):
    """How many inputs there are in the bytes, and the outputs' bytes."""
    interpreter = runtime.Interpreter.from_file(str(model))
    details = interpreter.get_input_details(0)
    steps = np.frombuffer(inputs, details["dtype"]).reshape(-1, *details["shape"])
    outputs = []
    for step in steps:
        interpreter.set_input(step, 0)
        interpreter.invoke()
        outputs.append(interpreter.get_output(0).tobytes())
    return len(steps), b"".join(outputs)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name in ("model", "inputs", "expected"):
        parser.add_argument(name, type=pathlib.Path, metavar=name.upper())
    arguments = parser.parse_args()

    try:
        steps, expected = answers(arguments.model, arguments.inputs.read_bytes())
    except ValueError as error:
        sys.exit(f"{arguments.inputs} does not fit {arguments.model}: {error}")
    arguments.expected.write_bytes(expected)
    print(f"{steps} inputs, {len(expected)} bytes of answers")


if __name__ == "__main__":
    main()
