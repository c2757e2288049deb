//! The model to files: what is written, byte for byte, and under which path.
//!
//! Pure: nothing here reads or writes a file.

mod alertmanager;
mod compose;
mod docs;
mod emitter;
mod engine;
mod grafana;
mod merge;
mod prometheus;
mod provisioning;
mod yaml;

use crate::diagnostic::{Severity, Sink};
use crate::model::Model;
use crate::spec::Files;
use rayon::prelude::*;

/// A rendered file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// Path below the output directory, with forward slashes.
    pub path: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// A template that could not be rendered.
#[derive(Debug)]
pub struct RenderError(String);

impl std::fmt::Display for RenderError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for RenderError {}

/// Renders everything that the model describes, sorted by path, with the
/// embedded templates.
///
/// # Errors
/// If a template does not render, or the model asks for a language that the
/// project has no templates for.
pub fn render(model: &Model) -> Result<Vec<Artifact>, RenderError> {
    let mut sink = Sink::default();
    let artifacts = render_with(model, &Files::default(), &mut sink);
    match sink.iter().find(|found| found.severity == Severity::Error) {
        Some(error) => Err(RenderError(error.message.clone())),
        None => Ok(artifacts),
    }
}

/// Renders everything that the model describes, sorted by path, with the
/// user's own templates among `files` in place of the embedded ones of the
/// same path. If anything found is an error, files are missing.
pub fn render_with(model: &Model, files: &Files, sink: &mut Sink) -> Vec<Artifact> {
    let ((readme, packages), mut artifacts) = rayon::join(
        || {
            rayon::join(
                || docs::readme(model, files.template(docs::TEMPLATE)),
                || emitters(model, files),
            )
        },
        || for_servers(model),
    );
    match readme {
        Ok(bytes) => artifacts.push(Artifact {
            path: "monitoring/dashboards/README.md".to_owned(),
            bytes,
        }),
        Err(found) => sink.push(*found),
    }
    for (package, found) in packages {
        artifacts.extend(package);
        sink.absorb(found);
    }
    artifacts.sort_by(|a, b| a.path.cmp(&b.path));
    artifacts
}

/// The files of each emitter, and what was found about its templates.
fn emitters(model: &Model, files: &Files) -> Vec<(Vec<Artifact>, Sink)> {
    let emitters = model.emitters.par_iter();
    emitters
        .map(|emitter| {
            let mut sink = Sink::default();
            (emitter::package(model, emitter, files, &mut sink), sink)
        })
        .collect()
}

/// What Grafana, Prometheus, Alertmanager and Compose load.
fn for_servers(model: &Model) -> Vec<Artifact> {
    let mut artifacts = dashboards(model);
    let mut add = |path: &str, bytes: Option<Vec<u8>>| {
        artifacts.extend(bytes.map(|bytes| Artifact {
            path: path.to_owned(),
            bytes,
        }));
    };
    add("docker-compose.yml", compose::file(model));
    add("monitoring/alert-rules.yml", Some(prometheus::rules(model)));
    add(
        "monitoring/alert-rules.test.yml",
        prometheus::rule_tests(model),
    );
    add(
        "monitoring/alertmanager.yml",
        model.alertmanager.as_ref().map(alertmanager::config),
    );
    add(
        "monitoring/datasources.yml",
        provisioning::datasources(model),
    );
    add("monitoring/prometheus.yml", Some(prometheus::config(model)));
    add("monitoring/providers.yml", provisioning::providers(model));
    artifacts
}

fn dashboards(model: &Model) -> Vec<Artifact> {
    let dashboards = model.dashboards.par_iter();
    dashboards
        .map(|dashboard| Artifact {
            path: format!("monitoring/dashboards/{}.json", dashboard.key),
            bytes: grafana::dashboard(dashboard),
        })
        .collect()
}

/// Control characters, and those that change how source text is displayed or
/// split into lines.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}')
}
