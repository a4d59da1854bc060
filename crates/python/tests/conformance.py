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


# Enough for each model in TensorFlow Lite Micro.
ARENA = 64 << 20


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


def differs(mine, theirs, compare):
    """Compares two outputs; returns true for a difference."""
    if mine.shape != theirs.shape or mine.dtype != theirs.dtype:
        return True
    if mine.dtype.kind != "f" or compare == "exact":
        return mine.tobytes() != theirs.tobytes()
    limit = compare["abs"] + compare["rel"] * np.abs(theirs)
    with np.errstate(invalid="ignore"):
        near = (mine == theirs) | (np.isnan(mine) & np.isnan(theirs))
        return not (near | (np.abs(mine - theirs) <= limit)).all()


def cases(root, only):
    """The cases of the manifests: operators, then whole models."""
    for manifest in ["manifest.jsonl", "models/manifest.jsonl"]:
        path = root / manifest
        for line in path.read_text().splitlines() if path.exists() else []:
            entry = json.loads(line)
            if only in entry["case"]:
                yield entry


def judge(folder, entry):
    """Runs a case; returns its end, or its fault."""
    model, inputs = (folder / "model.tflite").read_bytes(), steps(folder, entry)
    outputs = len(entry.get("outputs", []))
    if entry["expect"] == "error":
        try:
            run(tflm, model, inputs, outputs)
        except ValueError:
            return "refused"
        return "runs, but was expected to fail"
    try:
        mine, theirs = (run(package, model, inputs, outputs) for package in (tflm, runtime))
    except (ValueError, RuntimeError) as error:
        return str(error)
    pairs = [pair for a, b in zip(mine, theirs, strict=True) for pair in zip(a, b, strict=True)]
    if any(differs(a, b, entry["compare"]) for a, b in pairs):
        return "outputs differ"
    return "equal" if all(a.tobytes() == b.tobytes() for a, b in pairs) else "near"


def main(root, only=""):
    """Runs all cases; returns true if none is at fault."""
    counts = dict.fromkeys(["equal", "near", "refused"], 0)
    faults = 0
    for entry in cases(root, only):
        end = judge(root / entry["case"], entry)
        if end in counts:
            counts[end] += 1
        else:
            faults += 1
            print(f"{entry['case']}: {end}")
    print(
        f"{counts['equal']} cases equal to the byte, {counts['near']} floats within the limits, "
        f"{counts['refused']} refused as TFLM refuses them, {faults} faults"
    )
    return counts["equal"] > 0 and faults == 0


if __name__ == "__main__":
    ok = main(pathlib.Path(sys.argv[1]), *sys.argv[2:])
    sys.exit(0 if ok else 1)
