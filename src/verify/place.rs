//! Where in the specs things stand.

use crate::diagnostic::{Sources, Span, Spanned};
use crate::promql::{Expr, Matcher, Query, Selector, TextRange};
use crate::spec::shape::{Alert, Data, Job, Metric, Panel, Receiver, Specs, Variable};
use crate::spec::{Named, locate};
use std::mem::discriminant;
use std::ops::Range;
use std::sync::Arc;

/// Finds places by name.
#[derive(Clone, Copy)]
pub(super) struct Places<'s> {
    pub(super) specs: &'s Specs,
    pub(super) sources: &'s Sources,
}

type Text = Spanned<Arc<str>>;

fn named<'s, T>(items: &'s [Named<T>], name: &str) -> Option<&'s Named<T>> {
    items.iter().find(|item| item.name.as_str() == name)
}

impl<'s> Places<'s> {
    pub(super) fn metric(&self, name: &str) -> Option<&'s Named<Metric>> {
        named(&self.specs.metrics, name)
    }

    pub(super) fn label(&self, name: &str) -> Option<Span> {
        Some(named(&self.specs.labels, name)?.name.span)
    }

    pub(super) fn job(&self, name: &str) -> Option<&'s Named<Job>> {
        named(&self.specs.scrape.as_ref()?.jobs, name)
    }

    pub(super) fn alert(&self, name: &str) -> Option<&'s Named<Alert>> {
        named(&self.specs.alerts, name)
    }

    pub(super) fn record(&self, name: &str) -> Option<Span> {
        Some(named(&self.specs.records, name)?.name.span)
    }

    pub(super) fn receiver(&self, name: &str) -> Option<&'s Named<Receiver>> {
        named(&self.specs.alertmanager.as_ref()?.receivers, name)
    }

    /// Where Alertmanager's routing begins.
    pub(super) fn routing(&self) -> Option<Span> {
        let alertmanager = self.specs.alertmanager.as_ref()?;
        let root = alertmanager.route.as_ref();
        let receiver = root.and_then(|route| route.receiver.as_ref());
        let first = alertmanager.receivers.first();
        receiver
            .map(|receiver| receiver.span)
            .or(first.map(|receiver| receiver.name.span))
    }

    pub(super) fn variable(&self, dashboard: &str, name: &str) -> Option<&'s Named<Variable>> {
        let dashboard = named(&self.specs.dashboards, dashboard)?;
        named(&dashboard.item.as_ref()?.variables, name)
    }

    pub(super) fn panel(&self, dashboard: &str, panel: &str) -> Option<&'s Named<Panel>> {
        let dashboard = named(&self.specs.dashboards, dashboard)?;
        named(&dashboard.item.as_ref()?.panels, panel)
    }

    /// The expression of a named query.
    pub(super) fn query(&self, name: &str) -> Option<&'s Text> {
        Some(&named(&self.specs.queries, name)?.item.as_ref()?.expr)
    }

    /// The expression that a panel itself writes for its query number `index`.
    pub(super) fn panel_expr(
        &self,
        dashboard: &str,
        panel: &str,
        index: usize,
    ) -> Option<&'s Text> {
        let data = data(self.panel(dashboard, panel)?.item.as_ref()?)?;
        match data.queries.get(index) {
            Some(query) => query.expr.as_ref(),
            None => data.expr.as_ref(),
        }
    }
}

/// What a panel asks, whatever its kind.
fn data(panel: &Panel) -> Option<&Data> {
    let kinds = [
        panel.timeseries.as_ref().map(|kind| &kind.value.data),
        panel.stat.as_ref().map(|kind| &kind.value.data),
        panel.gauge.as_ref().map(|kind| &kind.value.data),
        panel.bargauge.as_ref().map(|kind| &kind.value.data),
        panel.table.as_ref().map(|kind| &kind.value.data),
        panel.piechart.as_ref().map(|kind| &kind.value.data),
        panel.barchart.as_ref().map(|kind| &kind.value.data),
        panel.heatmap.as_ref().map(|kind| &kind.value.data),
        panel.state_timeline.as_ref().map(|kind| &kind.value.data),
    ];
    kinds.into_iter().flatten().next()
}

/// A part of an expression.
#[derive(Clone, Copy)]
pub(super) enum Part<'e> {
    /// All of it.
    Whole(&'e Expr),
    /// The operator between its sides, or the name of its function.
    Operator(&'e Expr),
    /// The metric's name, of a selector.
    Metric(&'e Expr),
    /// The lookback, of a selector.
    Window(&'e Expr),
    /// The matcher on this label, of a selector.
    Matcher(&'e Expr, &'e str),
}

impl<'e> Part<'e> {
    pub(super) fn expr(self) -> &'e Expr {
        match self {
            Self::Whole(expr)
            | Self::Operator(expr)
            | Self::Metric(expr)
            | Self::Window(expr)
            | Self::Matcher(expr, _) => expr,
        }
    }

    /// The bytes of the same part of `other`, which has the same form.
    fn range(self, other: &Expr) -> Option<TextRange> {
        use crate::promql::ExprKind::{Aggregate, Binary, Call};
        match (self, &other.kind) {
            (Self::Whole(_), _) => Some(other.range),
            (Self::Operator(_), Binary(binary)) => Some(binary.op_range),
            (Self::Operator(_), Aggregate(aggregate)) => Some(aggregate.op_range),
            (Self::Operator(_), Call(call)) => Some(call.name.range),
            (Self::Metric(_), _) => Some(selector(other)?.metric_place()?.1),
            (Self::Window(_), _) => Some(selector(other)?.lookback.as_ref()?.range),
            (Self::Matcher(_, label), _) => Some(matcher(selector(other)?, label)?.range),
            (Self::Operator(_), _) => None,
        }
    }
}

pub(super) fn selector(expr: &Expr) -> Option<&Selector> {
    match &expr.kind {
        crate::promql::ExprKind::Selector(selector) => Some(selector),
        _ => None,
    }
}

fn matcher<'e>(selector: &'e Selector, label: &str) -> Option<&'e Matcher> {
    let mut matchers = selector.matchers.iter();
    matchers.find(|matcher| &*matcher.name.text == label)
}

/// Where a part of the expression that was sent stands in the one that was
/// written: the compiler has changed matchers and windows, and put something
/// around it, but kept its form.
pub(super) struct Written<'s> {
    sources: &'s Sources,
    text: &'s Text,
    query: Option<Query>,
}

impl<'s> Written<'s> {
    pub(super) fn new(text: &'s Text, sources: &'s Sources) -> Self {
        Self {
            sources,
            text,
            query: Query::parse(text.value.clone()).ok(),
        }
    }

    /// The place of all of it, on one line if it is on one.
    pub(super) fn whole(&self) -> Span {
        match &self.query {
            Some(query) => self.span(query.root().range.bytes()),
            None => self.text.span,
        }
    }

    /// The place of `part` of `sent`; `None` if the author did not write it.
    pub(super) fn place(&self, sent: &Query, part: Part<'_>) -> Option<Span> {
        let query = self.query.as_ref()?;
        let own: Vec<&Expr> = query.root().walk().collect();
        let all: Vec<&Expr> = sent.root().walk().collect();
        let offset = (0..=all.len().checked_sub(own.len())?).find(|offset| {
            own.iter()
                .zip(&all[*offset..])
                .all(|(own, all)| same_form(own, all))
        })?;
        let index = all
            .iter()
            .position(|expr| std::ptr::eq(*expr, part.expr()))?
            .checked_sub(offset)?;
        Some(self.span(part.range(own.get(index)?)?.bytes()))
    }

    fn span(&self, range: Range<usize>) -> Span {
        locate(self.sources, self.text, range)
    }
}

/// Whether `sent` can have become of `own`. A variable becomes anything.
fn same_form(own: &Expr, sent: &Expr) -> bool {
    let is_variable = matches!(own.kind, crate::promql::ExprKind::Variable(_));
    let metric = |expr| selector(expr).and_then(Selector::metric_name);
    is_variable
        || discriminant(&own.kind) == discriminant(&sent.kind) && metric(own) == metric(sent)
}
