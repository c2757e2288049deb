//! Expressions in one spelling, whoever wrote them.

use crate::promql::{
    Binary, DurationLit, DurationValue, Expr, ExprKind, Grouping, GroupingKind, Matcher, Offset,
    Query,
};
use std::collections::BTreeSet;

/// An expression in one spelling, on one line.
pub(super) fn spelt(text: &str) -> String {
    match Query::parse(text) {
        Ok(query) => canonical(query.root(), text),
        Err(_) => squeezed(text),
    }
}

/// An expression without regard to blanks, comments, needless parentheses and
/// the order of what has none.
pub(super) fn canonical(expr: &Expr, text: &str) -> String {
    match &expr.kind {
        ExprKind::Number(number) => number.to_string(),
        ExprKind::String(literal) => format!("{:?}", literal.value),
        ExprKind::Variable(variable) => text[variable.range.bytes()].to_owned(),
        ExprKind::Selector(one) => {
            let mut said = one
                .metric
                .as_ref()
                .map_or(String::new(), |name| name.text.to_string());
            let matchers: BTreeSet<String> = one.matchers.iter().map(matcher).collect();
            if !matchers.is_empty() || said.is_empty() {
                let matchers: Vec<_> = matchers.into_iter().collect();
                said.push_str(&format!("{{{}}}", matchers.join(", ")));
            }
            if let Some(lookback) = &one.lookback {
                said.push_str(&format!("[{}]", duration(&lookback.duration, text)));
            }
            if one.offset.is_some() {
                said.push_str(&format!(" offset {}", offset(one.offset.as_ref(), text)));
            }
            if let Some(at) = &one.at {
                said.push_str(&format!(" {}", squeezed(&text[at.range.bytes()])));
            }
            said
        }
        ExprKind::Subquery(one) => {
            let step = one
                .step
                .as_ref()
                .map_or(String::new(), |step| duration(step, text));
            let offset = one.offset.as_ref().map_or(String::new(), |at| {
                format!(" offset {}", offset(Some(at), text))
            });
            let at = one.at.as_ref().map_or(String::new(), |at| {
                format!(" {}", squeezed(&text[at.range.bytes()]))
            });
            let expr = canonical(one.expr.unwrapped(), text);
            let expr = if matches!(one.expr.unwrapped().kind, ExprKind::Binary(_)) {
                format!("({expr})")
            } else {
                expr
            };
            format!(
                "{expr}[{}:{step}]{offset}{at}",
                duration(&one.lookback, text)
            )
        }
        ExprKind::Paren(inner) => canonical(inner, text),
        ExprKind::Unary(one) => {
            format!(
                "{}{}",
                if one.negative { "-" } else { "+" },
                operand(&one.operand, text)
            )
        }
        ExprKind::Binary(one) => binary(one, text),
        ExprKind::Aggregate(one) => {
            let (keyword, labels) = grouping(one.grouping.as_ref());
            let labels: Vec<_> = labels.into_iter().collect();
            let grouping = if keyword == "by" && labels.is_empty() {
                String::new()
            } else {
                format!(" {keyword} ({}) ", labels.join(", "))
            };
            let param = one.param.as_ref().map_or(String::new(), |param| {
                format!("{}, ", canonical(param, text))
            });
            format!(
                "{}{grouping}({param}{})",
                one.op.name(),
                canonical(one.expr.unwrapped(), text)
            )
        }
        ExprKind::Call(call) => {
            let args: Vec<_> = call
                .args
                .iter()
                .map(|arg| canonical(arg.unwrapped(), text))
                .collect();
            format!("{}({})", call.name.text, args.join(", "))
        }
    }
}

fn binary(one: &Binary, text: &str) -> String {
    format!("{} {}", operand(&one.left, text), right_of(one, text))
}

/// An operator and what stands on its right.
pub(super) fn right_of(one: &Binary, text: &str) -> String {
    let matching = match matching(one, text) {
        all if all == "all labels" => String::new(),
        some => format!("{some} "),
    };
    format!("{} {matching}{}", one.op.name(), operand(&one.right, text))
}

/// An operand, in parentheses if it has operands itself.
fn operand(expr: &Expr, text: &str) -> String {
    let expr = expr.unwrapped();
    let said = canonical(expr, text);
    match expr.kind {
        ExprKind::Binary(_) | ExprKind::Unary(_) => format!("({said})"),
        _ => said,
    }
}

pub(super) fn matching(one: &Binary, text: &str) -> String {
    let mut parts = Vec::new();
    if one.matching.bool_range.is_some() {
        parts.push("bool".to_owned());
    }
    if let Some(labels) = &one.matching.labels {
        let keyword = match labels.kind {
            GroupingKind::Keep => "on",
            GroupingKind::Drop => "ignoring",
        };
        let names: BTreeSet<&str> = labels.labels.iter().map(|name| &*name.text).collect();
        let names: Vec<_> = names.into_iter().collect();
        parts.push(format!("{keyword} ({})", names.join(", ")));
    }
    if let Some(join) = &one.matching.join {
        parts.push(squeezed(&text[join.range.bytes()]));
    }
    if parts.is_empty() {
        "all labels".to_owned()
    } else {
        parts.join(" ")
    }
}

pub(super) fn grouping(grouping: Option<&Grouping>) -> (&'static str, BTreeSet<&str>) {
    match grouping {
        None => ("by", BTreeSet::new()),
        Some(grouping) => (
            match grouping.kind {
                GroupingKind::Keep => "by",
                GroupingKind::Drop => "without",
            },
            grouping.labels.iter().map(|name| &*name.text).collect(),
        ),
    }
}

pub(super) fn matcher(matcher: &Matcher) -> String {
    format!(
        "{}{}{:?}",
        matcher.name.text,
        matcher.op.name(),
        matcher.value.value
    )
}

pub(super) fn duration(literal: &DurationLit, text: &str) -> String {
    match literal.value {
        DurationValue::Fixed(duration) => duration.to_string(),
        DurationValue::Variable => text[literal.range.bytes()].to_owned(),
    }
}

pub(super) fn offset(offset: Option<&Offset>, text: &str) -> String {
    offset.map_or("none".to_owned(), |offset| {
        let sign = if offset.negative { "-" } else { "" };
        format!("{sign}{}", duration(&offset.duration, text))
    })
}

pub(super) fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
