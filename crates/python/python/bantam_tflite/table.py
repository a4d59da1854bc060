"""Rows of figures: lists of dictionaries that show themselves as tables."""

from __future__ import annotations

import html
from typing import Any


class Table(list[dict[str, Any]]):
    """A list of dictionaries with the same keys: ``pandas.DataFrame(table)`` takes it as it is.

    >>> table = Table([{"name": "CONV_2D", "macs": 36864}, {"name": "SOFTMAX", "macs": 0}])
    >>> print(table)
    name      macs
    CONV_2D  36864
    SOFTMAX      0
    >>> table[0]["macs"]
    36864
    >>> print(Table())
    []
    """

    def columns(self) -> list[str]:
        """The keys of the first row, which all rows have."""
        return list(self[0]) if self else []

    def __str__(self) -> str:
        if not self:
            return "[]"
        columns = self.columns()
        rows = [columns] + [[_text(row[column]) for column in columns] for row in self]
        widths = [max(len(row[at]) for row in rows) for at in range(len(columns))]
        numeric = [all(_is_number(row[column]) for row in self) for column in columns]
        lines = []
        for row in rows:
            cells = (
                cell.rjust(width) if right else cell.ljust(width)
                for cell, width, right in zip(row, widths, numeric)
            )
            lines.append("  ".join(cells).rstrip())
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """The table as a notebook shows it."""
        if not self:
            return "[]"
        columns = self.columns()
        head = "".join(f"<th>{html.escape(column)}</th>" for column in columns)
        body = "".join(
            "<tr>"
            + "".join(
                f'<td style="text-align:{"right" if _is_number(row[column]) else "left"}">'
                f"{html.escape(_text(row[column]))}</td>"
                for column in columns
            )
            + "</tr>"
            for row in self
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.3f}"
    return str(value)
