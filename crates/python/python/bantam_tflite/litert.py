"""The interpreter class of LiteRT (``ai_edge_litert``, ``tf.lite``), on Bantam.

A script changes one import, and gets the results of microcontrollers:

    from ai_edge_litert.interpreter import Interpreter     # before
    from bantam_tflite.litert import Interpreter           # after

>>> from bantam_tflite.litert import Interpreter
>>> interpreter = Interpreter(model_path="digits.tflite")
>>> interpreter.allocate_tensors()
>>> [image], [scores] = interpreter.get_input_details(), interpreter.get_output_details()
>>> interpreter.set_tensor(image["index"], np.full(image["shape"], -128, image["dtype"]))
>>> interpreter.invoke()
>>> interpreter.get_tensor(scores["index"]).shape
(1, 10)
"""

from __future__ import annotations

import enum
import os
from collections.abc import Callable
from typing import Any

import numpy as np

from .model import Model

__all__ = ["Interpreter", "OpResolverType", "SignatureRunner"]


class OpResolverType(enum.Enum):
    """The kernels that LiteRT takes; all of them are the same here: those of microcontrollers."""

    AUTO = 0
    BUILTIN = 1
    BUILTIN_REF = 2
    BUILTIN_WITHOUT_DEFAULT_DELEGATES = 3


class Interpreter:
    """Runs a model. Takes the arguments of LiteRT's class.

    Delegates, threads and the kind of operator resolver change nothing. With
    ``experimental_preserve_all_tensors`` :meth:`get_tensor` has every tensor of a run.
    """

    def __init__(
        self,
        model_path: str | os.PathLike[str] | None = None,
        model_content: Any = None,
        experimental_delegates: Any = None,
        num_threads: int | None = None,
        experimental_op_resolver_type: Any = OpResolverType.AUTO,
        experimental_preserve_all_tensors: bool = False,
        **_ignored: Any,
    ) -> None:
        if (model_path is None) == (model_content is None):
            raise ValueError("give either `model_path` or `model_content`")
        if experimental_delegates:
            raise ValueError("delegates compute on other hardware; there is none here")
        self._model = Model(model_content if model_path is None else model_path)
        self._interpreter = self._model.interpreter(keep_tensors=experimental_preserve_all_tensors)
        self._inputs = self._model.inputs
        self._outputs = {row["index"]: at for at, row in enumerate(self._model.outputs)}
        # Inputs keep their values here: in the arena their memory is used again.
        self._values = {
            row["index"]: np.zeros([max(size, 1) for size in row["shape"]], row["dtype"])
            for row in self._inputs
        }

    def allocate_tensors(self) -> None:
        """Does nothing: tensors are there."""

    def get_input_details(self) -> list[dict[str, Any]]:
        """A dictionary for each input: name, index, shape, type, quantization."""
        return [_details(row) for row in self._inputs]

    def get_output_details(self) -> list[dict[str, Any]]:
        """A dictionary for each output."""
        return [_details(row) for row in self._model.outputs]

    def get_tensor_details(self, subgraph_index: int = 0) -> list[dict[str, Any]]:
        """A dictionary for each tensor of the graph."""
        if subgraph_index != 0:
            raise ValueError(f"subgraph {subgraph_index}: details are those of subgraph 0")
        return [_details(row) for row in self._model.tensors]

    def num_subgraphs(self) -> int:
        """The number of subgraphs that can be looked at: 1, the one that runs."""
        return 1

    def resize_tensor_input(self, input_index: int, tensor_size: Any, strict: bool = False) -> None:
        """Accepts the shape that the input has, and no other: an arena is planned for one shape.

        Raises ``ValueError`` for another, and says what to do.
        """
        wanted, row = [int(size) for size in tensor_size], self._input(input_index)
        if wanted != row["shape"]:
            raise ValueError(
                f"input {input_index} has the shape {row['shape']}, not {wanted}: shapes are fixed "
                "on a microcontroller; convert the model with this shape, or run it once for each "
                "element of the batch"
            )

    def set_tensor(self, tensor_index: int, value: Any) -> None:
        """Copies an array into an input; it stays there for all following runs."""
        row, value = self._input(tensor_index), np.asarray(value)
        if value.dtype != row["dtype"]:
            raise ValueError(
                f"Cannot set tensor: tensor {tensor_index} is {row['type']}, this is {value.dtype}"
            )
        target = self._values[tensor_index]
        if value.shape != target.shape:
            raise ValueError(
                f"Cannot set tensor: tensor {tensor_index} has the shape {target.shape}, "
                f"this has {value.shape}"
            )
        np.copyto(target, value)

    def get_tensor(self, tensor_index: int, subgraph_index: int = 0) -> np.ndarray:
        """A copy of a tensor: an input, an output, a constant; or any, if all are preserved."""
        if subgraph_index != 0:
            raise ValueError(f"subgraph {subgraph_index}: tensors are those of subgraph 0")
        if tensor_index in self._values:
            return self._values[tensor_index].copy()
        if tensor_index in self._outputs:
            return self._interpreter.get_output(self._outputs[tensor_index])
        try:
            return self._interpreter.tensors[tensor_index]
        except KeyError as error:
            raise ValueError(str(error)) from None

    def tensor(self, tensor_index: int) -> Callable[[], np.ndarray]:
        """A function that returns a tensor: for an input its array, which may be written into."""
        if tensor_index in self._values:
            return lambda: self._values[tensor_index]
        return lambda: self.get_tensor(tensor_index)

    def invoke(self) -> None:
        """Runs the model."""
        for at, row in enumerate(self._inputs):
            self._interpreter.set_input(at, self._values[row["index"]])
        self._interpreter.invoke()

    def reset_all_variables(self) -> None:
        """Brings all state back to its beginning."""
        self._interpreter.reset()

    def get_signature_list(self) -> dict[str, dict[str, list[str]]]:
        """The names of inputs and outputs of each signature."""
        return {
            key: {"inputs": list(inputs), "outputs": list(outputs)}
            for key, (inputs, outputs) in self._model.signatures.items()
        }

    def get_signature_runner(self, signature_key: str | None = None) -> SignatureRunner:
        """A function that takes inputs by name and returns a dictionary of outputs.

        ``None`` is the only signature of a model.
        """
        signatures = self._model.signatures
        if signature_key is None:
            if len(signatures) != 1:
                raise ValueError(
                    f"name one of the {len(signatures)} signatures: {list(signatures)}"
                )
            [signature_key] = signatures
        if signature_key not in signatures:
            raise ValueError(f'Invalid signature_key provided: "{signature_key}".')
        return SignatureRunner(self, *signatures[signature_key])

    def _input(self, tensor_index: int) -> dict[str, Any]:
        for row in self._inputs:
            if row["index"] == tensor_index:
                return row
        raise ValueError(f"tensor {tensor_index} is no input; inputs are {list(self._values)}")


class SignatureRunner:
    """Runs a model by the names of a signature: made by ``get_signature_runner``."""

    def __init__(
        self, interpreter: Interpreter, inputs: dict[str, int], outputs: dict[str, int]
    ) -> None:
        self._interpreter, self._inputs, self._outputs = interpreter, inputs, outputs

    def __call__(self, **values: Any) -> dict[str, np.ndarray]:
        if set(values) != set(self._inputs):
            raise ValueError(f"inputs are {list(self._inputs)}, these are {list(values)}")
        for name, value in values.items():
            self._interpreter.set_tensor(self._inputs[name], value)
        self._interpreter.invoke()
        return {name: self._interpreter.get_tensor(at) for name, at in self._outputs.items()}

    def get_input_details(self) -> dict[str, dict[str, Any]]:
        """The details of each input, by its name in the signature."""
        return self._by_name(self._inputs)

    def get_output_details(self) -> dict[str, dict[str, Any]]:
        """The details of each output, by its name in the signature."""
        return self._by_name(self._outputs)

    def _by_name(self, tensors: dict[str, int]) -> dict[str, dict[str, Any]]:
        details = self._interpreter.get_tensor_details()
        return {name: details[index] for name, index in tensors.items()}


def _details(row: dict[str, Any]) -> dict[str, Any]:
    shape = np.array(row["shape"], np.int32)
    signature = np.array(row["shape_signature"], np.int32) if row["shape_signature"] else shape
    scales = np.array(row["scales"], np.float32)
    zero_points = np.array(row["zero_points"], np.int32)
    single = (float(scales[0]), int(zero_points[0])) if len(scales) == 1 else (0.0, 0)
    return {
        "name": row["name"],
        "index": row["index"],
        "shape": shape,
        "shape_signature": signature,
        "dtype": np.object_ if row["dtype"] is None else row["dtype"].type,
        "quantization": single,
        "quantization_parameters": {
            "scales": scales,
            "zero_points": zero_points,
            "quantized_dimension": row["quantized_dimension"],
        },
        "sparsity_parameters": {},
    }
