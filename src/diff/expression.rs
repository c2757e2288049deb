//! What changed in an expression, told from its parsed form.

use super::effect::{Bearing, Effect};
use super::spelling::{
    canonical, duration, grouping, matcher, matching, offset, right_of, squeezed,
};
use crate::promql::{
    Aggregate, Binary, BinaryOp, Call, DurationLit, Expr, ExprKind, Matcher, Offset, Query,
    Selector,
};
use std::collections::BTreeSet;

/// One difference.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Difference {
    /// In words: `adds agent=~"$agent"`.
    pub(crate) text: String,
    pub(crate) nature: Nature,
    /// What it does to the series that the expression gives.
    pub(crate) effect: Effect,
}

/// What kind of difference it is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Nature {
    /// Another metric is read.
    Metric {
        from: String,
        to: String,
    },
    /// Matchers of a label are new.
    Narrower {
        label: String,
        matchers: Vec<String>,
    },
    /// A matcher is gone.
    Wider,
    /// A result is split by more labels.
    Finer,
    /// The number behind a comparison is another one.
    Bound {
        op: BinaryOp,
        from: f64,
        to: f64,
        /// Whether series that do not pass are left out, and not 0.
        filters: bool,
    },
    /// A condition has come or gone, or compares in another way.
    Condition(Effect),
    Other,
}

/// More differences than that, and the expression is simply another one.
const MOST: usize = 6;

/// The differences between two expressions; none if they mean the same.
/// What is no PromQL is compared as text, without regard to blanks.
pub(crate) fn differences(before: &str, after: &str) -> Vec<Difference> {
    let (Ok(one), Ok(other)) = (Query::parse(before), Query::parse(after)) else {
        let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let (one, other) = (plain(before), plain(after));
        return if one == other {
            Vec::new()
        } else {
            vec![replaced(&one, &other)]
        };
    };
    let mut comparison = Comparison {
        before,
        after,
        found: Vec::new(),
        bearing: Bearing::Same,
    };
    comparison.expr(one.root(), other.root(), None);
    let mut found: Vec<Difference> = Vec::new();
    for difference in comparison.found {
        if !found.contains(&difference) {
            found.push(difference);
        }
    }
    if found.len() > MOST {
        return vec![replaced(
            &canonical(one.root(), before),
            &canonical(other.root(), after),
        )];
    }
    found
}

fn replaced(before: &str, after: &str) -> Difference {
    Difference {
        text: format!("{before} → {after}"),
        nature: Nature::Other,
        effect: Effect::Others,
    }
}

struct Comparison<'a> {
    before: &'a str,
    after: &'a str,
    found: Vec<Difference>,
    /// How the parts that are being compared bear on the whole.
    bearing: Bearing,
}

/// What an expression is compared with by an operator.
#[derive(Clone, Copy)]
struct Compared {
    /// As with the expression on its right.
    op: BinaryOp,
    /// Whether series that do not pass are left out, and not 0.
    filters: bool,
}

impl Comparison<'_> {
    fn say(&mut self, nature: Nature, text: String) {
        let effect = self.bearing.effect(&nature);
        self.found.push(Difference {
            text,
            nature,
            effect,
        });
    }

    /// Compares parts that bear on the whole in their own way.
    fn part(&mut self, bearing: Bearing, one: &Expr, other: &Expr, compared: Option<Compared>) {
        let outer = std::mem::replace(&mut self.bearing, bearing);
        self.expr(one, other, compared);
        self.bearing = outer;
    }

    /// A condition that one has behind what is otherwise the other.
    fn condition(&mut self, one: &Expr, other: &Expr) -> bool {
        let behind = |whole: &Expr, text: &str, part: &str| match &whole.kind {
            ExprKind::Binary(binary)
                if binary.op.is_set() && canonical(binary.left.unwrapped(), text) == part =>
            {
                Some((binary.op, right_of(binary, text)))
            }
            _ => None,
        };
        let (before, after) = (canonical(one, self.before), canonical(other, self.after));
        if let Some((op, said)) = behind(other, self.after, &before) {
            let effect = Effect::of_condition(op);
            self.say(Nature::Condition(effect), format!("adds {said}"));
        } else if let Some((op, said)) = behind(one, self.before, &after) {
            let effect = Effect::of_condition_gone(op);
            self.say(Nature::Condition(effect), format!("drops {said}"));
        } else {
            return false;
        }
        true
    }

    fn changed(&mut self, what: &str, before: &str, after: &str) {
        if before != after {
            let what = if what.is_empty() {
                String::new()
            } else {
                format!("{what} ")
            };
            self.say(Nature::Other, format!("{what}{before} → {after}"));
        }
    }

    /// `compared` is what the expression is the right side of, if that compares.
    fn expr(&mut self, one: &Expr, other: &Expr, compared: Option<Compared>) {
        let (one, other) = (one.unwrapped(), other.unwrapped());
        if let (Some(from), Some(to)) = (one.literal(), other.literal()) {
            if from.to_bits() != to.to_bits() {
                let nature = compared.map_or(Nature::Other, |by| Nature::Bound {
                    op: by.op,
                    from,
                    to,
                    filters: by.filters,
                });
                let sign = compared.map_or(String::new(), |by| format!("{} ", by.op.name()));
                self.say(nature, format!("{sign}{from} → {sign}{to}"));
            }
            return;
        }
        match (&one.kind, &other.kind) {
            (ExprKind::Selector(one), ExprKind::Selector(other)) => self.selector(one, other),
            (ExprKind::Unary(one), ExprKind::Unary(other)) if one.negative == other.negative => {
                self.expr(&one.operand, &other.operand, None);
            }
            (ExprKind::Binary(one), ExprKind::Binary(other))
                if one.op == other.op || one.op.is_comparison() && other.op.is_comparison() =>
            {
                self.binary(one, other);
            }
            (ExprKind::Aggregate(one), ExprKind::Aggregate(other))
                if one.param.is_some() == other.param.is_some() =>
            {
                self.aggregate(one, other);
            }
            (ExprKind::Call(one), ExprKind::Call(other)) if one.args.len() == other.args.len() => {
                self.call(one, other);
            }
            (ExprKind::Subquery(one), ExprKind::Subquery(other)) => {
                let step = |step: &Option<DurationLit>, text: &str| {
                    step.as_ref()
                        .map_or("default".to_owned(), |step| duration(step, text))
                };
                let (before, after) = (self.before, self.after);
                self.changed(
                    "range",
                    &duration(&one.lookback, before),
                    &duration(&other.lookback, after),
                );
                self.changed("step", &step(&one.step, before), &step(&other.step, after));
                self.offset(one.offset.as_ref(), other.offset.as_ref());
                self.part(Bearing::Values, &one.expr, &other.expr, None);
            }
            _ if self.condition(one, other) => {}
            _ => {
                let (before, after) = (canonical(one, self.before), canonical(other, self.after));
                self.changed("", &before, &after);
            }
        }
    }

    fn selector(&mut self, one: &Selector, other: &Selector) {
        let name = |selector: &Selector| {
            let name = selector.metric.as_ref();
            name.map_or("any metric".to_owned(), |name| name.text.to_string())
        };
        let (before, after) = (name(one), name(other));
        if before != after {
            let said = format!("{before} → {after}");
            let nature = Nature::Metric {
                from: before,
                to: after,
            };
            self.say(nature, said);
        }
        let ours: BTreeSet<String> = one.matchers.iter().map(matcher).collect();
        let theirs: BTreeSet<String> = other.matchers.iter().map(matcher).collect();
        let of_label = |matchers: &[Matcher], set: &BTreeSet<String>, label: &str| -> Vec<String> {
            matchers
                .iter()
                .filter(|m| &*m.name.text == label)
                .map(matcher)
                .filter(|text| !set.contains(text))
                .collect()
        };
        let labels: BTreeSet<&str> = one
            .matchers
            .iter()
            .chain(&other.matchers)
            .map(|matcher| &*matcher.name.text)
            .collect();
        for label in labels {
            let gone = of_label(&one.matchers, &theirs, label);
            let come = of_label(&other.matchers, &ours, label);
            match (gone.as_slice(), come.as_slice()) {
                ([], []) => {}
                ([], _) => {
                    let text = format!("adds {}", come.join(", "));
                    let label = label.to_owned();
                    let matchers = come;
                    self.say(Nature::Narrower { label, matchers }, text);
                }
                (_, []) => self.say(Nature::Wider, format!("drops {}", gone.join(", "))),
                _ => self.changed("", &gone.join(", "), &come.join(", ")),
            }
        }
        let lookback = |selector: &Selector, text: &str| {
            selector
                .lookback
                .as_ref()
                .map_or("none".to_owned(), |lookback| {
                    duration(&lookback.duration, text)
                })
        };
        let (before, after) = (lookback(one, self.before), lookback(other, self.after));
        self.changed("range", &before, &after);
        self.offset(one.offset.as_ref(), other.offset.as_ref());
        let at = |selector: &Selector, text: &str| {
            selector
                .at
                .as_ref()
                .map_or("now".to_owned(), |at| squeezed(&text[at.range.bytes()]))
        };
        let (before, after) = (at(one, self.before), at(other, self.after));
        self.changed("at", &before, &after);
    }

    fn offset(&mut self, one: Option<&Offset>, other: Option<&Offset>) {
        let (before, after) = (offset(one, self.before), offset(other, self.after));
        self.changed("offset", &before, &after);
    }

    fn binary(&mut self, one: &Binary, other: &Binary) {
        let (before, after) = (matching(one, self.before), matching(other, self.after));
        let (from, to) = (one.op.name(), other.op.name());
        if from != to {
            let nature = Nature::Condition(Effect::of_operator(one.op, other.op));
            self.say(nature, format!("{from} → {to}"));
        }
        self.changed("matching", &before, &after);
        let (left, right) = self.bearing.of_sides(other);
        let compared = |op: BinaryOp| {
            op.is_comparison().then_some(Compared {
                op,
                filters: other.matching.bool_range.is_none(),
            })
        };
        // A number on the left is the bound of what is on the right.
        let bound = compared(other.op.flipped());
        let bound = bound.filter(|_| other.right.literal().is_none());
        self.part(left, &one.left, &other.left, bound);
        self.part(right, &one.right, &other.right, compared(other.op));
    }

    fn aggregate(&mut self, one: &Aggregate, other: &Aggregate) {
        let operator = other.op.name();
        self.changed("", one.op.name(), operator);
        let (ours, theirs) = (
            grouping(one.grouping.as_ref()),
            grouping(other.grouping.as_ref()),
        );
        if ours != theirs {
            let nature = if ours.0 == theirs.0 && is_finer(&ours, &theirs) {
                Nature::Finer
            } else {
                Nature::Other
            };
            let text = |(keyword, labels): &(&str, BTreeSet<&str>)| {
                let labels: Vec<_> = labels.iter().copied().collect();
                if *keyword == "by" && labels.is_empty() {
                    return "all in one".to_owned();
                }
                format!("{keyword} ({})", labels.join(", "))
            };
            self.say(nature, format!("{} → {}", text(&ours), text(&theirs)));
        }
        if let (Some(one), Some(other)) = (&one.param, &other.param) {
            self.parameter(operator, one, other, Bearing::Values);
        }
        self.part(Bearing::Values, &one.expr, &other.expr, None);
    }

    /// A number says nothing without what it is given to.
    fn parameter(&mut self, of: &str, one: &Expr, other: &Expr, bearing: Bearing) {
        match (&one.unwrapped().kind, &other.unwrapped().kind) {
            (ExprKind::Number(from), ExprKind::Number(to)) => {
                self.changed(of, &from.to_string(), &to.to_string());
            }
            _ => self.part(bearing, one, other, None),
        }
    }

    fn call(&mut self, one: &Call, other: &Call) {
        self.changed("", &one.name.text, &other.name.text);
        let bearing = match one.name.text == other.name.text {
            true => self.bearing.of_arguments(other),
            false => Bearing::Values,
        };
        for (argument, others) in one.args.iter().zip(&other.args) {
            self.parameter(&other.name.text, argument, others, bearing);
        }
    }
}

/// Whether results are kept apart by more labels than before.
fn is_finer(before: &(&str, BTreeSet<&str>), after: &(&str, BTreeSet<&str>)) -> bool {
    match after.0 {
        "by" => after.1.difference(&before.1).next().is_some(),
        _ => before.1.difference(&after.1).next().is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::differences;

    fn said(before: &str, after: &str) -> Vec<String> {
        differences(before, after)
            .into_iter()
            .map(|one| one.text)
            .collect()
    }

    #[test]
    fn form_is_no_difference() {
        for (one, other) in [
            (
                "sum(rate(a{x=\"1\",y=\"2\"}[60s]))",
                "sum (\n rate(a{y='2', x=\"1\"}[1m]) # why\n)",
            ),
            ("sum by (a, b) (x)", "sum(x) by (b,a)"),
            ("sum(x)", "sum by () ((x))"),
            ("a + b * c", "a + (b * c)"),
            ("x[5m:]", "x[300s:]"),
            ("not promql [[", "not  promql\n[["),
        ] {
            assert_eq!(said(one, other), Vec::<String>::new(), "{one}");
        }
        assert_ne!(said("a - (b - c)", "a - b - c"), Vec::<String>::new());
    }

    #[test]
    fn differences_are_named() {
        for (one, other, expected) in [
            (
                "sum(rate(a[5m])) / sum(rate(b[5m]))",
                "sum(rate(a{m=~\"$m\"}[5m])) / sum(rate(b{m=~\"$m\"}[5m]))",
                "adds m=~\"$m\"",
            ),
            ("a{x=\"1\"}", "a", "drops x=\"1\""),
            ("a{x=\"1\"}", "a{x!=\"1\"}", "x=\"1\" → x!=\"1\""),
            ("rate(a[5m])", "rate(a[10m])", "range 5m → 10m"),
            ("rate(a[5m])", "increase(a[5m])", "rate → increase"),
            ("rate(a[5m])", "rate(b[5m])", "a → b"),
            ("sum by (x) (a)", "sum by (x, y) (a)", "by (x) → by (x, y)"),
            ("sum(a)", "avg(a)", "sum → avg"),
            ("a > 5", "a > 7", "> 5 → > 7"),
            ("a > 5", "a >= 5", "> → >="),
            ("topk(5, a)", "topk(10, a)", "topk 5 → 10"),
            ("a offset 5m", "a", "offset 5m → none"),
            ("a / b", "a / on (x) b", "matching all labels → on (x)"),
            ("sum(a)", "sum(a) * 60", "sum(a) → sum(a) * 60"),
        ] {
            assert_eq!(said(one, other), [expected]);
        }
    }
}
