"""Events of every shape do what they say: shapes.py PACKAGE"""

import pathlib
import sys

from prometheus_client.parser import text_string_to_metric_families as read

sys.path.insert(0, str(pathlib.Path(sys.argv[1]) / "src"))
from shapes_of_events import Metrics, labels  # noqa: E402

metrics = Metrics()


def value(name, *values):
    """The only sample with this name and these values of labels, in any order."""
    [found] = (
        sample.value
        for family in read(metrics.encode()[1].decode())
        for sample in family.samples
        if sample.name == name and sorted(sample.labels.values()) == sorted(values)
    )
    return found


metrics.type_("t", 2, 3, "free", "b", "hotel")
metrics.type_("t", 5, 1, "free", "b", "hotel")
metrics.served("4x", True, 7, "x")
metrics.served("pro", False, 7, "x")
guard = metrics.metrics("1", "2", "3", "4", 8)
assert value("many", "1", "2", "3", "4") == 9
del guard
assert value("many", "1", "2", "3", "4") == 8
assert value("waits_seconds_count") == 1
metrics.metrics("1", "2", "3", "4", 8).type_(4, "free", 3)
assert value("many", "1", "a", "b", "c") == 8
assert value("waits_seconds_count") == 2
assert value("waits_seconds_sum") >= 3
assert value("self") == 6
assert value("HTTP:requests_total", "t", "free", "b", "hotel") == 2_000_002
assert value("HTTP:requests_total", 'a "b"', "free", "b", "hotel") == 4
assert value("busy", "4x") == 1
assert value("busy", "pro") == 0
assert value("plain_total") == 1
assert value("sizes_bytes_sum", "x") == 14
assert value("sizes_bytes_count", "fixed") == 2
metrics.forget()
assert value("many", "1", "2", "3", "4") == -1.5
assert labels.TIER[5] == 'ünï "q"\\'
# Code without types may pass what no closed label holds.
metrics.served("gold", True, 1, "x")
assert value("busy", "_other") == 1
