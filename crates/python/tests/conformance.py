"""Runs a conformance corpus in Bantam and in TensorFlow Lite Micro, in the same process.

    python conformance.py FOLDER [FILTER]

`FOLDER` has a `manifest.jsonl` as the corpus of the project has it. Each case runs in both packages
(`bantam_tflite` and `tflite_micro`), through the same calls: `tflm.Interpreter` here, and
`runtime.Interpreter` there. Outputs have to be equal, byte for byte; floats as closely as the
manifest says. Models that the manifest expects to fail have to fail here; TensorFlow Lite Micro
ends the process for some of these, so that it is not asked.
"""

import json
import pathlib
import sys

import numpy as np
from tflite_micro.python.tflite_micro import runtime

from bantam_tflite import tflm


def steps(folder, entry):
    """The inputs of each invoke."""
    inputs = []
    for at, spec in enumerate(entry["inputs"]):
        data = np.fromfile(folder / f"input_{at}.bin", spec["dtype"])
        inputs.append(data.reshape([entry["steps"], *spec["shape"]]))
    return [[array[step] for array in inputs] for step in range(entry["steps"])]


def run(package, model, inputs, outputs):
    """The outputs of each invoke of an interpreter of either package."""
    interpreter = package.Interpreter.from_bytes(model, arena_size=ARENA)
    answers = []
    for arrays in inputs:
        for at, array in enumerate(arrays):
            interpreter.set_input(array, at)
        interpreter.invoke()
        answers.append([interpreter.get_output(at) for at in range(outputs)])
    return answers


ARENA = 64 << 20


def differs(mine, theirs, compare):
    """Whether two outputs are not the same."""
    if mine.shape != theirs.shape or mine.dtype != theirs.dtype:
        return True
    if mine.dtype.kind != "f" or compare == "exact":
        return mine.tobytes() != theirs.tobytes()
    limit = compare["abs"] + compare["rel"] * np.abs(theirs)
    with np.errstate(invalid="ignore"):
        near = (mine == theirs) | (np.isnan(mine) & np.isnan(theirs))
        return not (near | (np.abs(mine - theirs) <= limit)).all()


def main(root, only=""):
    """Returns whether all cases are equal."""
    count, exact, refused, faults = 0, 0, 0, []
    for line in (root / "manifest.jsonl").read_text().splitlines():
        entry = json.loads(line)
        if only not in entry["case"]:
            continue
        folder = root / entry["case"]
        path = root / entry["model"] if "model" in entry else folder / "model.tflite"
        model, inputs, outputs = path.read_bytes(), steps(folder, entry), len(entry.get("outputs", []))
        count += 1
        if entry["expect"] == "error":
            try:
                run(tflm, model, inputs, outputs)
                faults.append(f"{entry['case']}: runs, but was expected to fail")
            except ValueError:
                refused += 1
            continue
        try:
            mine, theirs = run(tflm, model, inputs, outputs), run(runtime, model, inputs, outputs)
        except (ValueError, RuntimeError) as error:
            faults.append(f"{entry['case']}: {error}")
            continue
        pairs = [pair for a, b in zip(mine, theirs) for pair in zip(a, b)]
        exact += all(a.tobytes() == b.tobytes() for a, b in pairs)
        if any(differs(a, b, entry["compare"]) for a, b in pairs):
            faults.append(f"{entry['case']}: outputs differ")
    print(*faults, sep="\n")
    print(f"{count} cases: {exact} equal to the byte, {refused} refused, {len(faults)} faults")
    return not faults


if __name__ == "__main__":
    ok = main(pathlib.Path(sys.argv[1]), *sys.argv[2:])
    sys.exit(0 if ok else 1)
