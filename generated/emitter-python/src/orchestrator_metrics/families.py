"""The metrics themselves."""

from __future__ import annotations

from .runtime.family import CounterFamily, GaugeFamily, HistogramFamily
from .runtime.label import Label
from .runtime.registry import Registry


class Families:
    """Every metric by name, for what no event says."""

    def __init__(self, registry: Registry) -> None:
        """Registers them all."""
        label_agent = Label("agent", 200)
        label_agent.reserve("planner")
        label_agent.reserve("researcher")
        label_agent.reserve("coder")
        label_agent.reserve("reviewer")
        label_model = Label("model", 20)
        label_model.reserve("gpt-4o-mini")
        label_model.reserve("claude-sonnet")
        label_skill = Label("skill", 100)
        label_skill.reserve("web_search")
        label_skill.reserve("shell")
        label_skill.reserve("file_write")
        label_skill.reserve("send_mail")
        label_violation_type = Label("violation_type", 50)
        label_violation_type.reserve("unauthorized_access")
        label_violation_type.reserve("rate_limit")
        label_violation_type.reserve("data_leak")
        label_violation_type.reserve("policy")
        self.active_permissions_granted = GaugeFamily[str](
            registry,
            name="active_permissions_granted",
            help="Permissions that a skill holds",
            labels=[label_skill],
        )
        """Permissions that a skill holds."""
        self.agent_active_tasks = GaugeFamily[str](
            registry,
            name="agent_active_tasks",
            help="Tasks that an agent is working on",
            labels=[label_agent],
        )
        """Tasks that an agent is working on."""
        self.agent_cost_per_day_usd = GaugeFamily[str, str](
            registry,
            name="agent_cost_per_day_usd",
            help="Cost of an agent's calls to a model since midnight",
            unit="usd",
            labels=[label_agent, label_model],
        )
        """Cost of an agent's calls to a model since midnight."""
        self.agent_task_duration_seconds = HistogramFamily[str](
            registry,
            name="agent_task_duration_seconds",
            help="Time from the start of a task to its end",
            unit="seconds",
            labels=[label_agent],
            buckets=[0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600],
        )
        """Time from the start of a task to its end."""
        self.agent_tasks_completed_total = CounterFamily[str](
            registry,
            name="agent_tasks_completed_total",
            help="Tasks that an agent has completed",
            labels=[label_agent],
        )
        """Tasks that an agent has completed."""
        self.agent_tasks_failed_total = CounterFamily[str](
            registry,
            name="agent_tasks_failed_total",
            help="Tasks that an agent has failed",
            labels=[label_agent],
        )
        """Tasks that an agent has failed."""
        self.agent_tasks_started_total = CounterFamily[str](
            registry,
            name="agent_tasks_started_total",
            help="Tasks that an agent has started",
            labels=[label_agent],
        )
        """Tasks that an agent has started."""
        self.agent_total_cost_per_day_usd = GaugeFamily[()](
            registry,
            name="agent_total_cost_per_day_usd",
            help="Cost of all calls to models since midnight",
            unit="usd",
        ).labels()
        """Cost of all calls to models since midnight."""
        self.approval_auto_escalated_total = CounterFamily[()](
            registry,
            name="approval_auto_escalated_total",
            help="Requests for approval that were escalated because nobody answered in time",
        ).labels()
        """Requests for approval that were escalated because nobody answered in time."""
        self.approval_response_time_seconds = HistogramFamily[()](
            registry,
            name="approval_response_time_seconds",
            help="Time from a request for approval to its answer",
            unit="seconds",
            buckets=[1, 5, 10, 30, 60, 120, 300, 900, 3600],
        ).labels()
        """Time from a request for approval to its answer."""
        self.audit_violations_logged_total = CounterFamily[str](
            registry,
            name="audit_violations_logged_total",
            help="Violations that the audit log has recorded",
            labels=[label_violation_type],
        )
        """Violations that the audit log has recorded."""
        self.pending_approvals_count = GaugeFamily[()](
            registry,
            name="pending_approvals_count",
            help="Requests for approval that wait for an answer",
        ).labels()
        """Requests for approval that wait for an answer."""
        self.permission_escalation_requests_total = CounterFamily[str](
            registry,
            name="permission_escalation_requests_total",
            help="Requests for more permissions than a skill has",
            labels=[label_skill],
        )
        """Requests for more permissions than a skill has."""
        self.skill_access_allowed_total = CounterFamily[str](
            registry,
            name="skill_access_allowed_total",
            help="Uses of a skill that were allowed",
            labels=[label_skill],
        )
        """Uses of a skill that were allowed."""
        self.skill_access_denied_total = CounterFamily[str](
            registry,
            name="skill_access_denied_total",
            help="Uses of a skill that were denied",
            labels=[label_skill],
        )
        """Uses of a skill that were denied."""
        self.task_approval_requests_total = CounterFamily[()](
            registry,
            name="task_approval_requests_total",
            help="Requests for a person's approval of a task",
        ).labels()
        """Requests for a person's approval of a task."""
