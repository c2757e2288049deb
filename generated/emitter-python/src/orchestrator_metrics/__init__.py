"""The metrics of this system, as typed functions: one for each thing that happens.

``Metrics`` has them all. Rendered by dashwright from the specs; what is changed here
is lost with the next run.
"""

from . import guards
from .families import Families
from .metrics import Metrics
from .runtime.label import MAX_VALUE_BYTES, OVERFLOW_VALUE, Overflow
from .runtime.server import MetricsServer

__all__ = [
    "MAX_VALUE_BYTES",
    "OVERFLOW_VALUE",
    "Families",
    "Metrics",
    "MetricsServer",
    "Overflow",
    "guards",
]
