/**
 * What goes on between an event and those that end it.
 */

import type { Metrics } from "./metrics.js";
import * as runtime from "./runtime/guard.js";

/**
 * What {@link Metrics.onAgentTaskStart} started; from
 * {@link Metrics.agentTask}.
 *
 * Ends with `complete` or `fail`; disposed of without, as with `fail`.
 */
export class AgentTask extends runtime.Guard<Metrics> {
  readonly #agent: string;

  /** For {@link Metrics}. */
  constructor(_metrics: Metrics, agent: string) {
    super(_metrics);
    this.#agent = agent;
  }

  /**
   * An agent completes a task. Calls {@link Metrics.onAgentTaskComplete}.
   */
  complete(): void {
    if (this._ends()) {
      this._metrics.onAgentTaskComplete(this.#agent, this._elapsed());
    }
  }

  /**
   * An agent fails a task. Calls {@link Metrics.onAgentTaskFail}.
   */
  fail(): void {
    if (this._ends()) {
      this._metrics.onAgentTaskFail(this.#agent, this._elapsed());
    }
  }

  protected override _drop(): void {
    this.fail();
  }
}

/**
 * What {@link Metrics.onApprovalRequested} started; from
 * {@link Metrics.approval}.
 *
 * Ends with `answer`, `autoEscalate` or `withdraw`; disposed of without, as
 * with `withdraw`.
 */
export class Approval extends runtime.Guard<Metrics> {
  /**
   * A person approves or rejects a task. Calls
   * {@link Metrics.onApprovalAnswered}.
   */
  answer(): void {
    if (this._ends()) {
      this._metrics.onApprovalAnswered(this._elapsed());
    }
  }

  /**
   * Nobody has answered a request for approval in time, and it is escalated.
   * Calls {@link Metrics.onApprovalAutoEscalated}.
   */
  autoEscalate(): void {
    if (this._ends()) {
      this._metrics.onApprovalAutoEscalated();
    }
  }

  /**
   * A request for approval is withdrawn before anybody has answered. Calls
   * {@link Metrics.onApprovalWithdrawn}.
   */
  withdraw(): void {
    if (this._ends()) {
      this._metrics.onApprovalWithdrawn();
    }
  }

  protected override _drop(): void {
    this.withdraw();
  }
}
