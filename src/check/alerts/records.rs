//! Recording rules and those who read them.

use crate::check::context::Context;
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::model::{Item, RuleGroup, Uses};
use std::collections::HashMap;
use std::sync::Arc;

/// Recorded series that nothing reads.
pub(in crate::check) fn unused(context: &Context<'_>, sink: &mut Sink) {
    if context.specs.records.is_empty() {
        return;
    }
    let uses = Uses::of(context.model);
    for named in &context.specs.records {
        let item = Item::Record(named.name.value.clone());
        if named.item.is_some() && uses.users_of(&item).next().is_none() {
            sink.push(
                Diagnostic::new(
                    Code::RecordUnused,
                    format!("nothing reads the recorded series `{}`", named.name),
                )
                .at(named.name.span, "in no query, panel or rule"),
            );
        }
    }
}

/// Alerts that look at a recorded series more often than it changes.
pub(in crate::check) fn slow(context: &Context<'_>, sink: &mut Sink) {
    let groups = context.model.groups.iter();
    let recorded: HashMap<&Arc<str>, &RuleGroup> = groups
        .flat_map(|group| {
            group
                .records
                .iter()
                .map(move |record| (&record.name, group))
        })
        .collect();
    for rule in context.alert_rules() {
        let own = context.evaluation_interval(rule.group);
        for selector in rule.alert.source.selectors() {
            let name = selector.metric_name().map(Arc::from);
            let Some(group) = name.as_ref().and_then(|name| recorded.get(name)) else {
                continue;
            };
            let theirs = context.evaluation_interval(group);
            if theirs > own {
                sink.push(
                    Diagnostic::new(
                        Code::SlowRecord,
                        format!(
                            "the alert `{}` is evaluated every {own}, and what it reads every {theirs}",
                            rule.name
                        ),
                    )
                    .at(rule.name.span, format!("in the group `{}`", rule.group.name))
                    .help(format!(
                        "put it into the group of the recording rule, `{}`",
                        group.name
                    )),
                );
            }
        }
    }
}
