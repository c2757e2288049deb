"""What goes on between an event and those that end it."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Final, Generic, Self, TypeVar

M = TypeVar("M")

_collected: Final[SimpleQueue[Callable[[], None]]] = SimpleQueue()
"""How to drop the guards that nothing refers to any more."""


def settle() -> None:
    """Drop the guards that nothing refers to any more."""
    while True:
        try:
            drop = _collected.get_nowait()
        except Empty:
            return
        drop()


class Guard(ABC, Generic[M]):
    """Calls exactly one of its ends.

    That is the one which is asked for, or a fixed one when the guard is dropped: at
    the end of a ``with`` block, or when nothing refers to it any more.
    """

    def __init__(self, metrics: M) -> None:
        """For the function that starts it."""
        settle()
        self._guard_metrics = metrics
        self._guard_started = time.perf_counter()
        self._guard_stopped: float | None = None
        # Only one thread can take the last item of a list.
        self._guard_open = [True]

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
        """Have it dropped with the next guard or scrape, unless it has ended.

        Python may come here in the middle of anything, also while this thread holds
        a lock of a metric; so nothing is moved before it has left.
        """
        if getattr(self, "_guard_open", False):
            self._guard_stopped = time.perf_counter()
            _collected.put(self._guard_drop)

    @abstractmethod
    def _guard_drop(self) -> None:
        """Call the end of a guard that is dropped."""

    def _guard_elapsed(self) -> float:
        """Seconds since the start, up to now or to when nothing referred to it."""
        stopped = self._guard_stopped
        return (
            time.perf_counter() if stopped is None else stopped
        ) - self._guard_started

    def _guard_ends(self) -> bool:
        """Whether this is the first end that was called."""
        try:
            return self._guard_open.pop()
        except IndexError:
            return False
