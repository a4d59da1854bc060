"""Results of planning and preparing."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .model import Model


@dataclass(frozen=True)
class Plan:
    """A model with a plan of its memory, which Bantam's interpreters use as it is."""

    file: bytes
    """The model in the order of the plan; the plan is in its metadata."""
    arena_bytes: int
    """Bytes of the arena that the planned model needs."""
    overlay_bytes: int
    """Bytes of activations and scratch."""
    lower_bound: int
    """No plan has a smaller overlay, in this order of the nodes."""
    nodes: int
    """How many buffers the search placed."""
    order: list[int]
    """For each node, in the order in which they run, its index in the model that was given."""

    @property
    def is_optimal(self) -> bool:
        """Whether no plan is smaller, as far as the lower bound tells."""
        return self.overlay_bytes <= self.lower_bound

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


@dataclass(frozen=True)
class TflmPlan:
    """A model with a plan that TensorFlow Lite Micro follows: `bantam plan --for tflm`."""

    file: bytes
    """The model; as it was, if TFLM does as well by itself."""
    before_bytes: int
    """Bytes of the head of TFLM's arena for the model as it was."""
    head_bytes: int
    """Bytes of it with the plan."""
    lower_bound: int
    """No plan needs less."""

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the planned model."""
        Path(path).write_bytes(self.file)

    def __repr__(self) -> str:
        return f"<TflmPlan: {self.head_bytes} bytes in place of {self.before_bytes}>"


@dataclass(frozen=True)
class Prepared:
    """An image from which a device starts without preparing anything: `bantam prepare`."""

    image: bytes
    """What ``Interpreter::from_prepared`` reads, beside the model."""
    arena_bytes: int
    """Bytes of the arena: activations and variables only."""
    alignment: int
    """What the arena's address must be a multiple of."""
    operators: list[str]
    """The list of operators that the program names, in this order."""

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the image."""
        Path(path).write_bytes(self.image)

    def __repr__(self) -> str:
        return f"<Prepared: image of {len(self.image)} bytes, arena of {self.arena_bytes} bytes>"
