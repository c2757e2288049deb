//! The emitters that are rendered, and the languages that they are rendered in.

use crate::diagnostic::Spanned;
use crate::spec::reader::{Named, record};
use std::sync::Arc;

record! {
    /// A package with the emitter for a language.
    Emitter {
        /// Its name.
        required package "package": Spanned<Arc<str>>,
        /// What the language's own templates want to know besides.
        list options "options": Vec<Named<Spanned<Arc<str>>>>,
    }

    /// A language: its rules for names and lines, and what its templates make.
    Language {
        /// Words that no name may be: such a name gets a `_` behind it.
        list reserved "reserved": Vec<Spanned<Arc<str>>>,
        /// Columns that a line may take.
        optional width "width": Spanned<u32>,
        /// What one level of indentation is.
        optional indent "indent": Spanned<Arc<str>>,
        /// The files of the package, each with the template that it is made of,
        /// or the file that it is a copy of.
        required files "files": Vec<Named<Spanned<Arc<str>>>>,
    }
}
