"""The drop-in class for `tflite_micro`, next to the original."""

import pathlib

import numpy as np
import pytest
from tflite_micro.python.tflite_micro import runtime

from bantam_tflite import tflm

MODELS = ["digits.tflite", "wake.tflite"]


def random(details, seed=0):
    """An array for an input."""
    generator = np.random.default_rng(seed)
    return generator.integers(-128, 128, details["shape"]).astype(details["dtype"])


def same(mine, theirs):
    """Asserts that two values of details are equal, types included."""
    assert type(mine) is type(theirs)
    if isinstance(theirs, dict):
        assert set(theirs) <= set(mine)
        for key in theirs:
            same(mine[key], theirs[key])
    elif isinstance(theirs, np.ndarray):
        assert mine.dtype == theirs.dtype and mine.shape == theirs.shape and (mine == theirs).all()
    else:
        assert mine == theirs


@pytest.mark.parametrize("path", MODELS)
def test_details_and_outputs_are_those_of_tflm(path):
    mine, theirs = (package.Interpreter.from_file(path) for package in (tflm, runtime))
    same(mine.get_input_details(0), theirs.get_input_details(0))
    same(mine.get_output_details(0), theirs.get_output_details(0))
    for seed in range(5):
        data = random(theirs.get_input_details(0), seed)
        for interpreter in (mine, theirs):
            interpreter.set_input(data, 0)
        assert mine.invoke() == theirs.invoke() == 0
        same(mine.get_output(0), theirs.get_output(0))
    assert mine.reset() == theirs.reset()


def test_all_tensors_of_a_run_are_those_of_tflm():
    config = [p.InterpreterConfig.kPreserveAllTensors for p in (tflm, runtime)]
    mine, theirs = (
        package.Interpreter.from_bytes(
            pathlib.Path("digits.tflite").read_bytes(), intrepreter_config=kept, arena_size=1 << 20
        )
        for package, kept in zip((tflm, runtime), config)
    )
    data = random(mine.get_input_details(0))
    for interpreter in (mine, theirs):
        interpreter.set_input(data, 0)
        interpreter.invoke()
    for index in range(14, 25):
        same(mine.GetTensor(index, 0), theirs.GetTensor(index, 0))


def sine(interpreter, samples):
    """The calls of TFLM's hello_world example: a prediction for each sample."""
    shape = np.array(interpreter.get_input_details(0).get("shape"))
    quantization = interpreter.get_input_details(0)["quantization_parameters"]
    dtype = interpreter.get_input_details(0)["dtype"]
    results = np.empty(samples.size, np.float32)
    for at, x in enumerate(samples):
        if dtype == np.int8:
            x = np.int8(round(x / quantization["scales"][0]) + quantization["zero_points"][0])
        interpreter.set_input(np.reshape(x, shape), 0)
        interpreter.invoke()
        results[at] = np.reshape(interpreter.get_output(0), -1)[0]
    return results


def photo(interpreter, pixels):
    """The calls of evaluations of person_detection: the scores of a grey image."""
    details = interpreter.get_input_details(0)
    image = pixels.reshape(details["shape"]).astype(np.int16) - 128
    interpreter.set_input(image.astype(details["dtype"]), 0)
    interpreter.invoke()
    quantization = interpreter.get_output_details(0)["quantization_parameters"]
    scores = interpreter.get_output(0)[0].astype(np.float32) - quantization["zero_points"][0]
    return scores * quantization["scales"][0]


def corpus(root, name):
    """A model of the conformance corpus."""
    path = root / f"../shared/conformance/public/models/{name}/model.tflite"
    if not path.exists():
        pytest.skip("no corpus")
    return str(path)


def test_hello_world_works_with_the_import_changed(root):
    samples = np.random.default_rng(1).uniform(0, 2 * np.pi, 200).astype(np.float32)
    path = corpus(root, "hello_world_int8")
    mine, theirs = (sine(p.Interpreter.from_file(path), samples) for p in (tflm, runtime))
    assert (mine == theirs).all() and len(set(mine)) > 50


def test_person_detection_works_with_the_import_changed(root):
    path = corpus(root, "person_detect")
    pixels = np.random.default_rng(1).integers(0, 256, 96 * 96).astype(np.uint8)
    mine, theirs = (photo(p.Interpreter.from_file(path), pixels) for p in (tflm, runtime))
    assert (mine == theirs).all() and mine.sum() == pytest.approx(1, abs=0.01)


def test_audio_preprocessors_run(root):
    path = corpus(root, "audio_preprocessor_int8")
    registerers = ["AddWindow", "AddFftAutoScale"]
    sound = np.random.default_rng(1).integers(-3000, 3000, (1, 480)).astype(np.int16)
    results = []
    for package, names in ((tflm, registerers), (runtime, [])):
        interpreter = package.Interpreter.from_file(path, custom_op_registerers=names)
        interpreter.set_input(sound, 0)
        interpreter.invoke()
        results.append(interpreter.get_output(0))
    same(*results)


def test_errors_are_those_that_scripts_expect():
    with pytest.raises(RuntimeError, match="100 bytes: 2976 are needed"):
        tflm.Interpreter.from_file("digits.tflite", arena_size=100)
    with pytest.raises(ValueError, match="Invalid model file path"):
        tflm.Interpreter.from_file("no.tflite")
    with pytest.raises(ValueError, match="list of strings"):
        tflm.Interpreter.from_file("digits.tflite", custom_op_registerers="Add")
    with pytest.raises(RuntimeError):
        tflm.Interpreter.from_bytes(b"no model")
    interpreter = tflm.Interpreter.from_file("digits.tflite", arena_size=2976)
    with pytest.raises(ValueError, match="non-negative"):
        interpreter.get_output(-1)
    with pytest.raises(ValueError, match="int8"):
        interpreter.set_input(np.zeros((1, 8, 8, 1), np.float32), 0)
    with pytest.raises(RuntimeError, match="kPreserveAllTensors"):
        interpreter.GetTensor(0, 0)


def test_allocations_are_printed(capsys):
    tflm.Interpreter.from_file("digits.tflite").print_allocations()
    assert "arena: 2976 bytes\n  overlay: 2176 bytes\n" in capsys.readouterr().err
