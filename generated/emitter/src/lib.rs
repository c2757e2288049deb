//! The metrics of this system, as typed functions: one for each thing that
//! happens.
//!
//! Rendered by dashwright from the specs; what is changed here is lost with
//! the next run.
//!
//! ```
//! use orchestrator_metrics::Metrics;
//!
//! let metrics = Metrics::new()?;
//! metrics.log_violation("unauthorized_access");
//! metrics.on_agent_task_complete("planner", std::time::Duration::from_secs(2));
//!
//! let (content_type, body) = metrics.encode(None);
//! assert_eq!(content_type, "text/plain; version=0.0.4; charset=utf-8");
//! assert!(!body.is_empty());
//! # Ok::<(), orchestrator_metrics::RegisterError>(())
//! ```
//!
//! [`Metrics::start_metrics_server`] serves them to Prometheus; without the
//! feature `http`, or beside a server of your own, [`Metrics::encode`] gives
//! the answer to `GET /metrics`.
//!
//! Every call looks its series up by label values, which takes some tens of
//! nanoseconds. On a hot path a handle from [`handles`] does that once.
//!
//! What starts and ends has a guard in [`guards`]: it cannot be left open.
//!
//! No call panics, and none waits for a scrape. [`runtime`] says what happens
//! to numbers that are not finite and to labels with too many values.

mod events;
pub mod guards;
pub mod handles;
pub mod runtime;

#[cfg(feature = "http")]
use std::{fmt, net::ToSocketAddrs};

pub use runtime::{Overflow, RegisterError};
#[cfg(feature = "http")]
pub use runtime::{ServeError, Server, ServerOptions};

use runtime::{
    Counter, CounterFamily, Gauge, GaugeFamily, Histogram, HistogramFamily, Label, Metric, Registry,
};

/// All metrics of the system, with a function for each event.
///
/// The fields are the metrics themselves, for what no event says.
#[allow(non_snake_case, reason = "names come from the specs")]
#[derive(Debug)]
#[non_exhaustive]
pub struct Metrics {
    /// Permissions that a skill holds.
    ///
    /// Its label is `skill`.
    pub active_permissions_granted: GaugeFamily<1>,
    /// Tasks that an agent is working on.
    ///
    /// Its label is `agent`.
    pub agent_active_tasks: GaugeFamily<1>,
    /// Cost of an agent's calls to a model since midnight.
    ///
    /// Its labels are, in this order, `agent`, `model`.
    pub agent_cost_per_day_usd: GaugeFamily<2>,
    /// Time from the start of a task to its end.
    ///
    /// Its label is `agent`.
    pub agent_task_duration_seconds: HistogramFamily<1>,
    /// Tasks that an agent has completed.
    ///
    /// Its label is `agent`.
    pub agent_tasks_completed_total: CounterFamily<1>,
    /// Tasks that an agent has failed.
    ///
    /// Its label is `agent`.
    pub agent_tasks_failed_total: CounterFamily<1>,
    /// Tasks that an agent has started.
    ///
    /// Its label is `agent`.
    pub agent_tasks_started_total: CounterFamily<1>,
    /// Cost of all calls to models since midnight.
    pub agent_total_cost_per_day_usd: Gauge,
    /// Requests for approval that were escalated because nobody answered in time.
    pub approval_auto_escalated_total: Counter,
    /// Time from a request for approval to its answer.
    pub approval_response_time_seconds: Histogram,
    /// Violations that the audit log has recorded.
    ///
    /// Its label is `violation_type`.
    pub audit_violations_logged_total: CounterFamily<1>,
    /// Requests for approval that wait for an answer.
    pub pending_approvals_count: Gauge,
    /// Requests for more permissions than a skill has.
    ///
    /// Its label is `skill`.
    pub permission_escalation_requests_total: CounterFamily<1>,
    /// Uses of a skill that were allowed.
    ///
    /// Its label is `skill`.
    pub skill_access_allowed_total: CounterFamily<1>,
    /// Uses of a skill that were denied.
    ///
    /// Its label is `skill`.
    pub skill_access_denied_total: CounterFamily<1>,
    /// Requests for a person's approval of a task.
    pub task_approval_requests_total: Counter,
    registry: Registry,
}

impl Metrics {
    /// Metrics that nothing has happened to yet.
    ///
    /// # Errors
    ///
    /// None, unless the generated code was changed: the specs are checked.
    pub fn new() -> Result<Self, RegisterError> {
        Self::register(Registry::new())
    }

    /// The same, with a function that is told when a label has more values
    /// than its limit: once for each label, with the first value too many.
    ///
    /// # Errors
    ///
    /// As [`Metrics::new`].
    pub fn with_overflow_hook(
        hook: impl Fn(&Overflow<'_>) + Send + Sync + 'static,
    ) -> Result<Self, RegisterError> {
        Self::register(Registry::with_overflow_hook(hook))
    }

    /// Where the metrics are registered, to add others or to serve them with
    /// other options.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// The content type and the body of an answer to `GET /metrics`, in the
    /// format that the request's `Accept` header prefers: `OpenMetrics`, or
    /// the Prometheus text format.
    #[must_use]
    pub fn encode(&self, accept: Option<&str>) -> (&'static str, Vec<u8>) {
        self.registry.encode(accept)
    }

    /// Serves the metrics on an address such as `"0.0.0.0:9100"`, at
    /// `/metrics`, until the server is stopped or dropped.
    ///
    /// # Errors
    ///
    /// If the address cannot be resolved or bound, or the thread cannot start.
    #[cfg(feature = "http")]
    pub fn start_metrics_server(
        &self,
        address: impl ToSocketAddrs + fmt::Display,
    ) -> Result<Server, ServeError> {
        Server::start(&self.registry, address, ServerOptions::default())
    }

    #[allow(
        clippy::approx_constant,
        clippy::similar_names,
        clippy::too_many_lines,
        non_snake_case,
        reason = "numbers, names and length come from the specs"
    )]
    fn register(registry: Registry) -> Result<Self, RegisterError> {
        let label_agent = Label::open("agent", 200);
        label_agent.reserve("planner");
        label_agent.reserve("researcher");
        label_agent.reserve("coder");
        label_agent.reserve("reviewer");
        let label_model = Label::open("model", 20);
        label_model.reserve("gpt-4o-mini");
        label_model.reserve("claude-sonnet");
        let label_skill = Label::open("skill", 100);
        label_skill.reserve("web_search");
        label_skill.reserve("shell");
        label_skill.reserve("file_write");
        label_skill.reserve("send_mail");
        let label_violation_type = Label::open("violation_type", 50);
        label_violation_type.reserve("unauthorized_access");
        label_violation_type.reserve("rate_limit");
        label_violation_type.reserve("data_leak");
        label_violation_type.reserve("policy");
        Ok(Self {
            active_permissions_granted: registry.gauge(
                Metric {
                    name: "active_permissions_granted",
                    help: "Permissions that a skill holds",
                    unit: None,
                },
                [&label_skill],
            )?,
            agent_active_tasks: registry.gauge(
                Metric {
                    name: "agent_active_tasks",
                    help: "Tasks that an agent is working on",
                    unit: None,
                },
                [&label_agent],
            )?,
            agent_cost_per_day_usd: registry.gauge(
                Metric {
                    name: "agent_cost_per_day_usd",
                    help: "Cost of an agent's calls to a model since midnight",
                    unit: Some("usd"),
                },
                [&label_agent, &label_model],
            )?,
            agent_task_duration_seconds: registry.histogram(
                Metric {
                    name: "agent_task_duration_seconds",
                    help: "Time from the start of a task to its end",
                    unit: Some("seconds"),
                },
                [&label_agent],
                &[0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0],
            )?,
            agent_tasks_completed_total: registry.counter(
                Metric {
                    name: "agent_tasks_completed_total",
                    help: "Tasks that an agent has completed",
                    unit: None,
                },
                [&label_agent],
            )?,
            agent_tasks_failed_total: registry.counter(
                Metric {
                    name: "agent_tasks_failed_total",
                    help: "Tasks that an agent has failed",
                    unit: None,
                },
                [&label_agent],
            )?,
            agent_tasks_started_total: registry.counter(
                Metric {
                    name: "agent_tasks_started_total",
                    help: "Tasks that an agent has started",
                    unit: None,
                },
                [&label_agent],
            )?,
            agent_total_cost_per_day_usd: registry
                .gauge(
                    Metric {
                        name: "agent_total_cost_per_day_usd",
                        help: "Cost of all calls to models since midnight",
                        unit: Some("usd"),
                    },
                    [],
                )?
                .with([]),
            approval_auto_escalated_total: registry
                .counter(
                    Metric {
                        name: "approval_auto_escalated_total",
                        help: "Requests for approval that were escalated because nobody answered in time",
                        unit: None,
                    },
                    [],
                )?
                .with([]),
            approval_response_time_seconds: registry
                .histogram(
                    Metric {
                        name: "approval_response_time_seconds",
                        help: "Time from a request for approval to its answer",
                        unit: Some("seconds"),
                    },
                    [],
                    &[1.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0, 3600.0],
                )?
                .with([]),
            audit_violations_logged_total: registry.counter(
                Metric {
                    name: "audit_violations_logged_total",
                    help: "Violations that the audit log has recorded",
                    unit: None,
                },
                [&label_violation_type],
            )?,
            pending_approvals_count: registry
                .gauge(
                    Metric {
                        name: "pending_approvals_count",
                        help: "Requests for approval that wait for an answer",
                        unit: None,
                    },
                    [],
                )?
                .with([]),
            permission_escalation_requests_total: registry.counter(
                Metric {
                    name: "permission_escalation_requests_total",
                    help: "Requests for more permissions than a skill has",
                    unit: None,
                },
                [&label_skill],
            )?,
            skill_access_allowed_total: registry.counter(
                Metric {
                    name: "skill_access_allowed_total",
                    help: "Uses of a skill that were allowed",
                    unit: None,
                },
                [&label_skill],
            )?,
            skill_access_denied_total: registry.counter(
                Metric {
                    name: "skill_access_denied_total",
                    help: "Uses of a skill that were denied",
                    unit: None,
                },
                [&label_skill],
            )?,
            task_approval_requests_total: registry
                .counter(
                    Metric {
                        name: "task_approval_requests_total",
                        help: "Requests for a person's approval of a task",
                        unit: None,
                    },
                    [],
                )?
                .with([]),
            registry,
        })
    }
}
