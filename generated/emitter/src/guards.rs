//! What goes on between an event and those that end it.
//!
//! A guard calls exactly one of its ends: that which is asked for, or a fixed
//! one when it is dropped, as it is by `?`, by a panic, or when its future is
//! cancelled.

#![allow(
    clippy::similar_names,
    clippy::too_many_arguments,
    non_snake_case,
    reason = "names and numbers of arguments are those of the specs"
)]

use std::sync::Arc;
use std::time::Instant;

use crate::Metrics;

/// What [`on_agent_task_start`](Metrics::on_agent_task_start) started; from
/// [`agent_task`](Metrics::agent_task).
///
/// Ends with `complete` or `fail`; dropped without, as with `fail`.
#[derive(Debug)]
#[must_use = "dropped, it ends with `fail`"]
pub struct AgentTask {
    /// `None` once an end was called.
    pub(crate) metrics: Option<Arc<Metrics>>,
    pub(crate) started: Instant,
    pub(crate) agent: String,
}

impl AgentTask {
    /// An agent completes a task.
    ///
    /// Calls [`on_agent_task_complete`](Metrics::on_agent_task_complete).
    pub fn complete(mut self) {
        if let Some(metrics) = self.metrics.take() {
            metrics.on_agent_task_complete(&self.agent, self.started.elapsed());
        }
    }

    /// An agent fails a task.
    ///
    /// Calls [`on_agent_task_fail`](Metrics::on_agent_task_fail).
    pub fn fail(mut self) {
        if let Some(metrics) = self.metrics.take() {
            metrics.on_agent_task_fail(&self.agent, self.started.elapsed());
        }
    }
}

impl Drop for AgentTask {
    fn drop(&mut self) {
        if let Some(metrics) = self.metrics.take() {
            metrics.on_agent_task_fail(&self.agent, self.started.elapsed());
        }
    }
}

/// What [`on_approval_requested`](Metrics::on_approval_requested) started; from
/// [`approval`](Metrics::approval).
///
/// Ends with `answer`, `auto_escalate` or `withdraw`; dropped without, as with
/// `withdraw`.
#[derive(Debug)]
#[must_use = "dropped, it ends with `withdraw`"]
pub struct Approval {
    /// `None` once an end was called.
    pub(crate) metrics: Option<Arc<Metrics>>,
    pub(crate) started: Instant,
}

impl Approval {
    /// A person approves or rejects a task.
    ///
    /// Calls [`on_approval_answered`](Metrics::on_approval_answered).
    pub fn answer(mut self) {
        if let Some(metrics) = self.metrics.take() {
            metrics.on_approval_answered(self.started.elapsed());
        }
    }

    /// Nobody has answered a request for approval in time, and it is escalated.
    ///
    /// Calls [`on_approval_auto_escalated`](Metrics::on_approval_auto_escalated).
    pub fn auto_escalate(mut self) {
        if let Some(metrics) = self.metrics.take() {
            metrics.on_approval_auto_escalated();
        }
    }

    /// A request for approval is withdrawn before anybody has answered.
    ///
    /// Calls [`on_approval_withdrawn`](Metrics::on_approval_withdrawn).
    pub fn withdraw(mut self) {
        if let Some(metrics) = self.metrics.take() {
            metrics.on_approval_withdrawn();
        }
    }
}

impl Drop for Approval {
    fn drop(&mut self) {
        if let Some(metrics) = self.metrics.take() {
            metrics.on_approval_withdrawn();
        }
    }
}
