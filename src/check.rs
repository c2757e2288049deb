//! The rules: specs that bind, and are most likely not what was meant.
//!
//! A rule is a function that reads what [`Context`] offers and pushes findings.
//! It stands in the module of its family and is listed below, by what it looks
//! at. `docs/rules.md` describes them all.

mod alerts;
mod context;
mod dashboards;
mod metrics;
mod queries;
mod routing;

use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::model::Model;
use crate::spec::Files;
use crate::spec::shape::Specs;
use context::{Board, Context, Expression};
use rayon::prelude::*;

/// Rules that look at the project as a whole.
const RULES: &[fn(&Context<'_>, &mut Sink)] = &[
    queries::range::of_rules,
    queries::result::silent_when_idle,
    metrics::name::conventions,
    metrics::label::reserved,
    metrics::label::cardinality,
    metrics::usage::unused,
    metrics::usage::not_moved,
    metrics::usage::successors,
    metrics::bucket::levels,
    metrics::help::missing,
    dashboards::color::of_thresholds,
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
const RULES_FOR_EXPRESSIONS: &[fn(&Expression<'_>, &Context<'_>, &mut Sink)] = &[
    queries::range::written,
    queries::matcher::values,
    queries::matcher::patterns,
    queries::matcher::buckets,
    queries::result::contradictions,
    queries::result::constants,
    metrics::usage::deprecated,
];

/// Rules that look at one dashboard at a time.
const RULES_FOR_DASHBOARDS: &[fn(&Board<'_>, &Context<'_>, &mut Sink)] = &[
    queries::range::of_panels,
    queries::range::fixed,
    queries::result::several_series,
    dashboards::filter::partly,
    dashboards::text::variables,
    dashboards::text::descriptions,
    dashboards::text::links,
    dashboards::title::of_panels,
    dashboards::unit::missing,
    dashboards::unit::mixed,
    dashboards::time::refresh,
    dashboards::time::range,
    dashboards::time::zone,
    dashboards::color::of_panels,
];

/// Holds specs that bind to all rules, then drops what the specs allow and
/// reports allowances that were not needed.
pub fn check(specs: &Specs, model: &Model, files: &Files, sink: &mut Sink) {
    let context = Context::new(specs, model, files);
    for rule in RULES {
        rule(&context, sink);
    }
    let of_expressions = context.expressions().map(|expression| {
        let mut sink = Sink::default();
        for rule in RULES_FOR_EXPRESSIONS {
            rule(&expression, &context, &mut sink);
        }
        sink
    });
    sink.absorb(gathered(of_expressions));
    let of_dashboards = context.boards.par_iter().map(|board| {
        let mut sink = Sink::default();
        for rule in RULES_FOR_DASHBOARDS {
            rule(board, &context, &mut sink);
        }
        sink
    });
    sink.absorb(gathered(of_dashboards));
    settle(sink);
}

fn gathered(found: impl ParallelIterator<Item = Sink>) -> Sink {
    found.reduce(Sink::default, |mut all, found| {
        all.absorb(found);
        all
    })
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
