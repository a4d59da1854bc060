#!/usr/bin/env python3
"""Says how much of its arena TensorFlow Lite Micro takes for models, on this host.

    target/peers/bin/python benches/peers/tflm_arenas.py < FILES

Reads one path per line and prints one JSON object for each:

    total, head, tail    bytes; the head is the non-persistent part
    error                in place of those: the model does not run in TFLM
"""

import json
import os
import sys

from tflite_micro.python.tflite_micro import runtime

from tflm_bench import Stderr, arena


def report(path):
    # The persistent part grows with the file.
    size = (64 << 20) + 8 * os.path.getsize(path)
    with Stderr() as log:
        try:
            interpreter = runtime.Interpreter.from_file(path, arena_size=size)
            failure = None
        except (RuntimeError, ValueError) as error:
            failure = str(error)
    if failure is not None:
        return {"error": " ".join((log.text + failure).split())}
    total, head, tail = arena(interpreter)
    return {"total": total, "head": head, "tail": tail}


for line in sys.stdin:
    print(json.dumps(report(line.rstrip("\n"))), flush=True)
