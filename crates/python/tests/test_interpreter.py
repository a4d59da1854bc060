"""Runs."""

import threading

import numpy as np
import pytest

from bantam_tflite import Model
from bantam_tflite.quantization import dequantize


def digits(root):
    """Images, labels, and the scores that TensorFlow Lite Micro computed for them."""
    folder = root / "examples/digits"
    images = np.fromfile(folder / "test_images.bin", np.int8).reshape(-1, 1, 8, 8, 1)
    labels = np.fromfile(folder / "test_labels.bin", np.uint8)
    return images, labels, np.fromfile(folder / "expected.bin", np.int8).reshape(-1, 1, 10)


def test_every_answer_is_that_of_tflm(root):
    images, labels, expected = digits(root)
    interpreter = Model("digits.tflite").interpreter()
    scores = np.stack([interpreter(image) for image in images])
    assert (scores == expected).all()
    assert (scores.reshape(-1, 10).argmax(1) == labels).mean() > 0.95


@pytest.mark.parametrize("sharing", ["overlap", "in-place", "apart"])
def test_sharing_changes_no_answer(root, sharing):
    images, _, expected = digits(root)
    interpreter = Model("digits.tflite").interpreter(sharing=sharing)
    assert (interpreter(images[3]) == expected[3]).all()


def test_real_numbers_are_quantized(root):
    images, _, expected = digits(root)
    model = Model("digits.tflite")
    real = dequantize(images[0], model.inputs[0])
    scores = model.interpreter()(real, real=True)
    assert scores.dtype == np.float32
    assert (scores == dequantize(expected[0], model.outputs[0])).all()


def test_dimensions_of_1_need_not_be_there(root):
    images, _, expected = digits(root)
    interpreter = Model("digits.tflite").interpreter()
    assert (interpreter(images[0].reshape(8, 8)) == expected[0]).all()
    assert (interpreter(np.asfortranarray(images[0])) == expected[0]).all()


def test_other_arrays_are_refused():
    interpreter = Model("digits.tflite").interpreter()
    needed = r"input 0 is int8 with the shape \[1, 8, 8, 1\]"
    with pytest.raises(ValueError, match=needed + r", this is an array of float64"):
        interpreter(np.zeros((1, 8, 8, 1)))
    with pytest.raises(ValueError, match=needed + r".* the shape \(64,\)"):
        interpreter(np.zeros(64, np.int8))
    with pytest.raises(ValueError, match=needed + r", this is a "):
        interpreter("image")
    with pytest.raises(ValueError, match="2 inputs; the model has 1"):
        interpreter(np.zeros((8, 8), np.int8), np.zeros((8, 8), np.int8))
    with pytest.raises(ValueError):
        interpreter.get_output(1)
    with pytest.raises(ValueError):
        interpreter.set_input(1, np.zeros((8, 8), np.int8))


def test_tensors_of_a_run_can_be_kept(root):
    images, _, expected = digits(root)
    interpreter = Model("digits.tflite").interpreter(keep_tensors=True)
    scores = interpreter(images[0])
    output = Model("digits.tflite").outputs[0]
    assert (interpreter.tensors[output["index"]] == expected[0]).all()
    assert (interpreter.tensors[output["name"]] == scores).all()
    written = [row["outputs"][0] for row in Model("digits.tflite").operators]
    assert set(written) <= set(interpreter.tensors)
    with pytest.raises(KeyError):
        interpreter.tensors[1000]

    shared = Model("digits.tflite").interpreter()
    shared(images[0])
    with pytest.raises(ValueError, match="keep_tensors=True"):
        shared.tensors[written[0]]


def test_outputs_are_copies(root):
    images, _, expected = digits(root)
    interpreter = Model("digits.tflite").interpreter()
    first = interpreter(images[0])
    first += 1
    interpreter(images[1])
    assert (first == expected[0] + 1).all()


def test_state_is_kept_and_reset(root):
    model = Model("wake.tflite")
    interpreter = model.interpreter()
    random = np.random.default_rng(1)
    shape = model.inputs[0]["shape"]
    inputs = random.integers(-128, 128, (3, *shape)).astype(np.int8)
    first = [interpreter(array) for array in inputs]
    interpreter.reset()
    again = [interpreter(array) for array in inputs]
    assert all((a == b).all() for a, b in zip(first, again, strict=True))


def test_threads_take_turns(root):
    images, _, expected = digits(root)
    interpreter = Model("digits.tflite").interpreter()
    wrong = []

    def work(images, expected):
        for image, scores in zip(images, expected):
            if not (interpreter(image) == scores).all():
                wrong.append(image)

    threads = [
        threading.Thread(target=work, args=(images[at::4], expected[at::4])) for at in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
