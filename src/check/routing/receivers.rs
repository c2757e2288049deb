//! Where alerts end, and routes and receivers to which none comes.

use crate::check::context::{AlertRule, Context};
use crate::diagnostic::{Code, Diagnostic, Sink, Spanned};
use crate::model::{Alertmanager, Reached, Receiver, Route};
use crate::spec::shape::{self, Way};
use std::collections::HashSet;

/// Alerts that reach nobody, where somebody could be reached.
pub(in crate::check) fn untold(context: &Context<'_>, sink: &mut Sink) {
    let Some(alertmanager) = &context.model.alertmanager else {
        return;
    };
    // Without any way to tell, that is how it is meant.
    if alertmanager.receivers.iter().all(Receiver::is_silent) {
        return;
    }
    let router = alertmanager.router();
    for rule in context.alert_rules() {
        let reached = router.reached(&context.alert_label(rule.alert));
        let is_silent = |name| alertmanager.receiver(name).is_none_or(Receiver::is_silent);
        if reached.iter().all(|end| is_silent(end.receiver)) {
            let names: Vec<_> = reached
                .iter()
                .map(|end| format!("`{}`", end.receiver))
                .collect();
            sink.push(
                Diagnostic::new(
                    Code::AlertUntold,
                    format!("nobody is told of the alert `{}`", rule.name),
                )
                .at(
                    rule.name.span,
                    format!("ends at {}, which tells nobody", names.join(", ")),
                )
                .help("add a route that takes it, or allow this with the reason"),
            );
        }
    }
}

/// Severities of which people must be told in certain ways, at any time.
pub(in crate::check) fn told_as_demanded(context: &Context<'_>, sink: &mut Sink) {
    let (Some(spec), Some(alertmanager)) =
        (&context.specs.alertmanager, &context.model.alertmanager)
    else {
        return;
    };
    let router = alertmanager.router();
    for demand in &spec.tell {
        let Some(ways) = &demand.item else { continue };
        let wanted: Vec<Way> = ways.iter().map(|way| way.value).collect();
        let of_severity = |rule: &AlertRule<'_>| *rule.alert.severity == *demand.name.as_str();
        if !context.alert_rules().any(|rule| of_severity(&rule)) {
            sink.push(
                Diagnostic::new(
                    Code::ToldOtherwise,
                    format!("no alert has the severity `{}`", demand.name),
                )
                .at(demand.name.span, "demands nothing"),
            );
        }
        for rule in context.alert_rules().filter(of_severity) {
            let reached = router.reached(&context.alert_label(rule.alert));
            let tells = |end: &Reached<'_>| {
                let receiver = alertmanager.receiver(end.receiver);
                !end.at_times
                    && receiver.is_some_and(|own| own.ways().iter().any(|way| wanted.contains(way)))
            };
            if reached.iter().all(tells) || reached.iter().any(|end| end.always && tells(end)) {
                continue;
            }
            let list: Vec<_> = wanted
                .iter()
                .map(|way| format!("`{}`", way.word()))
                .collect();
            sink.push(
                Diagnostic::new(
                    Code::ToldOtherwise,
                    format!(
                        "the alert `{}` does not always reach somebody by {}",
                        rule.name,
                        list.join(" or ")
                    ),
                )
                .at(rule.name.span, ends_in_words(&reached, alertmanager))
                .because(
                    demand.name.span,
                    format!("what is `{}` demands it", demand.name),
                )
                .help("lead it to a receiver that has such a way, by a route that is never muted"),
            );
        }
    }
}

/// Where alerts end, and how people are told there.
fn ends_in_words(reached: &[Reached<'_>], alertmanager: &Alertmanager) -> String {
    let ends = reached.iter().map(|end| {
        let ways = alertmanager.receiver(end.receiver).map(Receiver::ways);
        let ways: Vec<_> = ways.iter().flatten().map(|way| way.word()).collect();
        let by = match ways.as_slice() {
            [] => "nobody".to_owned(),
            ways => ways.join(", "),
        };
        let at_times = if end.at_times { " at times" } else { "" };
        format!("`{}` ({by}){at_times}", end.receiver)
    });
    let ends: Vec<_> = ends.collect();
    format!("ends at {}", ends.join(", "))
}

/// Routes that take none of the alerts there are.
pub(in crate::check) fn unreachable(context: &Context<'_>, sink: &mut Sink) {
    let (Some(alertmanager), Some(root)) = (
        &context.model.alertmanager,
        context
            .specs
            .alertmanager
            .as_ref()
            .and_then(|spec| spec.route.as_ref()),
    ) else {
        return;
    };
    let ends = ends(alertmanager, context);
    if !ends.is_empty() {
        report(&alertmanager.route, root, &ends, sink);
    }
}

/// The routes at which alerts end, by address.
fn ends(alertmanager: &Alertmanager, context: &Context<'_>) -> HashSet<*const Route> {
    let router = alertmanager.router();
    let rules = context.alert_rules();
    rules
        .flat_map(|rule| router.reached(&context.alert_label(rule.alert)))
        .map(|end| std::ptr::from_ref(end.route))
        .collect()
}

fn report(route: &Route, written: &shape::Route, ends: &HashSet<*const Route>, sink: &mut Sink) {
    for (route, written) in route.routes.iter().zip(&written.routes) {
        if is_reached(route, ends) {
            report(route, written, ends, sink);
            continue;
        }
        let at = written
            .matchers
            .first()
            .map_or(written.span, |matcher| matcher.span);
        sink.push(
            Diagnostic::new(Code::UnreachableRoute, "no alert comes to this route")
                .at(
                    at,
                    "none of the alerts passes, or an earlier route takes it",
                )
                .help("`continue: true` on an earlier route lets its alerts go on to this one"),
        );
    }
}

fn is_reached(route: &Route, ends: &HashSet<*const Route>) -> bool {
    ends.contains(&std::ptr::from_ref(route))
        || route.routes.iter().any(|below| is_reached(below, ends))
}

/// Receivers that no route names.
pub(in crate::check) fn unused(context: &Context<'_>, sink: &mut Sink) {
    let Some(spec) = &context.specs.alertmanager else {
        return;
    };
    let Some(root) = &spec.route else { return };
    let mut named = HashSet::new();
    name_receivers(root, &mut named);
    for receiver in &spec.receivers {
        if !named.contains(receiver.name.as_str()) {
            sink.push(
                Diagnostic::new(
                    Code::UnusedReceiver,
                    format!("no route leads to the receiver `{}`", receiver.name),
                )
                .at(receiver.name.span, "never told"),
            );
        }
    }
}

fn name_receivers<'s>(route: &'s shape::Route, named: &mut HashSet<&'s str>) {
    named.extend(route.receiver.as_ref().map(Spanned::as_str));
    for below in &route.routes {
        name_receivers(below, named);
    }
}
