//! Expressions as Grafana sends them: variables and macros filled in for a
//! choice that a viewer can make.

use crate::model::{Dashboard, Panel, PanelKind, Variable, VariableKind};
use crate::promql::{PromDuration, Query, VarRef};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Pixels of a browser's window that a panel of full width gets.
const WIDTH: f64 = 1500.0;
/// Columns of a panel of full width.
const COLUMNS: f64 = 24.0;
/// Steps of an interval variable that follows the shown range.
const AUTO_STEPS: f64 = 30.0;
/// Most points that Prometheus gives for a series.
const MOST_POINTS: f64 = 11_000.0;

/// What a viewer has chosen for a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Choice {
    /// Everything, as one matcher.
    All,
    /// One value.
    One(Arc<str>),
    /// All the values of a variable of a fixed list, which has no one matcher.
    Several(Vec<Arc<str>>),
}

/// What a viewer has chosen for all variables of a dashboard.
pub(super) type Choices = BTreeMap<Arc<str>, Choice>;

/// The times that macros stand for, in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Timing {
    /// What is shown, up to now.
    pub(super) range: f64,
    /// Time between points.
    pub(super) step: f64,
    /// Time between samples.
    pub(super) scrape: f64,
}

impl Timing {
    /// The times of a panel. `scrape` is its query's interval, else the datasource's.
    pub(super) fn of(
        dashboard: &Dashboard,
        panel: &Panel,
        choices: &Choices,
        scrape: PromDuration,
    ) -> Self {
        let range = dashboard.range.as_secs_f64();
        let scrape = scrape.as_secs_f64();
        let least = panel.interval.as_deref().and_then(|written| {
            let chosen = written.strip_prefix('$').and_then(|name| choices.get(name));
            match chosen {
                Some(Choice::One(value)) => PromDuration::parse(value),
                _ => PromDuration::parse(written),
            }
        });
        let least = least.map_or(scrape, PromDuration::as_secs_f64);
        let points = (WIDTH * f64::from(panel.grid.w) / COLUMNS).max(1.0);
        let step = round_step(range / points)
            .max(least)
            .max(range / MOST_POINTS);
        Self {
            range,
            step,
            scrape,
        }
    }

    /// `$__rate_interval`: long enough for four samples.
    fn rate_interval(self) -> f64 {
        (self.step + self.scrape).max(4.0 * self.scrape)
    }
}

/// The step that Grafana takes for about so many seconds.
fn round_step(seconds: f64) -> f64 {
    /// Up to the first, the second.
    const STEPS: [(f64, f64); 22] = [
        (0.015, 0.01),
        (0.035, 0.02),
        (0.075, 0.05),
        (0.15, 0.1),
        (0.35, 0.2),
        (0.75, 0.5),
        (1.5, 1.0),
        (3.5, 2.0),
        (7.5, 5.0),
        (12.5, 10.0),
        (17.5, 15.0),
        (25.0, 20.0),
        (45.0, 30.0),
        (90.0, 60.0),
        (210.0, 120.0),
        (450.0, 300.0),
        (750.0, 600.0),
        (1_050.0, 900.0),
        (1_500.0, 1_200.0),
        (2_700.0, 1_800.0),
        (5_400.0, 3_600.0),
        (12_600.0, 7_200.0),
    ];
    STEPS
        .iter()
        .find(|(up_to, _)| seconds <= *up_to)
        .map_or((seconds / 10_800.0).ceil() * 10_800.0, |(_, step)| *step)
}

/// The choice that a dashboard opens with. `offered` has the values of
/// variables that ask Prometheus.
pub(super) fn opening(
    dashboard: &Dashboard,
    offered: &BTreeMap<Arc<str>, Vec<Arc<str>>>,
) -> Choices {
    let choice = |variable: &Variable| match &variable.kind {
        VariableKind::Values { all, default, .. } => match (default, all) {
            (Some(value), _) => Some(Choice::One(value.clone())),
            (None, true) => Some(Choice::All),
            (None, false) => {
                let first = offered.get(&variable.name)?.first()?;
                Some(Choice::One(first.clone()))
            }
        },
        VariableKind::Interval { default, .. } => Some(Choice::One(default.clone())),
        VariableKind::Custom {
            options,
            all,
            default,
            ..
        } => match (default, all) {
            (Some(value), _) => Some(Choice::One(value.clone())),
            (None, true) => Some(Choice::Several(
                options.iter().map(|(_, value)| value.clone()).collect(),
            )),
            (None, false) => options.first().map(|(_, value)| Choice::One(value.clone())),
        },
        VariableKind::Constant(value) | VariableKind::Textbox(value) => {
            Some(Choice::One(value.clone()))
        }
        VariableKind::Datasource { default, .. } => {
            default.as_ref().map(|(_, uid)| Choice::One(uid.clone()))
        }
    };
    dashboard
        .variables
        .iter()
        .filter_map(|variable| Some((variable.name.clone(), choice(variable)?)))
        .collect()
}

/// The values that a viewer may choose beside the opening one, for a variable
/// that is no interval.
pub(super) fn values(
    variable: &Variable,
    offered: &BTreeMap<Arc<str>, Vec<Arc<str>>>,
) -> Vec<Arc<str>> {
    match &variable.kind {
        VariableKind::Values { .. } => offered.get(&variable.name).cloned().unwrap_or_default(),
        VariableKind::Custom { options, .. } => {
            options.iter().map(|(_, value)| value.clone()).collect()
        }
        VariableKind::Interval { options, .. } => options.clone(),
        _ => Vec::new(),
    }
}

/// `expr` with all variables and macros of Grafana filled in; `None` if it
/// does not parse, which a rendered expression does.
pub(super) fn fill(
    expr: &str,
    dashboard: &Dashboard,
    choices: &Choices,
    timing: Timing,
) -> Option<String> {
    let query = Query::parse(expr).ok()?;
    let value = |variable: &VarRef| {
        builtin(&variable.name, timing).or_else(|| {
            let own = dashboard
                .variables
                .iter()
                .find(|own| *own.name == *variable.name)?;
            Some(interpolated(own, choices.get(&own.name)?, variable, timing))
        })
    };
    Some(query.fill(value))
}

fn builtin(name: &str, timing: Timing) -> Option<String> {
    let whole = |seconds: f64| format!("{}", seconds.round().max(1.0));
    let millis = |seconds: f64| format!("{}", (seconds * 1000.0).round());
    Some(match name {
        "__range" => duration(timing.range),
        "__range_s" => whole(timing.range),
        "__range_ms" => millis(timing.range),
        "__interval" => duration(timing.step),
        "__interval_ms" => millis(timing.step),
        "__rate_interval" => duration(timing.rate_interval()),
        "__rate_interval_ms" => millis(timing.rate_interval()),
        _ => return None,
    })
}

fn duration(seconds: f64) -> String {
    PromDuration::from_millis((seconds * 1000.0).round().max(1.0) as u64).to_string()
}

/// What becomes of a use of a variable.
fn interpolated(own: &Variable, choice: &Choice, used: &VarRef, timing: Timing) -> String {
    let (multi, all) = match &own.kind {
        VariableKind::Values { multi, all, .. } | VariableKind::Custom { multi, all, .. } => {
            (*multi, *all)
        }
        VariableKind::Interval { .. } => {
            return match choice {
                Choice::One(value) if &**value == "auto" => {
                    duration(round_step(timing.range / AUTO_STEPS).max(timing.scrape))
                }
                Choice::One(value) => value.to_string(),
                _ => String::new(),
            };
        }
        _ => (false, false),
    };
    let escape: fn(&str) -> String = match used.format.as_deref() {
        Some("regex") => |value| escaped(value, "\\"),
        Some(_) => |value| value.to_owned(),
        // The datasource escapes for a pattern in a quoted string.
        None if multi || all => |value| escaped(value, "\\\\"),
        None => |value| {
            value
                .replace('\\', "\\\\")
                .replace('\'', "\\'")
                .replace('"', "\\\"")
        },
    };
    match choice {
        Choice::All => ".*".to_owned(),
        Choice::One(value) => escape(value),
        Choice::Several(values) => {
            let values: Vec<_> = values.iter().map(|value| escape(value)).collect();
            format!("({})", values.join("|"))
        }
    }
}

/// `value` with what has a meaning in patterns behind `escape`.
fn escaped(value: &str, escape: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for c in value.chars() {
        if "\\^$*+?.()|[]{}".contains(c) {
            text.push_str(escape);
        }
        text.push(c);
        // Inside a quoted string a backslash needs one of its own.
        if c == '\\' && escape.len() == 2 {
            text.push('\\');
        }
    }
    text
}

/// The most series that a panel can show so that somebody can read them.
pub(super) fn most_series(kind: &PanelKind) -> usize {
    match kind {
        PanelKind::Stat { .. } | PanelKind::Gauge { .. } => 12,
        PanelKind::PieChart { .. } => 24,
        PanelKind::BarGauge { .. }
        | PanelKind::BarChart { .. }
        | PanelKind::StateTimeline { .. } => 50,
        PanelKind::TimeSeries { .. } => 100,
        PanelKind::Heatmap { .. } => 200,
        PanelKind::Table { .. } => 1_000,
        PanelKind::Text { .. } | PanelKind::Row { .. } => usize::MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::{Timing, builtin, escaped, round_step};

    #[test]
    fn macros_follow_the_range_and_the_scrape() {
        let timing = Timing {
            range: 3_600.0,
            step: 2.0,
            scrape: 15.0,
        };
        let value = |name| builtin(name, timing).unwrap();
        assert_eq!(value("__range"), "1h");
        assert_eq!(value("__range_s"), "3600");
        assert_eq!(value("__interval_ms"), "2000");
        assert_eq!(value("__rate_interval"), "1m");
        let coarse = Timing {
            step: 60.0,
            ..timing
        };
        assert_eq!(builtin("__rate_interval", coarse).unwrap(), "1m15s");
        assert_eq!(builtin("agent", timing), None);
    }

    #[test]
    fn steps_are_rounded_as_grafana_does() {
        for (seconds, step) in [
            (0.5, 0.5),
            (2.4, 2.0),
            (20.0, 20.0),
            (30.1, 30.0),
            (2_592.0, 1_800.0),
            (20_000.0, 21_600.0),
        ] {
            assert_eq!(round_step(seconds), step);
        }
    }

    #[test]
    fn values_are_escaped_for_a_pattern_in_quotes() {
        assert_eq!(escaped("a.b", "\\\\"), "a\\\\.b");
        assert_eq!(escaped("a.b", "\\"), "a\\.b");
    }
}
