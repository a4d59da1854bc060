#!/usr/bin/env python3
"""Runs models and copies of them that carry a memory plan with TensorFlow Lite Micro, and compares.

    target/peers/bin/python benches/peers/tflm_plans.py < CASES

Reads one JSON object per model and line:

    name        what to call it
    models      files: the model, then its copies
    arena       bytes of arena that are enough for each
    steps       how many inferences, one after another with the state kept
    inputs      files with the inputs of all steps, raw and little-endian; without them, random numbers

and prints one for each:

    name
    heads       the non-persistent part of the arena as TFLM reports it, for each file
    equal       whether all outputs of all steps of each copy are those of the model, bit for bit
    error       in place of heads and equal: the model does not run in TFLM

A copy that does not run where the model does gives no head, and is not equal.
"""

import json
import sys
import zlib

import numpy as np
from tflite_micro.python.tflite_micro import runtime

from tflm_bench import Stderr, arena, details


def random_input(rng, dtype, shape):
    """The whole range of small integers, few of large ones, which are indices more often than not."""
    dtype = np.dtype(dtype)
    if dtype.kind == "f":
        return rng.standard_normal(shape).astype(dtype)
    if dtype.kind == "b":
        return rng.integers(0, 2, shape).astype(dtype)
    if dtype.itemsize <= 2:
        info = np.iinfo(dtype)
        return rng.integers(info.min, info.max, shape, endpoint=True).astype(dtype)
    return rng.integers(0, 100, shape).astype(dtype)


def inputs_of(case, ports):
    """For each step, an array for each input."""
    steps = case["steps"]
    if case.get("inputs"):
        data = [
            np.fromfile(file, port["dtype"]).reshape(steps, *port["shape"])
            for file, port in zip(case["inputs"], ports)
        ]
        return [[array[step] for array in data] for step in range(steps)]
    rng = np.random.default_rng(zlib.crc32(case["name"].encode()))
    return [
        [random_input(rng, port["dtype"], tuple(port["shape"])) for port in ports]
        for _ in range(steps)
    ]


def run(path, case):
    """(head, bytes of all outputs of all steps); raises if TFLM refuses."""
    interpreter = runtime.Interpreter.from_file(path, arena_size=case["arena"])
    ports = details(interpreter.get_input_details)
    outputs = []
    for arrays in inputs_of(case, ports):
        for index, array in enumerate(arrays):
            interpreter.set_input(array, index)
        try:
            interpreter.invoke()
        except RuntimeError:
            # A streaming operator that waits for more input ends the inference.
            outputs.append(None)
            continue
        ports_out = range(len(details(interpreter.get_output_details)))
        outputs.append([interpreter.get_output(index).tobytes() for index in ports_out])
    if all(output is None for output in outputs):
        raise RuntimeError("no inference ends well")
    return arena(interpreter)[1], outputs


def compare(case):
    heads, equal, first = [], [], None
    for path in case["models"]:
        with Stderr() as log:
            try:
                result, failure = run(path, case), None
            except (RuntimeError, ValueError) as error:
                result, failure = None, str(error)
        if first is None:
            if result is None:
                return {"name": case["name"], "error": " ".join((log.text + failure).split())}
            first = result
        else:
            equal.append(result is not None and result[1] == first[1])
        heads.append(result and result[0])
    return {"name": case["name"], "heads": heads, "equal": equal}


def main():
    for line in sys.stdin:
        print(json.dumps(compare(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
