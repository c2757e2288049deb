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
mod place;
mod reader;
mod scalar;
mod schema;
pub mod shape;
mod yaml;

pub use document::{Definition, profiles, read_yaml};
pub use exposition::{ExposedMetric, read_exposition};
pub use files::{Files, Layer, MAX_FILE_BYTES, Tree, read, read_known, read_tree};
pub(crate) use overlay::NAMED as NAMED_SECTIONS;
pub use place::locate;
pub use reader::{Choice, Named};
pub(crate) use scalar::scaled;
pub use scalar::{Decimals, Quantity, QuantityUnit, Wait};
pub use schema::{SchemaOf, schema};

use crate::diagnostic::{Code, Diagnostic, Sink, SourceId};
use rayon::prelude::*;
use reader::{FromNode, named_in_parallel};
use shape::{Dashboard, Language, Specs};

/// Decodes everything that was read into shapes, laying the profile's layer
/// over the base layer.
///
/// What cannot be decoded is reported and left out; an item that is present
/// but broken keeps its name, so that uses of it are not reported as well.
pub fn decode(files: &Files, sink: &mut Sink) -> Specs {
    Gathered::new(files, sink).decode(sink)
}

/// The same, with the definitions as they are written: what metrics, queries
/// and the like say before anything is bound.
pub fn decode_defined(files: &Files, sink: &mut Sink) -> (Specs, Vec<Definition>) {
    let gathered = Gathered::new(files, sink);
    let definitions = document::definitions(&gathered.sections);
    (gathered.decode(sink), definitions)
}

/// What all files hold.
struct Gathered<'f> {
    /// The profile's layer over the base layer.
    sections: Vec<node::Entry<'f>>,
    /// Dashboards that no profile touches. They are most of a large project:
    /// decoded as soon as their file is parsed, their trees take no room.
    dashboards: Vec<Named<Dashboard>>,
}

impl<'f> Gathered<'f> {
    fn new(files: &'f Files, sink: &mut Sink) -> Self {
        let layer = |layer| {
            let files = files.specs().par_iter();
            files.filter(move |file| file.layer == layer)
        };
        let mut over = overlay::Merged::default();
        let parsed: Vec<_> = layer(Layer::Profile)
            .map(|file| parse(file.id, files))
            .collect();
        for (documents, found) in parsed {
            sink.absorb(found);
            over.add_all(documents, sink);
        }

        let at_once = !over.has(DASHBOARDS);
        let parsed: Vec<_> = layer(Layer::Base)
            .map(|file| {
                let (mut documents, mut sink) = parse(file.id, files);
                let sections = documents
                    .iter_mut()
                    .filter(|_| at_once)
                    .filter_map(|document| document.take(DASHBOARDS));
                let dashboards: Vec<_> = sections
                    .flat_map(|section| named_in_parallel(section, &mut sink))
                    .collect();
                (documents, dashboards, sink)
            })
            .collect();
        let mut base = overlay::Merged::default();
        let mut dashboards = Vec::new();
        for (documents, decoded, found) in parsed {
            sink.absorb(found);
            base.add_all(documents, sink);
            dashboards.extend(decoded);
        }
        overlay::keep_first(&mut dashboards, sink);
        Self {
            sections: overlay::apply(base, over),
            dashboards,
        }
    }

    fn decode(self, sink: &mut Sink) -> Specs {
        let mut specs = Specs::decode(self.sections, sink);
        specs.dashboards.extend(self.dashboards);
        specs
    }
}

/// The section of dashboards.
const DASHBOARDS: &str = "dashboards";

/// The documents of a file, and what is wrong with them.
fn parse(id: SourceId, files: &Files) -> (Vec<node::Node<'_>>, Sink) {
    let mut sink = Sink::default();
    let documents = yaml::parse(id, files.sources().get(id).text(), &mut sink);
    if documents.iter().all(node::Node::is_empty) && !sink.has_errors() {
        sink.push(
            Diagnostic::new(Code::EmptySpec, "the file defines nothing")
                .at(node::start_of(id), "nothing but blanks and comments")
                .help("delete it, or add a section such as `metrics:`"),
        );
    }
    (documents, sink)
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
