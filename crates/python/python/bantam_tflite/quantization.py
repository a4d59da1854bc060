"""Real numbers to quantized ones and back, as TFLite does it."""

from __future__ import annotations

from typing import Any

import numpy as np


def quantize(array: Any, tensor: dict[str, Any]) -> np.ndarray:
    """Quantizes an array of real numbers for a tensor; one that has no scale takes the numbers.

    ``round(x / scale) + zero_point`` within the type's range; halves are rounded away from zero
    (TFLite's ``AffineQuantize``).

    >>> tensor = {"dtype": np.dtype("int8"), "scales": [0.5], "zero_points": [-1]}
    >>> quantize([0, 0.25, -0.25, 1000], tensor).tolist()
    [-1, 0, -2, 127]
    """
    dtype = tensor["dtype"]
    if not tensor["scales"] or dtype.kind == "f":
        return np.asarray(array, dtype)
    scale, zero_point = _parameters(tensor)
    steps = np.asarray(array, np.float32) / np.float32(scale)
    # With 64 bits, one half more is exact.
    steps = steps.astype(np.float64)
    rounded = np.trunc(steps + np.copysign(0.5, steps)) + zero_point
    limits = np.iinfo(dtype)
    return np.clip(rounded, limits.min, limits.max).astype(dtype)


def dequantize(array: np.ndarray, tensor: dict[str, Any]) -> np.ndarray:
    """The real numbers that the elements of a tensor stand for.

    >>> tensor = {"dtype": np.dtype("int8"), "scales": [0.5], "zero_points": [-1]}
    >>> dequantize(np.array([-1, 0, 127], np.int8), tensor).tolist()
    [0.0, 0.5, 64.0]
    """
    if not tensor["scales"] or tensor["dtype"].kind == "f":
        return array
    scale, zero_point = _parameters(tensor)
    return (array.astype(np.int64) - zero_point).astype(np.float32) * np.float32(scale)


def _parameters(tensor: dict[str, Any]) -> tuple[float, int]:
    if len(tensor["scales"]) != 1:
        raise ValueError(f"tensor {tensor['index']} has a scale for each channel")
    return tensor["scales"][0], (tensor["zero_points"] or [0])[0]
