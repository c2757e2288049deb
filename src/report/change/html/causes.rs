//! The changes as the page lists them: in words, and no more of each than a
//! reader takes in.

use super::super::words::{Sentence, details, plain, risk_detail};
use crate::diff::{Change, Kind, Risk, Verb};
use serde::Serialize;
use std::collections::BTreeSet;

/// More of what a change says, or of what it moved, is only counted.
const MOST: usize = 12;

#[derive(Serialize)]
pub(super) struct Cause<'a> {
    #[serde(flatten)]
    what: What<'a>,
    /// What is said of it.
    says: Vec<String>,
    more_says: usize,
    risks: Vec<String>,
    moves: Vec<What<'a>>,
    more_moves: usize,
}

#[derive(Serialize)]
struct What<'a> {
    kind: &'static str,
    name: &'a str,
    verb: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    inside: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<&'a str>,
    /// The dashboard on which it can be seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    uid: Option<&'a str>,
    /// Whether it is many things at once, which its name says.
    many: bool,
}

/// A change with what it moved; of tests only the alerts are told.
pub(super) fn cause(change: &Change) -> Cause<'_> {
    let moves: Vec<&Change> = change
        .effects
        .iter()
        .filter(|effect| !effect.kind.is_derived())
        .collect();
    let says = details(change);
    let own = change.risks.iter().map(|risk| said(risk, &says));
    let moved = change.effects.iter().flat_map(|effect| &effect.risks);
    let risks: BTreeSet<String> = own.chain(moved.map(|risk| said(risk, &[]))).collect();
    Cause {
        what: what(change),
        says: says.iter().take(MOST).map(plain).collect(),
        more_says: says.len().saturating_sub(MOST),
        more_moves: moves.len().saturating_sub(MOST),
        moves: moves.into_iter().take(MOST).map(what).collect(),
        risks: risks.into_iter().collect(),
    }
}

/// A risk, without what `details`, which stand above it, say.
fn said(risk: &Risk, details: &[Sentence]) -> String {
    let detail = risk_detail(risk, details).map(|detail| format!(": {detail}"));
    let (level, text) = (risk.level.name(), risk.text);
    format!("{level}: {text}{}", detail.unwrap_or_default())
}

fn what(change: &Change) -> What<'_> {
    let is_part = matches!(change.kind, Kind::Panel | Kind::Variable);
    What {
        kind: change.kind.name(),
        name: &change.name,
        verb: change.verb.name(),
        inside: change.inside.as_deref().filter(|_| is_part),
        from: match &change.verb {
            Verb::Renamed { from } => Some(from),
            _ => None,
        },
        uid: change.dashboard(),
        many: change.key.is_empty(),
    }
}
