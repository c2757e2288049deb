//! What the world does to the orchestrator: how many tasks come, how they go,
//! how people answer.

use crate::names::Agent;
use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A world with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Scenario {
    /// A day on which no alert fires
    Normal,
    /// Many tasks, which go well and cost more than a day should
    Busy,
    /// Everything goes wrong: each alert on the orchestrator fires in time
    Incident,
    /// A task now and then
    Idle,
}

/// All that can be turned. Times are those of the scenario: `--speed` makes
/// them pass faster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct World {
    /// The one that this began as.
    pub(crate) scenario: Scenario,
    /// Who gets the tasks that come by themselves; anybody if nobody is named.
    pub(crate) agent: Option<Agent>,
    /// Tasks that come by themselves, beside those that are posted.
    pub(crate) tasks_per_minute: f64,
    /// How long an agent works on a task, on average.
    pub(crate) task_seconds: f64,
    /// Share of tasks that fail.
    pub(crate) failure_ratio: f64,
    /// What one call to a model costs, on average.
    pub(crate) call_usd: f64,
    /// Share of uses of skills that are denied.
    pub(crate) denial_ratio: f64,
    /// Share of tasks that a person is asked to approve.
    pub(crate) approval_ratio: f64,
    /// How long that person takes, on average.
    pub(crate) approval_seconds: f64,
    /// What the audit log records.
    pub(crate) violations_per_minute: f64,
}

impl From<Scenario> for World {
    fn from(scenario: Scenario) -> Self {
        let normal = Self {
            scenario,
            agent: None,
            tasks_per_minute: 8.0,
            task_seconds: 20.0,
            failure_ratio: 0.02,
            call_usd: 0.0005,
            denial_ratio: 0.05,
            approval_ratio: 0.1,
            approval_seconds: 15.0,
            violations_per_minute: 0.5,
        };
        match scenario {
            Scenario::Normal => normal,
            Scenario::Busy => Self {
                tasks_per_minute: 60.0,
                violations_per_minute: 2.0,
                ..normal
            },
            Scenario::Incident => Self {
                tasks_per_minute: 60.0,
                task_seconds: 120.0,
                failure_ratio: 0.3,
                call_usd: 0.01,
                denial_ratio: 0.4,
                approval_ratio: 0.3,
                approval_seconds: 240.0,
                violations_per_minute: 120.0,
                ..normal
            },
            Scenario::Idle => Self {
                tasks_per_minute: 0.5,
                violations_per_minute: 0.0,
                ..normal
            },
        }
    }
}

impl World {
    /// The world after a request to change it: `scenario` starts from that
    /// scenario, every other key changes one thing.
    ///
    /// # Errors
    ///
    /// What is wrong with the request.
    pub(crate) fn changed(&self, request: &[u8]) -> Result<Self, String> {
        let change: Map<String, Value> =
            serde_json::from_slice(request).map_err(|error| error.to_string())?;
        let base = match change.get("scenario") {
            Some(name) => Scenario::deserialize(name)
                .map_err(|error| format!("`scenario`: {error}"))?
                .into(),
            None => self.clone(),
        };
        let Ok(Value::Object(mut keys)) = serde_json::to_value(base) else {
            return Err("the present scenario cannot be read".to_owned());
        };
        keys.extend(change);
        let world: Self =
            serde_json::from_value(Value::Object(keys)).map_err(|error| error.to_string())?;
        world.in_bounds()
    }

    fn in_bounds(self) -> Result<Self, String> {
        for (key, value, most) in [
            ("tasks_per_minute", self.tasks_per_minute, 6000.0),
            ("task_seconds", self.task_seconds, 86_400.0),
            ("failure_ratio", self.failure_ratio, 1.0),
            ("call_usd", self.call_usd, 1000.0),
            ("denial_ratio", self.denial_ratio, 1.0),
            ("approval_ratio", self.approval_ratio, 1.0),
            ("approval_seconds", self.approval_seconds, 86_400.0),
            ("violations_per_minute", self.violations_per_minute, 6000.0),
        ] {
            if !(0.0..=most).contains(&value) {
                return Err(format!("`{key}` is {value}, and must be from 0 to {most}"));
            }
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(request: &str) -> Result<World, String> {
        World::from(Scenario::Normal).changed(request.as_bytes())
    }

    #[test]
    fn every_scenario_is_within_the_bounds() {
        for scenario in Scenario::value_variants() {
            let world = World::from(*scenario);
            assert_eq!(world.clone().in_bounds(), Ok(world));
        }
    }

    #[test]
    fn a_change_keeps_what_it_does_not_name() {
        let world = changed(r#"{"failure_ratio": 1, "agent": "coder"}"#).unwrap();
        assert_eq!(
            world,
            World {
                failure_ratio: 1.0,
                agent: Some(Agent::Coder),
                ..Scenario::Normal.into()
            }
        );
        let world = world.changed(br#"{"agent": null}"#).unwrap();
        assert_eq!((world.agent, world.failure_ratio), (None, 1.0));
    }

    #[test]
    fn a_scenario_starts_afresh() {
        let world = changed(r#"{"failure_ratio": 1}"#).unwrap();
        let world = world.changed(br#"{"scenario": "idle", "call_usd": 3}"#);
        let world = world.unwrap();
        assert_eq!(
            world,
            World {
                call_usd: 3.0,
                ..Scenario::Idle.into()
            }
        );
    }

    #[test]
    fn bad_changes_say_what_is_wrong() {
        for (request, reason) in [
            ("", "EOF"),
            ("[]", "expected a map"),
            ("{", "EOF"),
            (r#"{"scenario": "party"}"#, "unknown variant `party`"),
            (r#"{"scenario": null}"#, "`scenario`: "),
            (r#"{"failure_rate": 1}"#, "unknown field `failure_rate`"),
            (r#"{"failure_ratio": "1"}"#, "invalid type: string"),
            (r#"{"failure_ratio": null}"#, "invalid type: null"),
            (
                r#"{"failure_ratio": 1.5}"#,
                "`failure_ratio` is 1.5, and must be from 0 to 1",
            ),
            (r#"{"task_seconds": -1}"#, "`task_seconds` is -1"),
            (r#"{"task_seconds": 1e999}"#, "out of range"),
            (r#"{"agent": "boss"}"#, "unknown variant `boss`"),
        ] {
            let said = changed(request).unwrap_err();
            assert!(said.contains(reason), "{request}: {said}");
        }
    }
}
