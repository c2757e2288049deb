//! Findings, and where they gather.

use super::policy::Policy;
use super::{Allowance, Code, Severity, Span};
use std::cmp::Ordering;

/// One finding, complete enough to be drawn, serialised or annotated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// What kind of finding it is.
    pub code: Code,
    /// How bad it is; starts as the code's default.
    pub severity: Severity,
    /// One line that says what is wrong, naming names.
    pub message: String,
    /// The offence; absent only for findings about no particular place.
    pub primary: Option<Label>,
    /// The definitions that the offence contradicts.
    pub secondary: Vec<Label>,
    /// What else is known, a line each: the evidence.
    pub notes: Vec<String>,
    /// What to do about it, a line each.
    pub help: Vec<String>,
}

/// A few words on a place in a source file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// The words; may be empty.
    pub text: String,
}

/// Collects the findings of a run, and what its specs say about them.
#[derive(Debug, Default)]
pub struct Sink {
    found: Vec<Diagnostic>,
    policy: Policy,
}

impl Diagnostic {
    /// A finding of `code` without a place, with the code's default severity.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.default_severity(),
            message: message.into(),
            primary: None,
            secondary: Vec::new(),
            notes: Vec::new(),
            help: Vec::new(),
        }
    }

    /// Puts the offence at `span`, with a few words (or none) under it.
    #[must_use]
    pub fn at(mut self, span: Span, text: impl Into<String>) -> Self {
        self.primary = Some(Label {
            span,
            text: text.into(),
        });
        self
    }

    /// Points at a definition that the offence contradicts.
    #[must_use]
    pub fn because(mut self, span: Span, text: impl Into<String>) -> Self {
        self.secondary.push(Label {
            span,
            text: text.into(),
        });
        self
    }

    /// Adds a line of evidence.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    /// Adds a line of advice.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help.push(text.into());
        self
    }

    fn in_file_order(&self, other: &Self) -> Ordering {
        let place = |d: &Self| d.primary.as_ref().map(|label| label.span);
        let order = place(self).cmp(&place(other));
        order
            .then_with(|| self.severity.cmp(&other.severity))
            .then_with(|| self.code.name().cmp(other.code.name()))
            .then_with(|| self.message.cmp(&other.message))
    }

    /// Adds `did you mean` advice if there is a name to suggest.
    #[must_use]
    pub fn suggest(self, name: Option<&str>) -> Self {
        match name {
            Some(name) => self.help(format!("did you mean `{name}`?")),
            None => self,
        }
    }
}

impl Sink {
    /// Adds a finding.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.found.push(diagnostic);
    }

    /// Adds all that `other` has gathered.
    pub fn absorb(&mut self, other: Sink) {
        self.found.extend(other.found);
        self.policy.absorb(other.policy);
    }

    /// Adds all that `others` have gathered.
    pub fn absorb_all(&mut self, others: Vec<Sink>) {
        self.found
            .reserve_exact(others.iter().map(|other| other.found.len()).sum());
        others.into_iter().for_each(|other| self.absorb(other));
    }

    /// Allows findings of a rule from the next [`Sink::settle`] on.
    pub fn allow(&mut self, allowance: Allowance) {
        self.policy.allow(allowance);
    }

    /// Sets how bad findings of a rule are from the next [`Sink::settle`] on;
    /// `None` for not at all.
    pub fn set_severity(&mut self, code: Code, severity: Option<Severity>) {
        self.policy.set_severity(code, severity);
    }

    /// Drops the findings that the specs allow, and gives the others the
    /// severity that the specs say.
    pub fn settle(&mut self) {
        let policy = &mut self.policy;
        self.found.retain_mut(|found| policy.admits(found));
    }

    /// Allowances that have silenced nothing so far.
    pub fn unused_allowances(&self) -> impl Iterator<Item = &Allowance> {
        self.policy.unused()
    }

    /// Drops all findings of these kinds.
    pub fn forget(&mut self, codes: &[Code]) {
        self.found.retain(|found| !codes.contains(&found.code));
    }

    /// Whether anything found is an error.
    pub fn has_errors(&self) -> bool {
        self.found
            .iter()
            .any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// Everything found, as yet unsorted.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.found.iter()
    }

    /// Puts what was found so far in file order. [`Sink::into_sorted`] does so
    /// as well; it takes less time over lists that are in order already.
    pub fn sort(&mut self) {
        self.found.sort_by(Diagnostic::in_file_order);
    }

    /// Everything found, each once, in file order; findings about no
    /// particular place come first.
    pub fn into_sorted(mut self) -> Vec<Diagnostic> {
        self.sort();
        self.found.dedup();
        self.found
    }
}
