#!/usr/bin/env python3
"""Saves the tensors of a model as TensorFlow Lite Micro computes them.

`cargo xtask taps` starts it, with a JSON object on the standard input:

    model     its file
    inputs    the indices of its inputs
    tensors   the indices of the tensors that its nodes write
    seeds     of the inputs
    folder    where tensor_N.npy are written, in a folder for each seed
"""

import json
import os
import sys

import numpy as np
from tflite_micro.python.tflite_micro import runtime

ARENA_BYTES = 64 << 20


def noise(generator, dtype, shape):
    dtype = np.dtype(dtype)
    if dtype == np.bool_:
        return generator.integers(0, 2, shape).astype(dtype)
    if dtype.kind == "f":
        return generator.uniform(-1, 1, shape).astype(dtype)
    if dtype.itemsize > 2:  # mostly indices
        return generator.integers(0, 2, shape).astype(dtype)
    limits = np.iinfo(dtype)
    return generator.integers(limits.min, limits.max + 1, shape).astype(dtype)


def save(task, seed):
    interpreter = runtime.Interpreter.from_file(
        task["model"],
        arena_size=ARENA_BYTES,
        intrepreter_config=runtime.InterpreterConfig.kPreserveAllTensors,
    )
    folder = os.path.join(task["folder"], str(seed))
    os.makedirs(folder)
    generator = np.random.default_rng(seed)
    for index, tensor in enumerate(task["inputs"]):
        details = interpreter.get_input_details(index)
        value = noise(generator, details["dtype"], details["shape"])
        interpreter.set_input(value, index)
        np.save(f"{folder}/tensor_{tensor}.npy", value)
    interpreter.invoke()
    for tensor in task["tensors"]:
        data = interpreter.GetTensor(tensor, 0)["tensor_data"]
        np.save(f"{folder}/tensor_{tensor}.npy", np.ascontiguousarray(data))


def main():
    task = json.load(sys.stdin)
    for seed in task["seeds"]:
        save(task, seed)


main()
