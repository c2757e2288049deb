/**
 * The metrics themselves.
 */

import type {
  CounterFamily,
  GaugeFamily,
  HistogramFamily,
} from "./runtime/family.js";
import { Label } from "./runtime/label.js";
import type { Registry } from "./runtime/registry.js";
import type { Counter, Gauge, Histogram } from "./runtime/series.js";

/** The values of the labels of `active_permissions_granted`, in their order. */
export type ActivePermissionsGrantedLabels = [skill: string];

/** The values of the labels of `agent_active_tasks`, in their order. */
export type AgentActiveTasksLabels = [agent: string];

/** The values of the labels of `agent_cost_per_day_usd`, in their order. */
export type AgentCostPerDayUsdLabels = [agent: string, model: string];

/** The values of the labels of `agent_task_duration_seconds`, in their order. */
export type AgentTaskDurationSecondsLabels = [agent: string];

/** The values of the labels of `agent_tasks_completed_total`, in their order. */
export type AgentTasksCompletedTotalLabels = [agent: string];

/** The values of the labels of `agent_tasks_failed_total`, in their order. */
export type AgentTasksFailedTotalLabels = [agent: string];

/** The values of the labels of `agent_tasks_started_total`, in their order. */
export type AgentTasksStartedTotalLabels = [agent: string];

/** The values of the labels of `audit_violations_logged_total`, in their order. */
export type AuditViolationsLoggedTotalLabels = [violationType: string];

/** The values of the labels of `permission_escalation_requests_total`, in their order. */
export type PermissionEscalationRequestsTotalLabels = [skill: string];

/** The values of the labels of `skill_access_allowed_total`, in their order. */
export type SkillAccessAllowedTotalLabels = [skill: string];

/** The values of the labels of `skill_access_denied_total`, in their order. */
export type SkillAccessDeniedTotalLabels = [skill: string];

/** Every metric by name, for what no event says. */
export class Families {
  /**
   * Permissions that a skill holds.
   */
  readonly activePermissionsGranted: GaugeFamily<ActivePermissionsGrantedLabels>;
  /**
   * Tasks that an agent is working on.
   */
  readonly agentActiveTasks: GaugeFamily<AgentActiveTasksLabels>;
  /**
   * Cost of an agent's calls to a model since midnight.
   */
  readonly agentCostPerDayUsd: GaugeFamily<AgentCostPerDayUsdLabels>;
  /**
   * Time from the start of a task to its end.
   */
  readonly agentTaskDurationSeconds: HistogramFamily<AgentTaskDurationSecondsLabels>;
  /**
   * Tasks that an agent has completed.
   */
  readonly agentTasksCompletedTotal: CounterFamily<AgentTasksCompletedTotalLabels>;
  /**
   * Tasks that an agent has failed.
   */
  readonly agentTasksFailedTotal: CounterFamily<AgentTasksFailedTotalLabels>;
  /**
   * Tasks that an agent has started.
   */
  readonly agentTasksStartedTotal: CounterFamily<AgentTasksStartedTotalLabels>;
  /**
   * Cost of all calls to models since midnight.
   */
  readonly agentTotalCostPerDayUsd: Gauge;
  /**
   * Requests for approval that were escalated because nobody answered in time.
   */
  readonly approvalAutoEscalatedTotal: Counter;
  /**
   * Time from a request for approval to its answer.
   */
  readonly approvalResponseTimeSeconds: Histogram;
  /**
   * Violations that the audit log has recorded.
   */
  readonly auditViolationsLoggedTotal: CounterFamily<AuditViolationsLoggedTotalLabels>;
  /**
   * Requests for approval that wait for an answer.
   */
  readonly pendingApprovalsCount: Gauge;
  /**
   * Requests for more permissions than a skill has.
   */
  readonly permissionEscalationRequestsTotal: CounterFamily<PermissionEscalationRequestsTotalLabels>;
  /**
   * Uses of a skill that were allowed.
   */
  readonly skillAccessAllowedTotal: CounterFamily<SkillAccessAllowedTotalLabels>;
  /**
   * Uses of a skill that were denied.
   */
  readonly skillAccessDeniedTotal: CounterFamily<SkillAccessDeniedTotalLabels>;
  /**
   * Requests for a person's approval of a task.
   */
  readonly taskApprovalRequestsTotal: Counter;

  /** Registers them all. */
  constructor(registry: Registry) {
    const agentLabel = Label.open("agent", 200);
    agentLabel.reserve("planner");
    agentLabel.reserve("researcher");
    agentLabel.reserve("coder");
    agentLabel.reserve("reviewer");
    const modelLabel = Label.open("model", 20);
    modelLabel.reserve("gpt-4o-mini");
    modelLabel.reserve("claude-sonnet");
    const skillLabel = Label.open("skill", 100);
    skillLabel.reserve("web_search");
    skillLabel.reserve("shell");
    skillLabel.reserve("file_write");
    skillLabel.reserve("send_mail");
    const violationTypeLabel = Label.open("violation_type", 50);
    violationTypeLabel.reserve("unauthorized_access");
    violationTypeLabel.reserve("rate_limit");
    violationTypeLabel.reserve("data_leak");
    violationTypeLabel.reserve("policy");
    this.activePermissionsGranted = registry.gauge({
      name: "active_permissions_granted",
      help: "Permissions that a skill holds",
      labels: [skillLabel],
    });
    this.agentActiveTasks = registry.gauge({
      name: "agent_active_tasks",
      help: "Tasks that an agent is working on",
      labels: [agentLabel],
    });
    this.agentCostPerDayUsd = registry.gauge({
      name: "agent_cost_per_day_usd",
      help: "Cost of an agent's calls to a model since midnight",
      unit: "usd",
      labels: [agentLabel, modelLabel],
    });
    this.agentTaskDurationSeconds = registry.histogram({
      name: "agent_task_duration_seconds",
      help: "Time from the start of a task to its end",
      unit: "seconds",
      labels: [agentLabel],
      buckets: [0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600],
    });
    this.agentTasksCompletedTotal = registry.counter({
      name: "agent_tasks_completed_total",
      help: "Tasks that an agent has completed",
      labels: [agentLabel],
    });
    this.agentTasksFailedTotal = registry.counter({
      name: "agent_tasks_failed_total",
      help: "Tasks that an agent has failed",
      labels: [agentLabel],
    });
    this.agentTasksStartedTotal = registry.counter({
      name: "agent_tasks_started_total",
      help: "Tasks that an agent has started",
      labels: [agentLabel],
    });
    this.agentTotalCostPerDayUsd = registry.soleGauge({
      name: "agent_total_cost_per_day_usd",
      help: "Cost of all calls to models since midnight",
      unit: "usd",
    });
    this.approvalAutoEscalatedTotal = registry.soleCounter({
      name: "approval_auto_escalated_total",
      help: "Requests for approval that were escalated because nobody answered in time",
    });
    this.approvalResponseTimeSeconds = registry.soleHistogram({
      name: "approval_response_time_seconds",
      help: "Time from a request for approval to its answer",
      unit: "seconds",
      buckets: [1, 5, 10, 30, 60, 120, 300, 900, 3600],
    });
    this.auditViolationsLoggedTotal = registry.counter({
      name: "audit_violations_logged_total",
      help: "Violations that the audit log has recorded",
      labels: [violationTypeLabel],
    });
    this.pendingApprovalsCount = registry.soleGauge({
      name: "pending_approvals_count",
      help: "Requests for approval that wait for an answer",
    });
    this.permissionEscalationRequestsTotal = registry.counter({
      name: "permission_escalation_requests_total",
      help: "Requests for more permissions than a skill has",
      labels: [skillLabel],
    });
    this.skillAccessAllowedTotal = registry.counter({
      name: "skill_access_allowed_total",
      help: "Uses of a skill that were allowed",
      labels: [skillLabel],
    });
    this.skillAccessDeniedTotal = registry.counter({
      name: "skill_access_denied_total",
      help: "Uses of a skill that were denied",
      labels: [skillLabel],
    });
    this.taskApprovalRequestsTotal = registry.soleCounter({
      name: "task_approval_requests_total",
      help: "Requests for a person's approval of a task",
    });
  }
}
