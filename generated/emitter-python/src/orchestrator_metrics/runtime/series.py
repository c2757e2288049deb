"""Single series: one combination of label values, and its numbers.

None of the methods raises. A number that would make a series useless is not
recorded, and ``emitter_values_dropped_total`` counts it.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from typing import Final

import prometheus_client as prom

_EXACT: Final = 2**53
"""Up to here every whole number is a different float."""


def number(value: object) -> float:
    """The value as a float; one that is none is not a number."""
    try:
        return float(value)  # type: ignore[arg-type]
    except (OverflowError, TypeError, ValueError):
        return math.nan


class Counter:
    """One series of a counter."""

    __slots__ = ("_drop", "_series")

    def __init__(self, series: prom.Counter, drop: Callable[[], None]) -> None:
        """For families only."""
        self._series = series
        self._drop = drop

    def inc(self) -> None:
        """Add one."""
        self._series.inc()

    def add(self, amount: int) -> None:
        """Add ``amount``. Dropped if that is not a whole number from 0 to 2^53."""
        if isinstance(amount, int) and 0 <= amount <= _EXACT:
            self._series.inc(amount)
        else:
            self._drop()


class Gauge:
    """One series of a gauge."""

    __slots__ = ("_drop", "_lock", "_series", "_value")

    def __init__(self, series: prom.Gauge, drop: Callable[[], None]) -> None:
        """For families only."""
        self._series = series
        self._drop = drop
        self._lock = threading.Lock()
        self._value = 0.0

    def inc(self) -> None:
        """Add one."""
        self.add(1)

    def dec(self) -> None:
        """Take one away."""
        self.add(-1)

    def add(self, delta: float) -> None:
        """Add ``delta``, which may be negative.

        Dropped if it, or the result, is not finite.
        """
        with self._lock:
            value = self._value + number(delta)
            if math.isfinite(value):
                self._value = value
                self._series.set(value)
                return
        self._drop()

    def set(self, value: float) -> None:
        """Replace the value. Dropped if ``value`` is not finite."""
        value = number(value)
        if not math.isfinite(value):
            self._drop()
            return
        with self._lock:
            self._value = value
            self._series.set(value)


class Histogram:
    """One series of a histogram."""

    __slots__ = ("_drop", "_lock", "_series", "_sum")

    def __init__(self, series: prom.Histogram, drop: Callable[[], None]) -> None:
        """For families only."""
        self._series = series
        self._drop = drop
        self._lock = threading.Lock()
        self._sum = 0.0

    def observe(self, value: float) -> None:
        """Record ``value`` in its bucket.

        Dropped if it is negative or not finite, or if the sum would not be finite
        any more.
        """
        value = number(value)
        with self._lock:
            total = self._sum + value
            if math.isfinite(total) and value >= 0:
                self._sum = total
                self._series.observe(value)
                return
        self._drop()
