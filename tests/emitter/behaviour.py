"""What the runtime for Python holds to: behaviour.py PACKAGE"""

import gc
import math
import pathlib
import socket
import sys
import threading
import time
import urllib.error
import urllib.request

from prometheus_client import REGISTRY, CollectorRegistry, Gauge, generate_latest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_open
from prometheus_client.parser import text_string_to_metric_families as read

sys.path.insert(0, str(pathlib.Path(sys.argv[1]) / "src"))
from orchestrator_metrics import Metrics  # noqa: E402
from orchestrator_metrics.runtime.exposition import prefers_open_metrics  # noqa: E402


def series(metrics):
    """Values by name and labels, as the library's own parser reads them."""
    found = {}
    for family in read(metrics.encode()[1].decode()):
        for sample in family.samples:
            key = (sample.name, *(value for _, value in sorted(sample.labels.items())))
            assert key not in found, f"{key} is exposed twice"
            found[key] = sample.value
    return found


def labels_fold_past_their_limit():
    told = []

    def hook(overflow):
        told.append(overflow)
        raise RuntimeError("nobody's concern")

    metrics = Metrics(on_overflow=hook)
    for agent in range(300):
        metrics.on_agent_task_start(f"agent-{agent}")
    metrics.on_agent_task_start("planner")
    found = series(metrics)
    # 4 of the 200 places are reserved for known values.
    assert found["agent_tasks_started_total", "_other"] == 104
    assert found["agent_tasks_started_total", "planner"] == 1
    folded = "emitter_label_values_folded_total"
    assert found[folded, "agent", "agent_tasks_started_total"] == 104
    assert found[folded, "agent", "agent_active_tasks"] == 104
    [only] = told
    assert (only.metric, only.label, only.limit) == ("agent_tasks_started_total", "agent", 200)
    assert only.value == "agent-196"


def values_become_text_that_can_be_exposed():
    metrics = Metrics()
    for value in ["x" * 127 + "é", "\ud800", "\udfff", 7, ["a"], 'q"\\\n']:
        metrics.on_skill_access_allowed(value)
    found = series(metrics)
    for value, count in [("x" * 127, 1), ("?", 2), ("7", 1), ("['a']", 1), ('q"\\\n', 1)]:
        assert found["skill_access_allowed_total", value] == count, value
    cut = ("emitter_label_values_truncated_total", "skill", "skill_access_allowed_total")
    assert found[cut] == 1
    list(read_open(metrics.encode("application/openmetrics-text")[1].decode()))


def bad_numbers_are_dropped():
    metrics = Metrics()
    bad = [math.nan, math.inf, -math.inf, None, "five", 10**400]
    for value in [*bad, -1]:
        metrics.on_approval_answered(value)
    for value in bad:
        metrics.on_cost_recorded("a", "b", value)
    metrics.on_cost_recorded("a", "b", 1e308)
    metrics.on_cost_recorded("a", "b", 1e308)
    for value in [-1, 1.5, 10**400, 2]:
        metrics.families.task_approval_requests_total.add(value)
    found = series(metrics)
    dropped = "emitter_values_dropped_total"
    assert found[dropped, "approval_response_time_seconds"] == 7
    assert found["approval_response_time_seconds_count",] == 0
    assert found[dropped, "agent_cost_per_day_usd"] == 7
    assert found["agent_cost_per_day_usd", "a", "b"] == 1e308
    assert found[dropped, "task_approval_requests_total"] == 3
    assert found["task_approval_requests_total",] == 2


def guards_end_once():
    metrics = Metrics()
    guard = metrics.agent_task("a")
    guard.complete()
    guard.fail()
    del guard
    gc.collect()
    try:
        with metrics.agent_task("a"):
            raise KeyError("broken")
    except KeyError:
        pass
    with metrics.agent_task("a") as task:
        task.complete()
    found = series(metrics)
    assert found["agent_tasks_completed_total", "a"] == 2
    assert found["agent_tasks_failed_total", "a"] == 1
    assert found["agent_active_tasks", "a"] == 0


def guards_that_are_collected_wait_for_nobody():
    """The collector may come upon a guard while its thread holds a lock of a metric."""
    metrics = Metrics()
    gc.disable()

    def leave_a_cycle():
        cycle = [metrics.agent_task("a")]
        cycle.append(cycle)

    def collect():
        series = metrics.families.agent_active_tasks.labels("a")
        with series._lock, series._series._value._lock:
            gc.collect()

    begun = time.perf_counter()
    leave_a_cycle()
    time.sleep(0.05)
    collector = threading.Thread(target=collect, daemon=True)
    collector.start()
    collector.join(10)
    assert not collector.is_alive(), "a guard waits for a lock of its own thread"
    gc.enable()
    gone = time.perf_counter()
    time.sleep(0.2)
    found = series(metrics)
    assert found["agent_tasks_failed_total", "a"] == 1
    assert found["agent_active_tasks", "a"] == 0
    # It took as long as it was there, and not until somebody looked.
    assert 0.04 < found["agent_task_duration_seconds_sum", "a"] < gone - begun


def nothing_is_lost_between_threads():
    metrics = Metrics()

    def work():
        for turn in range(2000):
            metrics.on_agent_task_start(f"agent-{turn % 300}")
            metrics.on_cost_recorded("a", "b", 1)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(20):
        series(metrics)
    for thread in threads:
        thread.join()
    found = series(metrics)
    started = [value for key, value in found.items() if key[0] == "agent_tasks_started_total"]
    assert sum(started) == 8000
    assert found["agent_cost_per_day_usd", "a", "b"] == 8000


def registries_are_kept_apart():
    Metrics()
    Metrics()
    assert b"agent_" not in generate_latest(REGISTRY)
    shared = CollectorRegistry()
    Gauge("neighbour", "Another metric", registry=shared).set(4)
    found = series(Metrics(registry=shared))
    assert found["neighbour",] == 4
    try:
        Metrics(registry=shared)
    except ValueError as error:
        assert "Duplicated timeseries" in str(error)
    else:
        raise AssertionError("one registry takes the same metrics twice")


def servers_answer_what_is_asked():
    metrics = Metrics()
    with metrics.start_metrics_server("127.0.0.1:0") as server:
        request = urllib.request.Request(server.url, headers={"Accept": "application/openmetrics-text"})
        with urllib.request.urlopen(request) as answer:
            assert answer.headers["Content-Type"].startswith("application/openmetrics-text")
            assert answer.read().endswith(b"\n# EOF\n")
        for url, method, status in [
            (server.url.replace("/metrics", "/"), "GET", 404),
            (server.url, "POST", 405),
        ]:
            try:
                urllib.request.urlopen(urllib.request.Request(url, method=method))
            except urllib.error.HTTPError as error:
                assert error.code == status
            else:
                raise AssertionError(f"{method} {url} is answered")
        for address, error in [(f"127.0.0.1:{server.port}", OSError), ("nonsense", ValueError)]:
            try:
                metrics.start_metrics_server(address)
            except error:
                pass
            else:
                raise AssertionError(f"{address} can be served on")
        # Somebody who reads slowly gets the whole answer, also if the system takes
        # little of it in advance.
        server._server.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        for agent in range(150):
            metrics.on_agent_task_complete(f"{agent:x>120}", 1)
        whole = len(metrics.encode()[1])
        slow = socket.socket()
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.connect(("127.0.0.1", server.port))
        slow.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
        time.sleep(2.5)
        answer = b"".join(iter(lambda: slow.recv(1 << 16), b""))
        got = len(answer.partition(b"\r\n\r\n")[2])
        assert got == whole > 300_000, (got, whole)
        slow.close()
        # Somebody who says nothing does not keep the server from stopping.
        silent = socket.create_connection(("127.0.0.1", server.port))
    silent.close()


def the_header_decides():
    for accept, expected in [
        (None, False),
        ("*/*", False),
        ("text/html,application/xhtml+xml,*/*;q=0.8", False),
        ("application/openmetrics-text", True),
        ('Application/OpenMetrics-Text; Version="1.0.0"', True),
        ("application/*", True),
        ("application/openmetrics-text;q=0.3, text/plain;q=0.7", False),
        ("application/openmetrics-text;q=0, */*", False),
        ("text/plain;q=0, */*;q=0.5", True),
        ("application/openmetrics-text;version=2.0.0,text/plain;q=0.1", False),
        ("application/openmetrics-text;q=NaN", False),
        (
            "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
            "text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
            True,
        ),
        ("text/plain;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.4", False),
    ]:
        assert prefers_open_metrics(accept) == expected, accept


labels_fold_past_their_limit()
values_become_text_that_can_be_exposed()
bad_numbers_are_dropped()
guards_end_once()
guards_that_are_collected_wait_for_nobody()
nothing_is_lost_between_threads()
registries_are_kept_apart()
servers_answer_what_is_asked()
the_header_decides()
