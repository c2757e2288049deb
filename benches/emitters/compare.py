"""What an event of the Python emitter costs beside prometheus_client alone:
compare.py PACKAGE, the directory of the emitter.
"""

import statistics
import sys
import time

import prometheus_client

sys.path.insert(0, f"{sys.argv[1]}/src")
from orchestrator_metrics import Metrics  # noqa: E402

ROUNDS = 15
CALLS = 20_000
AGENTS = [f"agent-{index}" for index in range(100)]

metrics = Metrics()
registry = prometheus_client.CollectorRegistry()
completed = prometheus_client.Counter("completed", "Tasks", ["agent"], registry=registry)
active = prometheus_client.Gauge("active", "Tasks", ["agent"], registry=registry)
duration = prometheus_client.Histogram(
    "duration_seconds", "Time", ["agent"], buckets=[0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600], registry=registry
)


def emitter(agent: str) -> None:
    metrics.on_agent_task_complete(agent, 3)


def library(agent: str) -> None:
    completed.labels(agent).inc()
    active.labels(agent).dec()
    duration.labels(agent).observe(3)


def taken(call) -> float:
    start = time.perf_counter_ns()
    for index in range(CALLS):
        call(AGENTS[index % len(AGENTS)])
    return (time.perf_counter_ns() - start) / CALLS


def encoded(call) -> float:
    start = time.perf_counter_ns()
    for _ in range(5):
        call()
    return (time.perf_counter_ns() - start) / 5


events: dict[str, list[float]] = {"emitter": [], "library": []}
texts: dict[str, list[float]] = {"emitter": [], "library": []}
# The first round warms up, and is not counted.
for round_ in range(ROUNDS + 1):
    for name, call, encode in [
        ("emitter", emitter, lambda: metrics.encode(None)),
        ("library", library, lambda: prometheus_client.generate_latest(registry)),
    ]:
        event, text = taken(call), encoded(encode)
        if round_ > 0:
            events[name].append(event)
            texts[name].append(text)


def line(title: str, figures: dict[str, list[float]], unit: str, scale: float) -> str:
    own, bare = (statistics.median(figures[name]) / scale for name in ("emitter", "library"))
    return f"{title}: {own:.1f} {unit} against {bare:.1f} {unit}, {own / bare:.2f} times"


print(line("event of three metrics", events, "µs", 1000))
print(line("exposition", texts, "µs", 1000))
