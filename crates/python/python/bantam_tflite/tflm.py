"""The classes of TensorFlow Lite Micro's Python package, on Bantam.

A script that uses ``tflite_micro`` changes one import:

    from tflite_micro.python.tflite_micro import runtime    # before
    from bantam_tflite import tflm as runtime               # after

>>> from bantam_tflite import tflm
>>> interpreter = tflm.Interpreter.from_file("digits.tflite")
>>> interpreter.set_input(np.full((1, 8, 8, 1), -128, np.int8), 0)
>>> interpreter.invoke()
0
>>> interpreter.get_output(0).shape
(1, 10)

Errors are ``ValueError`` as elsewhere in this package, and ``RuntimeError`` as in that one.
"""

from __future__ import annotations

import enum
import os
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from .model import Model

__all__ = ["Interpreter", "InterpreterConfig", "TflmError"]


class TflmError(ValueError, RuntimeError):
    """A model that cannot be prepared, or a run that failed."""


class InterpreterConfig(enum.Enum):
    """The use of memory."""

    kAllocationRecording = 0
    """Tensors share memory, as on a device."""
    kPreserveAllTensors = 1
    """Tensors share none: ``GetTensor`` has them all."""


class Interpreter:
    """Runs a model. Takes the arguments of TensorFlow Lite Micro's class.

    The arena has exactly the bytes that the model needs; with ``arena_size``, a smaller one is an
    error that says how many are needed. ``custom_op_registerers`` and
    ``alt_decompression_memory_size`` change nothing: all operators are there.
    """

    def __init__(
        self,
        model_data: Any,
        custom_op_registerers: Sequence[str] | None = None,
        arena_size: int | None = None,
        intrepreter_config: InterpreterConfig = InterpreterConfig.kAllocationRecording,
        alt_decompression_memory_size: int = 0,
    ) -> None:
        if model_data is None:
            raise ValueError("Model must not be None")
        registerers = [] if custom_op_registerers is None else custom_op_registerers
        if not isinstance(registerers, list) or not all(isinstance(s, str) for s in registerers):
            raise ValueError("Custom ops registerers must be a list of strings")
        self._keeps = intrepreter_config == InterpreterConfig.kPreserveAllTensors
        try:
            self._model = Model(model_data)
            self._interpreter = self._model.interpreter(keep_tensors=self._keeps)
        except ValueError as error:
            raise TflmError(str(error)) from None
        needed = self._interpreter.arena_bytes
        # With all tensors kept, it is not the arena of a device.
        if arena_size is not None and arena_size < needed and not self._keeps:
            raise TflmError(f"an arena of {arena_size} bytes: {needed} are needed")
        core = self._interpreter._core
        self._set_input = core.set_input
        self._invoke = core.invoke
        self._get_output = core.get_output

    @classmethod
    def from_file(
        cls,
        model_path: str | os.PathLike[str],
        custom_op_registerers: Sequence[str] | None = None,
        arena_size: int | None = None,
        intrepreter_config: InterpreterConfig = InterpreterConfig.kAllocationRecording,
        alt_decompression_memory_size: int = 0,
    ) -> Interpreter:
        """An interpreter of the model in a file."""
        if model_path is None or not os.path.isfile(model_path):
            raise ValueError("Invalid model file path")
        with open(model_path, "rb") as file:
            model_data = file.read()
        return cls(
            model_data,
            custom_op_registerers,
            arena_size,
            intrepreter_config,
            alt_decompression_memory_size,
        )

    @classmethod
    def from_bytes(
        cls,
        model_data: Any,
        custom_op_registerers: Sequence[str] | None = None,
        arena_size: int | None = None,
        intrepreter_config: InterpreterConfig = InterpreterConfig.kAllocationRecording,
        alt_decompression_memory_size: int = 0,
    ) -> Interpreter:
        """An interpreter of the model in these bytes."""
        return cls(
            model_data,
            custom_op_registerers,
            arena_size,
            intrepreter_config,
            alt_decompression_memory_size,
        )

    def set_input(self, input_data: np.ndarray, index: int) -> None:
        """Copies an array into input ``index``, before each invoke."""
        try:
            self._set_input(index, input_data)
        except (OverflowError, TypeError):
            raise ValueError("Index must be a non-negative integer") from None

    def invoke(self) -> int:
        """Runs the model; 0, as the C++ function returns."""
        try:
            self._invoke()
        except ValueError as error:
            raise TflmError(str(error)) from None
        return 0

    def get_output(self, index: int) -> np.ndarray:
        """A copy of output ``index``."""
        try:
            return self._get_output(index)
        except (OverflowError, TypeError):
            raise ValueError("Index must be a non-negative integer") from None

    def reset(self) -> int:
        """Brings all state back to its beginning; 0, as the C++ function returns."""
        self._interpreter.reset()
        return 0

    def get_input_details(self, index: int) -> dict[str, Any]:
        """``dtype``, ``shape`` and ``quantization_parameters`` of input ``index``."""
        return _details(self._model.inputs, index)

    def get_output_details(self, index: int) -> dict[str, Any]:
        """``dtype``, ``shape`` and ``quantization_parameters`` of output ``index``."""
        return _details(self._model.outputs, index)

    def GetTensor(self, tensor_index: int, subgraph_index: int) -> dict[str, Any]:
        """A tensor after an invoke: ``tensor_data``, and its details."""
        if not self._keeps:
            raise TflmError(
                "GetTensor needs intrepreter_config=InterpreterConfig.kPreserveAllTensors"
            )
        if subgraph_index != 0:
            raise TflmError(f"subgraph {subgraph_index}: tensors of subgraph 0 only are kept")
        try:
            data = self._interpreter.tensors[tensor_index]
        except (KeyError, ValueError) as error:
            raise TflmError(str(error)) from None
        return {"tensor_data": data, **_details(self._model.tensors, tensor_index)}

    def print_allocations(self) -> None:
        """Prints the parts of the arena to standard error."""
        rows = self._interpreter.allocations()
        total = self._interpreter.arena_bytes
        print(f"arena: {total} bytes", file=sys.stderr)
        for row in rows:
            print(f"  {row['name']}: {row['bytes']} bytes", file=sys.stderr)


def _details(ports: list[dict[str, Any]], index: int) -> dict[str, Any]:
    if index is None or index < 0:
        raise ValueError("Index must be a non-negative integer")
    if index >= len(ports):
        raise TflmError(f"index {index}: there are {len(ports)}")
    row = ports[index]
    return {
        "shape": np.array(row["shape"], np.int32),
        "dtype": None if row["dtype"] is None else row["dtype"].type,
        "quantization_parameters": {
            "scales": np.array(row["scales"], np.float32),
            "zero_points": np.array(row["zero_points"], np.int32),
            "quantized_dimension": row["quantized_dimension"],
        },
    }
