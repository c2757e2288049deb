"""What goes on between an event and those that end it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .runtime.guard import Guard

if TYPE_CHECKING:
    from .metrics import Metrics


class AgentTask(Guard["Metrics"]):
    """What ``Metrics.on_agent_task_start`` started; from ``Metrics.agent_task``.

    Ends with ``complete`` or ``fail``; dropped without, as with ``fail``.
    """

    def __init__(self, _metrics: Metrics, agent: str) -> None:
        """For ``Metrics``."""
        super().__init__(_metrics)
        self._kept_agent = agent

    def complete(self) -> None:
        """An agent completes a task.

        Calls ``Metrics.on_agent_task_complete``.
        """
        if self._guard_ends():
            self._guard_metrics.on_agent_task_complete(
                self._kept_agent,
                self._guard_elapsed(),
            )

    def fail(self) -> None:
        """An agent fails a task.

        Calls ``Metrics.on_agent_task_fail``.
        """
        if self._guard_ends():
            self._guard_metrics.on_agent_task_fail(
                self._kept_agent,
                self._guard_elapsed(),
            )

    def _guard_drop(self) -> None:
        self.fail()


class Approval(Guard["Metrics"]):
    """What ``Metrics.on_approval_requested`` started; from ``Metrics.approval``.

    Ends with ``answer``, ``auto_escalate`` or ``withdraw``; dropped without, as with
    ``withdraw``.
    """

    def answer(self) -> None:
        """A person approves or rejects a task.

        Calls ``Metrics.on_approval_answered``.
        """
        if self._guard_ends():
            self._guard_metrics.on_approval_answered(self._guard_elapsed())

    def auto_escalate(self) -> None:
        """Nobody has answered a request for approval in time, and it is escalated.

        Calls ``Metrics.on_approval_auto_escalated``.
        """
        if self._guard_ends():
            self._guard_metrics.on_approval_auto_escalated()

    def withdraw(self) -> None:
        """A request for approval is withdrawn before anybody has answered.

        Calls ``Metrics.on_approval_withdrawn``.
        """
        if self._guard_ends():
            self._guard_metrics.on_approval_withdrawn()

    def _guard_drop(self) -> None:
        self.withdraw()
