"""Memory maps."""

from __future__ import annotations

import base64
import html
import json
import os
from functools import cached_property
from pathlib import Path
from typing import Any

from .table import Table


class MemoryMap:
    """The place of every tensor over time: time to the right, addresses upwards.

    In a notebook it draws itself.

    >>> memory = Model("digits.tflite").memory_map()
    >>> memory.overlay_bytes, memory.is_optimal
    (2176, True)
    >>> memory.buffers[0]["name"], memory.buffers[0]["bytes"]
    ('image', 64)
    """

    def __init__(self, report: str, svg: str) -> None:
        self._report: dict[str, Any] = json.loads(report)
        self._svg = svg

    @property
    def overlay_bytes(self) -> int:
        """Bytes of activations and scratch."""
        return self._report["overlay_bytes"]

    @property
    def arena_bytes(self) -> int:
        """Bytes of the whole arena with this plan."""
        return self._report["arena_bytes"]

    @property
    def lower_bound(self) -> int:
        """No plan of this order has a smaller overlay."""
        return self._report["lower_bound_bytes"]

    @property
    def is_optimal(self) -> bool:
        """True if the lower bound proves that no plan is smaller."""
        return self._report["proven"]

    @cached_property
    def buffers(self) -> Table:
        """The buffers: name, type and shape, offset and bytes, first and last step.

        ``over`` is the index of the input whose bytes the buffer shares, ``base`` that of the
        buffer that it is a part of. Rows are dictionaries, as ``pandas.DataFrame`` takes them.
        """
        return Table(self._report["buffers"])

    @cached_property
    def steps(self) -> Table:
        """The steps: the node of each, and the bytes in use."""
        return Table(self._report["steps"])

    def to_dict(self) -> dict[str, Any]:
        """All of it, as ``bantam plan --json`` prints it."""
        return self._report

    def to_svg(self, path: str | os.PathLike[str]) -> None:
        """Writes the picture."""
        Path(path).write_text(self._svg, encoding="utf-8")

    def _repr_svg_(self) -> str:
        return self._svg

    def _repr_html_(self) -> str:
        # As an image: no wider than the notebook, and with styles that touch nothing else.
        data = base64.b64encode(self._svg.encode()).decode()
        text = html.escape(f"{self!r}: time to the right, addresses upwards")
        source = f"data:image/svg+xml;base64,{data}"
        return f'<img alt="{text}" style="max-width:100%" src="{source}">'

    def __repr__(self) -> str:
        count = len(self.buffers)
        return f"<MemoryMap: {count} buffers in {self.overlay_bytes} bytes>"
