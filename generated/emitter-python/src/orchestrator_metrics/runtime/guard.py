"""What goes on between an event and those that end it."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from types import TracebackType
from typing import Generic, Self, TypeVar

M = TypeVar("M")


class Guard(ABC, Generic[M]):
    """Calls exactly one of its ends.

    That is the one which is asked for, or a fixed one when the guard is dropped: at
    the end of a ``with`` block, or when nothing refers to it any more.
    """

    def __init__(self, metrics: M) -> None:
        """For the function that starts it."""
        self._guard_metrics = metrics
        self._guard_started = time.perf_counter()
        self._guard_open = True

    def __enter__(self) -> Self:
        """The guard itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Drop it, which does nothing if it has ended."""
        self._guard_drop()

    def __del__(self) -> None:
        """Drop it, which does nothing if it has ended."""
        if getattr(self, "_guard_open", False):
            self._guard_drop()

    @abstractmethod
    def _guard_drop(self) -> None:
        """Call the end of a guard that is dropped."""

    def _guard_elapsed(self) -> float:
        """Seconds since the start."""
        return time.perf_counter() - self._guard_started

    def _guard_ends(self) -> bool:
        """Whether this is the first end that was called."""
        first, self._guard_open = self._guard_open, False
        return first
