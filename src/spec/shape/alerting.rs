//! Alerts, recording rules, their groups and tests.

use crate::diagnostic::Spanned;
use crate::promql::PromDuration;
use crate::spec::reader::{Named, record};
use std::sync::Arc;

record! {
    /// An alert: a query and the level at which it fires, or an expression.
    Alert {
        /// The query that it watches.
        optional query "query": Spanned<Arc<str>>,
        /// The level of the query's thresholds from which it fires.
        optional fires_at "fires_at": Spanned<Arc<str>>,
        /// PromQL in place of query and level.
        optional expr "expr": Spanned<Arc<str>>,
        /// What `$window` means.
        optional window "window": Spanned<PromDuration>,
        /// How long the condition must hold.
        optional r#for "for": Spanned<PromDuration>,
        /// How long it goes on firing after the condition has ended.
        optional keep_firing_for "keep_firing_for": Spanned<PromDuration>,
        /// How bad it is; becomes the label `severity`.
        optional severity "severity": Spanned<Arc<str>>,
        /// Further labels.
        list labels "labels": Vec<Named<Spanned<Arc<str>>>>,
        /// One line on what has happened.
        required summary "summary": Spanned<Arc<str>>,
        /// What it means and what to do.
        optional description "description": Spanned<Arc<str>>,
        /// Address of the page that says what to do.
        optional runbook "runbook": Spanned<Arc<str>>,
        /// Further annotations.
        list annotations "annotations": Vec<Named<Spanned<Arc<str>>>>,
        /// The panel that shows it, as `dashboard/panel`.
        optional panel "panel": Spanned<Arc<str>>,
        /// Its rule group.
        optional group "group": Spanned<Arc<str>>,
        /// Its tests, where none can be derived or more are wanted.
        list tests "tests": Vec<AlertTest>,
    }

    /// Input series and what the alert must make of them.
    AlertTest {
        /// What the test shows.
        required name "name": Spanned<Arc<str>>,
        /// Series fed in, a sample per `interval`.
        required series "series": Vec<TestSeries>,
        /// Time between samples; the scrape interval if not given.
        optional interval "interval": Spanned<PromDuration>,
        /// When to look.
        required at "at": Spanned<PromDuration>,
        /// The alerts expected to fire then; none if empty.
        list fires "fires": Vec<TestSample>,
    }

    /// An input series in promtool's notation.
    TestSeries {
        /// Name and labels.
        required series "series": Spanned<Arc<str>>,
        /// Samples, such as `0+10x20`.
        required values "values": Spanned<Arc<str>>,
    }

    /// An alert that a test expects.
    TestSample {
        /// Labels that the expression gives it, beside those of the alert.
        list labels "labels": Vec<Named<Spanned<Arc<str>>>>,
        /// Its summary, rendered.
        required summary "summary": Spanned<Arc<str>>,
        /// Its description, rendered.
        optional description "description": Spanned<Arc<str>>,
    }

    /// A recording rule; its name is that of the recorded series.
    Record {
        /// The query to record.
        optional query "query": Spanned<Arc<str>>,
        /// PromQL in place of a query.
        optional expr "expr": Spanned<Arc<str>>,
        /// What `$window` means.
        optional window "window": Spanned<PromDuration>,
        /// What the recorded series holds; the query's help if not given.
        optional help "help": Spanned<Arc<str>>,
        /// Labels added to the recorded series.
        list labels "labels": Vec<Named<Spanned<Arc<str>>>>,
        /// Its rule group.
        optional group "group": Spanned<Arc<str>>,
    }

    /// Settings of a rule group.
    RuleGroup {
        /// How often its rules are evaluated; Prometheus's interval if not given.
        optional interval "interval": Spanned<PromDuration>,
        /// Most series or alerts that a rule may make.
        optional limit "limit": Spanned<u32>,
    }
}
