//! The rules: specs that bind, and are most likely not what was meant.
//!
//! A rule is a function that reads what [`Context`] offers and pushes findings.
//! It stands in the module of its family and is listed below, by what it looks
//! at. `docs/rules.md` describes them all.

mod alerts;
mod context;
mod metrics;
mod queries;
mod routing;

use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::model::Model;
use crate::spec::Files;
use crate::spec::shape::Specs;
use context::{Board, Context, Expression};
use rayon::prelude::*;

/// Rules that look at the model as a whole.
const RULES: &[fn(&Context<'_>, &mut Sink)] = &[
    metrics::usage::unused,
    queries::range::of_rules,
    alerts::condition::judge,
    alerts::labels::declared,
    alerts::labels::values,
    alerts::pairs::duplicates,
    alerts::pairs::severities,
    alerts::records::slow,
    alerts::records::unused,
    alerts::shown::on_a_panel,
    alerts::timing::against_evaluations,
    alerts::timing::of_absence,
    routing::inhibition::judge,
    routing::receivers::unreachable,
    routing::receivers::untold,
    routing::receivers::unused,
    routing::receivers::told_as_demanded,
    routing::scrape::without_job,
];

/// Rules that look at one expression at a time, wherever it is written.
const RULES_FOR_EXPRESSIONS: &[fn(&Expression<'_>, &Context<'_>, &mut Sink)] =
    &[queries::range::written];

/// Rules that look at one dashboard at a time.
const RULES_FOR_DASHBOARDS: &[fn(&Board<'_>, &Context<'_>, &mut Sink)] =
    &[queries::range::of_panels];

/// Holds specs that bind to all rules, then drops what the specs allow and
/// reports allowances that were not needed.
pub fn check(specs: &Specs, model: &Model, files: &Files, sink: &mut Sink) {
    let context = Context::new(specs, model, files);
    for rule in RULES {
        rule(&context, sink);
    }
    let expressions = context.expressions();
    let found = expressions.par_iter().map(|expression| {
        gather(|sink| {
            for rule in RULES_FOR_EXPRESSIONS {
                rule(expression, &context, sink);
            }
        })
    });
    absorb(found, sink);
    let found = specs.dashboards.par_iter().map(|named| {
        gather(|sink| {
            let Some(board) = Board::new(named, &context) else {
                return;
            };
            for rule in RULES_FOR_DASHBOARDS {
                rule(&board, &context, sink);
            }
        })
    });
    absorb(found, sink);
    settle(sink);
}

fn gather(run: impl FnOnce(&mut Sink)) -> Sink {
    let mut sink = Sink::default();
    run(&mut sink);
    sink
}

fn absorb(found: impl ParallelIterator<Item = Sink>, sink: &mut Sink) {
    let all = found.reduce(Sink::default, |mut all, found| {
        all.absorb(found);
        all
    });
    sink.absorb(all);
}

/// Applies allowances and severities, the last of them to findings about
/// allowances themselves.
fn settle(sink: &mut Sink) {
    sink.settle();
    let unused: Vec<_> = sink
        .unused_allowances()
        .filter(|allowance| allowance.code != Code::UnusedAllow)
        .map(|allowance| {
            Diagnostic::new(
                Code::UnusedAllow,
                format!("nothing here breaks the rule `{}`", allowance.code),
            )
            .at(allowance.at, "silences nothing")
            .help("remove it, lest it hide the next mistake")
        })
        .collect();
    for found in unused {
        sink.push(found);
    }
    sink.settle();
}
