//! What queries suffer from, before it is told: one finding for each cause,
//! with all that suffer from it.

use super::narrow::Cause;
use super::words::{counted, list};
use crate::diagnostic::{Code, Diagnostic, Sink, Span};
use crate::model::Model;
use std::collections::{BTreeMap, BTreeSet};

/// Places that a finding shows.
const PLACES: usize = 4;

/// Who asks a query.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum User {
    /// A panel, as keys of dashboard and panel.
    Panel(String),
    /// A documented query.
    Query(String),
    /// A variable, as key of the dashboard and name.
    Variable(String),
}

/// Something to tell, before it is put together with its like.
pub(super) struct Finding {
    pub(super) user: User,
    pub(super) code: Code,
    /// Without the user, who is put before it.
    pub(super) reason: String,
    pub(super) span: Option<Span>,
    pub(super) label: String,
    /// Other places that have to do with it.
    pub(super) also: Vec<(Span, String)>,
    pub(super) notes: Vec<String>,
    pub(super) help: Vec<String>,
    pub(super) job: Option<String>,
}

impl Finding {
    pub(super) fn new(
        user: User,
        code: Code,
        reason: impl Into<String>,
        span: Option<Span>,
    ) -> Self {
        Self {
            user,
            code,
            reason: reason.into(),
            span,
            label: String::new(),
            also: Vec::new(),
            notes: Vec::new(),
            help: Vec::new(),
            job: None,
        }
    }

    pub(super) fn take(
        &mut self,
        cause: Cause<'_>,
        span: Option<Span>,
        also: Option<(Span, String)>,
    ) {
        self.code = cause.code;
        self.reason = cause.reason;
        self.label = cause.label;
        self.notes = cause.notes;
        self.help = cause.help;
        self.job = cause.job;
        self.span = span;
        self.also = also.into_iter().collect();
    }
}

/// One finding for each cause, with all that suffer from it; what suffers
/// from the targets of a job of the specs is left to the finding on the job.
pub(super) fn put_together(
    found: Vec<Finding>,
    model: &Model,
    sink: &mut Sink,
) -> BTreeMap<String, BTreeSet<User>> {
    let mut blind: BTreeMap<String, BTreeSet<User>> = BTreeMap::new();
    let mut causes: Vec<(Finding, BTreeSet<User>)> = Vec::new();
    for finding in found {
        let job = finding.job.as_ref();
        if let Some(job) = job.filter(|job| model.scrape.jobs.iter().any(|own| *own.name == ***job))
        {
            blind.entry(job.clone()).or_default().insert(finding.user);
            continue;
        }
        let same = |(known, _): &&mut (Finding, _)| {
            (known.code, &known.reason) == (finding.code, &finding.reason)
        };
        match causes.iter_mut().find(same) {
            Some((known, users)) => {
                users.insert(finding.user);
                known
                    .also
                    .extend(finding.span.map(|span| (span, finding.label)));
                known.also.extend(finding.also);
            }
            None => {
                let users = BTreeSet::from([finding.user.clone()]);
                causes.push((finding, users));
            }
        }
    }
    for (finding, users) in causes {
        sink.push(finding.diagnostic(&users));
    }
    blind
}

impl Finding {
    fn diagnostic(self, users: &BTreeSet<User>) -> Diagnostic {
        let who = named(users);
        let verb = match (users.len(), self.code) {
            (
                _,
                Code::QueryFails | Code::Unreachable | Code::TooManySeries | Code::VariableEmpty,
            ) => "",
            (1, Code::NoDataForValue) => " shows nothing ",
            (_, Code::NoDataForValue) => " show nothing ",
            (1, _) => " has no data",
            _ => " have no data",
        };
        let colon = if self.code == Code::NoDataForValue {
            ""
        } else {
            ": "
        };
        let mut diagnostic =
            Diagnostic::new(self.code, format!("{who}{verb}{colon}{}", self.reason));
        if let Some(span) = self.span {
            diagnostic = diagnostic.at(span, self.label);
        }
        let mut shown: BTreeSet<Span> = self.span.into_iter().collect();
        for (span, label) in self.also {
            if shown.len() < PLACES && shown.insert(span) {
                diagnostic = diagnostic.because(span, label);
            }
        }
        if users.len() > 1 {
            diagnostic = diagnostic.note(format!("these are {}", each(users)));
        }
        diagnostic.notes.extend(self.notes);
        diagnostic.help.extend(self.help);
        diagnostic
    }
}

/// Users in a few words: the only one by name, several by number.
pub(super) fn named(users: &BTreeSet<User>) -> String {
    if let (1, Some(user)) = (users.len(), users.first()) {
        return match user {
            User::Panel(name) => format!("the panel `{name}`"),
            User::Query(name) => format!("the query `{name}`"),
            User::Variable(name) => format!("the variable `{name}`"),
        };
    }
    let count = |is: fn(&User) -> bool| users.iter().filter(|user| is(user)).count();
    let kinds = [
        (count(|user| matches!(user, User::Panel(_))), "panel"),
        (count(|user| matches!(user, User::Query(_))), "query"),
        (count(|user| matches!(user, User::Variable(_))), "variable"),
    ];
    let parts: Vec<_> = kinds
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, noun)| counted(*count, noun))
        .collect();
    match parts.as_slice() {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        parts => parts.concat(),
    }
}

/// Users by name.
pub(super) fn each(users: &BTreeSet<User>) -> String {
    list(users.iter().map(|user| match user {
        User::Panel(name) | User::Query(name) | User::Variable(name) => name,
    }))
}

#[cfg(test)]
mod tests {
    use super::{User, named};
    use std::collections::BTreeSet;

    #[test]
    fn users_are_counted_by_kind() {
        let users = BTreeSet::from([
            User::Panel("a/b".into()),
            User::Query("x".into()),
            User::Query("y".into()),
        ]);
        assert_eq!(named(&users), "1 panel and 2 queries");
        assert_eq!(named(&[User::Query("x".into())].into()), "the query `x`");
    }
}
