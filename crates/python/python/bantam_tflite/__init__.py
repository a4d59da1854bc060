"""TensorFlow Lite models as microcontrollers run them, on the desk.

Results are those of TensorFlow Lite Micro's reference kernels, bit for bit, and the arena is the
one of the device, to the byte.

>>> from bantam_tflite import Model
>>> model = Model("digits.tflite")
>>> model.arena_bytes
2976
>>> interpreter = model.interpreter()
>>> interpreter(np.full((1, 8, 8, 1), -128, np.int8)).shape
(1, 10)
"""

from . import planner
from ._core import VERSION as __version__
from .interpreter import Interpreter, Tensors
from .memory import MemoryMap
from .model import Model
from .plan import Plan, Prepared, TflmPlan
from .table import Table

__all__ = [
    "Interpreter",
    "MemoryMap",
    "Model",
    "Plan",
    "Prepared",
    "Table",
    "Tensors",
    "TflmPlan",
    "__version__",
    "planner",
]
