//! Where alerts end, and routes and receivers to which none comes.

use crate::check::context::Context;
use crate::diagnostic::{Code, Diagnostic, Sink, Spanned};
use crate::model::{Alertmanager, Receiver, Route};
use crate::spec::shape;
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
    for rule in context.alert_rules() {
        let reached = alertmanager.reached(&context.alert_label(rule.alert));
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
    let rules = context.alert_rules();
    rules
        .flat_map(|rule| alertmanager.reached(&context.alert_label(rule.alert)))
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
