"""Metrics: all series of one name, found by the values of their labels."""

from __future__ import annotations

import math
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Final, Generic, TypeVar, TypeVarTuple

import prometheus_client as prom
from prometheus_client.metrics_core import Metric
from prometheus_client.utils import floatToGoString

from .label import OVERFLOW_VALUE, Admission, Label, text, truncate
from .registry import Registry, Watch
from .series import Counter, Gauge, Histogram, number

Values = TypeVarTuple("Values")
Series = TypeVar("Series")
Stored = TypeVar("Stored", prom.Counter, prom.Gauge, prom.Histogram)


class OwnMetric(Metric):
    """A metric with exactly the name of the specs.

    In ``prometheus_client``, a counter ``x`` is the family ``x`` with the series
    ``x_total``, whatever it was called.
    """

    full_name: str
    kind: str


class Family(ABC, Generic[*Values, Series, Stored]):
    """What all metrics have in common.

    The numbers are kept by a metric of ``prometheus_client``, which is in no
    registry itself: there it would be exposed under other names, with series
    ``_created`` besides.
    """

    kind: str

    def __init__(
        self,
        registry: Registry,
        stored: Stored,
        *,
        name: str,
        help: str,
        unit: str,
        labels: Sequence[Label],
    ) -> None:
        """For the types of metrics."""
        self.name: Final = name
        self.help: Final = help
        self._stored: Stored = stored
        self._labels = tuple(labels)
        self._unit = unit
        self._lock = threading.Lock()
        self._series: dict[tuple[object, ...], Series] = {}
        self._watch: Watch = registry.add(self, name, self._labels, self.kind)

    def labels(self, *values: *Values) -> Series:
        """The series with these label values, which from now on is exposed.

        It can be kept as long as one likes, for hot paths.
        """
        try:
            found = self._series.get(values)
        except TypeError:
            # Something that no dictionary takes, and no type checker lets pass.
            found = None
        return self._resolve(values) if found is None else found

    def describe(self) -> OwnMetric:
        """The metric without its series."""
        family, kind = self.name, self.kind
        if kind == "counter":
            family = family.removesuffix("_total")
            # OpenMetrics allows no other names for counters.
            kind = kind if family != self.name else "unknown"
        named = self._unit != "" and family.endswith(f"_{self._unit}")
        metric = OwnMetric(family, self.help, kind, self._unit if named else "")
        metric.full_name = self.name
        metric.kind = self.kind
        return metric

    def collect(self) -> OwnMetric:
        """The metric and its numbers by now."""
        metric = self.describe()
        for stored in self._stored.collect():
            for sample in stored.samples:
                suffix = sample.name.removeprefix(stored.name)
                if suffix != "_created":
                    self._add(metric, suffix, dict(sample.labels), sample.value)
        return metric

    def _add(
        self, metric: OwnMetric, suffix: str, labels: dict[str, str], value: float
    ) -> None:
        """Add a sample as it is to be exposed."""
        metric.add_sample(self.name, labels, value)

    @abstractmethod
    def _make(self, stored: Stored) -> Series:
        """A series without history."""

    def _all(self) -> Iterable[Series]:
        """Every series that there is."""
        with self._lock:
            return list(self._series.values())

    def _resolve(self, values: tuple[object, ...]) -> Series:
        """The series for values that have none of exactly their text.

        These are new ones, ones past the limit, ones too long.
        """
        given = [*values, *("" for _ in self._labels)]
        kept = tuple(
            self._admit(label, text(value))
            for label, value in zip(self._labels, given, strict=False)
        )
        with self._lock:
            found = self._series.get(kept)
            if found is None:
                stored = self._stored.labels(*kept) if kept else self._stored
                found = self._series[kept] = self._make(stored)
            return found

    def _admit(self, label: Label, value: str) -> str:
        kept = truncate(value)
        if len(kept) < len(value):
            self._watch.truncated(label)
        admission = label.decide(kept)
        if admission is Admission.ADMITTED:
            return kept
        self._watch.folded(label, kept, first=admission is Admission.FOLDED_FIRST)
        return OVERFLOW_VALUE


class CounterFamily(Family[*Values, Counter, prom.Counter]):
    """A counter with labels."""

    kind = "counter"

    def __init__(
        self,
        registry: Registry,
        *,
        name: str,
        help: str,
        unit: str = "",
        labels: Sequence[Label] = (),
    ) -> None:
        """Registers the counter."""
        names = [label.name for label in labels]
        stored = prom.Counter(name, help, names, registry=None)
        super().__init__(
            registry, stored, name=name, help=help, unit=unit, labels=labels
        )

    def inc(self, *values: *Values) -> None:
        """Add one to the series with these label values."""
        self.labels(*values).inc()

    def add(self, amount: int, *values: *Values) -> None:
        """Add ``amount`` to the series with these label values.

        Dropped if that is not a whole number from 0 to 2^53.
        """
        self.labels(*values).add(amount)

    def _make(self, stored: prom.Counter) -> Counter:
        return Counter(stored, self._watch.dropped)


class GaugeFamily(Family[*Values, Gauge, prom.Gauge]):
    """A gauge with labels."""

    kind = "gauge"

    def __init__(
        self,
        registry: Registry,
        *,
        name: str,
        help: str,
        unit: str = "",
        labels: Sequence[Label] = (),
    ) -> None:
        """Registers the gauge."""
        names = [label.name for label in labels]
        stored = prom.Gauge(name, help, names, registry=None)
        super().__init__(
            registry, stored, name=name, help=help, unit=unit, labels=labels
        )

    def inc(self, *values: *Values) -> None:
        """Add one to the series with these label values."""
        self.labels(*values).inc()

    def dec(self, *values: *Values) -> None:
        """Take one from the series with these label values."""
        self.labels(*values).dec()

    def add(self, delta: float, *values: *Values) -> None:
        """Add ``delta``, which may be negative, to the series.

        Dropped if it, or the result, is not finite.
        """
        if math.isfinite(number(delta)):
            self.labels(*values).add(delta)
        else:
            self._watch.dropped()

    def set(self, value: float, *values: *Values) -> None:
        """Replace the value of the series. Dropped if ``value`` is not finite."""
        if math.isfinite(number(value)):
            self.labels(*values).set(value)
        else:
            self._watch.dropped()

    def set_all(self, value: float) -> None:
        """Replace the value of every series that there is.

        One that another thread adds at the same time may keep its own.
        """
        if math.isfinite(number(value)):
            for series in self._all():
                series.set(value)
        else:
            self._watch.dropped()

    def _make(self, stored: prom.Gauge) -> Gauge:
        return Gauge(stored, self._watch.dropped)


class HistogramFamily(Family[*Values, Histogram, prom.Histogram]):
    """A histogram with labels."""

    kind = "histogram"

    def __init__(
        self,
        registry: Registry,
        *,
        name: str,
        help: str,
        unit: str = "",
        labels: Sequence[Label] = (),
        buckets: Sequence[float],
    ) -> None:
        """Registers the histogram, with upper bounds that ``+Inf`` follows."""
        # The library goes over to exponents much sooner than it needs to.
        self._le: dict[str, str] = {
            floatToGoString(bound): repr(float(bound))  # type: ignore[no-untyped-call]
            for bound in buckets
        }
        names = [label.name for label in labels]
        stored = prom.Histogram(name, help, names, registry=None, buckets=buckets)
        super().__init__(
            registry, stored, name=name, help=help, unit=unit, labels=labels
        )

    def observe(self, value: float, *values: *Values) -> None:
        """Record ``value`` in the series with these label values.

        Dropped if it is negative or not finite, or if the sum would not be finite
        any more.
        """
        checked = number(value)
        if math.isfinite(checked) and checked >= 0:
            self.labels(*values).observe(checked)
        else:
            self._watch.dropped()

    def _add(
        self, metric: OwnMetric, suffix: str, labels: dict[str, str], value: float
    ) -> None:
        if suffix == "_bucket":
            labels["le"] = self._le.get(labels["le"], labels["le"])
        metric.add_sample(self.name + suffix, labels, value)

    def _make(self, stored: prom.Histogram) -> Histogram:
        return Histogram(stored, self._watch.dropped)
