//! Specs as written: discovered, read, laid over each other and decoded into
//! shapes that remember where every value stands.
//!
//! The only user of the YAML reader. Names are not bound here and units not
//! compared; that is the `resolve` room's work.

mod allow;
mod document;
mod exposition;
mod files;
mod node;
mod overlay;
mod reader;
mod scalar;
mod schema;
pub mod shape;
mod yaml;

pub use document::{Definition, profiles, read_yaml};
pub use exposition::{ExposedMetric, read_exposition};
pub use files::{Files, Layer, MAX_FILE_BYTES, Tree, read, read_tree};
pub(crate) use overlay::NAMED as NAMED_SECTIONS;
pub use reader::{Choice, Named};
pub use scalar::{Decimals, Quantity, QuantityUnit, locate};
pub use schema::{SchemaOf, schema};

use crate::diagnostic::{Code, Diagnostic, Sink, SourceId};
use rayon::prelude::*;
use reader::FromNode;
use shape::{Language, Specs};

/// Decodes everything that was read into shapes, laying the profile's layer
/// over the base layer.
///
/// What cannot be decoded is reported and left out; an item that is present
/// but broken keeps its name, so that uses of it are not reported as well.
pub fn decode(files: &Files, sink: &mut Sink) -> Specs {
    Specs::decode(sections(files, sink), sink)
}

/// The same, with the definitions as they are written: what metrics, queries
/// and the like say before anything is bound.
pub fn decode_defined(files: &Files, sink: &mut Sink) -> (Specs, Vec<Definition>) {
    let sections = sections(files, sink);
    let definitions = document::definitions(&sections);
    (Specs::decode(sections, sink), definitions)
}

/// The sections of all files, the profile's layer over the base layer.
fn sections<'f>(files: &'f Files, sink: &mut Sink) -> Vec<node::Entry<'f>> {
    let parsed: Vec<_> = files
        .specs()
        .par_iter()
        .map(|file| {
            let mut sink = Sink::default();
            let documents = yaml::parse(file.id, files.sources().get(file.id).text(), &mut sink);
            if documents.iter().all(node::Node::is_empty) && !sink.has_errors() {
                sink.push(
                    Diagnostic::new(Code::EmptySpec, "the file defines nothing")
                        .at(node::start_of(file.id), "nothing but blanks and comments")
                        .help("delete it, or add a section such as `metrics:`"),
                );
            }
            (file.layer, documents, sink)
        })
        .collect();

    let mut base = overlay::Merged::default();
    let mut profile = overlay::Merged::default();
    for (layer, documents, found) in parsed {
        sink.absorb(found);
        let target = match layer {
            Layer::Base => &mut base,
            Layer::Profile => &mut profile,
        };
        for document in documents {
            target.add(document, sink);
        }
    }
    overlay::apply(base, profile)
}

/// Decodes the manifest of a language's templates, which is the text of `id`.
pub fn decode_language(id: SourceId, text: &str, sink: &mut Sink) -> Option<Language> {
    let mut found = Sink::default();
    let documents = yaml::parse(id, text, &mut found);
    let whole = (!found.has_errors()).then(|| {
        let nothing = node::Node {
            span: node::start_of(id),
            value: node::Value::Null,
        };
        documents.into_iter().next().unwrap_or(nothing)
    });
    let language = whole.and_then(|node| Language::from_node(&node, &mut found));
    sink.absorb(found);
    language
}
