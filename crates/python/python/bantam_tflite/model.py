"""A model, and all that can be known of it without a device."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, overload

import numpy as np

from . import _core
from .interpreter import Interpreter
from .memory import MemoryMap
from .plan import Plan, Prepared, TflmPlan
from .table import Table

Sharing = Literal["overlap", "in-place", "apart"]
Progress = Callable[[int, int, int], object]


class Model:
    """A ``.tflite`` file that has been checked.

    ``source`` is a path, or the bytes of the file in anything with a buffer.

    >>> model = Model("digits.tflite")
    >>> model
    <Model digits.tflite: 11 nodes>
    >>> Model(Path("digits.tflite").read_bytes()).arena_bytes == model.arena_bytes
    True

    Raises ``ValueError`` if it is no model, and ``OSError`` if there is no such file.
    """

    def __init__(self, source: str | os.PathLike[str] | Any) -> None:
        if isinstance(source, (str, os.PathLike)):
            self.name = os.fspath(source)
            file = Path(source).read_bytes()
        else:
            self.name = "the model"
            file = bytes(memoryview(source))
        self._core = _core.Model(self.name, file)
        self._times: dict[int, float] | None = None

    def __repr__(self) -> str:
        return f"<Model {self.name}: {len(self.operators)} nodes>"

    @property
    def file(self) -> bytes:
        """The bytes of the file."""
        return self._core.file()

    @cached_property
    def arena_bytes(self) -> int:
        """Bytes of the arena on a device, exact; ``bantam size`` prints the same figure.

        >>> Model("digits.tflite").arena_bytes
        2976

        Raises ``ValueError`` with every node that cannot run, if there are such.
        """
        return self._core.arena_bytes("overlap")

    def check(self) -> Table:
        """Every node that cannot run, with reason and advice; empty if the model runs.

        >>> Model("digits.tflite").check()
        []
        """
        return Table(self._core.check())

    @cached_property
    def tensors(self) -> Table:
        """The tensors of the graph: name, type, shape, quantization.

        >>> model = Model("digits.tflite")
        >>> model.tensors[0]["shape"], model.tensors[0]["dtype"]
        ([1, 8, 8, 1], dtype('int8'))

        Types that NumPy does not have, such as 4-bit integers, have the ``dtype`` ``None``.
        """
        rows = self._core.tensors()
        for row in rows:
            row["dtype"] = np.dtype(row["dtype"]) if row["dtype"] else None
        return Table(rows)

    @cached_property
    def inputs(self) -> Table:
        """The inputs of the graph: rows of :attr:`tensors`."""
        return Table(self.tensors[index] for index in self._core.ports()[0])

    @cached_property
    def outputs(self) -> Table:
        """The outputs of the graph: rows of :attr:`tensors`."""
        return Table(self.tensors[index] for index in self._core.ports()[1])

    @property
    def operators(self) -> Table:
        """The nodes in their order.

        ``macs`` are multiply-accumulates, ``bytes`` those of all operands and ``constant_bytes``
        those of weights and the like. ``us`` is there after :meth:`bench`.

        >>> Model("digits.tflite").operators[0]["name"]
        'CONV_2D'
        """
        rows = self._core.operators()
        if self._times is not None:
            for row in rows:
                row["us"] = self._times.get(row["index"])
        return Table(rows)

    @property
    def signatures(self) -> dict[str, tuple[dict[str, int], dict[str, int]]]:
        """Signatures by name: the tensor of each input, and of each output."""
        return self._core.signatures()

    def memory_map(self, sharing: Sharing = "overlap") -> MemoryMap:
        """The place of every tensor over time, planned in the given order of the nodes.

        In a notebook the map draws itself.

        >>> memory = Model("digits.tflite").memory_map()
        >>> memory.overlay_bytes, memory.buffers[0]["bytes"]
        (2176, 64)
        """
        _, report, picture = self._core.plan(sharing, None, 1, False, None)
        return MemoryMap(report, picture)

    def interpreter(
        self, *, sharing: Sharing = "overlap", keep_tensors: bool = False
    ) -> Interpreter:
        """An interpreter of the model.

        ``sharing`` says what may share memory; results are the same. With ``keep_tensors`` nothing
        shares memory, so that ``interpreter.tensors`` has all tensors of a run.
        """
        core = self._core.interpreter(sharing, keep_tensors)
        return Interpreter(self, core, keep_tensors)

    def bench(self, seconds: float = 0.5) -> float:
        """Microseconds of an invoke on this computer: the median of many.

        :attr:`operators` then has the time of each node. It takes about ``seconds``, or longer for
        a large model.

        >>> model = Model("digits.tflite")
        >>> model.bench(seconds=0.01) > 0 and model.operators[0]["us"] > 0
        True
        """
        invoke, nodes = self._core.bench(seconds)
        self._times = dict(enumerate(nodes))
        return invoke

    @overload
    def plan(
        self,
        *,
        runtime: Literal["bantam"] = "bantam",
        sharing: Sharing = "overlap",
        reorder: bool = True,
        nodes: int | None = None,
        threads: int = 1,
        progress: Progress | None = None,
    ) -> Plan: ...
    @overload
    def plan(
        self,
        *,
        runtime: Literal["tflm", "tflm-disjoint"],
        nodes: int | None = None,
        threads: int = 1,
    ) -> TflmPlan: ...
    def plan(
        self,
        *,
        runtime: str = "bantam",
        sharing: Sharing = "overlap",
        reorder: bool = True,
        nodes: int | None = None,
        threads: int = 1,
        progress: Progress | None = None,
    ) -> Plan | TflmPlan:
        """Plans the memory with the exact search; the plan is a model that carries it.

        With ``runtime="tflm"`` it is a plan that TensorFlow Lite Micro follows; ``tflm-disjoint``
        is one for any of its kernels, in which nothing overlaps.

        >>> plan = Model("digits.tflite").plan()
        >>> plan.arena_bytes <= Model("digits.tflite").arena_bytes
        True
        >>> plan.model().arena_bytes == plan.arena_bytes
        True

        ``nodes`` limits the buffers that the search places; by default it takes about a second.
        ``progress(bytes, lower_bound, nodes)`` is called now and then. Ctrl-C interrupts it.
        """
        if runtime == "bantam":
            file, *memory = self._core.plan(sharing, nodes, threads, reorder, progress)
            return Plan(file, MemoryMap(*memory))
        if runtime not in ("tflm", "tflm-disjoint"):
            raise ValueError(f'runtime is "bantam", "tflm" or "tflm-disjoint", not "{runtime}"')
        disjoint = runtime == "tflm-disjoint"
        return TflmPlan(*self._core.plan_for_tflm(disjoint, nodes, threads))

    def prepare(
        self,
        *,
        sharing: Sharing = "overlap",
        nodes: int | None = None,
        progress: Progress | None = None,
    ) -> Prepared:
        """Prepares an image, from which a device starts at once and in less memory.

        >>> prepared = Model("digits.tflite").prepare()
        >>> prepared.arena_bytes < Model("digits.tflite").arena_bytes
        True
        >>> prepared.operators[0]
        'ops::int8::CONV_2D'
        """
        return Prepared(*self._core.prepare(sharing, nodes, progress))

    def codegen(
        self,
        language: Literal["c", "rust"],
        folder: str | os.PathLike[str],
        *,
        name: str | None = None,
        prepared: bool = False,
        board: str | None = None,
        bantam_path: str | os.PathLike[str] | None = None,
    ) -> list[Path]:
        """Writes the model as source code for a firmware, as ``bantam codegen``; gives the files.

        ``name`` is what files, types and functions are called by, by default the name of the
        folder. In C, ``prepared`` means that the device only runs the model. In Rust, ``board``
        makes a program for one, such as ``cortex-m``, and ``bantam_path`` is a clone of Bantam's
        repository.

        >>> files = Model("digits.tflite").codegen("rust", "digits")
        >>> [file.as_posix() for file in files]
        ['digits/Cargo.toml', 'digits/src/lib.rs', 'digits/digits.tflite']

        Raises ``ValueError`` if there is a package in the folder already.
        """
        target = Path(folder)
        if language == "rust" and (target / "Cargo.toml").exists():
            raise ValueError(
                f"{target}: there is a package already, whose files may have been edited: "
                "name another folder, or remove this one"
            )
        clone = None if bantam_path is None else str(Path(bantam_path).absolute())
        code = self._core.codegen(language, name, target.name, prepared, board, clone)
        files = []
        for path, contents in code:
            file = target / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(contents)
            files.append(file)
        return files
