"""Runs the Python blocks of pages, as a reader would: in a folder with the models of the examples.

python pages.py PAGE...
"""

import os
import pathlib
import shutil
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
MODELS = ["digits", "wake"]


def furnish(folder):
    """Copies the models of the examples into a folder."""
    for name in MODELS:
        shutil.copy(ROOT / "examples" / name / f"{name}.tflite", folder)


def blocks(page):
    """The Python blocks of a page."""
    return [part.split("```")[0] for part in page.split("```python\n")[1:]]


def run(path):
    """Runs all blocks of a page, one after another, in the current folder."""
    found = blocks(path.read_text(encoding="utf-8"))
    names = {"__name__": "__page__"}
    for block in found:
        exec(compile(block, str(path), "exec"), names)
    return len(found)


if __name__ == "__main__":
    pages = [pathlib.Path(page).resolve() for page in sys.argv[1:]]
    with tempfile.TemporaryDirectory() as folder:
        furnish(folder)
        os.chdir(folder)
        for page in pages:
            print(f"{page.name}: {run(page)} blocks")
        os.chdir(ROOT)
