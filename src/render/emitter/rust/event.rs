//! Events: the functions of the facade, and handles for them.

use super::layout::{self, Args};
use super::{Facade, guard, metric, text};
use crate::model::{
    Action, ArgKind, Event, EventArg, LabelValue, Operand, Series, Update, field_name,
    rust_identifier,
};
use crate::spec::shape::MetricType;
use serde::Serialize;
use std::fmt::Write;

/// An event, as templates see it.
#[derive(Serialize)]
pub(super) struct View {
    name: String,
    call: String,
    help: String,
    moves: String,
    doc: String,
    signature: String,
    body: String,
    handle: Option<HandleView>,
    guard: Option<guard::View>,
}

impl View {
    pub(super) fn has_handle(&self) -> bool {
        self.handle.is_some()
    }

    pub(super) fn has_guard(&self) -> bool {
        self.guard.is_some()
    }
}

#[derive(Serialize)]
struct HandleView {
    #[serde(rename = "type")]
    type_name: String,
    doc: String,
    maker_doc: String,
    maker: String,
    values: String,
    fields: Vec<FieldView>,
    record_doc: String,
    signature: String,
    body: String,
}

#[derive(Serialize)]
struct FieldView {
    name: String,
    #[serde(rename = "type")]
    type_name: String,
    declaration: String,
}

/// A series that a handle holds.
struct Held<'m> {
    update: &'m Update,
    name: String,
}

pub(super) fn view(facade: &Facade<'_>, event: &Event) -> View {
    let used = |arg: &EventArg| event.updates.iter().any(|update| update.uses(&arg.name));
    let mut params = vec!["&self".to_owned()];
    params.extend(event.args.iter().map(|arg| {
        let name = if used(arg) {
            rust_identifier(&arg.name)
        } else {
            format!("_{}", arg.name)
        };
        format!("{name}: {}", borrowed(facade, arg))
    }));
    let words: Vec<&str> = event.args.iter().map(|arg| &*arg.name).collect();
    let name = rust_identifier(&event.name);
    View {
        name: event.name.to_string(),
        call: format!("{}({})", event.name, words.join(", ")),
        help: text::prose(&event.help),
        moves: moved(event).join(", "),
        doc: text::doc(
            4,
            "///",
            &documentation(event, &event.args.iter().collect::<Vec<_>>()),
        ),
        signature: layout::signature(4, &format!("pub fn {name}"), &params, ""),
        body: body(event, |update, indent| {
            let args = Args {
                labels: labels(facade, event, update),
                value: value(facade, event, update),
            };
            let field = field_name(&update.metric);
            layout::on_field(indent, "", &field, method(update), &args, ";")
        }),
        handle: handle(facade, event),
        guard: guard::view(facade, event),
    }
}

fn documentation(event: &Event, args: &[&EventArg]) -> Vec<String> {
    let mut paragraphs = vec![
        text::sentence(&event.help),
        format!("Moves {}.", listed(&moved(event))),
    ];
    for arg in args {
        if let Some(help) = &arg.help {
            paragraphs.push(format!("- `{}`: {}", arg.name, text::prose(help)));
        }
    }
    paragraphs
}

/// The metrics that an event moves, in the order in which it does.
fn moved(event: &Event) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for update in &event.updates {
        let name = format!("`{}`", update.metric);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// "a, b and c".
pub(super) fn listed(names: &[String]) -> String {
    match names {
        [] => "nothing".to_owned(),
        [only] => only.clone(),
        [before @ .., last] => format!("{} and {last}", before.join(", ")),
    }
}

/// The updates as statements, each under its condition.
fn body(event: &Event, statement: impl Fn(&Update, usize) -> String) -> String {
    let lines = event.updates.iter().map(|update| match &update.when {
        None => statement(update, 8),
        Some(when) => {
            let not = if when.negated { "!" } else { "" };
            let flag = rust_identifier(&when.arg);
            format!(
                "        if {not}{flag} {{\n{}\n        }}",
                statement(update, 12)
            )
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn method(update: &Update) -> &'static str {
    match (&update.action, &update.series) {
        (Action::Inc, _) => "inc",
        (Action::Dec, _) => "dec",
        (Action::Add(_), _) => "add",
        (Action::Set(_), Series::All) => "set_all",
        (Action::Set(_), Series::With(_)) => "set",
        (Action::Observe(_), _) => "observe",
    }
}

/// The type of an argument of a function.
pub(super) fn borrowed(facade: &Facade<'_>, arg: &EventArg) -> String {
    match owned(facade, arg) {
        string if string == "String" => "&str".to_owned(),
        other => other,
    }
}

/// The type of an argument that is kept.
pub(super) fn owned(facade: &Facade<'_>, arg: &EventArg) -> String {
    match &arg.kind {
        ArgKind::Label(label) if facade.closed(label).is_some() => {
            format!("labels::{}", facade.label_type(label))
        }
        ArgKind::Label(_) => "String".to_owned(),
        ArgKind::Seconds => "Duration".to_owned(),
        ArgKind::Amount => "f64".to_owned(),
        ArgKind::Count => "u64".to_owned(),
        ArgKind::Flag => "bool".to_owned(),
    }
}

fn arg<'e>(event: &'e Event, name: &str) -> Option<&'e EventArg> {
    event.args.iter().find(|arg| &*arg.name == name)
}

/// The values of the labels of an update; `None` where it needs none.
fn labels(facade: &Facade<'_>, event: &Event, update: &Update) -> Option<Vec<String>> {
    let Series::With(values) = &update.series else {
        return None;
    };
    if values.is_empty() {
        return None;
    }
    let value = |value: &LabelValue| match value {
        LabelValue::Constant(text) => text::string(text),
        LabelValue::Arg(name) => {
            let word = rust_identifier(name);
            match arg(event, name).map(|arg| &arg.kind) {
                Some(ArgKind::Label(label)) if facade.closed(label).is_some() => {
                    format!("{word}.as_str()")
                }
                _ => word,
            }
        }
    };
    Some(values.iter().map(value).collect())
}

/// The number of an update, as its method takes it.
fn value(facade: &Facade<'_>, event: &Event, update: &Update) -> Option<String> {
    let operand = match &update.action {
        Action::Inc | Action::Dec => return None,
        Action::Add(operand) | Action::Set(operand) | Action::Observe(operand) => operand,
    };
    let counter = facade.kind(&update.metric) == MetricType::Counter;
    Some(match operand {
        Operand::Number(number) if counter => text::grouped(&format!("{number:.0}")),
        Operand::Number(number) => text::float(*number),
        Operand::Arg(name) => {
            let word = rust_identifier(name);
            match arg(event, name).map(|arg| &arg.kind) {
                Some(ArgKind::Seconds) => format!("{word}.as_secs_f64()"),
                Some(ArgKind::Count) if !counter => format!("float({word})"),
                Some(ArgKind::Flag) => format!("f64::from({word})"),
                _ => word,
            }
        }
    })
}

/// Whether the event stores a count as a number with a fraction.
pub(super) fn needs_float(facade: &Facade<'_>, event: &Event) -> bool {
    let mut values = event
        .updates
        .iter()
        .filter_map(|update| value(facade, event, update));
    values.any(|value| value.starts_with("float("))
}

/// A handle, if it would save looking something up.
fn handle(facade: &Facade<'_>, event: &Event) -> Option<HandleView> {
    let one_each = |update: &Update| matches!(update.series, Series::With(_));
    let is_label = |arg: &&EventArg| matches!(arg.kind, ArgKind::Label(_));
    let used = |arg: &&EventArg| event.updates.iter().any(|update| update.uses(&arg.name));
    let (chosen, given): (Vec<_>, Vec<_>) = event.args.iter().filter(used).partition(is_label);
    if chosen.is_empty() || !event.updates.iter().all(one_each) {
        return None;
    }
    let held = held(event);
    let params = |args: &[&EventArg], type_of: &dyn Fn(&EventArg) -> String| {
        let rest = args
            .iter()
            .map(|arg| format!("{}: {}", rust_identifier(&arg.name), type_of(arg)));
        std::iter::once("&self".to_owned())
            .chain(rest)
            .collect::<Vec<_>>()
    };
    // Types of handles have the names of events, which may be those of any type:
    // beside them, others go by their modules.
    let qualified = |arg: &EventArg| match &arg.kind {
        ArgKind::Seconds => "time::Duration".to_owned(),
        _ => borrowed(facade, arg),
    };
    let type_name = text::type_name(&event.name);
    let function = format!("{}_handle", event.name);
    let values = held.iter().map(|held| {
        let args = Args {
            labels: labels(facade, event, held.update),
            value: None,
        };
        let method = if args.labels.is_some() {
            "with"
        } else {
            "clone"
        };
        let start = format!("{}: ", held.name);
        let field = field_name(&held.update.metric);
        layout::on_field(12, &start, &field, method, &args, ",")
    });
    let mut values_text = String::new();
    for value in values {
        let _ = writeln!(values_text, "{value}");
    }
    values_text.pop();
    let names: Vec<_> = chosen.iter().map(|arg| format!("`{}`", arg.name)).collect();
    let made = format!(
        "A handle for [`{name}`](Self::{name}) with this {}, looked up once.",
        listed(&names),
        name = event.name
    );
    let about = format!(
        "[`{}`](crate::Metrics::{}) with {} looked up; from [`{function}`](crate::Metrics::{function}).",
        event.name,
        event.name,
        listed(&names)
    );
    Some(HandleView {
        maker_doc: text::doc(4, "///", &[made]),
        maker: layout::signature(
            4,
            &format!("pub fn {function}"),
            &params(&chosen, &|arg| borrowed(facade, arg)),
            &format!(" -> handles::{type_name}"),
        ),
        values: values_text,
        fields: held
            .iter()
            .map(|held| {
                let kind = metric::handle_type(facade.kind(&held.update.metric));
                let type_name = format!("runtime::{kind}");
                FieldView {
                    name: held.name.clone(),
                    declaration: layout::field(&format!("pub(crate) {}", held.name), &type_name),
                    type_name,
                }
            })
            .collect(),
        doc: text::doc(0, "///", &[about]),
        record_doc: text::doc(4, "///", &documentation(event, &given)),
        signature: layout::signature(4, "pub fn record", &params(&given, &qualified), ""),
        body: body(event, |update, indent| {
            let same = |held: &&Held<'_>| is_same(held.update, update);
            let name = held.iter().find(same).map_or("", |held| &held.name);
            let args = Args {
                labels: None,
                value: value(facade, event, update),
            };
            layout::on_field(indent, "", name, method(update), &args, ";")
        }),
        type_name,
    })
}

fn is_same(a: &Update, b: &Update) -> bool {
    a.metric == b.metric && a.series == b.series
}

/// The series that a handle of the event holds, each once.
fn held(event: &Event) -> Vec<Held<'_>> {
    let mut all: Vec<Held<'_>> = Vec::new();
    for update in &event.updates {
        if all.iter().any(|held| is_same(held.update, update)) {
            continue;
        }
        let base = field_name(&update.metric);
        let mut name = base.clone();
        let mut number = 2;
        while all.iter().any(|held| held.name == name) {
            name = format!("{base}_{number}");
            number += 1;
        }
        all.push(Held { update, name });
    }
    all
}

/// Calls of some events, for documentation that compiles.
pub(super) fn examples(facade: &Facade<'_>, library: &str) -> Vec<String> {
    let plain = facade
        .model
        .events
        .values()
        .filter(|event| event.args.len() < 4);
    let call = |event: &Event| {
        let args: Vec<_> = event
            .args
            .iter()
            .map(|arg| example(facade, arg, library))
            .collect();
        format!(
            "metrics.{}({});",
            rust_identifier(&event.name),
            args.join(", ")
        )
    };
    plain.take(2).map(call).collect()
}

fn example(facade: &Facade<'_>, arg: &EventArg, library: &str) -> String {
    match &arg.kind {
        ArgKind::Label(label) => {
            let values = facade.model.labels.get(label);
            let first = values.and_then(|label| label.values.first());
            match (facade.closed(label), first) {
                (Some(_), Some(first)) => format!(
                    "{library}::labels::{}::{}",
                    facade.label_type(label),
                    text::variants(&[first]).concat()
                ),
                (_, Some(first)) => text::string(first),
                (_, None) => text::string(label),
            }
        }
        ArgKind::Seconds => "std::time::Duration::from_secs(2)".to_owned(),
        ArgKind::Amount => "1.5".to_owned(),
        ArgKind::Count => "3".to_owned(),
        ArgKind::Flag => "true".to_owned(),
    }
}

fn used_types(facade: &Facade<'_>, used: impl Fn(&Event, &EventArg) -> bool) -> (bool, bool) {
    let events = facade.model.events.values();
    let args = events.flat_map(|event| event.args.iter().map(move |arg| (event, arg)));
    let mut found = (false, false);
    for (_, arg) in args.filter(|(event, arg)| used(event, arg)) {
        let owned = owned(facade, arg);
        found.0 |= owned == "Duration";
        found.1 |= owned.starts_with("labels::");
    }
    found
}

/// What the file of events uses.
pub(super) fn imports(
    facade: &Facade<'_>,
    has_guards: bool,
    has_handles: bool,
    needs_float: bool,
) -> String {
    let (duration, labels) = used_types(facade, |_, _| true);
    let measured = |event: &Event| {
        let guard = event.guard.as_ref();
        guard.is_some_and(|guard| guard.elapsed.is_some())
    };
    let instant = facade.model.events.values().any(measured);
    let mut lines = Vec::new();
    if has_guards {
        lines.push("use std::sync::Arc;".to_owned());
    }
    let times: Vec<_> = [("Duration", duration), ("Instant", instant)]
        .into_iter()
        .filter_map(|(name, used)| used.then_some(name))
        .collect();
    if !times.is_empty() {
        lines.push(super::import("std::time", &times));
    }
    if !lines.is_empty() {
        lines.push(String::new());
    }
    let own = [
        ("Metrics", true),
        ("float", needs_float),
        ("guards", has_guards),
        ("handles", has_handles),
        ("labels", labels),
    ];
    let own: Vec<_> = own
        .into_iter()
        .filter_map(|(name, used)| used.then_some(name))
        .collect();
    lines.push(super::import("crate", &own));
    lines.join("\n")
}

/// What the file of handles uses.
pub(super) fn handle_imports(facade: &Facade<'_>) -> String {
    let events: Vec<_> = facade
        .model
        .events
        .values()
        .filter(|event| handle(facade, event).is_some())
        .collect();
    let given = |event: &Event, arg: &EventArg| {
        !matches!(arg.kind, ArgKind::Label(_))
            && event.updates.iter().any(|update| update.uses(&arg.name))
            && events.iter().any(|own| own.name == event.name)
    };
    let (duration, _) = used_types(facade, given);
    let mut lines = Vec::new();
    if duration {
        lines.push("use std::time;\n".to_owned());
    }
    let float = events.iter().any(|event| needs_float(facade, event));
    let own: &[&str] = if float {
        &["float", "runtime"]
    } else {
        &["runtime"]
    };
    lines.push(super::import("crate", own));
    lines.join("\n")
}
