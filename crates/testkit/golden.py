#!/usr/bin/env python3
"""Runs models in TensorFlow Lite Micro, as the PyPI package `tflite-micro` has it.

`cargo xtask golden` starts it. Each line of the standard input is a JSON object:

    name      of the model
    model     its file, in hexadecimal digits
    steps     for each inference the inputs, in hexadecimal digits
    outputs   how many there are

For each, a line comes back, with `outputs` for each step, or with `error`. Every model runs twice, with different memory
plans: outputs that depend on what else is in the arena are an error.
"""

import json
import os
import sys

import numpy as np
from tflite_micro.python.tflite_micro import runtime

ARENA_BYTES = 1 << 20
CONFIGS = runtime.InterpreterConfig


def run(case, config):
    interpreter = runtime.Interpreter.from_bytes(
        bytes.fromhex(case["model"]), arena_size=ARENA_BYTES, intrepreter_config=config
    )
    results = []
    for inputs in case["steps"]:
        for index, data in enumerate(inputs):
            details = interpreter.get_input_details(index)
            value = np.frombuffer(bytes.fromhex(data), details["dtype"])
            interpreter.set_input(value.reshape(details["shape"]), index)
        interpreter.invoke()
        outputs = [interpreter.get_output(index) for index in range(case["outputs"])]
        results.append([np.array(output).tobytes().hex() for output in outputs])
    return results


def answer(case):
    try:
        outputs = run(case, CONFIGS.kAllocationRecording)
        if run(case, CONFIGS.kPreserveAllTensors) != outputs:
            return {"error": "the outputs depend on the memory plan"}
        return {"outputs": outputs}
    except (RuntimeError, ValueError) as error:
        return {"error": f"{type(error).__name__}: {error}"}


def apart(case):
    """The answer of another process: TFLM aborts on some models that it does not like."""
    source, sink = os.pipe()
    child = os.fork()
    if child == 0:
        with os.fdopen(sink, "w") as file:
            file.write(json.dumps(answer(case)))
        os._exit(0)
    os.close(sink)
    with os.fdopen(source) as file:
        text = file.read()
    os.waitpid(child, 0)
    return text or json.dumps({"error": "TFLM aborts"})


def main():
    for line in sys.stdin:
        print(apart(json.loads(line)), flush=True)


if __name__ == "__main__":
    main()
