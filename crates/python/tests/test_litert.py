"""The drop-in class for LiteRT, next to the original."""

import inspect

import numpy as np
import pytest
from ai_edge_litert import interpreter as original

from bantam_tflite import litert


def both(path):
    """An interpreter of each package."""
    made = [package.Interpreter(model_path=path) for package in (litert, original)]
    for interpreter in made:
        interpreter.allocate_tensors()
    return made


def same(mine, theirs):
    """Asserts that details are equal, types included; the original may have more."""
    assert set(mine) <= set(theirs)
    for key, value in mine.items():
        other = theirs[key]
        assert type(value) is type(other), key
        if isinstance(value, dict):
            same(value, other)
        elif isinstance(value, np.ndarray):
            assert value.dtype == other.dtype and (value == other).all(), key
        else:
            assert value == other, key


@pytest.mark.parametrize("path", ["digits.tflite", "wake.tflite"])
def test_details_are_those_of_litert(path):
    mine, theirs = both(path)
    for name in ["get_input_details", "get_output_details", "get_tensor_details"]:
        pairs = list(zip(getattr(mine, name)(), getattr(theirs, name)(), strict=True))
        assert pairs
        for a, b in pairs:
            same(a, b)
    assert mine.get_signature_list() == theirs.get_signature_list()


def test_outputs_are_near_those_of_litert(root):
    images = np.fromfile(root / "examples/digits/test_images.bin", np.int8).reshape(-1, 1, 8, 8, 1)
    mine, theirs = both("digits.tflite")
    at, to = mine.get_input_details()[0]["index"], mine.get_output_details()[0]["index"]
    for image in images[:20]:
        for interpreter in (mine, theirs):
            interpreter.set_tensor(at, image)
            interpreter.invoke()
        a, b = (made.get_tensor(to).astype(int) for made in (mine, theirs))
        assert np.abs(a - b).max() <= 2
        assert (mine.get_tensor(at) == image).all()


def test_inputs_stay_and_can_be_written_in_place():
    interpreter = litert.Interpreter(model_path="digits.tflite")
    at = interpreter.get_input_details()[0]["index"]
    to = interpreter.get_output_details()[0]["index"]
    interpreter.tensor(at)()[:] = 7
    interpreter.invoke()
    first = interpreter.tensor(to)()
    interpreter.invoke()
    assert (interpreter.get_tensor(to) == first).all()


def test_calls_have_the_arguments_of_litert():
    for name, function in inspect.getmembers(litert.Interpreter, inspect.isfunction):
        if name.startswith("_"):
            continue
        mine, theirs = (
            list(inspect.signature(f).parameters)
            for f in (function, getattr(original.Interpreter, name))
        )
        assert mine == theirs, name
    known = {kind.name: kind.value for kind in litert.OpResolverType}
    assert known == {kind.name: kind.value for kind in original.OpResolverType}


def test_signatures_run_by_name():
    interpreter = litert.Interpreter(model_path="digits.tflite")
    signatures = interpreter.get_signature_list()
    if not signatures:
        with pytest.raises(ValueError, match="signatures"):
            interpreter.get_signature_runner()
        return
    [(key, names)] = signatures.items()
    runner = interpreter.get_signature_runner(key)
    [details] = runner.get_input_details().values()
    results = runner(**{names["inputs"][0]: np.zeros(details["shape"], details["dtype"])})
    assert list(results) == names["outputs"]
    with pytest.raises(ValueError, match="inputs are"):
        runner(other=np.zeros(1))
    with pytest.raises(ValueError, match="Invalid signature_key"):
        interpreter.get_signature_runner("other")


def test_what_cannot_be_done_is_refused():
    interpreter = litert.Interpreter(
        model_path="digits.tflite", experimental_op_resolver_type=litert.OpResolverType.BUILTIN_REF
    )
    at = interpreter.get_input_details()[0]["index"]
    interpreter.resize_tensor_input(at, [1, 8, 8, 1])
    with pytest.raises(ValueError, match=r"\[1, 8, 8, 1\], not \[2, 8, 8, 1\]: shapes are fixed"):
        interpreter.resize_tensor_input(at, [2, 8, 8, 1])
    with pytest.raises(ValueError, match="is int8, this is float32"):
        interpreter.set_tensor(at, np.zeros((1, 8, 8, 1), np.float32))
    with pytest.raises(ValueError, match="no input"):
        interpreter.set_tensor(5, np.zeros(1, np.int8))
    with pytest.raises(ValueError, match="either"):
        litert.Interpreter()
