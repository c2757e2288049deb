//! Why a rule has never recorded a series.

use super::{Cause, Found, Narrowing};
use crate::diagnostic::Code;
use crate::model::Record;
use crate::promql::{Expr, Query};
use crate::verify::place::Part;
use crate::verify::prometheus::{Group, Rule};

/// Rules that read what other rules record are followed so far, since some
/// read a circle.
const DEEPEST: usize = 8;

impl<'a> Narrowing<'a> {
    /// The loaded rule that records series of this name, and its group.
    pub(super) fn recording(&self, name: &str) -> Option<(&'a Group, &'a Rule)> {
        let rules = self.rules.iter();
        let mut rules = rules.flat_map(|group| group.rules.iter().map(move |rule| (group, rule)));
        rules.find(|(_, rule)| rule.r#type == "recording" && rule.name == name)
    }

    /// A rule that has not been evaluated records nothing, and one that has been
    /// does not if its own expression has no values.
    pub(super) fn why_not_recorded(&self, expr: &'a Expr, record: &Record) -> Found<'a> {
        let name = &record.name;
        let cause = |code: Code, reason: String| {
            Cause::new(code, Part::Metric(expr), reason, "made by a recording rule")
        };
        let unknown = || {
            cause(
                Code::MetricNeverSeen,
                format!("`{name}` has never been recorded"),
            )
            .help("is its rule loaded, and does its own expression have values?")
        };
        let health = self.recording(name).map(|(_, rule)| rule.health.as_str());
        match health {
            Some("unknown") => {
                return Ok(cause(
                    Code::TooEarly,
                    format!("the rule that records `{name}` has not been evaluated yet"),
                )
                .help("wait for the first evaluation: `--wait` does"));
            }
            Some("ok") if self.depth < DEEPEST => {}
            _ => return Ok(unknown()),
        }
        let Ok(sent) = Query::parse(record.expr.as_str()) else {
            return Ok(unknown());
        };
        let own = Narrowing {
            sent: &sent,
            depth: self.depth + 1,
            ..*self
        };
        Ok(match own.explain()? {
            Some(inner) => Cause {
                notes: inner.notes,
                help: inner.help,
                job: inner.job,
                ..cause(
                    inner.code,
                    format!("`{name}` has never been recorded: {}", inner.reason),
                )
            },
            None => cause(
                Code::TooEarly,
                format!("`{name}` has not been recorded since its expression has values"),
            )
            .help("wait for the next evaluation: `--wait` does"),
        })
    }
}
