//! Rule groups.

use super::BoundAlert;
use crate::diagnostic::{Code, Sink, Spanned};
use crate::model::RuleGroup;
use crate::resolve::record::BoundRecord;
use crate::resolve::{check_named, find, names, unknown, value};
use crate::spec::Named;
use crate::spec::shape;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Groups of rules that ask for none.
const ALERTS: &str = "alerts";
const RECORDS: &str = "records";

/// Puts rules into their groups. A group must be declared in `rule_groups`,
/// so that a misspelt name makes no group of its own.
pub(in crate::resolve) fn groups(
    specs: &[Named<shape::RuleGroup>],
    records: Vec<BoundRecord<'_>>,
    alerts: Vec<BoundAlert<'_>>,
    sink: &mut Sink,
) -> Vec<RuleGroup> {
    for spec in specs {
        check_named("a rule group", &spec.name, sink);
    }
    let mut groups: BTreeMap<Arc<str>, RuleGroup> = BTreeMap::new();
    let group =
        |asked: Option<&Spanned<Arc<str>>>, usual: &str, sink: &mut Sink| -> Option<Arc<str>> {
            let name = match asked {
                Some(asked) if find(specs, asked.as_str()).is_err() && &*asked.value != usual => {
                    sink.push(unknown(
                        Code::UnknownGroup,
                        "rule group",
                        asked,
                        names(specs),
                    ));
                    return None;
                }
                Some(asked) => asked.value.clone(),
                None => usual.into(),
            };
            Some(name)
        };
    for BoundRecord {
        group: asked,
        record,
    } in records
    {
        if let Some(name) = group(asked, RECORDS, sink) {
            entry(&mut groups, name, specs).records.push(record);
        }
    }
    for BoundAlert {
        group: asked,
        alert,
    } in alerts
    {
        if let Some(name) = group(asked, ALERTS, sink) {
            entry(&mut groups, name, specs).alerts.push(alert);
        }
    }
    for group in groups.values_mut() {
        group.alerts.sort_by(|a, b| a.name.cmp(&b.name));
    }
    groups.into_values().collect()
}

fn entry<'g>(
    groups: &'g mut BTreeMap<Arc<str>, RuleGroup>,
    name: Arc<str>,
    specs: &[Named<shape::RuleGroup>],
) -> &'g mut RuleGroup {
    groups.entry(name.clone()).or_insert_with(|| {
        let spec = find(specs, &name).ok().flatten();
        RuleGroup {
            name,
            interval: spec.and_then(|spec| value(spec.interval.as_ref())),
            limit: spec.and_then(|spec| value(spec.limit.as_ref())),
            records: Vec::new(),
            alerts: Vec::new(),
        }
    })
}
