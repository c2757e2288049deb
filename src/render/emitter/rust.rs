//! What the templates of the Rust emitter are told: names, types and statements,
//! whose lines are broken as rustfmt breaks them.

mod event;
mod guard;
mod layout;
mod metric;
mod text;

use super::USUAL_LIMIT;
use crate::model::{Event, Label, Metric, Model, field_name};
use crate::spec::shape::MetricType;
use minijinja::value::{Serde, Value};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What templates are told.
#[derive(Serialize)]
struct Context {
    package: String,
    package_toml: String,
    #[serde(rename = "crate")]
    library: String,
    imports: Imports,
    /// The facade's own field and function beside metrics and events.
    registry: String,
    register: String,
    metrics: Vec<metric::View>,
    label_setup: Vec<String>,
    enums: Vec<metric::EnumView>,
    events: Vec<event::View>,
    example: Example,
    has_events: bool,
    has_handles: bool,
    has_guards: bool,
    needs_float: bool,
}

/// What each file uses.
#[derive(Serialize)]
struct Imports {
    lib: String,
    events: String,
    handles: String,
    guards: String,
}

#[derive(Serialize)]
struct Example {
    calls: Vec<String>,
}

/// What the parts of the facade look things up in.
struct Facade<'m> {
    model: &'m Model,
    /// The metrics that are emitted.
    metrics: BTreeMap<&'m str, &'m Metric>,
    /// What their labels are called.
    labels: BTreeMap<&'m str, LabelNames>,
}

/// A label in Rust, where no other label has these names.
struct LabelNames {
    type_name: String,
    /// The variable that holds it while metrics are registered.
    local: String,
}

impl<'m> Facade<'m> {
    fn new(model: &'m Model) -> Self {
        let emitted = model.metrics.values();
        let emitted = emitted.filter(|metric| metric.kind != MetricType::Summary);
        let metrics: BTreeMap<_, _> = emitted.map(|metric| (&*metric.name, metric)).collect();
        let labels = metrics.values().flat_map(|metric| &metric.labels);
        let labels: BTreeSet<&str> = labels.map(|label| &**label).collect();
        // Names of labels may differ in nothing but what those of Rust leave out.
        let types = labels.iter().map(|label| text::type_name(label));
        let locals = labels
            .iter()
            .map(|label| format!("label_{}", label.to_ascii_lowercase()));
        let names = text::distinct(types, &[])
            .into_iter()
            .zip(text::distinct(locals, &[]))
            .map(|(type_name, local)| LabelNames { type_name, local });
        Self {
            model,
            labels: labels.iter().copied().zip(names).collect(),
            metrics,
        }
    }

    /// The label, if all its values are known.
    fn closed(&self, label: &str) -> Option<&'m Label> {
        self.model
            .labels
            .get(label)
            .filter(|label| label.is_closed())
    }

    /// The type of a closed label.
    fn label_type(&self, label: &str) -> &str {
        let names = self.labels.get(label);
        names.map_or("", |names| names.type_name.as_str())
    }

    /// The variable that holds a label.
    fn label_local(&self, label: &str) -> &str {
        let names = self.labels.get(label);
        names.map_or("", |names| names.local.as_str())
    }

    fn kind(&self, metric: &str) -> MetricType {
        let metric = self.metrics.get(metric);
        metric.map_or(MetricType::Gauge, |metric| metric.kind)
    }

    fn event(&self, name: &str) -> Option<&'m Event> {
        self.model.events.get(name)
    }

    /// Whether an event or a guard has that name.
    fn has_function(&self, name: &str) -> bool {
        let guard = |event: &Event| event.guard.as_ref().is_some_and(|own| &*own.name == name);
        self.model.events.contains_key(name) || self.model.events.values().any(guard)
    }
}

/// `word`, or something like it that is not taken.
fn free(word: &str, taken: impl Fn(&str) -> bool) -> String {
    let mut name = word.to_owned();
    while taken(&name) {
        name.insert_str(0, "own_");
    }
    name
}

/// Everything that the templates ask for.
pub(super) fn context(model: &Model, package: &Arc<str>) -> Value {
    let facade = &Facade::new(model);
    let events: Vec<_> = facade
        .model
        .events
        .values()
        .map(|event| event::view(facade, event))
        .collect();
    let library = package.replace('-', "_");
    let metrics = metric::views(facade);
    let label_setup = metric::label_setup(facade);
    let has_guards = events.iter().any(event::View::has_guard);
    let has_handles = events.iter().any(event::View::has_handle);
    let needs_float = facade
        .model
        .events
        .values()
        .any(|event| event::needs_float(facade, event));
    Value::from(Serde(Context {
        package: package.to_string(),
        package_toml: text::string(package),
        imports: Imports {
            lib: metric::imports(facade),
            events: event::imports(facade, has_guards, has_handles, needs_float),
            handles: event::handle_imports(facade),
            guards: guard::imports(facade),
        },
        registry: free("registry", |name| {
            let mut metrics = facade.metrics.keys();
            metrics.any(|metric| field_name(metric) == name)
        }),
        register: free("register", |name| facade.has_function(name)),
        metrics,
        label_setup,
        enums: metric::enums(facade),
        example: Example {
            calls: event::examples(facade, &library),
        },
        has_events: !events.is_empty(),
        has_handles,
        has_guards,
        needs_float,
        events,
        library,
    }))
}

/// A `use` of several names, sorted, as rustfmt writes it.
fn import(path: &str, names: &[&str]) -> String {
    if let [only] = names {
        return format!("use {path}::{only};");
    }
    let line = format!("use {path}::{{{}}};", names.join(", "));
    // rustfmt keeps room for two more columns behind a list.
    if line.len() <= 98 {
        return line;
    }
    let mut lines = vec![String::new()];
    for name in names {
        let current = lines.last().map_or(0, String::len);
        if current > 0 && 4 + current + name.len() + 2 > 100 {
            lines.push(String::new());
        }
        if let Some(last) = lines.last_mut() {
            if !last.is_empty() {
                last.push(' ');
            }
            last.push_str(name);
            last.push(',');
        }
    }
    format!("use {path}::{{\n    {}\n}};", lines.join("\n    "))
}
