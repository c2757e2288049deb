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

use crate::diagnostic::{Diagnostic, Severity, Sink};
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
    let mut artifacts = render_each(model, files, sink, |artifact| artifact);
    artifacts.sort_by(|a, b| a.path.cmp(&b.path));
    artifacts
}

/// The same, but gives each file to `finish` as soon as it is rendered, in no
/// order, and has what that makes of it: a large project's files need not all
/// be held at once.
pub fn render_each<T: Send>(
    model: &Model,
    files: &Files,
    sink: &mut Sink,
    finish: impl Fn(Artifact) -> T + Sync,
) -> Vec<T> {
    let finish = &finish;
    let ((readme, packages), mut finished) = rayon::join(
        || {
            rayon::join(
                || readme(model, files).map(finish),
                || emitters(model, files, finish),
            )
        },
        || {
            let mut finished = dashboards(model, finish);
            finished.extend(for_servers(model).map(finish));
            finished
        },
    );
    match readme {
        Ok(readme) => finished.push(readme),
        Err(found) => sink.push(*found),
    }
    for (package, found) in packages {
        finished.extend(package);
        sink.absorb(found);
    }
    finished
}

fn readme(model: &Model, files: &Files) -> Result<Artifact, Box<Diagnostic>> {
    Ok(Artifact {
        path: "monitoring/dashboards/README.md".to_owned(),
        bytes: docs::readme(model, files.template(docs::TEMPLATE))?,
    })
}

/// The files of each emitter, and what was found about its templates.
fn emitters<T: Send>(
    model: &Model,
    files: &Files,
    finish: &(impl Fn(Artifact) -> T + Sync),
) -> Vec<(Vec<T>, Sink)> {
    let emitters = model.emitters.par_iter();
    emitters
        .map(|emitter| {
            let mut sink = Sink::default();
            let package = emitter::package(model, emitter, files, &mut sink);
            (package.into_iter().map(finish).collect(), sink)
        })
        .collect()
}

fn dashboards<T: Send>(model: &Model, finish: &(impl Fn(Artifact) -> T + Sync)) -> Vec<T> {
    let dashboards = model.dashboards.par_iter();
    dashboards
        .map(|dashboard| {
            finish(Artifact {
                path: format!("monitoring/dashboards/{}.json", dashboard.key),
                bytes: grafana::dashboard(dashboard),
            })
        })
        .collect()
}

/// What Prometheus, Alertmanager and Compose load, and how Grafana finds its
/// dashboards.
fn for_servers(model: &Model) -> impl Iterator<Item = Artifact> {
    [
        ("docker-compose.yml", compose::file(model)),
        ("monitoring/alert-rules.yml", Some(prometheus::rules(model))),
        (
            "monitoring/alert-rules.test.yml",
            prometheus::rule_tests(model),
        ),
        (
            "monitoring/alertmanager.yml",
            model.alertmanager.as_ref().map(alertmanager::config),
        ),
        (
            "monitoring/datasources.yml",
            provisioning::datasources(model),
        ),
        ("monitoring/prometheus.yml", Some(prometheus::config(model))),
        ("monitoring/providers.yml", provisioning::providers(model)),
    ]
    .into_iter()
    .filter_map(|(path, bytes)| {
        Some(Artifact {
            path: path.to_owned(),
            bytes: bytes?,
        })
    })
}

/// Control characters, and those that change how source text is displayed or
/// split into lines.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}')
}
