//! A facade as it is rendered from specs: all that a generated package adds.

use dashwright_emitter_runtime::runtime::{
    CounterFamily, Gauge, GaugeFamily, Histogram, HistogramFamily, Label, Metric, RegisterError,
    Registry,
};

use crate::parser::{family, parse, value};

/// Model that served the call.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Model {
    Gpt4oMini,
    ClaudeSonnet,
}

impl Model {
    const ALL: [Self; 2] = [Self::Gpt4oMini, Self::ClaudeSonnet];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Gpt4oMini => "gpt-4o-mini",
            Self::ClaudeSonnet => "claude-sonnet",
        }
    }
}

/// The metrics of the specs.
pub(crate) struct Emitter {
    pub registry: Registry,
    tasks_started: CounterFamily<1>,
    tasks_failed: CounterFamily<1>,
    active_tasks: GaugeFamily<1>,
    task_duration: HistogramFamily<1>,
    cost_per_day: GaugeFamily<2>,
    approval_response_time: Histogram,
}

impl Emitter {
    pub(crate) fn new() -> Result<Self, RegisterError> {
        let registry = Registry::new();
        let agent = Label::open("agent", 200);
        let model = Label::closed("model", Model::ALL.map(Model::as_str));
        let metric = |name, help, unit| Metric { name, help, unit };
        Ok(Self {
            tasks_started: registry.counter(
                metric("agent_tasks_started_total", "Tasks started", None),
                [&agent],
            )?,
            tasks_failed: registry.counter(
                metric("agent_tasks_failed_total", "Tasks failed", None),
                [&agent],
            )?,
            active_tasks: registry.gauge(
                metric("agent_active_tasks", "Tasks under way", None),
                [&agent],
            )?,
            task_duration: registry.histogram(
                metric(
                    "agent_task_duration_seconds",
                    "Task execution time",
                    Some("seconds"),
                ),
                [&agent],
                &[0.5, 1.0, 5.0, 30.0, 60.0, 300.0],
            )?,
            cost_per_day: registry.gauge(
                metric("agent_cost_per_day_usd", "Cost today", Some("usd")),
                [&agent, &model],
            )?,
            approval_response_time: registry
                .histogram(
                    metric(
                        "approval_response_time_seconds",
                        "Time to an answer",
                        Some("seconds"),
                    ),
                    [],
                    &[1.0, 10.0, 60.0],
                )?
                .with([]),
            registry,
        })
    }

    /// An agent starts a task.
    pub(crate) fn agent_task_start(&self, agent: &str) -> Task<'_> {
        self.tasks_started.inc([agent]);
        let active = self.active_tasks.with([agent]);
        active.inc();
        Task {
            emitter: self,
            agent: agent.to_owned(),
            active,
            ended: false,
        }
    }

    /// A call was paid for.
    pub(crate) fn cost_recorded(&self, agent: &str, model: Model, usd: f64) {
        self.cost_per_day.add([agent, model.as_str()], usd);
    }

    /// An approval was answered.
    pub(crate) fn approval_answered(&self, seconds: f64) {
        self.approval_response_time.observe(seconds);
    }
}

/// A task under way. It counts as failed if it is dropped without its end.
pub(crate) struct Task<'a> {
    emitter: &'a Emitter,
    agent: String,
    active: Gauge,
    ended: bool,
}

impl Task<'_> {
    /// The task is complete.
    pub(crate) fn complete(mut self, seconds: f64) {
        self.ended = true;
        self.emitter.task_duration.observe([&self.agent], seconds);
    }
}

impl Drop for Task<'_> {
    fn drop(&mut self) {
        self.active.dec();
        if !self.ended {
            self.emitter.tasks_failed.inc([&self.agent]);
        }
    }
}

/// An emitter that has seen some of everything.
pub(crate) fn busy() -> Emitter {
    let emitter = Emitter::new().unwrap();
    emitter.agent_task_start("planner").complete(0.7);
    emitter.agent_task_start("planner").complete(45.0);
    drop(emitter.agent_task_start("coder \"x\"\\\n"));
    std::mem::forget(emitter.agent_task_start("coder \"x\"\\\n"));
    emitter.cost_recorded("planner", Model::Gpt4oMini, 0.25);
    emitter.cost_recorded("planner", Model::ClaudeSonnet, 1.5);
    emitter.approval_answered(12.0);
    emitter
}

#[test]
fn events_move_their_metrics() {
    let emitter = busy();
    for accept in [None, Some("application/openmetrics-text")] {
        let got = parse(emitter.registry.encode(accept));
        let planner = ("agent", "planner");
        let coder = ("agent", "coder \"x\"\\\n");
        for (name, labels, expected) in [
            ("agent_tasks_started_total", &[planner][..], 2.0),
            ("agent_tasks_started_total", &[coder], 2.0),
            ("agent_tasks_failed_total", &[coder], 1.0),
            ("agent_active_tasks", &[planner], 0.0),
            ("agent_active_tasks", &[coder], 1.0),
            ("agent_task_duration_seconds_count", &[planner], 2.0),
            ("agent_task_duration_seconds_sum", &[planner], 45.7),
            (
                "agent_task_duration_seconds_bucket",
                &[planner, ("le", "1.0")],
                1.0,
            ),
            (
                "agent_task_duration_seconds_bucket",
                &[planner, ("le", "60.0")],
                2.0,
            ),
            (
                "agent_cost_per_day_usd",
                &[planner, ("model", "claude-sonnet")],
                1.5,
            ),
            ("approval_response_time_seconds_count", &[], 1.0),
        ] {
            assert_eq!(value(&got, name, labels), expected, "{name} {labels:?}");
        }
        assert_eq!(
            family(&got, "agent_task_duration_seconds").kind,
            "histogram"
        );
    }
}

#[test]
fn an_unlabelled_metric_is_exposed_before_it_moves() {
    let got = parse(Emitter::new().unwrap().registry.encode(None));
    assert_eq!(
        value(&got, "approval_response_time_seconds_count", &[]),
        0.0
    );
    assert!(family(&got, "agent_tasks_started_total").samples.is_empty());
}
