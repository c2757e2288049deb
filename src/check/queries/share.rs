//! Bounds of shares that are a hundred times what was meant.

use crate::check::context::{Context, items};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::model::{Family, Unit};
use crate::spec::QuantityUnit;
use std::collections::HashSet;

/// Bare numbers above one where one is all there is.
pub(in crate::check) fn without_sign(context: &Context<'_>, sink: &mut Sink) {
    let mut told = HashSet::new();
    for (name, spec) in items(&context.specs.queries) {
        let Some(query) = context.model.queries.get(name) else {
            continue;
        };
        let (Some(thresholds), Some(used)) = (&query.thresholds, &spec.thresholds) else {
            continue;
        };
        if query.unit.as_ref().map(Unit::family) != Some(Family::Share(1.0)) {
            continue;
        }
        let mut written = items(&context.specs.thresholds);
        let Some((_, written)) = written.find(|(own, _)| **own == *thresholds.name) else {
            continue;
        };
        for (level, bound) in &written.levels {
            let found = thresholds.level(level.as_str());
            let Some(found) = found.filter(|found| found.value > 1.0) else {
                continue;
            };
            let written = bound.value.value;
            if written.unit != QuantityUnit::Bare || !told.insert(level.span) {
                continue;
            }
            sink.push(
                Diagnostic::new(
                    Code::PercentSign,
                    format!(
                        "the level `{}` of `{}` is {} of the whole",
                        found.name, thresholds.name, found.written
                    ),
                )
                .at(
                    bound.value.span,
                    format!("did you mean `{}%`?", written.value),
                )
                .because(used.span, "judges a share here, of which 1 is all")
                .help(format!(
                    "if there can be more than all, write `{}`",
                    found.written
                )),
            );
        }
    }
}
