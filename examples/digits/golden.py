#!/usr/bin/env python3
"""Writes expected.bin: what TensorFlow Lite Micro answers for every held-out image.

    /tmp/digits/bin/python golden.py

The interpreter is the one of the `tflite-micro` package (reference kernels).
Ten int8 scores for each image, one image after another.
"""

import pathlib
import sys

import numpy as np
from tflite_micro.python.tflite_micro import runtime


def main():
    folder = pathlib.Path(__file__).resolve().parent
    images = np.fromfile(folder / "test_images.bin", np.int8).reshape(-1, 1, 8, 8, 1)
    labels = np.fromfile(folder / "test_labels.bin", np.uint8)
    if len(images) != len(labels):
        sys.exit(f"{len(images)} images, but {len(labels)} labels")

    interpreter = runtime.Interpreter.from_file(str(folder / "digits.tflite"))
    scores = np.empty((len(images), 10), np.int8)
    for row, image in zip(scores, images):
        interpreter.set_input(image, 0)
        interpreter.invoke()
        row[:] = interpreter.get_output(0)[0]
    scores.tofile(folder / "expected.bin")
    print(f"{len(images)} images, {(scores.argmax(1) == labels).sum()} right")


if __name__ == "__main__":
    main()
