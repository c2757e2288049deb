//! The functions that say what happens.

#![allow(
    clippy::fn_params_excessive_bools,
    clippy::similar_names,
    clippy::too_many_arguments,
    clippy::too_many_lines,
    non_snake_case,
    reason = "names, and numbers of arguments and updates, are those of the specs"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::{Metrics, guards, handles};

impl Metrics {
    /// The audit log records a violation.
    ///
    /// Moves `audit_violations_logged_total`.
    ///
    /// - `violation_type`: Kind of violation
    pub fn log_violation(&self, violation_type: &str) {
        self.audit_violations_logged_total.inc([violation_type]);
    }

    /// A handle for [`log_violation`](Self::log_violation) with this
    /// `violation_type`, looked up once.
    #[must_use]
    pub fn log_violation_handle(&self, violation_type: &str) -> handles::LogViolation {
        handles::LogViolation {
            audit_violations_logged_total: self
                .audit_violations_logged_total
                .with([violation_type]),
        }
    }

    /// An agent completes a task.
    ///
    /// Moves `agent_tasks_completed_total`, `agent_active_tasks` and
    /// `agent_task_duration_seconds`.
    ///
    /// - `agent`: Name of the agent
    /// - `duration`: Time since the start of the task
    pub fn on_agent_task_complete(&self, agent: &str, duration: Duration) {
        self.agent_tasks_completed_total.inc([agent]);
        self.agent_active_tasks.dec([agent]);
        self.agent_task_duration_seconds
            .observe([agent], duration.as_secs_f64());
    }

    /// A handle for [`on_agent_task_complete`](Self::on_agent_task_complete) with
    /// this `agent`, looked up once.
    #[must_use]
    pub fn on_agent_task_complete_handle(&self, agent: &str) -> handles::OnAgentTaskComplete {
        handles::OnAgentTaskComplete {
            agent_tasks_completed_total: self.agent_tasks_completed_total.with([agent]),
            agent_active_tasks: self.agent_active_tasks.with([agent]),
            agent_task_duration_seconds: self.agent_task_duration_seconds.with([agent]),
        }
    }

    /// An agent fails a task.
    ///
    /// Moves `agent_tasks_failed_total`, `agent_active_tasks` and
    /// `agent_task_duration_seconds`.
    ///
    /// - `agent`: Name of the agent
    /// - `duration`: Time since the start of the task
    pub fn on_agent_task_fail(&self, agent: &str, duration: Duration) {
        self.agent_tasks_failed_total.inc([agent]);
        self.agent_active_tasks.dec([agent]);
        self.agent_task_duration_seconds
            .observe([agent], duration.as_secs_f64());
    }

    /// A handle for [`on_agent_task_fail`](Self::on_agent_task_fail) with this
    /// `agent`, looked up once.
    #[must_use]
    pub fn on_agent_task_fail_handle(&self, agent: &str) -> handles::OnAgentTaskFail {
        handles::OnAgentTaskFail {
            agent_tasks_failed_total: self.agent_tasks_failed_total.with([agent]),
            agent_active_tasks: self.agent_active_tasks.with([agent]),
            agent_task_duration_seconds: self.agent_task_duration_seconds.with([agent]),
        }
    }

    /// An agent starts a task.
    ///
    /// Moves `agent_tasks_started_total` and `agent_active_tasks`.
    ///
    /// - `agent`: Name of the agent
    pub fn on_agent_task_start(&self, agent: &str) {
        self.agent_tasks_started_total.inc([agent]);
        self.agent_active_tasks.inc([agent]);
    }

    /// A handle for [`on_agent_task_start`](Self::on_agent_task_start) with this
    /// `agent`, looked up once.
    #[must_use]
    pub fn on_agent_task_start_handle(&self, agent: &str) -> handles::OnAgentTaskStart {
        handles::OnAgentTaskStart {
            agent_tasks_started_total: self.agent_tasks_started_total.with([agent]),
            agent_active_tasks: self.agent_active_tasks.with([agent]),
        }
    }

    /// An agent starts a task.
    ///
    /// Calls [`on_agent_task_start`](Self::on_agent_task_start), and returns a
    /// guard that calls the end: by `complete` or `fail`, or by `fail` when it is
    /// dropped.
    pub fn agent_task(self: &Arc<Self>, agent: &str) -> guards::AgentTask {
        self.on_agent_task_start(agent);
        guards::AgentTask {
            metrics: Some(Arc::clone(self)),
            started: Instant::now(),
            agent: agent.to_owned(),
        }
    }

    /// A person approves or rejects a task.
    ///
    /// Moves `pending_approvals_count` and `approval_response_time_seconds`.
    ///
    /// - `response_time`: Time since the request
    pub fn on_approval_answered(&self, response_time: Duration) {
        self.pending_approvals_count.dec();
        self.approval_response_time_seconds
            .observe(response_time.as_secs_f64());
    }

    /// Nobody has answered a request for approval in time, and it is escalated.
    ///
    /// Moves `pending_approvals_count` and `approval_auto_escalated_total`.
    pub fn on_approval_auto_escalated(&self) {
        self.pending_approvals_count.dec();
        self.approval_auto_escalated_total.inc();
    }

    /// A person is asked to approve a task.
    ///
    /// Moves `task_approval_requests_total` and `pending_approvals_count`.
    pub fn on_approval_requested(&self) {
        self.task_approval_requests_total.inc();
        self.pending_approvals_count.inc();
    }

    /// A person is asked to approve a task.
    ///
    /// Calls [`on_approval_requested`](Self::on_approval_requested), and returns a
    /// guard that calls the end: by `answer`, `auto_escalate` or `withdraw`, or by
    /// `withdraw` when it is dropped.
    pub fn approval(self: &Arc<Self>) -> guards::Approval {
        self.on_approval_requested();
        guards::Approval {
            metrics: Some(Arc::clone(self)),
            started: Instant::now(),
        }
    }

    /// A request for approval is withdrawn before anybody has answered.
    ///
    /// Moves `pending_approvals_count`.
    pub fn on_approval_withdrawn(&self) {
        self.pending_approvals_count.dec();
    }

    /// A call to a model has been paid for.
    ///
    /// Moves `agent_cost_per_day_usd` and `agent_total_cost_per_day_usd`.
    ///
    /// - `agent`: Name of the agent
    /// - `model`: Language model that served the call
    /// - `cost`: Cost in US dollars
    pub fn on_cost_recorded(&self, agent: &str, model: &str, cost: f64) {
        self.agent_cost_per_day_usd.add([agent, model], cost);
        self.agent_total_cost_per_day_usd.add(cost);
    }

    /// A handle for [`on_cost_recorded`](Self::on_cost_recorded) with this `agent`
    /// and `model`, looked up once.
    #[must_use]
    pub fn on_cost_recorded_handle(&self, agent: &str, model: &str) -> handles::OnCostRecorded {
        handles::OnCostRecorded {
            agent_cost_per_day_usd: self.agent_cost_per_day_usd.with([agent, model]),
            agent_total_cost_per_day_usd: self.agent_total_cost_per_day_usd.clone(),
        }
    }

    /// More permissions are asked for than a skill has.
    ///
    /// Moves `permission_escalation_requests_total`.
    ///
    /// - `skill`: Skill that an agent asked for
    pub fn on_escalation_requested(&self, skill: &str) {
        self.permission_escalation_requests_total.inc([skill]);
    }

    /// A handle for [`on_escalation_requested`](Self::on_escalation_requested) with
    /// this `skill`, looked up once.
    #[must_use]
    pub fn on_escalation_requested_handle(&self, skill: &str) -> handles::OnEscalationRequested {
        handles::OnEscalationRequested {
            permission_escalation_requests_total: self
                .permission_escalation_requests_total
                .with([skill]),
        }
    }

    /// A skill is given a permission.
    ///
    /// Moves `active_permissions_granted`.
    ///
    /// - `skill`: Skill that an agent asked for
    pub fn on_permission_granted(&self, skill: &str) {
        self.active_permissions_granted.inc([skill]);
    }

    /// A handle for [`on_permission_granted`](Self::on_permission_granted) with
    /// this `skill`, looked up once.
    #[must_use]
    pub fn on_permission_granted_handle(&self, skill: &str) -> handles::OnPermissionGranted {
        handles::OnPermissionGranted {
            active_permissions_granted: self.active_permissions_granted.with([skill]),
        }
    }

    /// A permission is taken from a skill.
    ///
    /// Moves `active_permissions_granted`.
    ///
    /// - `skill`: Skill that an agent asked for
    pub fn on_permission_revoked(&self, skill: &str) {
        self.active_permissions_granted.dec([skill]);
    }

    /// A handle for [`on_permission_revoked`](Self::on_permission_revoked) with
    /// this `skill`, looked up once.
    #[must_use]
    pub fn on_permission_revoked_handle(&self, skill: &str) -> handles::OnPermissionRevoked {
        handles::OnPermissionRevoked {
            active_permissions_granted: self.active_permissions_granted.with([skill]),
        }
    }

    /// An agent uses a skill that it may use.
    ///
    /// Moves `skill_access_allowed_total`.
    ///
    /// - `skill`: Skill that an agent asked for
    pub fn on_skill_access_allowed(&self, skill: &str) {
        self.skill_access_allowed_total.inc([skill]);
    }

    /// A handle for [`on_skill_access_allowed`](Self::on_skill_access_allowed) with
    /// this `skill`, looked up once.
    #[must_use]
    pub fn on_skill_access_allowed_handle(&self, skill: &str) -> handles::OnSkillAccessAllowed {
        handles::OnSkillAccessAllowed {
            skill_access_allowed_total: self.skill_access_allowed_total.with([skill]),
        }
    }

    /// An agent is refused a skill.
    ///
    /// Moves `skill_access_denied_total`.
    ///
    /// - `skill`: Skill that an agent asked for
    pub fn on_skill_access_denied(&self, skill: &str) {
        self.skill_access_denied_total.inc([skill]);
    }

    /// A handle for [`on_skill_access_denied`](Self::on_skill_access_denied) with
    /// this `skill`, looked up once.
    #[must_use]
    pub fn on_skill_access_denied_handle(&self, skill: &str) -> handles::OnSkillAccessDenied {
        handles::OnSkillAccessDenied {
            skill_access_denied_total: self.skill_access_denied_total.with([skill]),
        }
    }

    /// A day has ended, and costs start again from zero.
    ///
    /// Moves `agent_cost_per_day_usd` and `agent_total_cost_per_day_usd`.
    pub fn reset_daily_cost(&self) {
        self.agent_cost_per_day_usd.set_all(0.0);
        self.agent_total_cost_per_day_usd.set(0.0);
    }
}
