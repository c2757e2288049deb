"""Calls every event of the reference specs, then writes both expositions to the
files that are named: calls.py PACKAGE TEXT OPEN_METRICS
"""

import pathlib
import sys
import urllib.request

directory, text, open_metrics = map(pathlib.Path, sys.argv[1:])
sys.path.insert(0, str(directory / "src"))
from orchestrator_metrics import Metrics  # noqa: E402

metrics = Metrics()

metrics.on_agent_task_start("planner")
metrics.on_agent_task_complete("planner", 3)
metrics.on_agent_task_start("planner")
metrics.on_agent_task_fail("planner", 700)
metrics.on_agent_task_start("planner")
metrics.on_agent_task_start("coder")
metrics.on_agent_task_complete("coder", 0.5)
metrics.agent_task("guarded").complete()
metrics.agent_task("guarded").fail()
with metrics.agent_task("guarded"):
    pass

metrics.on_cost_recorded("planner", "gpt-4o-mini", 1)
metrics.reset_daily_cost()
metrics.on_cost_recorded("planner", "claude-sonnet", 0.25)
metrics.on_cost_recorded("coder", "claude-sonnet", 0.5)

metrics.on_skill_access_allowed("web_search")
metrics.on_skill_access_denied("shell")
metrics.on_escalation_requested("shell")
metrics.on_permission_granted("shell")
metrics.on_permission_granted("shell")
metrics.on_permission_revoked("shell")
metrics.log_violation("rate_limit")

for _ in range(4):
    metrics.on_approval_requested()
metrics.on_approval_answered(20)
metrics.on_approval_auto_escalated()
metrics.on_approval_withdrawn()
metrics.approval().answer()
metrics.approval().auto_escalate()
metrics.approval()  # ends at once, as nothing refers to it

server = metrics.start_metrics_server("127.0.0.1:0")
with urllib.request.urlopen(server.url) as answer:
    content_type, served = answer.headers["Content-Type"], answer.read()
server.stop()
try:
    urllib.request.urlopen(server.url)
except OSError:
    pass
else:
    raise AssertionError("the server has not stopped")

assert metrics.encode() == (content_type, served)
text.write_bytes(served)
accept = "application/openmetrics-text; version=1.0.0"
open_metrics.write_bytes(metrics.encode(accept)[1])
