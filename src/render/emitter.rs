//! Emitters: packages in any language, rendered from templates that the
//! project brings along or the user does.
//!
//! A language is a directory of templates with a manifest, which says what
//! file is made of which template. The user's own files take the place of the
//! project's of the same path, and may make up a language alone.

mod builtin;
mod context;
mod filters;
mod names;
mod prose;
mod rust;

use super::Artifact;
use super::engine;
use crate::diagnostic::{Code, Diagnostic, Sink, SourceId, Sources, Spanned, nearest};
use crate::model::{Emitter, Model};
use crate::spec::shape::Language;
use crate::spec::{Files, decode_language};
use minijinja::Environment;
use minijinja::value::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

/// The file of a language that says what is made of the others.
const MANIFEST: &str = "emitter.yaml";

/// How many values a label may have of which the specs say nothing.
const USUAL_LIMIT: u32 = 100;

/// The files of a language by path: the project's, and the user's above them.
struct Directory<'f> {
    /// Where the user's own lie, with a `/` behind.
    root: String,
    files: BTreeMap<String, (Option<SourceId>, &'f str)>,
}

impl<'f> Directory<'f> {
    fn new(language: &str, files: &'f Files) -> Self {
        let root = Emitter::templates(language);
        let mut all: BTreeMap<_, _> = builtin::files(language)
            .iter()
            .map(|(path, text)| ((*path).to_owned(), (None, *text)))
            .collect();
        for (path, id) in files.templates() {
            if let Some(own) = path.strip_prefix(&root) {
                let text = files.sources().get(id).text();
                all.insert(own.to_owned(), (Some(id), text));
            }
        }
        Self { root, files: all }
    }

    /// The user's own file of that path.
    fn own(&self, path: &str) -> Option<(SourceId, &'f str)> {
        let (id, text) = self.files.get(path)?;
        Some(((*id)?, text))
    }
}

/// The files of an emitter's package, with paths below the output directory.
pub(super) fn package(
    model: &Model,
    emitter: &Emitter,
    files: &Files,
    sink: &mut Sink,
) -> Vec<Artifact> {
    let directory = Directory::new(&emitter.language, files);
    let Some(language) = manifest(emitter, &directory, sink) else {
        return Vec::new();
    };
    let context = match &*emitter.language {
        "rust" => rust::context(model, &emitter.package),
        _ => context::context(model, emitter, &language),
    };
    let own: BTreeMap<String, String> = directory
        .files
        .iter()
        .filter(|(_, (id, _))| id.is_some())
        .map(|(path, (_, text))| (path.clone(), (*text).to_owned()))
        .collect();
    let builtin = builtin::files(&emitter.language);
    let loaded = Arc::new(Mutex::new(BTreeSet::new()));
    let mut environment = engine::environment();
    filters::add(&mut environment);
    let seen = Arc::clone(&loaded);
    environment.set_loader(move |name| {
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.insert(name.to_owned());
        let embedded = || builtin.iter().find(|(path, _)| *path == name);
        Ok(match own.get(name) {
            Some(text) => Some(text.clone()),
            None => embedded().map(|(_, text)| (*text).to_owned()),
        })
    });

    let mut artifacts: Vec<Artifact> = Vec::new();
    for file in &language.files {
        let Some(source) = &file.item else { continue };
        let Some(path) = path(&file.name, &environment, &context, sink) else {
            continue;
        };
        let Some((_, text)) = directory.files.get(source.as_str()) else {
            sink.push(no_such_file(source, &directory));
            continue;
        };
        let text = if source.as_str().ends_with(".j2") {
            let template = environment.get_template(source.as_str());
            match template.and_then(|template| template.render(&context)) {
                Ok(text) => text,
                Err(error) => {
                    sink.push(engine::finding(&error, |name| directory.own(name)));
                    continue;
                }
            }
        } else {
            let mut loaded = loaded.lock().unwrap_or_else(PoisonError::into_inner);
            loaded.insert(source.value.to_string());
            (*text).to_owned()
        };
        // What has nothing to say makes no file.
        if text.trim().is_empty() {
            continue;
        }
        let path = format!("{}/{path}", output_directory(&emitter.language));
        if artifacts.iter().any(|other| other.path == path) {
            sink.push(
                Diagnostic::new(
                    Code::DuplicateName,
                    format!("two files are called `{path}`"),
                )
                .at(file.name.span, "the second"),
            );
            continue;
        }
        artifacts.push(Artifact {
            path,
            bytes: text.into_bytes(),
        });
    }
    // With a file missing, it is not known what would have been used.
    if !sink.has_errors() {
        let loaded = loaded.lock().unwrap_or_else(PoisonError::into_inner);
        report_unused(&directory, &loaded, sink);
    }
    artifacts
}

fn output_directory(language: &str) -> String {
    match language {
        "rust" => "emitter".to_owned(),
        other => format!("emitter-{other}"),
    }
}

/// The manifest of the language, the user's if there is one.
fn manifest(emitter: &Emitter, directory: &Directory<'_>, sink: &mut Sink) -> Option<Language> {
    if let Some((id, text)) = directory.own(MANIFEST) {
        return decode_language(id, text, sink);
    }
    let Some((_, text)) = directory.files.get(MANIFEST) else {
        let missing = format!(
            "the emitter for `{}` has no manifest `templates/{}{MANIFEST}`",
            emitter.language, directory.root
        );
        sink.push(Diagnostic::new(Code::Unreadable, missing).help(
            "it says what files are made, such as `files: { src/metrics.go: metrics.go.j2 }`",
        ));
        return None;
    };
    // The project's own manifests have no place among the user's files, and
    // no mistakes: a test reads them.
    let id = Sources::default().add(MANIFEST, *text);
    decode_language(id, text, &mut Sink::default())
}

/// The path of a file in its package, whose names may be filled in. It stays
/// below the package.
fn path(
    written: &Spanned<Arc<str>>,
    environment: &Environment<'_>,
    context: &Value,
    sink: &mut Sink,
) -> Option<String> {
    // Most paths have nothing to fill in.
    let rendered = if written.as_str().contains('{') {
        environment.render_str(written.as_str(), context)
    } else {
        Ok(written.value.to_string())
    };
    let path = match rendered {
        Ok(path) => path,
        Err(error) => {
            let what = error
                .detail()
                .map_or_else(|| error.kind().to_string(), str::to_owned);
            sink.push(
                Diagnostic::new(
                    Code::FileTemplate,
                    format!("the path `{written}` cannot be filled in: {what}"),
                )
                .at(written.span, "here"),
            );
            return None;
        }
    };
    let plain = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(['\\', ':', '\0']);
    if !path.split('/').all(plain) {
        sink.push(
            Diagnostic::new(
                Code::InvalidValue,
                format!("`{path}` is no path of a file in a package"),
            )
            .at(written.span, "names with `/` between them, and no `..`"),
        );
        return None;
    }
    Some(path)
}

fn no_such_file(source: &Spanned<Arc<str>>, directory: &Directory<'_>) -> Diagnostic {
    let known = directory.files.keys().map(String::as_str);
    let missing = Diagnostic::new(
        Code::Unreadable,
        format!(
            "there is no file `{source}` in `templates/{}`",
            directory.root
        ),
    );
    match nearest(source.as_str(), known.filter(|name| *name != MANIFEST)) {
        Some(name) => missing.at(source.span, format!("did you mean `{name}`?")),
        None => missing.at(source.span, "named here"),
    }
}

/// A file of the user's that takes part in nothing is probably misspelt.
fn report_unused(directory: &Directory<'_>, loaded: &BTreeSet<String>, sink: &mut Sink) {
    for path in directory.files.keys() {
        let Some((id, text)) = directory.own(path) else {
            continue;
        };
        if path == MANIFEST || loaded.contains(path) {
            continue;
        }
        let known = directory.files.iter().filter(|(_, (own, _))| own.is_none());
        let meant = nearest(path, known.map(|(path, _)| path.as_str()));
        let first = text.lines().next().unwrap_or_default().len();
        sink.push(
            Diagnostic::new(
                Code::UnusedTemplate,
                format!("no file is made of `templates/{}{path}`", directory.root),
            )
            .at(
                crate::diagnostic::Span::new(id, 0, first),
                "in no manifest, and included nowhere",
            )
            .suggest(meant),
        );
    }
}
