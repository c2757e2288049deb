//! What a change means: two sides, each the files of a monitoring stack and,
//! where they are known, the specs behind them, become documents of items
//! with an identity. Items are paired, their fields compared by meaning, and
//! what changed is put under what caused it.
//!
//! Only files whose bytes differ are taken apart, and all that differs in them
//! ends up in a change: as meaning, or as form.

mod cause;
mod compare;
mod dashboard;
mod define;
mod effect;
mod expression;
mod field;
mod follow;
mod item;
mod labels;
mod pair;
mod read;
mod reader;
mod risk;
mod side;
mod spelling;
mod told;
mod uses;

pub use compare::{Change, FieldChange, FileChange, Verb};
pub use dashboard::DashboardView;
pub use follow::Follower;
pub use item::Kind;
pub(crate) use item::SUCCESSOR;
pub use read::{AlertView, alerting, dashboards};
pub use risk::{Level, Risk};
pub use side::Side;

use rayon::prelude::*;
use std::collections::BTreeSet;

/// What a change means.
#[derive(Debug, Clone, Default)]
pub struct Diff {
    /// What changed of itself, with what it moved below it.
    pub changes: Vec<Change>,
    /// What only follows from the changes: documentation, tests, generated code.
    pub derived: Vec<Change>,
    /// The files that say so, by path, each with the changes that it follows from.
    pub followers: Vec<Follower>,
    /// Items of which only the form changed: bookkeeping, order, layout of text.
    pub form: Vec<Change>,
    /// Every file whose bytes differ, by path.
    pub files: Vec<FileChange>,
}

impl Diff {
    /// Whether nothing changed in meaning.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// All changes in meaning, causes before what they moved.
    pub fn all(&self) -> impl Iterator<Item = &Change> {
        self.changes
            .iter()
            .flat_map(|change| std::iter::once(change).chain(&change.effects))
    }

    /// All risks, with what each is about.
    pub fn risks(&self) -> impl Iterator<Item = (&Change, &Risk)> {
        self.all()
            .flat_map(|change| change.risks.iter().map(move |risk| (change, risk)))
    }

    /// The worst risk.
    pub fn worst(&self) -> Option<Level> {
        self.risks().map(|(_, risk)| risk.level).max()
    }
}

/// Compares what two sides mean.
pub fn diff(base: &Side, head: &Side) -> Diff {
    let documents = read::documents(base, head);
    let pairs = pair::pairs(documents.base, documents.head);
    let (all, mut form) = compare::changes(&pairs);
    let uses = uses::Uses::new([base, head], &pairs);
    let mut changes = cause::attribute(&all, &uses);
    let mut followed = follow::Followed::default();
    if uses.are_known() {
        let is_own = |change: &Change| !change.kind.is_derived();
        let (own, rest): (Vec<_>, Vec<_>) = changes.into_iter().partition(is_own);
        followed = follow::follow(&own, &form, rest);
        changes = own;
        changes.append(&mut followed.alone);
    }
    let formal: BTreeSet<_> = followed.form.iter().map(Change::id).collect();
    let meant = all.iter().filter(|change| !formal.contains(&change.id()));
    let files = compare::files(&documents.differing, &pairs, meant);
    reader::put_below(&mut changes, &pairs, [base, head]);
    // Thousands of items take their time to be freed.
    pairs.into_par_iter().for_each(drop);
    form.append(&mut followed.form);
    Diff {
        changes,
        derived: followed.derived,
        followers: followed.files,
        form,
        files,
    }
}
