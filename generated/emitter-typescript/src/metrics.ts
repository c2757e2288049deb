/**
 * The metrics of this system, with a function for each thing that happens.
 */

import type { Registry as PromRegistry } from "prom-client";

import { Families } from "./families.js";
import * as guards from "./guards.js";
import type { Encoded } from "./runtime/exposition.js";
import { Registry } from "./runtime/registry.js";
import type { RegistryOptions } from "./runtime/registry.js";
import { handler, serve } from "./runtime/server.js";
import type {
  Handler,
  MetricsServer,
  ServerOptions,
} from "./runtime/server.js";

/**
 * All metrics of the system. No function throws, whatever it is given; see
 * {@link families} for what becomes of numbers that are not finite, and of
 * labels with too many values.
 */
export class Metrics {
  /** The metrics themselves, for what no event says. */
  readonly families: Families;
  readonly #registry: Registry;

  /** Metrics that nothing has happened to yet. */
  constructor(options: RegistryOptions = {}) {
    this.#registry = new Registry(options);
    this.families = new Families(this.#registry);
  }

  /** The registry of prom-client that holds the metrics, to add others. */
  get registry(): PromRegistry {
    return this.#registry.prom;
  }

  /**
   * The content type and the body of an answer to `GET /metrics`, in the format
   * that the request's `Accept` header prefers: OpenMetrics, or the Prometheus
   * text format.
   */
  encode(accept?: string): Promise<Encoded> {
    return this.#registry.encode(accept);
  }

  /** Answers requests for the metrics within a server of your own. */
  handler(): Handler {
    return handler((accept) => this.#registry.encode(accept));
  }

  /**
   * Serves the metrics at `/metrics`, on a port of all interfaces or on an
   * address such as `"127.0.0.1:9100"`, until the server is stopped.
   *
   * Rejects if the address cannot be understood or bound.
   */
  startMetricsServer(
    address: number | string = 9100,
    options: ServerOptions = {},
  ): Promise<MetricsServer> {
    return serve((accept) => this.#registry.encode(accept), address, options);
  }

  /**
   * The audit log records a violation.
   *
   * Moves `audit_violations_logged_total`.
   *
   * @param violationType - Kind of violation.
   */
  logViolation(violationType: string): void {
    this.families.auditViolationsLoggedTotal.inc(violationType);
  }

  /**
   * An agent completes a task.
   *
   * Moves `agent_tasks_completed_total`, `agent_active_tasks`,
   * `agent_task_duration_seconds`.
   *
   * @param agent - Name of the agent.
   * @param duration - Time since the start of the task, in seconds.
   */
  onAgentTaskComplete(agent: string, duration: number): void {
    this.families.agentTasksCompletedTotal.inc(agent);
    this.families.agentActiveTasks.dec(agent);
    this.families.agentTaskDurationSeconds.observe(duration, agent);
  }

  /**
   * An agent fails a task.
   *
   * Moves `agent_tasks_failed_total`, `agent_active_tasks`,
   * `agent_task_duration_seconds`.
   *
   * @param agent - Name of the agent.
   * @param duration - Time since the start of the task, in seconds.
   */
  onAgentTaskFail(agent: string, duration: number): void {
    this.families.agentTasksFailedTotal.inc(agent);
    this.families.agentActiveTasks.dec(agent);
    this.families.agentTaskDurationSeconds.observe(duration, agent);
  }

  /**
   * An agent starts a task.
   *
   * Moves `agent_tasks_started_total`, `agent_active_tasks`.
   *
   * @param agent - Name of the agent.
   */
  onAgentTaskStart(agent: string): void {
    this.families.agentTasksStartedTotal.inc(agent);
    this.families.agentActiveTasks.inc(agent);
  }

  /**
   * A person approves or rejects a task.
   *
   * Moves `pending_approvals_count`, `approval_response_time_seconds`.
   *
   * @param responseTime - Time since the request, in seconds.
   */
  onApprovalAnswered(responseTime: number): void {
    this.families.pendingApprovalsCount.dec();
    this.families.approvalResponseTimeSeconds.observe(responseTime);
  }

  /**
   * Nobody has answered a request for approval in time, and it is escalated.
   *
   * Moves `pending_approvals_count`, `approval_auto_escalated_total`.
   */
  onApprovalAutoEscalated(): void {
    this.families.pendingApprovalsCount.dec();
    this.families.approvalAutoEscalatedTotal.inc();
  }

  /**
   * A person is asked to approve a task.
   *
   * Moves `task_approval_requests_total`, `pending_approvals_count`.
   */
  onApprovalRequested(): void {
    this.families.taskApprovalRequestsTotal.inc();
    this.families.pendingApprovalsCount.inc();
  }

  /**
   * A request for approval is withdrawn before anybody has answered.
   *
   * Moves `pending_approvals_count`.
   */
  onApprovalWithdrawn(): void {
    this.families.pendingApprovalsCount.dec();
  }

  /**
   * A call to a model has been paid for.
   *
   * Moves `agent_cost_per_day_usd`, `agent_total_cost_per_day_usd`.
   *
   * @param agent - Name of the agent.
   * @param model - Language model that served the call.
   * @param cost - Cost in US dollars.
   */
  onCostRecorded(agent: string, model: string, cost: number): void {
    this.families.agentCostPerDayUsd.add(cost, agent, model);
    this.families.agentTotalCostPerDayUsd.add(cost);
  }

  /**
   * More permissions are asked for than a skill has.
   *
   * Moves `permission_escalation_requests_total`.
   *
   * @param skill - Skill that an agent asked for.
   */
  onEscalationRequested(skill: string): void {
    this.families.permissionEscalationRequestsTotal.inc(skill);
  }

  /**
   * A skill is given a permission.
   *
   * Moves `active_permissions_granted`.
   *
   * @param skill - Skill that an agent asked for.
   */
  onPermissionGranted(skill: string): void {
    this.families.activePermissionsGranted.inc(skill);
  }

  /**
   * A permission is taken from a skill.
   *
   * Moves `active_permissions_granted`.
   *
   * @param skill - Skill that an agent asked for.
   */
  onPermissionRevoked(skill: string): void {
    this.families.activePermissionsGranted.dec(skill);
  }

  /**
   * An agent uses a skill that it may use.
   *
   * Moves `skill_access_allowed_total`.
   *
   * @param skill - Skill that an agent asked for.
   */
  onSkillAccessAllowed(skill: string): void {
    this.families.skillAccessAllowedTotal.inc(skill);
  }

  /**
   * An agent is refused a skill.
   *
   * Moves `skill_access_denied_total`.
   *
   * @param skill - Skill that an agent asked for.
   */
  onSkillAccessDenied(skill: string): void {
    this.families.skillAccessDeniedTotal.inc(skill);
  }

  /**
   * A day has ended, and costs start again from zero.
   *
   * Moves `agent_cost_per_day_usd`, `agent_total_cost_per_day_usd`.
   */
  resetDailyCost(): void {
    this.families.agentCostPerDayUsd.setAll(0);
    this.families.agentTotalCostPerDayUsd.set(0);
  }

  /**
   * An agent starts a task.
   *
   * Calls {@link Metrics.onAgentTaskStart}, and returns a guard that calls the
   * end: `complete` or `fail`, or `fail` when it is disposed of without.
   */
  agentTask(agent: string): guards.AgentTask {
    this.onAgentTaskStart(agent);
    return new guards.AgentTask(this, agent);
  }

  /**
   * A person is asked to approve a task.
   *
   * Calls {@link Metrics.onApprovalRequested}, and returns a guard that calls
   * the end: `answer`, `autoEscalate` or `withdraw`, or `withdraw` when it is
   * disposed of without.
   */
  approval(): guards.Approval {
    this.onApprovalRequested();
    return new guards.Approval(this);
  }
}
