//! What a project makes of findings: allowances with a reason, and severities
//! of its own.

use super::{Code, Diagnostic, Severity, SourceId, Span};
use std::collections::HashMap;

/// Leave to depart from a rule. The specs give the reason; a run only needs to
/// know what it covers.
#[derive(Debug, Clone)]
pub struct Allowance {
    /// The rule.
    pub code: Code,
    /// Where the rule is named.
    pub at: Span,
    /// What it covers.
    pub covers: Covers,
}

/// The findings that an allowance covers.
#[derive(Debug, Clone)]
pub enum Covers {
    /// Those that show one of these places: keys and values of an item.
    Item(Vec<Span>),
    /// Those whose offence is in the file.
    File(SourceId),
    /// All.
    Project,
}

/// Allowances and severities of a run.
#[derive(Debug, Default)]
pub(super) struct Policy {
    allowances: Vec<(Allowance, bool)>,
    severities: HashMap<Code, Option<Severity>>,
}

impl Policy {
    pub(super) fn allow(&mut self, allowance: Allowance) {
        self.allowances.push((allowance, false));
    }

    /// `None` switches the rule off.
    pub(super) fn set_severity(&mut self, code: Code, severity: Option<Severity>) {
        self.severities.insert(code, severity);
    }

    pub(super) fn absorb(&mut self, other: Self) {
        self.allowances.extend(other.allowances);
        self.severities.extend(other.severities);
    }

    /// Whether the finding is to be reported; gives it the project's severity.
    pub(super) fn admits(&mut self, found: &mut Diagnostic) -> bool {
        if found.code.is_fatal() {
            return true;
        }
        let mut allowed = false;
        // Each that covers the finding counts as used.
        for (allowance, used) in &mut self.allowances {
            if allowance.code == found.code && allowance.covers.includes(found) {
                *used = true;
                allowed = true;
            }
        }
        if allowed {
            return false;
        }
        match self.severities.get(&found.code) {
            Some(None) => return false,
            Some(Some(severity)) => found.severity = *severity,
            None => {}
        }
        true
    }

    /// Allowances that have silenced nothing so far.
    pub(super) fn unused(&self) -> impl Iterator<Item = &Allowance> {
        self.allowances
            .iter()
            .filter(|(_, used)| !used)
            .map(|(allowance, _)| allowance)
    }
}

impl Covers {
    fn includes(&self, found: &Diagnostic) -> bool {
        match self {
            Self::Project => true,
            Self::File(file) => {
                let offence = found.primary.as_ref();
                offence.is_some_and(|label| label.span.source == *file)
            }
            Self::Item(places) => {
                let mut labels = found.primary.iter().chain(&found.secondary);
                labels.any(|label| places.iter().any(|place| place.contains(label.span)))
            }
        }
    }
}
