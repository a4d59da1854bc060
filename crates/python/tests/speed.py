"""Times an inference in Bantam and in TensorFlow Lite Micro, in the same process.

    python speed.py MODEL...

An inference is three calls, the same in both packages: `set_input`, `invoke`, `get_output`. Samples
take turns; the figure is the fastest of each, in CPU time of the thread.
"""

import pathlib
import sys
import time

import numpy as np
from tflite_micro.python.tflite_micro import runtime

from bantam_tflite import tflm

ROUNDS = 15
SAMPLE_SECONDS = 0.02


def inference(package, model):
    """A function that runs one."""
    interpreter = package.Interpreter.from_bytes(model, arena_size=16 << 20)
    details = interpreter.get_input_details(0)
    data = np.zeros(details["shape"], details["dtype"])

    def run():
        interpreter.set_input(data, 0)
        interpreter.invoke()
        return interpreter.get_output(0)

    return run


def sample(run, count):
    """Seconds of so many inferences."""
    start = time.thread_time()
    for _ in range(count):
        run()
    return time.thread_time() - start


def main(paths):
    """Prints a row for each model."""
    print("| model | tflite_micro, us | bantam_tflite, us | ratio |\n| --- | --: | --: | --: |")
    for path in paths:
        model = path.read_bytes()
        runs = [inference(package, model) for package in (runtime, tflm)]
        counts = [max(1, round(SAMPLE_SECONDS / (sample(run, 3) / 3))) for run in runs]
        best = [np.inf, np.inf]
        for _ in range(ROUNDS):
            for at, (run, count) in enumerate(zip(runs, counts, strict=True)):
                best[at] = min(best[at], sample(run, count) / count * 1e6)
        theirs, mine = best
        name = path.parent.name if path.stem == "model" else path.stem
        print(f"| {name} | {theirs:.2f} | {mine:.2f} | {theirs / mine:.2f} |", flush=True)


if __name__ == "__main__":
    main([pathlib.Path(path) for path in sys.argv[1:]])
