"""The examples of docstrings and pages run, with the results that they show."""

import doctest
import importlib
import pathlib
import pkgutil

import numpy as np
import pytest

import bantam_tflite
import pages

MODULES = [module.name for module in pkgutil.iter_modules(bantam_tflite.__path__)]
PAGES = ["crates/python/README.md", "docs/python.md", "README.md"]


def names():
    return {
        "np": np,
        "Path": pathlib.Path,
        **{n: getattr(bantam_tflite, n) for n in bantam_tflite.__all__},
    }


@pytest.mark.parametrize("name", ["", *(name for name in MODULES if name != "_core")])
def test_docstrings(name):
    module = importlib.import_module(f"bantam_tflite.{name}" if name else "bantam_tflite")
    globs = {**names(), **vars(module)}
    tests = [test for test in doctest.DocTestFinder().find(module, globs=globs) if test.examples]
    runner = doctest.DocTestRunner()
    for test in tests:
        runner.run(test)
    assert runner.summarize().failed == 0


@pytest.mark.parametrize("path", PAGES)
def test_pages(root, path):
    assert pages.run(root / path)
