"""Draws sheet.png: the test pictures with their labels and TensorFlow Lite Micro's answers.

    python -m shapes.sheet      (in the folder of the examples, after golden.py)
"""

import pathlib

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from .pictures import NAMES, SIDE

ZOOM = 2
MARGIN = 12
CAPTION = 44
FONT_SIZE = 14
# A file of noise is as long as it has shades.
SHADES = 32


def captions(label, scores):
    """Two lines below a picture: what it is, and what the model says."""
    best = scores.argmax()
    percent = (int(scores[best]) + 128) * 100.0 / 256.0
    return f"is a {NAMES[label]}\nanswer: {NAMES[best]}, {percent:.0f} %"


def main():
    folder = pathlib.Path(__file__).resolve().parent
    inputs = np.fromfile(folder / "test_inputs.bin", np.int8).reshape(-1, SIDE, SIDE)
    labels = np.fromfile(folder / "test_labels.bin", np.uint8)
    answers = np.fromfile(folder / "expected.bin", np.int8).reshape(-1, len(NAMES))

    side, font = SIDE * ZOOM, ImageFont.load_default(FONT_SIZE)
    width = MARGIN + len(inputs) * (side + MARGIN)
    sheet = Image.new("L", (width, MARGIN + side + CAPTION + MARGIN), 255)
    pen = ImageDraw.Draw(sheet)
    for i, (values, label, scores) in enumerate(zip(inputs, labels, answers)):
        pixels = (values.astype(np.int16) + 128).astype(np.uint8)
        left = MARGIN + i * (side + MARGIN)
        picture = Image.fromarray(pixels).resize((side, side), Image.Resampling.NEAREST)
        sheet.paste(picture, (left, MARGIN))
        pen.text((left, MARGIN + side + 6), captions(label, scores), 32, font)
    path = folder / "sheet.png"
    sheet.quantize(SHADES).save(path, optimize=True)
    print(f"{path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
