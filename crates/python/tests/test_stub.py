"""The stub of the native half has its names, and no others."""

import ast
import inspect
import pathlib

from bantam_tflite import _core


def public(names):
    return {name for name in names if not name.startswith("_")}


def test_the_stub_has_all_names_and_arguments():
    stub = pathlib.Path(_core.__file__).with_name("_core.pyi")
    tree = ast.parse(stub.read_text(encoding="utf-8"))
    found = set()
    for node in tree.body:
        if isinstance(node, ast.AnnAssign):
            found.add(node.target.id)
        elif isinstance(node, ast.FunctionDef):
            found.add(node.name)
            assert arguments(node) == list(inspect.signature(getattr(_core, node.name)).parameters)
        elif isinstance(node, ast.ClassDef):
            found.add(node.name)
            check_class(node, getattr(_core, node.name))
    assert public(found) == public(vars(_core))


def check_class(node, kind):
    methods = [member for member in node.body if isinstance(member, ast.FunctionDef)]
    values = [member.target.id for member in node.body if isinstance(member, ast.AnnAssign)]
    assert public({method.name for method in methods} | set(values)) == public(vars(kind))
    for method in methods:
        if method.name != "__init__":
            real = inspect.signature(getattr(kind, method.name))
            assert arguments(method) == list(real.parameters), method.name


def arguments(node):
    star = [node.args.vararg.arg] if node.args.vararg else []
    return [argument.arg for argument in node.args.args] + star
