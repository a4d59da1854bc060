"""Running a model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .quantization import dequantize, quantize
from .table import Table

if TYPE_CHECKING:
    from . import _core
    from .model import Model


class Interpreter:
    """A model that is ready to run, in an arena of exactly the bytes that it needs.

    Made by :meth:`Model.interpreter`. Call it with an array for each input:

    >>> interpreter = Model("digits.tflite").interpreter()
    >>> scores = interpreter(np.full((1, 8, 8, 1), -128, np.int8))
    >>> scores.dtype, scores.shape
    (dtype('int8'), (1, 10))

    With ``real=True`` inputs are real numbers, which are quantized, and so are outputs:

    >>> scores = interpreter(np.zeros((8, 8)), real=True)
    >>> bool(abs(scores.sum() - 1) < 0.01)
    True

    It may be used by several threads: they take turns. An invoke does not hold the GIL.
    """

    def __init__(self, model: Model, core: _core.Interpreter, keeps_tensors: bool) -> None:
        self._core = core
        self._call = core.call
        self._inputs = model.inputs
        self._outputs = model.outputs
        self._tensors = Tensors(core, model.tensors, keeps_tensors)

    def __call__(self, *inputs: Any, real: bool = False) -> Any:
        """Runs the model: an array for each input in, the output out.

        A model with several outputs returns a tuple. A model that is fed piece by piece (one with
        ``CIRCULAR_BUFFER``) returns ``None`` until it has enough. Dimensions of 1 need not be
        there. With ``real=True`` arrays hold real numbers on both sides.

        Raises ``ValueError`` if an array has another type or shape than its input.
        """
        if real:
            return self._real(inputs)
        return self._call(*inputs)

    def _real(self, inputs: tuple[Any, ...]) -> Any:
        pairs = zip(inputs, self._inputs)
        given = [quantize(array, tensor) for array, tensor in pairs]
        results = self._call(*given, *inputs[len(given) :])
        if results is None:
            return None
        if len(self._outputs) == 1:
            return dequantize(results, self._outputs[0])
        return tuple(
            dequantize(array, tensor) for array, tensor in zip(results, self._outputs, strict=True)
        )

    def set_input(self, index: int, array: Any) -> None:
        """Copies an array into an input. Its memory is used again: set it before each invoke."""
        self._core.set_input(index, array)

    def invoke(self) -> bool:
        """Runs all nodes; ``False`` if the model wants more input before it goes on."""
        return self._core.invoke()

    def get_output(self, index: int = 0) -> np.ndarray:
        """A copy of an output."""
        return self._core.get_output(index)

    def reset(self) -> None:
        """Brings variables and the state of operators back to their beginning."""
        self._core.reset()

    @property
    def tensors(self) -> Tensors:
        """The tensors after an invoke, by index or by name.

        Memory is shared, so that most are gone by then: ``Model.interpreter(keep_tensors=True)``
        keeps all.
        """
        return self._tensors

    @property
    def arena_bytes(self) -> int:
        """Bytes of the arena.

        >>> Model("digits.tflite").interpreter(sharing="apart").arena_bytes
        3872
        """
        return self._core.arena_bytes

    def allocations(self) -> Table:
        """The parts of the arena.

        >>> Model("digits.tflite").interpreter().allocations()[0]
        {'name': 'overlay', 'bytes': 2176}
        """
        return Table({"name": name, "bytes": size} for name, size in self._core.allocations())


class Tensors(Mapping[int, np.ndarray]):
    """The tensors of a run: constants, and those that nodes wrote.

    >>> interpreter = Model("digits.tflite").interpreter(keep_tensors=True)
    >>> _ = interpreter(np.full((1, 8, 8, 1), -128, np.int8))
    >>> interpreter.tensors[14].shape
    (1, 8, 8, 16)
    """

    def __init__(self, core: _core.Interpreter, tensors: Table, keeps: bool) -> None:
        self._core = core
        self._table = tensors
        self._keeps = keeps

    def __getitem__(self, key: int | str) -> np.ndarray:
        index = self._index(key)
        array = self._core.tensor(index)
        if array is not None:
            return array
        if self._keeps:
            raise ValueError(f"no node reads or writes tensor {index}")
        raise ValueError(
            f"the memory of tensor {index} was used again: "
            "`interpreter(keep_tensors=True)` keeps all tensors"
        )

    def _index(self, key: int | str) -> int:
        if isinstance(key, str):
            for tensor in self._table:
                if tensor["name"] == key:
                    return tensor["index"]
            raise KeyError(f"no tensor is called {key!r}")
        if not 0 <= key < len(self._table):
            raise KeyError(f"no tensor {key}: there are {len(self._table)}")
        return int(key)

    def __contains__(self, key: object) -> bool:
        try:
            self[key]  # type: ignore[index]
        except (KeyError, TypeError, ValueError):
            return False
        return True

    def __iter__(self) -> Iterator[int]:
        return (index for index in range(len(self._table)) if index in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)
