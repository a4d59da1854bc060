"""Results of planning and preparing."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .memory import MemoryMap
from .table import Table

if TYPE_CHECKING:
    from .model import Model


class Plan:
    """A model with a plan of its memory, which Bantam's interpreters use as it is."""

    def __init__(self, file: bytes, memory: MemoryMap) -> None:
        self.file = file
        """The model in the order of the plan; the plan is in its metadata."""
        self.memory_map = memory
        """The place of every tensor over time."""

    @property
    def arena_bytes(self) -> int:
        """Bytes of the arena that the planned model needs."""
        return self.memory_map.arena_bytes

    @property
    def overlay_bytes(self) -> int:
        """Bytes of activations and scratch."""
        return self.memory_map.overlay_bytes

    @property
    def lower_bound(self) -> int:
        """No plan has a smaller overlay, in this order of the nodes."""
        return self.memory_map.lower_bound

    @property
    def is_optimal(self) -> bool:
        """True if the lower bound proves that no plan is smaller."""
        return self.memory_map.is_optimal

    @property
    def order(self) -> list[int]:
        """For each node, in the order in which they run, its index in the model that was given."""
        sources = (step["source"] for step in self.memory_map.steps)
        return [source for source in sources if source is not None]

    def model(self) -> Model:
        """The planned model."""
        from .model import Model

        return Model(self.file)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the planned model."""
        Path(path).write_bytes(self.file)

    def __repr__(self) -> str:
        proof = "optimal" if self.is_optimal else f"at least {self.lower_bound}"
        return f"<Plan: arena of {self.arena_bytes} bytes, overlay {self.overlay_bytes}, {proof}>"


class TflmPlan:
    """A model with a plan that TensorFlow Lite Micro follows: ``bantam plan --for tflm``."""

    def __init__(self, file: bytes, report: str) -> None:
        self.file = file
        """The model; as it was, if TFLM does as well by itself."""
        self._report: dict[str, Any] = json.loads(report)

    @property
    def before_bytes(self) -> int:
        """Bytes of the head of TFLM's arena for the model as it was."""
        return self._report["tflm_head_bytes"]

    @property
    def head_bytes(self) -> int:
        """Bytes of the head with the plan."""
        return self._report["head_bytes"]

    @property
    def lower_bound(self) -> int:
        """No plan needs less."""
        return self._report["lower_bound_bytes"]

    @property
    def overlaps(self) -> Table:
        """The nodes whose outputs lie over inputs."""
        return Table(self._report["overlaps"])

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the planned model."""
        Path(path).write_bytes(self.file)

    def __repr__(self) -> str:
        return f"<TflmPlan: {self.head_bytes} bytes in place of {self.before_bytes}>"


@dataclass(frozen=True)
class Prepared:
    """An image from which a device starts without preparing anything: `bantam prepare`."""

    image: bytes
    """The image, which ``Interpreter::from_prepared`` takes with the model."""
    arena_bytes: int
    """Bytes of the arena: activations and variables only."""
    alignment: int
    """The alignment of the arena."""
    operators: list[str]
    """The list of operators that the program names, in this order."""

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the image."""
        Path(path).write_bytes(self.image)

    def __repr__(self) -> str:
        return f"<Prepared: image of {len(self.image)} bytes, arena of {self.arena_bytes} bytes>"
