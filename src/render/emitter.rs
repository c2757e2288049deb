//! The emitter for Rust: a package with a typed facade over the runtime.

mod event;
mod guard;
mod layout;
mod metric;
mod runtime;
mod text;

use super::Artifact;
use crate::model::{Event, Label, Metric, Model, RustEmitter};
use crate::spec::shape::MetricType;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{Environment, Error, UndefinedBehavior, context};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

macro_rules! templates {
    ($($name:literal => $path:literal),* $(,)?) => {
        &[$(($path, $name, include_str!(concat!(
            "../../templates/emitter/rust/facade/",
            $name
        )))),*]
    };
}

/// What is rendered: path in the package, name and text of the template.
const TEMPLATES: &[(&str, &str, &str)] = templates![
    "Cargo.toml.j2" => "Cargo.toml",
    "README.md.j2" => "README.md",
    "gitignore.j2" => ".gitignore",
    "events.rs.j2" => "src/events.rs",
    "guards.rs.j2" => "src/guards.rs",
    "handles.rs.j2" => "src/handles.rs",
    "labels.rs.j2" => "src/labels.rs",
    "lib.rs.j2" => "src/lib.rs",
];

/// How many values a label may have of which the specs say nothing.
const USUAL_LIMIT: u32 = 100;

/// What templates are told.
#[derive(Serialize)]
struct Context {
    package: String,
    package_toml: String,
    #[serde(rename = "crate")]
    library: String,
    features: &'static str,
    dependencies: &'static str,
    lints_rust: &'static str,
    lints_clippy: &'static str,
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

#[derive(Serialize)]
struct Example {
    calls: Vec<String>,
}

/// What the parts of the facade look things up in.
struct Facade<'m> {
    model: &'m Model,
    /// The metrics that are emitted.
    metrics: BTreeMap<&'m str, &'m Metric>,
}

impl<'m> Facade<'m> {
    fn new(model: &'m Model) -> Self {
        let emitted = model.metrics.values();
        let emitted = emitted.filter(|metric| metric.kind != MetricType::Summary);
        Self {
            model,
            metrics: emitted.map(|metric| (&*metric.name, metric)).collect(),
        }
    }

    /// The label, if all its values are known.
    fn closed(&self, label: &str) -> Option<&'m Label> {
        self.model
            .labels
            .get(label)
            .filter(|label| label.is_closed())
    }

    /// The labels of the emitted metrics, sorted.
    fn labels(&self) -> BTreeSet<&'m str> {
        let labels = self.metrics.values().flat_map(|metric| &metric.labels);
        labels.map(|label| &**label).collect()
    }

    fn kind(&self, metric: &str) -> MetricType {
        let metric = self.metrics.get(metric);
        metric.map_or(MetricType::Gauge, |metric| metric.kind)
    }

    fn event(&self, name: &str) -> Option<&'m Event> {
        self.model.events.get(name)
    }
}

/// The package, with paths below the output directory.
///
/// # Errors
/// If a template has a mistake, which cannot be for the project's own.
pub(super) fn rust(model: &Model, package: &RustEmitter) -> Result<Vec<Artifact>, Error> {
    let facade = Facade::new(model);
    let context = context(&facade, &package.package);
    let scope = Value::from(Serde(&context));
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(
        SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .keep_trailing_newline(true)
            .build()?,
    );
    let artifact = |path: &str, text: String| Artifact {
        path: format!("emitter/{path}"),
        bytes: text.into_bytes(),
    };
    let mut artifacts = Vec::new();
    for (path, name, text) in TEMPLATES {
        let wanted = match *path {
            "src/events.rs" => context.has_events,
            "src/guards.rs" => context.has_guards,
            "src/handles.rs" => context.has_handles,
            "src/labels.rs" => !context.enums.is_empty(),
            _ => true,
        };
        if !wanted {
            continue;
        }
        environment.add_template(name, text)?;
        let imports = match *path {
            "src/events.rs" => event::imports(&facade, &context),
            "src/guards.rs" => guard::imports(&facade),
            "src/handles.rs" => event::handle_imports(&facade),
            _ => metric::imports(&facade),
        };
        let scope = context! { imports, ..scope.clone() };
        let text = environment.get_template(name)?.render(scope)?;
        artifacts.push(artifact(path, text));
    }
    for (path, text) in runtime::FILES {
        artifacts.push(artifact(path, (*text).to_owned()));
    }
    Ok(artifacts)
}

fn context(facade: &Facade<'_>, package: &Arc<str>) -> Context {
    let events: Vec<_> = facade
        .model
        .events
        .values()
        .map(|event| event::view(facade, event))
        .collect();
    let library = package.replace('-', "_");
    let metrics = metric::views(facade);
    let label_setup = metric::label_setup(facade);
    Context {
        package: package.to_string(),
        package_toml: text::string(package),
        features: runtime::table("features"),
        dependencies: runtime::table("dependencies"),
        lints_rust: runtime::table("lints.rust"),
        lints_clippy: runtime::table("lints.clippy"),
        metrics,
        label_setup,
        enums: metric::enums(facade),
        example: Example {
            calls: event::examples(facade, &library),
        },
        has_events: !events.is_empty(),
        has_handles: events.iter().any(event::View::has_handle),
        has_guards: events.iter().any(event::View::has_guard),
        needs_float: facade
            .model
            .events
            .values()
            .any(|event| event::needs_float(facade, event)),
        events,
        library,
    }
}

/// A `use` of several names, sorted, as rustfmt writes it.
fn import(path: &str, names: &[&str]) -> String {
    let line = match names {
        [only] => format!("use {path}::{only};"),
        _ => format!("use {path}::{{{}}};", names.join(", ")),
    };
    if line.len() <= 100 {
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
