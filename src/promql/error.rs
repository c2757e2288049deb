//! What is wrong with a text that is not PromQL.

use std::fmt;
use std::ops::Range;

use super::ast::TextRange;
use crate::diagnostic::{Code, Diagnostic, Span};

/// The first place at which a text stops being PromQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    /// The offending bytes; empty if something is missing there.
    pub range: TextRange,
    /// One line that says what is wrong.
    pub message: String,
    /// A few words on the offending bytes.
    pub label: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Another place that matters, such as the parenthesis that is never closed.
    pub related: Option<(TextRange, String)>,
}

impl ParseError {
    pub(super) fn new(
        range: TextRange,
        message: impl Into<String>,
        label: impl Into<String>,
    ) -> Box<Self> {
        Box::new(Self {
            range,
            message: message.into(),
            label: label.into(),
            help: None,
            related: None,
        })
    }

    pub(super) fn help(mut self: Box<Self>, help: impl Into<String>) -> Box<Self> {
        self.help = Some(help.into());
        self
    }

    pub(super) fn related(mut self: Box<Self>, range: TextRange, text: &str) -> Box<Self> {
        self.related = Some((range, text.to_owned()));
        self
    }

    /// The error as a finding; `locate` says where a range of the expression
    /// stands in the spec.
    pub fn diagnostic(&self, locate: &dyn Fn(Range<usize>) -> Span) -> Diagnostic {
        let mut found = Diagnostic::new(Code::PromqlSyntax, &self.message)
            .at(locate(self.range.bytes()), &self.label);
        if let Some((range, text)) = &self.related {
            found = found.because(locate(range.bytes()), text);
        }
        match &self.help {
            Some(help) => found.help(help),
            None => found,
        }
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (at byte {})", self.message, self.range.start)
    }
}

impl std::error::Error for ParseError {}
