//! Events with their label values looked up, for hot paths.
//!
//! A handle is cheap to clone, and can be kept as long as one likes.

#![allow(
    clippy::fn_params_excessive_bools,
    clippy::similar_names,
    clippy::struct_field_names,
    clippy::too_many_arguments,
    non_snake_case,
    reason = "names and numbers of arguments are those of the specs"
)]

use std::time;

use crate::runtime;

/// [`log_violation`](crate::Metrics::log_violation) with `violation_type`
/// looked up; from
/// [`log_violation_handle`](crate::Metrics::log_violation_handle).
#[derive(Debug, Clone)]
pub struct LogViolation {
    pub(crate) audit_violations_logged_total: runtime::Counter,
}

impl LogViolation {
    /// The audit log records a violation.
    ///
    /// Moves `audit_violations_logged_total`.
    pub fn record(&self) {
        self.audit_violations_logged_total.inc();
    }
}

/// [`on_agent_task_complete`](crate::Metrics::on_agent_task_complete) with
/// `agent` looked up; from
/// [`on_agent_task_complete_handle`](crate::Metrics::on_agent_task_complete_handle).
#[derive(Debug, Clone)]
pub struct OnAgentTaskComplete {
    pub(crate) agent_tasks_completed_total: runtime::Counter,
    pub(crate) agent_active_tasks: runtime::Gauge,
    pub(crate) agent_task_duration_seconds: runtime::Histogram,
}

impl OnAgentTaskComplete {
    /// An agent completes a task.
    ///
    /// Moves `agent_tasks_completed_total`, `agent_active_tasks` and
    /// `agent_task_duration_seconds`.
    ///
    /// - `duration`: Time since the start of the task
    pub fn record(&self, duration: time::Duration) {
        self.agent_tasks_completed_total.inc();
        self.agent_active_tasks.dec();
        self.agent_task_duration_seconds
            .observe(duration.as_secs_f64());
    }
}

/// [`on_agent_task_fail`](crate::Metrics::on_agent_task_fail) with `agent`
/// looked up; from
/// [`on_agent_task_fail_handle`](crate::Metrics::on_agent_task_fail_handle).
#[derive(Debug, Clone)]
pub struct OnAgentTaskFail {
    pub(crate) agent_tasks_failed_total: runtime::Counter,
    pub(crate) agent_active_tasks: runtime::Gauge,
    pub(crate) agent_task_duration_seconds: runtime::Histogram,
}

impl OnAgentTaskFail {
    /// An agent fails a task.
    ///
    /// Moves `agent_tasks_failed_total`, `agent_active_tasks` and
    /// `agent_task_duration_seconds`.
    ///
    /// - `duration`: Time since the start of the task
    pub fn record(&self, duration: time::Duration) {
        self.agent_tasks_failed_total.inc();
        self.agent_active_tasks.dec();
        self.agent_task_duration_seconds
            .observe(duration.as_secs_f64());
    }
}

/// [`on_agent_task_start`](crate::Metrics::on_agent_task_start) with `agent`
/// looked up; from
/// [`on_agent_task_start_handle`](crate::Metrics::on_agent_task_start_handle).
#[derive(Debug, Clone)]
pub struct OnAgentTaskStart {
    pub(crate) agent_tasks_started_total: runtime::Counter,
    pub(crate) agent_active_tasks: runtime::Gauge,
}

impl OnAgentTaskStart {
    /// An agent starts a task.
    ///
    /// Moves `agent_tasks_started_total` and `agent_active_tasks`.
    pub fn record(&self) {
        self.agent_tasks_started_total.inc();
        self.agent_active_tasks.inc();
    }
}

/// [`on_cost_recorded`](crate::Metrics::on_cost_recorded) with `agent` and
/// `model` looked up; from
/// [`on_cost_recorded_handle`](crate::Metrics::on_cost_recorded_handle).
#[derive(Debug, Clone)]
pub struct OnCostRecorded {
    pub(crate) agent_cost_per_day_usd: runtime::Gauge,
    pub(crate) agent_total_cost_per_day_usd: runtime::Gauge,
}

impl OnCostRecorded {
    /// A call to a model has been paid for.
    ///
    /// Moves `agent_cost_per_day_usd` and `agent_total_cost_per_day_usd`.
    ///
    /// - `cost`: Cost in US dollars
    pub fn record(&self, cost: f64) {
        self.agent_cost_per_day_usd.add(cost);
        self.agent_total_cost_per_day_usd.add(cost);
    }
}

/// [`on_escalation_requested`](crate::Metrics::on_escalation_requested) with
/// `skill` looked up; from
/// [`on_escalation_requested_handle`](crate::Metrics::on_escalation_requested_handle).
#[derive(Debug, Clone)]
pub struct OnEscalationRequested {
    pub(crate) permission_escalation_requests_total: runtime::Counter,
}

impl OnEscalationRequested {
    /// More permissions are asked for than a skill has.
    ///
    /// Moves `permission_escalation_requests_total`.
    pub fn record(&self) {
        self.permission_escalation_requests_total.inc();
    }
}

/// [`on_permission_granted`](crate::Metrics::on_permission_granted) with
/// `skill` looked up; from
/// [`on_permission_granted_handle`](crate::Metrics::on_permission_granted_handle).
#[derive(Debug, Clone)]
pub struct OnPermissionGranted {
    pub(crate) active_permissions_granted: runtime::Gauge,
}

impl OnPermissionGranted {
    /// A skill is given a permission.
    ///
    /// Moves `active_permissions_granted`.
    pub fn record(&self) {
        self.active_permissions_granted.inc();
    }
}

/// [`on_permission_revoked`](crate::Metrics::on_permission_revoked) with
/// `skill` looked up; from
/// [`on_permission_revoked_handle`](crate::Metrics::on_permission_revoked_handle).
#[derive(Debug, Clone)]
pub struct OnPermissionRevoked {
    pub(crate) active_permissions_granted: runtime::Gauge,
}

impl OnPermissionRevoked {
    /// A permission is taken from a skill.
    ///
    /// Moves `active_permissions_granted`.
    pub fn record(&self) {
        self.active_permissions_granted.dec();
    }
}

/// [`on_skill_access_allowed`](crate::Metrics::on_skill_access_allowed) with
/// `skill` looked up; from
/// [`on_skill_access_allowed_handle`](crate::Metrics::on_skill_access_allowed_handle).
#[derive(Debug, Clone)]
pub struct OnSkillAccessAllowed {
    pub(crate) skill_access_allowed_total: runtime::Counter,
}

impl OnSkillAccessAllowed {
    /// An agent uses a skill that it may use.
    ///
    /// Moves `skill_access_allowed_total`.
    pub fn record(&self) {
        self.skill_access_allowed_total.inc();
    }
}

/// [`on_skill_access_denied`](crate::Metrics::on_skill_access_denied) with
/// `skill` looked up; from
/// [`on_skill_access_denied_handle`](crate::Metrics::on_skill_access_denied_handle).
#[derive(Debug, Clone)]
pub struct OnSkillAccessDenied {
    pub(crate) skill_access_denied_total: runtime::Counter,
}

impl OnSkillAccessDenied {
    /// An agent is refused a skill.
    ///
    /// Moves `skill_access_denied_total`.
    pub fn record(&self) {
        self.skill_access_denied_total.inc();
    }
}
