"""Models: figures, plans, images, code, errors."""

import pathlib

import flatbuffers
import numpy as np
import pytest
from tflite_micro.tensorflow.lite.micro.python import schema_py_generated as schema

import bantam_tflite
from bantam_tflite import Model, tflm


def test_sources_are_paths_and_buffers():
    file = pathlib.Path("digits.tflite").read_bytes()
    sources = [
        "digits.tflite",
        pathlib.Path("digits.tflite"),
        file,
        bytearray(file),
        memoryview(file),
        np.frombuffer(file, np.uint8),
    ]
    assert {Model(source).arena_bytes for source in sources} == {2976}
    assert Model(sources[-1]).file == file


def test_errors_say_what_is_wrong():
    with pytest.raises(ValueError, match="no TensorFlow Lite model"):
        Model(b"nothing")
    with pytest.raises(FileNotFoundError):
        Model("no.tflite")
    with pytest.raises(TypeError):
        Model(5)
    with pytest.raises(ValueError, match='"overlap", "in-place" or "apart", not "all"'):
        Model("digits.tflite").interpreter(sharing="all")


def with_other_operator(file, old, new):
    """The model with another operator in place of one."""
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(file, 0))
    [code] = [code for code in model.operatorCodes if code.builtinCode == old]
    code.builtinCode, code.deprecatedBuiltinCode = new, min(new, 127)
    builder = flatbuffers.Builder()
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def test_nodes_that_cannot_run_are_told():
    operators = schema.BuiltinOperator
    file = pathlib.Path("digits.tflite").read_bytes()
    model = Model(with_other_operator(file, operators.SOFTMAX, operators.HASHTABLE))
    [fault] = model.check()
    assert (fault["node"], fault["operator"]) == (10, "HASHTABLE")
    assert fault["reason"] and fault["advice"]
    for attempt in [
        lambda: model.arena_bytes,
        model.interpreter,
        model.plan,
        model.prepare,
        model.bench,
    ]:
        with pytest.raises(ValueError, match=r"the model: node 10 \(HASHTABLE\): "):
            attempt()
    with pytest.raises(RuntimeError, match="HASHTABLE"):
        tflm.Interpreter.from_bytes(model.file)


def test_figures_of_operators():
    operators = Model("digits.tflite").operators
    assert sum(row["macs"] for row in operators) == 46_592
    first = operators[0]
    assert (first["name"], first["index"]) == ("CONV_2D", 0)
    assert 0 < first["constant_bytes"] < first["bytes"]
    assert "us" not in first


def test_measurements_are_limited():
    with pytest.raises(ValueError, match="seconds are from 0 to 600"):
        Model("digits.tflite").bench(seconds=float("nan"))


def test_tensors_have_types_and_quantization():
    model = Model("digits.tflite")
    [image], [scores] = model.inputs, model.outputs
    assert image["dtype"] == np.int8 and image["shape"] == [1, 8, 8, 1]
    assert scores["scales"] == [1 / 256] and scores["zero_points"] == [-128]
    assert model.tensors[image["index"]] is image
    weights = next(row for row in model.tensors if len(row["scales"]) > 1)
    assert weights["constant"] and len(weights["scales"]) == weights["shape"][0]


def test_a_plan_is_a_model_with_the_same_answers():
    model = Model("wake.tflite")
    reports = []
    plan = model.plan(progress=lambda *report: reports.append(report))
    assert reports and all(low <= high for high, low, _ in reports)
    plan.save("planned.tflite")
    planned = Model("planned.tflite")
    assert planned.arena_bytes == plan.arena_bytes <= model.arena_bytes
    assert sorted(plan.order) == list(range(len(model.operators)))


def test_an_exception_of_the_callback_ends_a_plan():
    def refuse(*_):
        raise KeyError("enough")

    with pytest.raises(KeyError, match="enough"):
        Model("digits.tflite").plan(progress=refuse)


def test_images_are_written():
    prepared = Model("digits.tflite").prepare()
    prepared.save("digits.image")
    assert pathlib.Path("digits.image").read_bytes() == prepared.image
    assert prepared.alignment in (1, 2, 4, 8, 16)


def test_code_is_written_for_firmwares():
    model = Model("digits.tflite")
    names = {file.name for file in model.codegen("c", "out/c", name="digits", prepared=True)}
    assert {"digits.h", "digits.c"} <= names
    assert "DIGITS_ARENA_BYTES" in pathlib.Path("out/c/digits.h").read_text()
    files = model.codegen("rust", "out/firmware", board="cortex-m", bantam_path="..")
    assert "main.rs" in {file.name for file in files}
    with pytest.raises(ValueError, match="there is a package already"):
        model.codegen("rust", "out/firmware")
    with pytest.raises(ValueError, match='no board "cortex-z"; boards are cortex-m, '):
        model.codegen("rust", "out/other", board="cortex-z")
    with pytest.raises(ValueError, match='"c" or "rust", not "ada"'):
        model.codegen("ada", "out")


def test_tables_show_themselves():
    table = Model("digits.tflite").operators
    assert "<th>macs</th>" in table._repr_html_()
    assert str(table).splitlines()[1].split()[1] == "CONV_2D"
    assert str(bantam_tflite.Table()) == bantam_tflite.Table()._repr_html_() == "[]"
