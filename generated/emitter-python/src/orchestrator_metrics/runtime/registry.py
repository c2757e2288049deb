"""Registers metrics and exposes them together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Final, Protocol

from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import Metric

from .guard import settle
from .label import Label, Overflow

FOLDED_TOTAL: Final = "emitter_label_values_folded_total"
"""Counts updates that went to the overflow series of a label."""

TRUNCATED_TOTAL: Final = "emitter_label_values_truncated_total"
"""Counts updates with a label value that was too long."""

DROPPED_TOTAL: Final = "emitter_values_dropped_total"
"""Counts numbers that were not recorded."""


class Watch(Protocol):
    """What is told about updates that were not taken as they are."""

    def folded(self, label: Label, value: str, *, first: bool) -> None:
        """The value of the label went to the overflow series."""

    def truncated(self, label: Label) -> None:
        """The value of the label was cut."""

    def dropped(self) -> None:
        """A number was not recorded."""


class Collected(Protocol):
    """A metric as the registry sees it."""

    def describe(self) -> Metric:
        """The metric without its series."""

    def collect(self) -> Metric:
        """The metric and its numbers by now."""


class Registry:
    """The metrics of a process, or of a part of it."""

    def __init__(
        self,
        on_overflow: Callable[[Overflow], None] | None = None,
        registry: CollectorRegistry | None = None,
    ) -> None:
        """Metrics in a registry of their own, unless one is given.

        Never the global one by itself. ``on_overflow`` is called when a label folds
        its first value: once for each label, on the thread of that update, before
        it is made. What it raises is ignored, as metrics never disturb what they
        measure.
        """
        # It imports this module for its types.
        from .family import CounterFamily

        self.prom: Final = registry if registry is not None else CollectorRegistry()
        self._on_overflow = on_overflow
        self._metrics: list[Collected] = []
        self._own: tuple[CounterFamily[str, str], CounterFamily[str, str]] | None = None
        self._dropped: CounterFamily[str] | None = None
        # Their values come from registered names, so nothing needs to bound them.
        metric = Label("metric", 1 << 62)
        label = Label("label", 1 << 62)
        folded = CounterFamily[str, str](
            self,
            name=FOLDED_TOTAL,
            help=(
                "Updates whose label value was past the limit of its label and went "
                "to the overflow series"
            ),
            labels=[metric, label],
        )
        truncated = CounterFamily[str, str](
            self,
            name=TRUNCATED_TOTAL,
            help="Updates with a label value that was cut because it was too long",
            labels=[metric, label],
        )
        self._dropped = CounterFamily[str](
            self,
            name=DROPPED_TOTAL,
            help=(
                "Numbers not recorded because they were not finite, or negative in "
                "a histogram"
            ),
            labels=[metric],
        )
        self._own = (folded, truncated)
        self.prom.register(self)

    def add(
        self, metric: Collected, name: str, labels: Sequence[Label], kind: str
    ) -> Watch:
        """Take a metric in, and say who is told about its updates."""
        self._metrics.append(metric)
        if self._own is not None and self._dropped is not None:
            for label in labels:
                for own in self._own:
                    own.labels(name, label.name)
            if kind != "counter":
                self._dropped.labels(name)
        return _Watch(self, name)

    def describe(self) -> Iterable[Metric]:
        """For ``prometheus_client``, which looks for names that are taken."""
        return [metric.describe() for metric in self._metrics]

    def collect(self) -> Iterable[Metric]:
        """For ``prometheus_client``: the numbers by now."""
        settle()
        return [metric.collect() for metric in self._metrics]

    def folded(self, overflow: Overflow, *, first: bool) -> None:
        """Count a value that went to the overflow series."""
        if self._own is not None:
            self._own[0].inc(overflow.metric, overflow.label)
        if first and self._on_overflow is not None:
            with suppress(Exception):
                self._on_overflow(overflow)

    def truncated(self, metric: str, label: str) -> None:
        """Count a value that was cut."""
        if self._own is not None:
            self._own[1].inc(metric, label)

    def dropped(self, metric: str) -> None:
        """Count a number that was not recorded."""
        if self._dropped is not None:
            self._dropped.inc(metric)


class _Watch:
    """What one metric tells its registry."""

    __slots__ = ("_name", "_registry")

    def __init__(self, registry: Registry, name: str) -> None:
        self._registry = registry
        self._name = name

    def folded(self, label: Label, value: str, *, first: bool) -> None:
        overflow = Overflow(self._name, label.name, label.limit, value)
        self._registry.folded(overflow, first=first)

    def truncated(self, label: Label) -> None:
        self._registry.truncated(self._name, label.name)

    def dropped(self) -> None:
        self._registry.dropped(self._name)
