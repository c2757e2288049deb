"""The text formats, and which of them a scraper prefers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics import exposition as openmetrics

from .family import OwnMetric

TEXT: Final = "text/plain; version=0.0.4; charset=utf-8"
OPEN_METRICS: Final = "application/openmetrics-text; version=1.0.0; charset=utf-8"


def encode(registry: CollectorRegistry, accept: str | None) -> tuple[str, bytes]:
    """Everything in a registry, in the format that an ``Accept`` header prefers.

    The first part of the answer is its content type.
    """
    if prefers_open_metrics(accept):
        metrics = _Metrics(registry.collect())
        return OPEN_METRICS, openmetrics.generate_latest(metrics)  # type: ignore[no-untyped-call]
    lines: list[str] = []
    others: list[Metric] = []
    for metric in registry.collect():
        if isinstance(metric, OwnMetric):
            lines.extend(_text(metric))
        else:
            others.append(metric)
    own = "".join(f"{line}\n" for line in lines).encode()
    return TEXT, own + generate_latest(_Metrics(others))


class _Metrics(CollectorRegistry):
    """Metrics that have been collected, as the library's writers take them."""

    def __init__(self, metrics: Iterable[Metric]) -> None:
        super().__init__()
        self._collected = list(metrics)

    def collect(self) -> Iterable[Metric]:
        return self._collected


def _text(metric: OwnMetric) -> Iterable[str]:
    """The lines of a metric in the format 0.0.4.

    Written here since the library gives counters the names that it prefers.
    """
    yield f"# HELP {metric.full_name} {_escape(metric.documentation)}"
    yield f"# TYPE {metric.full_name} {metric.kind}"
    for sample in metric.samples:
        pairs = (f'{name}="{_quoted(value)}"' for name, value in sample.labels.items())
        labels = ",".join(pairs)
        braces = f"{{{labels}}}" if labels else ""
        yield f"{sample.name}{braces} {float(sample.value)!r}"


def _escape(raw: str) -> str:
    return raw.replace("\\", "\\\\").replace("\n", "\\n")


def _quoted(raw: str) -> str:
    return _escape(raw).replace('"', '\\"')


class _Preference:
    """How closely a media range describes a format, and how much it is liked."""

    def __init__(self) -> None:
        self.detail = 0
        self.quality = 0.0

    def consider(self, detail: int, quality: float) -> None:
        """Take the closest range, and of these the best."""
        if (detail, quality) > (self.detail, self.quality):
            self.detail, self.quality = detail, quality

    def consider_version(self, version: str | None, ours: str, quality: float) -> None:
        """The same for a range that may name a version."""
        if version is None:
            self.consider(3, quality)
        elif version == ours:
            self.consider(4, quality)


def prefers_open_metrics(accept: str | None) -> bool:
    """Whether a request prefers OpenMetrics.

    It has to be asked for: a wildcard and a missing or unusable header mean text.
    Between the two at equal quality, named, it wins.
    """
    text, open_metrics = _Preference(), _Preference()
    for media_range in _split(accept or "", ","):
        media, *parameters = (part.strip() for part in _split(media_range, ";"))
        quality, version = 1.0, None
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            bare = value.strip().strip('"')
            if name.strip().lower() == "q":
                quality = _quality(bare)
            elif name.strip().lower() == "version":
                version = bare
        if not 0 <= quality <= 1:
            continue
        match media.lower():
            case "*/*":
                text.consider(1, quality)
                open_metrics.consider(1, quality)
            case "text/*":
                text.consider(2, quality)
            case "application/*":
                open_metrics.consider(2, quality)
            case "text/plain":
                text.consider_version(version, "0.0.4", quality)
            case "application/openmetrics-text":
                open_metrics.consider_version(version, "1.0.0", quality)
    equal = open_metrics.detail >= 3 and open_metrics.quality == text.quality
    better = open_metrics.quality > text.quality
    return better or (equal and open_metrics.quality > 0)


def _quality(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return -1.0


def _split(text: str, separator: str) -> list[str]:
    """The parts of a list, separated outside quotes."""
    parts, quoted = [""], False
    for character in text:
        quoted ^= character == '"'
        if character == separator and not quoted:
            parts.append("")
        else:
            parts[-1] += character
    return parts
