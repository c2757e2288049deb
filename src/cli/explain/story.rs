//! What is told of a name, for people and for programs.

use crate::model::{Alert, Thresholds};
use crate::promql::{Flow, Measure, ValueType};
use crate::spec::shape::Worse;
use serde::Serialize;

/// All there is to say about something with a name. Fields may be added, but
/// none is renamed or removed.
#[derive(Debug, Serialize)]
pub(super) struct Story {
    pub(super) kind: &'static str,
    pub(super) name: String,
    pub(super) help: String,
    /// `path:line:column`.
    pub(super) defined: Option<String>,
    /// What it is, by name.
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) expressions: Vec<Expression>,
    /// What comes out of each part of the expression, operands first.
    pub(super) steps: Vec<Step>,
    /// What it names itself.
    pub(super) uses: Vec<String>,
    /// Who names it, each with what it sends to Prometheus.
    pub(super) used_by: Vec<Use>,
    /// Everything else that a change may reach.
    pub(super) reaches: Vec<Reach>,
    /// Where it ends, if it is an alert.
    pub(super) receivers: Vec<ReceiverEnd>,
    /// The dashboard that users were asked for.
    pub(super) only_dashboard: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct Expression {
    pub(super) what: &'static str,
    pub(super) expr: String,
}

#[derive(Debug, Serialize)]
pub(super) struct Step {
    pub(super) part: String,
    pub(super) depth: usize,
    pub(super) r#type: &'static str,
    /// Labels that the series have, or may have.
    pub(super) labels: Vec<String>,
    /// Whether there can be others.
    pub(super) others: bool,
    /// `seconds`, `bytes per second` and the like, if it follows.
    pub(super) unit: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct Use {
    pub(super) user: String,
    pub(super) expr: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct Reach {
    pub(super) item: String,
    pub(super) through: String,
}

#[derive(Debug, Serialize)]
pub(super) struct ReceiverEnd {
    /// The alert.
    pub(super) alert: String,
    pub(super) receiver: String,
    /// `slack`, `email` and so on; none if it tells nobody.
    pub(super) tells_by: Vec<&'static str>,
    /// Whether it depends on labels that only the data knows.
    pub(super) perhaps: bool,
    /// Whether there are times in which it is silent.
    pub(super) at_times: bool,
}

/// `value` as a document of its own.
pub(super) fn json(value: &impl Serialize) -> anyhow::Result<String> {
    Ok(serde_json::to_string_pretty(value)? + "\n")
}

impl Step {
    pub(super) fn new(part: &str, depth: usize, flow: &Flow) -> Self {
        let words: Vec<_> = part.split_whitespace().collect();
        Self {
            part: words.join(" "),
            depth,
            r#type: match flow.ty {
                ValueType::Scalar => "scalar",
                ValueType::Vector => "instant vector",
                ValueType::Matrix => "range vector",
                ValueType::String => "string",
            },
            labels: flow.labels.iter().map(str::to_owned).collect(),
            others: !flow.labels.is_known(),
            unit: unit(flow.measure),
        }
    }

    /// The labels, as people read them.
    fn carries(&self) -> String {
        let mut labels = self.labels.join(", ");
        let text = match (self.r#type, self.others, labels.is_empty()) {
            ("scalar" | "string", ..) => self.r#type.to_owned(),
            (_, true, true) => "labels that are not known".to_owned(),
            (_, true, false) => {
                labels.push_str(", perhaps others");
                labels
            }
            (_, false, true) => "no label".to_owned(),
            (_, false, false) => labels,
        };
        match &self.unit {
            Some(unit) => format!("{text} ({unit})"),
            None => text,
        }
    }
}

/// A measure in words, if there is something to say.
fn unit(measure: Measure) -> Option<String> {
    let Measure::Known { time, data } = measure else {
        return None;
    };
    Some(match (time, data) {
        (0, 0) => return None,
        (1, 0) => "seconds".to_owned(),
        (0, 1) => "bytes".to_owned(),
        (-1, 0) => "per second".to_owned(),
        (-1, 1) => "bytes per second".to_owned(),
        (time, data) => format!("s^{time} B^{data}"),
    })
}

/// The levels of thresholds in one line.
pub(super) fn levels(thresholds: &Thresholds) -> String {
    let sign = |good: bool| match (thresholds.worse, good) {
        (Worse::Higher, false) | (Worse::Lower, true) => ">",
        (Worse::Higher, true) | (Worse::Lower, false) => "<",
    };
    let levels: Vec<_> = thresholds
        .levels
        .iter()
        .map(|level| format!("{} {} {}", level.name, sign(level.good), level.written))
        .collect();
    levels.join(", ")
}

pub(super) fn summary(alert: &Alert) -> &str {
    alert.annotations.get("summary").map_or("", |text| text)
}

impl Story {
    pub(super) fn text(&self) -> String {
        let mut text = match self.help.as_str() {
            "" => format!("{}\n", self.name),
            help => format!("{}: {help}\n", self.name),
        };
        let mut field = |name: &str, value: &str| text.push_str(&format!("  {name:11} {value}\n"));
        if let Some(defined) = &self.defined {
            field("defined at", defined);
        }
        for (name, value) in &self.facts {
            field(name, value);
        }
        for Expression { what, expr } in &self.expressions {
            text.push_str(&format!("\n{what}\n{}", indented(expr)));
        }
        text.push_str(&self.steps());
        text.push_str(&self.ends());
        if self.used_by.is_empty() && self.kind != "alert" {
            let place = self.only_dashboard.as_ref();
            let place = place.map(|key| format!(" on dashboard `{key}`"));
            text.push_str(&format!("\nnot used{}\n", place.unwrap_or_default()));
        }
        for Use { user, expr } in &self.used_by {
            let expr = expr.as_deref().map(indented).unwrap_or_default();
            text.push_str(&format!("\n{user}\n{expr}"));
        }
        if !self.reaches.is_empty() {
            text.push_str("\na change also reaches\n");
            let width = self
                .reaches
                .iter()
                .map(|reach| reach.item.chars().count())
                .max();
            let width = width.unwrap_or_default();
            for Reach { item, through } in &self.reaches {
                text.push_str(&format!("    {item:width$}  through {through}\n"));
            }
        }
        text
    }

    fn steps(&self) -> String {
        // One step is no way.
        if self.steps.len() < 2 {
            return String::new();
        }
        let mut text = "\nlabels, step by step\n".to_owned();
        for step in &self.steps {
            let pad = " ".repeat(2 * step.depth);
            let part = shortened(&step.part);
            text.push_str(&format!(
                "    {pad}{part}\n    {pad}-> {}\n",
                step.carries()
            ));
        }
        text
    }

    fn ends(&self) -> String {
        if self.receivers.is_empty() {
            return String::new();
        }
        let mut text = "\nwho is told\n".to_owned();
        for end in &self.receivers {
            let by = match end.tells_by.as_slice() {
                [] => "tells nobody".to_owned(),
                ways => format!("by {}", ways.join(" and ")),
            };
            let perhaps = if end.perhaps {
                ", depending on labels"
            } else {
                ""
            };
            let at_times = if end.at_times { ", at times" } else { "" };
            let of = match self.kind {
                "alert" => String::new(),
                _ => format!("{}: ", end.alert),
            };
            text.push_str(&format!(
                "    {of}{}, {by}{perhaps}{at_times}\n",
                end.receiver
            ));
        }
        text
    }
}

/// So much of a part that its line can be read.
fn shortened(part: &str) -> String {
    const MOST: usize = 100;
    if part.chars().count() <= MOST {
        return part.to_owned();
    }
    let kept: String = part.chars().take(MOST - 1).collect();
    format!("{kept}…")
}

fn indented(expr: &str) -> String {
    expr.trim_end()
        .lines()
        .map(|line| {
            if line.is_empty() {
                "\n".to_owned()
            } else {
                format!("    {line}\n")
            }
        })
        .collect()
}
