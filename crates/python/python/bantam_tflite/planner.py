"""The memory planner alone: buffers with lifetimes in, offsets out.

>>> from bantam_tflite import planner
>>> plan = planner.solve([(48, 0, 1), (32, 1, 2), (64, 2, 3)], alignment=16)
>>> plan.bytes, plan.is_optimal
(96, True)
>>> len(plan.offsets)
3
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from . import _core

__all__ = ["Buffer", "Gap", "Overlap", "Solution", "solve"]


class Gap(NamedTuple):
    """Steps in which a buffer holds nothing, or only some of its bytes; both steps included."""

    first: int
    last: int
    start: int = 0
    """The first byte that is in use all the same."""
    end: int = 0
    """The byte after the last that is."""


class Overlap(NamedTuple):
    """Permission for an output to lie over an input that its operator reads last.

    ``below``: the output may begin so many bytes below the input, or more; the operator runs
    forwards. ``above``: so many above, backwards. ``None``: only without sharing bytes.
    """

    input: int
    """The index of the input among the buffers."""
    below: int | None = None
    above: int | None = None


@dataclass(frozen=True)
class Buffer:
    """A block of memory that needs an offset; the steps of its life are both included."""

    bytes: int
    first: int
    last: int
    alignment: int = 1
    """A power of two."""
    offset: int | None = None
    """The offset that it must have."""
    over: Sequence[Overlap] = field(default=())
    """The inputs over which it may lie."""
    gaps: Sequence[Gap] = field(default=())


@dataclass(frozen=True)
class Solution:
    """The best plan that was found."""

    offsets: list[int]
    """The offset of each buffer."""
    bytes: int
    """The highest end of a buffer."""
    lower_bound: int
    """No plan needs less."""
    nodes: int
    """The number of buffers that the search placed."""

    @property
    def is_optimal(self) -> bool:
        """True if no plan is smaller."""
        return self.bytes <= self.lower_bound


def solve(
    buffers: Iterable[Buffer | tuple[int, int, int]],
    *,
    alignment: int = 1,
    nodes: int = 10_000_000,
    threads: int = 1,
    progress: Callable[[int, int, int], object] | None = None,
) -> Solution:
    """Looks for the smallest plan.

    ``buffers`` are :class:`Buffer`, or tuples of bytes, first and last step. Sizes and distances
    are rounded up to ``alignment``. The search ends after so many ``nodes``, which are buffers
    that were placed; ten million take some ten to forty seconds. Meanwhile it calls
    ``progress(bytes, lower_bound, nodes)`` now and then. Ctrl-C interrupts it.

    An output that may begin 16 bytes below its input, and a buffer for DMA beside one that has its
    place:

    >>> layer = [Buffer(96, 0, 1), Buffer(64, 1, 2, over=[Overlap(0, below=16)])]
    >>> solve(layer, alignment=16).bytes
    112
    >>> solve([Buffer(40, 0, 1, offset=0), Buffer(40, 1, 2, alignment=64)]).offsets
    [0, 64]

    Raises ``ValueError`` for a problem that is none, such as a buffer whose last step is before
    its first.
    """
    wanted = [one if isinstance(one, Buffer) else Buffer(*one) for one in buffers]
    rows = [(one.bytes, one.first, one.last, one.alignment, one.offset) for one in wanted]
    overlaps = [(at, *over) for at, one in enumerate(wanted) for over in _sorted(one.over)]
    gaps = [(at, *gap) for at, one in enumerate(wanted) for gap in _sorted(one.gaps)]
    return Solution(*_core.solve(rows, overlaps, gaps, alignment, nodes, threads, progress))


def _sorted(rows: Sequence[Overlap] | Sequence[Gap]) -> list[Overlap | Gap]:
    """The rows in ascending order of their first column."""
    return sorted(rows, key=lambda row: row[0])
