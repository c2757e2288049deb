"""Labels, and the guard over how many values each may take."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final

OVERFLOW_VALUE: Final = "_other"
"""The value under which updates are counted once a label is at its limit.

A caller may pass it too; it takes no place of the limit.
"""

MAX_VALUE_BYTES: Final = 128
"""Label values longer than this are cut, at the start of a character.

Values that differ only behind the cut become one.
"""


@dataclass(frozen=True, slots=True)
class Overflow:
    """The first value that a label did not admit."""

    metric: str
    """The metric that was updated."""

    label: str
    """The label that is at its limit."""

    limit: int
    """How many values the label keeps apart."""

    value: str
    """The value, cut to ``MAX_VALUE_BYTES``."""


class Admission(Enum):
    """What a label says to a value."""

    ADMITTED = "admitted"
    FOLDED = "folded"
    FOLDED_FIRST = "folded first"


class Label:
    """A label name, and the values it admits.

    All metrics with the same label share one set of values.
    """

    __slots__ = ("_admitted", "_lock", "_overflowed", "limit", "name")

    def __init__(self, name: str, limit: int) -> None:
        """A label that takes any value, and keeps the first ``limit`` ones apart."""
        self.name = name
        self.limit = limit
        self._admitted: set[str] = set()
        self._overflowed = False
        self._lock = threading.Lock()

    @classmethod
    def closed(cls, name: str, values: Iterable[str]) -> Label:
        """A label whose values are all known.

        Any other, which only code that is not type-checked can pass, is treated
        like one past the limit.
        """
        known = list(dict.fromkeys(truncate(value) for value in values))
        label = cls(name, len(known))
        for value in known:
            label.reserve(value)
        return label

    def reserve(self, value: str) -> None:
        """Give ``value`` its place before anything else can take it.

        Nothing happens if the label is at its limit already.
        """
        with self._lock:
            if len(self._admitted) < self.limit:
                self._admitted.add(truncate(value))

    def decide(self, value: str) -> Admission:
        """Decide on a value that has been cut."""
        if value == OVERFLOW_VALUE or value in self._admitted:
            return Admission.ADMITTED
        with self._lock:
            if value in self._admitted or len(self._admitted) < self.limit:
                self._admitted.add(value)
                return Admission.ADMITTED
            first = not self._overflowed
            self._overflowed = True
        return Admission.FOLDED_FIRST if first else Admission.FOLDED


def text(value: object) -> str:
    """The value as text that can be exposed.

    Halves of characters, which UTF-8 cannot say, are replaced: a scrape must not
    fail over them.
    """
    return str(value).encode("utf-8", "replace").decode("utf-8")


def truncate(value: str) -> str:
    """The longest start of at most ``MAX_VALUE_BYTES`` that ends at a character."""
    if len(value) * 4 <= MAX_VALUE_BYTES:
        return value
    encoded = value[: MAX_VALUE_BYTES + 1].encode("utf-8", "replace")
    if len(encoded) <= MAX_VALUE_BYTES:
        return value
    return encoded[:MAX_VALUE_BYTES].decode("utf-8", "ignore")
