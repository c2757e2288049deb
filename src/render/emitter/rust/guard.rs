//! Guards: types that end what an event starts.

use super::event::{borrowed, listed, owned};
use super::{Facade, free, layout, text};
use crate::model::{ArgKind, Event, EventArg, Guard, rust_identifier};
use serde::Serialize;

/// Types that the file of guards uses itself.
const TAKEN: [&str; 9] = [
    "Arc", "Drop", "Duration", "Instant", "Metrics", "None", "Option", "Some", "String",
];

/// A guard, as templates see it.
#[derive(Serialize)]
pub(super) struct View {
    function: String,
    #[serde(rename = "type")]
    type_name: String,
    doc: String,
    must_use: String,
    maker_doc: String,
    maker: String,
    start: String,
    metrics: String,
    local: String,
    started: Option<String>,
    fields: Vec<FieldView>,
    ends: Vec<EndView>,
    ends_text: String,
    dropped: String,
    drop: String,
}

#[derive(Serialize)]
struct FieldView {
    name: String,
    #[serde(rename = "type")]
    type_name: String,
    declaration: String,
    value: String,
}

#[derive(Serialize)]
struct EndView {
    doc: String,
    signature: String,
    call: String,
}

pub(super) fn view(facade: &Facade<'_>, event: &Event) -> Option<View> {
    let guard = event.guard.as_ref()?;
    let carried = carried(facade, event, guard);
    let field = |word| free(word, |name| carried.iter().any(|arg| &*arg.name == name));
    let metrics = field("metrics");
    let started = guard.elapsed.as_ref().map(|_| field("started"));
    let ended: Vec<_> = guard
        .ends
        .iter()
        .filter_map(|(name, event)| Some((name, facade.event(event)?)))
        .collect();
    let shadowed = ended.iter().flat_map(|(_, end)| &end.args);
    let local = free("metrics", |name| {
        shadowed.clone().any(|arg| &*arg.name == name)
    });
    let arguments = |end: &Event| -> Vec<String> {
        let argument = |arg: &EventArg| {
            let word = rust_identifier(&arg.name);
            match (&started, &guard.elapsed) {
                (Some(started), Some(elapsed)) if *elapsed == arg.name => {
                    format!("self.{started}.elapsed()")
                }
                _ if !is_carried(arg, event) => word,
                _ if owned(facade, arg) == "String" => format!("&self.{word}"),
                _ => format!("self.{word}"),
            }
        };
        end.args.iter().map(argument).collect()
    };
    let call = |end: &Event| {
        let head = format!("{local}.{}", rust_identifier(&end.name));
        layout::call(12, &head, &arguments(end), ";")
    };
    let ends = ended.iter().map(|(name, end)| {
        let mut params = vec!["mut self".to_owned()];
        let given = end
            .args
            .iter()
            .filter(|arg| guard.elapsed.as_ref() != Some(&arg.name) && !is_carried(arg, event));
        params.extend(
            given.map(|arg| format!("{}: {}", rust_identifier(&arg.name), borrowed(facade, arg))),
        );
        let calls = format!("Calls [`{0}`](Metrics::{0}).", end.name);
        EndView {
            doc: text::doc(4, "///", &[text::sentence(&end.help), calls]),
            signature: layout::signature(
                4,
                &format!("pub fn {}", rust_identifier(name)),
                &params,
                "",
            ),
            call: call(end),
        }
    });
    let type_name = type_name(facade, guard);
    let start_args: Vec<_> = event
        .args
        .iter()
        .map(|arg| rust_identifier(&arg.name))
        .collect();
    let mut params = vec!["self: &Arc<Self>".to_owned()];
    params.extend(
        event
            .args
            .iter()
            .map(|arg| format!("{}: {}", rust_identifier(&arg.name), borrowed(facade, arg))),
    );
    let names: Vec<_> = guard
        .ends
        .iter()
        .map(|(name, _)| format!("`{name}`"))
        .collect();
    let dropped = ended.iter().find(|(name, _)| **name == guard.dropped);
    Some(View {
        doc: text::doc(
            0,
            "///",
            &[
                format!(
                    "What [`{0}`](Metrics::{0}) started; from [`{1}`](Metrics::{1}).",
                    event.name, guard.name
                ),
                format!(
                    "Ends with {}; dropped without, as with `{}`.",
                    listed(&names).replace(" and ", " or "),
                    guard.dropped
                ),
            ],
        ),
        must_use: text::string(&format!("dropped, it ends with `{}`", guard.dropped)),
        maker_doc: text::doc(
            4,
            "///",
            &[
                text::sentence(&event.help),
                format!(
                    "Calls [`{0}`](Self::{0}), and returns a guard that calls the end: by {1}, or by `{2}` when it is dropped.",
                    event.name,
                    listed(&names).replace(" and ", " or "),
                    guard.dropped
                ),
            ],
        ),
        maker: layout::signature(
            4,
            &format!("pub fn {}", rust_identifier(&guard.name)),
            &params,
            &format!(" -> guards::{type_name}"),
        ),
        start: layout::call(
            8,
            &format!("self.{}", rust_identifier(&event.name)),
            &start_args,
            ";",
        ),
        function: guard.name.to_string(),
        fields: carried
            .iter()
            .map(|arg| {
                let name = rust_identifier(&arg.name);
                let type_name = owned(facade, arg);
                let value = if type_name == "String" {
                    format!("{name}: {name}.to_owned()")
                } else {
                    name.clone()
                };
                FieldView {
                    declaration: layout::field(&format!("pub(crate) {name}"), &type_name),
                    name,
                    type_name,
                    value,
                }
            })
            .collect(),
        ends: ends.collect(),
        ends_text: listed(&names).replace(" and ", " or "),
        dropped: guard.dropped.to_string(),
        drop: dropped.map(|(_, end)| call(end)).unwrap_or_default(),
        metrics,
        local,
        started,
        type_name,
    })
}

/// The type of a guard, which neither the file nor another guard has.
fn type_name(facade: &Facade<'_>, guard: &Guard) -> String {
    let mut name = text::type_name(&guard.name);
    if !TAKEN.contains(&name.as_str()) {
        return name;
    }
    let guards = facade.model.events.values();
    let others: Vec<_> = guards
        .filter_map(|event| Some(text::type_name(&event.guard.as_ref()?.name)))
        .collect();
    while TAKEN.contains(&name.as_str()) || others.contains(&name) {
        name.push_str("Guard");
    }
    name
}

/// Whether a guard hands this argument of an end on from its start.
fn is_carried(arg: &EventArg, start: &Event) -> bool {
    start
        .args
        .iter()
        .any(|own| own.name == arg.name && own.kind == arg.kind)
}

/// The arguments of the start that a guard keeps for its ends.
fn carried<'e>(facade: &Facade<'e>, event: &'e Event, guard: &Guard) -> Vec<&'e EventArg> {
    let ends = guard.ends.iter().filter_map(|(_, end)| facade.event(end));
    let args: Vec<_> = ends.flat_map(|end| &end.args).collect();
    let kept = event.args.iter().filter(|own| {
        guard.elapsed.as_ref() != Some(&own.name)
            && args
                .iter()
                .any(|arg| arg.name == own.name && arg.kind == own.kind)
    });
    kept.collect()
}

/// What the file of guards uses.
pub(super) fn imports(facade: &Facade<'_>) -> String {
    let mut times = Vec::new();
    let mut labels = false;
    for event in facade.model.events.values() {
        let Some(guard) = &event.guard else { continue };
        if guard.elapsed.is_some() {
            times.push("Instant");
        }
        let ends = guard.ends.iter().filter_map(|(_, end)| facade.event(end));
        let args = ends.flat_map(|end| &end.args);
        for arg in args.filter(|arg| guard.elapsed.as_ref() != Some(&arg.name)) {
            if arg.kind == ArgKind::Seconds {
                times.push("Duration");
            }
            labels |= owned(facade, arg).starts_with("labels::");
        }
    }
    times.sort_unstable();
    times.dedup();
    let mut lines = vec!["use std::sync::Arc;".to_owned()];
    if !times.is_empty() {
        lines.push(super::import("std::time", &times));
    }
    lines.push(String::new());
    let own: &[&str] = if labels {
        &["Metrics", "labels"]
    } else {
        &["Metrics"]
    };
    lines.push(super::import("crate", own));
    lines.join("\n")
}
