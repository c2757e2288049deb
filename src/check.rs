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
use crate::resolve::{self, Bound};
use crate::spec::Files;
use crate::spec::shape::Specs;
use context::{Board, Context, Expression};
use rayon::prelude::*;

/// What a rule has to see so that what it says is right.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sees {
    /// Only that which it speaks of.
    Part,
    /// All that the specs define: it counts on what is not there, or on
    /// settings that apply where nothing is said.
    Whole,
}

type Rule = fn(&Context<'_>, &mut Sink);

/// Rules that look at the project.
const RULES: &[(Sees, Rule)] = &[
    (Sees::Whole, queries::range::of_rules),
    (Sees::Whole, queries::result::silent_when_idle),
    (Sees::Part, queries::share::without_sign),
    (Sees::Part, metrics::name::conventions),
    (Sees::Whole, metrics::label::reserved),
    (Sees::Whole, metrics::label::cardinality),
    (Sees::Whole, metrics::usage::unused),
    (Sees::Whole, metrics::usage::not_moved),
    (Sees::Whole, metrics::usage::successors),
    (Sees::Whole, metrics::bucket::levels),
    (Sees::Part, metrics::help::missing),
    (Sees::Part, dashboards::color::of_thresholds),
    (Sees::Part, alerts::condition::judge),
    (Sees::Whole, alerts::labels::declared),
    (Sees::Part, alerts::labels::values),
    (Sees::Part, alerts::pairs::duplicates),
    (Sees::Whole, alerts::pairs::severities),
    (Sees::Whole, alerts::records::slow),
    (Sees::Whole, alerts::records::unused),
    (Sees::Whole, alerts::shown::on_a_panel),
    (Sees::Whole, alerts::timing::against_evaluations),
    (Sees::Whole, alerts::timing::of_absence),
    (Sees::Whole, routing::inhibition::judge),
    (Sees::Whole, routing::receivers::unreachable),
    (Sees::Whole, routing::receivers::untold),
    (Sees::Whole, routing::receivers::unused),
    (Sees::Whole, routing::receivers::told_as_demanded),
    (Sees::Whole, routing::mounts::missing),
    (Sees::Whole, routing::scrape::without_job),
    (Sees::Part, routing::scrape::rarely),
];

type RuleForExpressions = fn(&Expression<'_>, &Context<'_>, &mut Sink);

/// Rules that look at one expression at a time, wherever it is written.
const RULES_FOR_EXPRESSIONS: &[(Sees, RuleForExpressions)] = &[
    (Sees::Whole, queries::range::written),
    (Sees::Whole, queries::matcher::values),
    (Sees::Part, queries::matcher::patterns),
    (Sees::Part, queries::matcher::buckets),
    (Sees::Part, queries::result::contradictions),
    (Sees::Part, queries::result::conditions),
    (Sees::Part, metrics::usage::deprecated),
];

type RuleForDashboards = fn(&Board<'_>, &Context<'_>, &mut Sink);

/// Rules that look at one dashboard at a time.
const RULES_FOR_DASHBOARDS: &[(Sees, RuleForDashboards)] = &[
    (Sees::Whole, queries::range::of_panels),
    (Sees::Part, queries::range::fixed),
    (Sees::Part, queries::result::several_series),
    (Sees::Whole, dashboards::filter::partly),
    (Sees::Whole, dashboards::filter::not_at_all),
    (Sees::Whole, dashboards::filter::by_other_targets),
    (Sees::Whole, dashboards::text::variables),
    (Sees::Whole, dashboards::text::descriptions),
    (Sees::Part, dashboards::text::links),
    (Sees::Part, dashboards::title::of_panels),
    (Sees::Whole, dashboards::unit::missing),
    (Sees::Whole, dashboards::unit::mixed),
    (Sees::Whole, dashboards::time::refresh),
    (Sees::Whole, dashboards::time::range),
    (Sees::Whole, dashboards::time::zone),
    (Sees::Part, dashboards::color::of_panels),
];

/// Binds `specs` and holds them to the rules: to all of them, or where
/// something does not bind, to those that need not see it. `None` if anything
/// is an error.
pub fn judged(specs: &Specs, files: &Files, sink: &mut Sink) -> Option<Model> {
    match resolve::bind(specs, files, sink) {
        Bound::Whole(model) => {
            check(specs, &model, files, sink);
            (!sink.has_errors()).then_some(model)
        }
        Bound::Parts(model) => {
            check_parts(specs, &model, files, sink);
            None
        }
    }
}

/// Holds specs that bind to all rules, then drops what the specs allow and
/// reports allowances that were not needed.
pub fn check(specs: &Specs, model: &Model, files: &Files, sink: &mut Sink) {
    run(&[Sees::Part, Sees::Whole], specs, model, files, sink);
    settle(sink);
}

/// Holds what binds of specs with errors to the rules that need not see the
/// rest, and drops what the specs allow.
fn check_parts(specs: &Specs, model: &Model, files: &Files, sink: &mut Sink) {
    run(&[Sees::Part], specs, model, files, sink);
    sink.settle();
}

fn run(seen: &[Sees], specs: &Specs, model: &Model, files: &Files, sink: &mut Sink) {
    let context = Context::new(specs, model, files);
    for (_, rule) in RULES.iter().filter(|(sees, _)| seen.contains(sees)) {
        rule(&context, sink);
    }
    let judge = |expression: &Expression<'_>, sink: &mut Sink| {
        let rules = RULES_FOR_EXPRESSIONS.iter();
        for (_, rule) in rules.filter(|(sees, _)| seen.contains(sees)) {
            rule(expression, &context, sink);
        }
    };
    let of_shared = context.shared.par_iter().map(|expression| {
        let mut sink = Sink::default();
        judge(expression, &mut sink);
        sink
    });
    // All that is to be said of a dashboard, while it is at hand.
    let of_dashboards = context.boards().map(|board| {
        let mut sink = Sink::default();
        board
            .expressions()
            .for_each(|expression| judge(&expression, &mut sink));
        let rules = RULES_FOR_DASHBOARDS.iter();
        for (_, rule) in rules.filter(|(sees, _)| seen.contains(sees)) {
            rule(&board, &context, &mut sink);
        }
        sink.sort();
        sink
    });
    sink.absorb_all(of_shared.chain(of_dashboards).collect());
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
