//! What is compared with what.

use crate::model::Model;
use crate::render::Artifact;
use crate::spec::Definition;
use serde_json::Value;
use std::collections::BTreeMap;

/// One side of a comparison. The default one is that of a project that is not
/// there yet.
#[derive(Debug, Default)]
pub struct Side {
    /// The files of the stack, rendered or found, sorted by path.
    pub artifacts: Vec<Artifact>,
    /// What the specs define; empty where there are only files.
    pub definitions: Vec<Definition>,
    /// The profiles as written, by name; empty where there are only files.
    pub profiles: BTreeMap<String, Value>,
    /// The user's own templates, by path; empty where there are only files.
    pub templates: BTreeMap<String, String>,
    /// The profile that was laid over the specs.
    pub profile: Option<String>,
    /// The specs as meant, if there are any.
    pub model: Option<Model>,
}

impl Side {
    /// Whether the side has nothing at all.
    pub fn is_empty(&self) -> bool {
        self.artifacts.is_empty() && self.model.is_none()
    }

    /// Whether what it defines can be compared with what another side does.
    pub(crate) fn defines(&self) -> bool {
        self.model.is_some() || self.is_empty()
    }

    /// The bytes of a file.
    pub(crate) fn bytes(&self, path: &str) -> Option<&[u8]> {
        self.artifacts
            .binary_search_by(|artifact| artifact.path.as_str().cmp(path))
            .ok()
            .map(|at| self.artifacts[at].bytes.as_slice())
    }
}
