#!/usr/bin/env python3
"""Times TensorFlow Lite Micro's reference kernels, as the PyPI package `tflite-micro` has them.

    target/peers/bin/python benches/peers/tflm_bench.py [--seconds S] MODEL...

Prints one JSON object per model and line:

    model          the path as given
    invoke_us      median time of one Interpreter.invoke(), overhead subtracted
    overhead_us    what calling through Python costs, measured on a method that does nothing
    samples        how many batches the median is of
    batch          how many invokes one sample is the mean of
    output_hash    FNV-1a-64, 16 hex digits, of all outputs' bytes after the first invoke
    arena_bytes    what TFLM allocated of its arena on this host, null if it does not say
    arena_head_bytes, arena_tail_bytes    its non-persistent and persistent parts

The time is the CPU time of the one thread that runs the interpreter, so other
processes do not count. Inputs are set once, before the clock starts, to
numbers that `bantam bench` uses as well: a linear congruential generator,
seeded with 12345 + the input's index. A model that TFLM refuses gives an
object with `model` and `error`, and the exit code 1.
"""

import argparse
import json
import os
import re
import statistics
import sys
import tempfile
import time

import numpy as np
from tflite_micro.python.tflite_micro import runtime

SAMPLE_NS = 5_000_000
MIN_SAMPLES = 5


class Stderr:
    """Collects what native code writes to file descriptor 2."""

    def __enter__(self):
        sys.stderr.flush()
        self.file = tempfile.TemporaryFile()
        self.saved = os.dup(2)
        os.dup2(self.file.fileno(), 2)
        return self

    def __exit__(self, *_):
        os.dup2(self.saved, 2)
        os.close(self.saved)
        self.file.seek(0)
        self.text = self.file.read().decode(errors="replace")
        self.file.close()


class Idle:
    """The same calls as Interpreter.invoke(), around a native function that does nothing."""

    def __init__(self):
        self._number = 0

    def invoke(self):
        return self._number.bit_length()


def details(describe):
    """The details of all inputs or outputs: the package does not say how many there are."""
    found = []
    try:
        while True:
            found.append(describe(len(found)))
    except IndexError:
        return found


def sequence(seed, count):
    """`count` numbers of x = x * 1664525 + 1013904223 (mod 2^32), the seed not among them."""
    numbers = np.empty(count, np.uint32)
    x = seed
    for i in range(count):
        x = (x * 1664525 + 1013904223) & 0xFFFFFFFF
        numbers[i] = x
    return numbers


def fill(dtype, shape, index):
    """The input: the upper bits of the sequence; floats lie in -1..1; other types are zero."""
    dtype = np.dtype(dtype)
    x = sequence(12345 + index, int(np.prod(shape, dtype=np.int64)))
    if dtype in (np.int8, np.uint8):
        values = (x >> 24).astype(np.uint8).view(dtype)
    elif dtype == np.int16:
        values = (x >> 16).astype(np.uint16).view(dtype)
    elif dtype == np.float32:
        values = (x >> 8).astype(np.float32) / np.float32(1 << 24) * np.float32(2) - np.float32(1)
    else:
        values = np.zeros(x.shape, dtype)
    return values.reshape(shape)


def fnv1a64(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return value


def batch_ns(invoke, count):
    """CPU time of this thread for `count` calls."""
    start = time.thread_time_ns()
    for _ in range(count):
        invoke()
    return time.thread_time_ns() - start


def median_ns(invoke, seconds):
    """(median nanoseconds of one call, samples, calls in a sample)"""
    count = 1
    while (spent := batch_ns(invoke, count)) < SAMPLE_NS and count < 1 << 24:
        count = max(count + 1, min(count * 10, int(count * SAMPLE_NS / max(spent, 1)) + 1))
    samples, total = [], 0
    while total < seconds * 1e9 or len(samples) < MIN_SAMPLES:
        spent = batch_ns(invoke, count)
        total += spent
        samples.append(spent / count)
    return statistics.median(samples), len(samples), count


def arena(interpreter):
    """(total, head, tail) as the recording allocator prints them."""
    with Stderr() as printed:
        interpreter.print_allocations()
    figures = [
        re.search(rf"Arena allocation {part} (\d+) bytes", printed.text)
        for part in ("total", "head", "tail")
    ]
    return [int(figure[1]) if figure else None for figure in figures]


def bench(path, seconds, overhead_ns):
    with Stderr() as log:
        try:
            interpreter = runtime.Interpreter.from_file(path)
            for index, tensor in enumerate(details(interpreter.get_input_details)):
                interpreter.set_input(fill(tensor["dtype"], tensor["shape"], index), index)
            interpreter.invoke()
            outputs = range(len(details(interpreter.get_output_details)))
            data = b"".join(interpreter.get_output(i).tobytes() for i in outputs)
            failure = None
        except (RuntimeError, ValueError) as error:
            failure = str(error)
    if failure is not None:
        return {"model": path, "error": " ".join((log.text + failure).split())}

    total, head, tail = arena(interpreter)
    nanoseconds, samples, count = median_ns(interpreter.invoke, seconds)
    return {
        "model": path,
        "invoke_us": round(max(nanoseconds - overhead_ns, 0) / 1e3, 4),
        "overhead_us": round(overhead_ns / 1e3, 4),
        "samples": samples,
        "batch": count,
        "output_hash": f"{fnv1a64(data):016x}",
        "arena_bytes": total,
        "arena_head_bytes": head,
        "arena_tail_bytes": tail,
    }


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("models", nargs="+", metavar="MODEL")
    parser.add_argument("--seconds", type=float, default=1.0, help="CPU time to measure (default 1)")
    args = parser.parse_args()

    overhead_ns, _, _ = median_ns(Idle().invoke, 0.1)
    failed = False
    for path in args.models:
        result = bench(path, args.seconds, overhead_ns)
        failed |= "error" in result
        print(json.dumps(result), flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
