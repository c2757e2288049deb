//! The model to files: what is written, byte for byte, and under which path.
//!
//! Pure: nothing here reads or writes a file.

mod alertmanager;
mod compose;
mod docs;
mod emitter;
mod grafana;
mod merge;
mod prometheus;
mod provisioning;
mod yaml;

use crate::model::Model;
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
pub struct RenderError(minijinja::Error);

impl std::fmt::Display for RenderError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The alternate form adds the template's line and the names in scope.
        write!(f, "{:#}", self.0)
    }
}

impl std::error::Error for RenderError {}

impl From<minijinja::Error> for RenderError {
    fn from(error: minijinja::Error) -> Self {
        Self(error)
    }
}

/// Templates of the user's own, in place of the embedded ones.
#[derive(Debug, Clone, Default)]
pub struct Templates {
    /// For `monitoring/dashboards/README.md`.
    pub dashboards_readme: Option<String>,
}

impl Templates {
    /// Where [`Templates::dashboards_readme`] lies among the user's templates.
    pub const DASHBOARDS_README: &str = "docs/README.md.j2";
}

/// Renders everything that the model describes, sorted by path, with the
/// embedded templates.
///
/// # Errors
/// If a template of prose does not render.
pub fn render(model: &Model) -> Result<Vec<Artifact>, RenderError> {
    render_with(model, &Templates::default())
}

/// Renders everything that the model describes, sorted by path.
///
/// # Errors
/// If a template of prose does not render.
pub fn render_with(model: &Model, templates: &Templates) -> Result<Vec<Artifact>, RenderError> {
    let (readme, mut artifacts) = rayon::join(
        || docs::readme(model, templates.dashboards_readme.as_deref()),
        || without_readme(model),
    );
    artifacts.push(Artifact {
        path: "monitoring/dashboards/README.md".to_owned(),
        bytes: readme?,
    });
    if let Some(package) = &model.emitters.rust {
        artifacts.extend(emitter::rust(model, package)?);
    }
    artifacts.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(artifacts)
}

fn without_readme(model: &Model) -> Vec<Artifact> {
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
