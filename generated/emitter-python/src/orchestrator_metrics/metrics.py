"""The metrics of this system, with a function for each thing that happens."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry

from . import guards
from .families import Families
from .runtime.exposition import encode
from .runtime.label import Overflow
from .runtime.registry import Registry
from .runtime.server import MetricsServer


class Metrics:
    """All metrics of the system.

    No function that says what happens raises, whatever it is given; ``runtime``
    says what becomes of numbers that are not finite, and of labels with too many
    values.
    """

    def __init__(
        self,
        *,
        on_overflow: Callable[[Overflow], None] | None = None,
        registry: CollectorRegistry | None = None,
    ) -> None:
        """Metrics that nothing has happened to yet.

        Args:
            on_overflow: Told when a label has more values than its limit, once for
                each label. What it raises is ignored.
            registry: Where to put the metrics, beside others. A registry of their
                own if not given.
        """
        self._registry = Registry(on_overflow, registry)
        self.families = Families(self._registry)
        """The metrics themselves, for what no event says."""

    @property
    def registry(self) -> CollectorRegistry:
        """The registry that holds the metrics, to add others."""
        return self._registry.prom

    def encode(self, accept: str | None = None) -> tuple[str, bytes]:
        """The content type and the body of an answer to ``GET /metrics``.

        The format is what the request's ``Accept`` header prefers: OpenMetrics, or
        the Prometheus text format.
        """
        return encode(self._registry.prom, accept)

    def start_metrics_server(self, address: int | str = 9100) -> MetricsServer:
        """Serve the metrics at ``/metrics`` until the server is stopped.

        Args:
            address: A port of all interfaces, or an address such as
                ``"127.0.0.1:9100"``.

        Raises:
            ValueError: If the address cannot be understood.
            OSError: If it cannot be bound.
        """
        return MetricsServer(self.encode, address)

    def log_violation(self, violation_type: str) -> None:
        """The audit log records a violation.

        Moves ``audit_violations_logged_total``.

        Args:
            violation_type: Kind of violation.
        """
        self.families.audit_violations_logged_total.inc(violation_type)

    def on_agent_task_complete(self, agent: str, duration: float) -> None:
        """An agent completes a task.

        Moves ``agent_tasks_completed_total``, ``agent_active_tasks``,
        ``agent_task_duration_seconds``.

        Args:
            agent: Name of the agent.
            duration: Time since the start of the task, in seconds.
        """
        self.families.agent_tasks_completed_total.inc(agent)
        self.families.agent_active_tasks.dec(agent)
        self.families.agent_task_duration_seconds.observe(duration, agent)

    def on_agent_task_fail(self, agent: str, duration: float) -> None:
        """An agent fails a task.

        Moves ``agent_tasks_failed_total``, ``agent_active_tasks``,
        ``agent_task_duration_seconds``.

        Args:
            agent: Name of the agent.
            duration: Time since the start of the task, in seconds.
        """
        self.families.agent_tasks_failed_total.inc(agent)
        self.families.agent_active_tasks.dec(agent)
        self.families.agent_task_duration_seconds.observe(duration, agent)

    def on_agent_task_start(self, agent: str) -> None:
        """An agent starts a task.

        Moves ``agent_tasks_started_total``, ``agent_active_tasks``.

        Args:
            agent: Name of the agent.
        """
        self.families.agent_tasks_started_total.inc(agent)
        self.families.agent_active_tasks.inc(agent)

    def on_approval_answered(self, response_time: float) -> None:
        """A person approves or rejects a task.

        Moves ``pending_approvals_count``, ``approval_response_time_seconds``.

        Args:
            response_time: Time since the request, in seconds.
        """
        self.families.pending_approvals_count.dec()
        self.families.approval_response_time_seconds.observe(response_time)

    def on_approval_auto_escalated(self) -> None:
        """Nobody has answered a request for approval in time, and it is escalated.

        Moves ``pending_approvals_count``, ``approval_auto_escalated_total``.
        """
        self.families.pending_approvals_count.dec()
        self.families.approval_auto_escalated_total.inc()

    def on_approval_requested(self) -> None:
        """A person is asked to approve a task.

        Moves ``task_approval_requests_total``, ``pending_approvals_count``.
        """
        self.families.task_approval_requests_total.inc()
        self.families.pending_approvals_count.inc()

    def on_approval_withdrawn(self) -> None:
        """A request for approval is withdrawn before anybody has answered.

        Moves ``pending_approvals_count``.
        """
        self.families.pending_approvals_count.dec()

    def on_cost_recorded(self, agent: str, model: str, cost: float) -> None:
        """A call to a model has been paid for.

        Moves ``agent_cost_per_day_usd``, ``agent_total_cost_per_day_usd``.

        Args:
            agent: Name of the agent.
            model: Language model that served the call.
            cost: Cost in US dollars.
        """
        self.families.agent_cost_per_day_usd.add(cost, agent, model)
        self.families.agent_total_cost_per_day_usd.add(cost)

    def on_escalation_requested(self, skill: str) -> None:
        """More permissions are asked for than a skill has.

        Moves ``permission_escalation_requests_total``.

        Args:
            skill: Skill that an agent asked for.
        """
        self.families.permission_escalation_requests_total.inc(skill)

    def on_permission_granted(self, skill: str) -> None:
        """A skill is given a permission.

        Moves ``active_permissions_granted``.

        Args:
            skill: Skill that an agent asked for.
        """
        self.families.active_permissions_granted.inc(skill)

    def on_permission_revoked(self, skill: str) -> None:
        """A permission is taken from a skill.

        Moves ``active_permissions_granted``.

        Args:
            skill: Skill that an agent asked for.
        """
        self.families.active_permissions_granted.dec(skill)

    def on_skill_access_allowed(self, skill: str) -> None:
        """An agent uses a skill that it may use.

        Moves ``skill_access_allowed_total``.

        Args:
            skill: Skill that an agent asked for.
        """
        self.families.skill_access_allowed_total.inc(skill)

    def on_skill_access_denied(self, skill: str) -> None:
        """An agent is refused a skill.

        Moves ``skill_access_denied_total``.

        Args:
            skill: Skill that an agent asked for.
        """
        self.families.skill_access_denied_total.inc(skill)

    def reset_daily_cost(self) -> None:
        """A day has ended, and costs start again from zero.

        Moves ``agent_cost_per_day_usd``, ``agent_total_cost_per_day_usd``.
        """
        self.families.agent_cost_per_day_usd.set_all(0)
        self.families.agent_total_cost_per_day_usd.set(0)

    def agent_task(self, agent: str) -> guards.AgentTask:
        """An agent starts a task.

        Calls ``on_agent_task_start``, and returns a guard that calls the end:
        ``complete`` or ``fail``, or ``fail`` when it is dropped without.
        """
        self.on_agent_task_start(agent)
        return guards.AgentTask(self, agent)

    def approval(self) -> guards.Approval:
        """A person is asked to approve a task.

        Calls ``on_approval_requested``, and returns a guard that calls the end:
        ``answer``, ``auto_escalate`` or ``withdraw``, or ``withdraw`` when it is
        dropped without.
        """
        self.on_approval_requested()
        return guards.Approval(self)
