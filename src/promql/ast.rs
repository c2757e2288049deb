//! The expression tree. Every node knows the bytes that it was read from.

use std::ops::Range;

use super::duration::PromDuration;
use super::function::Function;
use super::operator::{AggregateOp, BinaryOp, MatchOp};
use super::variable::VarRef;

/// A range of bytes in the text of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TextRange {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset behind the last byte.
    pub end: u32,
}

impl TextRange {
    pub(super) fn new(start: u32, end: u32) -> Self {
        Self { start, end }
    }

    /// From the start of `self` to the end of `other`.
    pub(super) fn to(self, other: Self) -> Self {
        Self {
            start: self.start,
            end: other.end,
        }
    }

    /// Whether `other` lies within this range.
    pub fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// The same range as offsets into a string.
    pub fn bytes(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

impl From<TextRange> for Range<usize> {
    fn from(range: TextRange) -> Self {
        range.bytes()
    }
}

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// Where it stands, parentheses included for [`ExprKind::Paren`] only.
    pub range: TextRange,
    /// What it is.
    pub kind: ExprKind,
}

/// The kinds of expressions.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// A number, or a duration used as one (its seconds).
    Number(f64),
    /// A string.
    String(StringLit),
    /// A Grafana variable that stands for a whole operand.
    Variable(VarRef),
    /// A selector, with or without a lookback range.
    Selector(Box<Selector>),
    /// `expr[1h:5m]`.
    Subquery(Box<Subquery>),
    /// `(expr)`.
    Paren(Box<Expr>),
    /// `-expr` or `+expr`.
    Unary(Box<Unary>),
    /// `left op right`.
    Binary(Box<Binary>),
    /// `sum by (…) (expr)` and its kin.
    Aggregate(Box<Aggregate>),
    /// `function(…)`.
    Call(Box<Call>),
}

/// A string literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StringLit {
    /// Where it stands, quotes included.
    pub range: TextRange,
    /// What it says, escapes resolved; bytes that are no UTF-8 are replaced.
    pub value: Box<str>,
    /// The Grafana variables in it.
    pub variables: Vec<VarRef>,
}

/// The name of a metric or label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// Where it stands, quotes included if it is quoted.
    pub range: TextRange,
    /// The name itself, as yet with any Grafana variables in it.
    pub text: Box<str>,
    /// Whether Grafana variables make up some or all of it.
    pub templated: bool,
}

/// The selection of series by name and labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selector {
    /// From the metric name to the last modifier.
    pub range: TextRange,
    /// The metric's name where it is written as one, in front of the braces or
    /// quoted inside them. See also [`Selector::metric_name`].
    pub metric: Option<Name>,
    /// The braces, if there are any.
    pub braces: Option<TextRange>,
    /// The matchers in the braces, without a metric's quoted name.
    pub matchers: Vec<Matcher>,
    /// `[5m]`, which makes it a range vector.
    pub lookback: Option<Lookback>,
    /// `anchored` or `smoothed`, and where it stands.
    pub edges: Option<(Edges, TextRange)>,
    /// `offset 5m`.
    pub offset: Option<Offset>,
    /// `@ …`.
    pub at: Option<At>,
}

/// One `label="value"`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matcher {
    /// From the label to the value.
    pub range: TextRange,
    /// The label.
    pub name: Name,
    /// The comparison.
    pub op: MatchOp,
    /// The value or pattern.
    pub value: StringLit,
}

/// `[5m]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lookback {
    /// Where it stands, brackets included.
    pub range: TextRange,
    /// The duration.
    pub duration: DurationLit,
}

/// How samples beside the ends of a range count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edges {
    /// `anchored`: the last sample before the range stands for its start.
    Anchored,
    /// `smoothed`: values are interpolated at both ends.
    Smoothed,
}

impl Edges {
    /// The keyword.
    pub fn name(self) -> &'static str {
        match self {
            Self::Anchored => "anchored",
            Self::Smoothed => "smoothed",
        }
    }
}

/// A duration as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DurationLit {
    /// Where it stands, without a sign.
    pub range: TextRange,
    /// How long it is.
    pub value: DurationValue,
}

/// A duration's length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DurationValue {
    /// Known.
    Fixed(PromDuration),
    /// Made by Grafana, by `$window` or by the step of the query.
    Variable,
}

/// `offset 5m`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offset {
    /// From the keyword to the duration.
    pub range: TextRange,
    /// Whether it points into the future: `offset -5m`.
    pub negative: bool,
    /// The duration.
    pub duration: DurationLit,
}

/// `@ 1609746000` and its kin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct At {
    /// From the `@` on.
    pub range: TextRange,
    /// The moment.
    pub kind: AtKind,
}

/// The moment of an `@` modifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AtKind {
    /// A timestamp, written out or made by a variable.
    Timestamp,
    /// `start()`.
    Start,
    /// `end()`.
    End,
}

/// `expr[1h:5m]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Subquery {
    /// What is evaluated again and again.
    pub expr: Expr,
    /// The brackets.
    pub brackets: TextRange,
    /// How far back.
    pub lookback: DurationLit,
    /// How often, if it says so.
    pub step: Option<DurationLit>,
    /// `offset 5m`.
    pub offset: Option<Offset>,
    /// `@ …`.
    pub at: Option<At>,
}

/// A signed operand.
#[derive(Debug, Clone, PartialEq)]
pub struct Unary {
    /// Whether the sign is a minus.
    pub negative: bool,
    /// The operand.
    pub operand: Expr,
}

/// Two operands and what is done with them.
#[derive(Debug, Clone, PartialEq)]
pub struct Binary {
    /// The operator.
    pub op: BinaryOp,
    /// Where the operator stands.
    pub op_range: TextRange,
    /// The operand before it.
    pub left: Expr,
    /// The operand behind it.
    pub right: Expr,
    /// How series are paired; default if nothing is written.
    pub matching: Matching,
}

/// The modifiers of a binary operator.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Matching {
    /// Where `bool` stands.
    pub bool_range: Option<TextRange>,
    /// `on (…)` or `ignoring (…)`.
    pub labels: Option<Grouping>,
    /// `group_left (…)` or `group_right (…)`.
    pub join: Option<Join>,
    /// `fill (0)` and its kin.
    pub fill: Option<Fill>,
}

/// What stands for series that have no match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fill {
    /// From the first keyword to the last parenthesis.
    pub range: TextRange,
    /// Whether a value stands in for a missing series of the left side.
    pub left: bool,
    /// Whether a value stands in for a missing series of the right side.
    pub right: bool,
}

/// A keyword with a list of labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grouping {
    /// From the keyword to the closing parenthesis.
    pub range: TextRange,
    /// The keyword.
    pub kind: GroupingKind,
    /// The labels.
    pub labels: Vec<Name>,
}

/// Whether a list names the labels that stay or those that go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupingKind {
    /// `by` or `on`: the labels that count.
    Keep,
    /// `without` or `ignoring`: the labels that do not.
    Drop,
}

/// `group_left (…)` or `group_right (…)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Join {
    /// From the keyword to the end of the list.
    pub range: TextRange,
    /// The operand that may have many series per match.
    pub many: JoinSide,
    /// The labels that the other operand contributes.
    pub labels: Vec<Name>,
}

/// An operand of a binary operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinSide {
    /// The one before the operator.
    Left,
    /// The one behind it.
    Right,
}

/// `sum by (…) (expr)` and its kin.
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregate {
    /// The operator.
    pub op: AggregateOp,
    /// Where the operator's name stands.
    pub op_range: TextRange,
    /// `by (…)` or `without (…)`.
    pub grouping: Option<Grouping>,
    /// The parameter, for the operators that take one.
    pub param: Option<Expr>,
    /// What is aggregated.
    pub expr: Expr,
}

/// `function(…)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The name as written.
    pub name: Name,
    /// The function, if PromQL has one of that name.
    pub function: Option<&'static Function>,
    /// The arguments.
    pub args: Vec<Expr>,
}

impl Selector {
    /// The name of the metric that is selected: written as a name or as an
    /// equality on `__name__`. `None` if it is open or holds variables.
    pub fn metric_name(&self) -> Option<&str> {
        self.metric_place().map(|(name, _)| name)
    }

    /// The selected metric's name, and where it stands.
    pub fn metric_place(&self) -> Option<(&str, TextRange)> {
        if let Some(name) = &self.metric {
            return (!name.templated).then_some((&name.text, name.range));
        }
        self.matchers
            .iter()
            .find(|matcher| matcher.op == MatchOp::Equal && matcher.constrains("__name__"))
            .filter(|matcher| matcher.value.variables.is_empty() && !matcher.value.value.is_empty())
            .map(|matcher| (&*matcher.value.value, matcher.value.range))
    }

    /// Whether a matcher on `label` is written.
    pub fn constrains(&self, label: &str) -> bool {
        self.matchers
            .iter()
            .any(|matcher| matcher.constrains(label))
    }

    /// Whether it selects a range of samples per series.
    pub fn is_range(&self) -> bool {
        self.lookback.is_some()
    }
}

impl Matcher {
    /// The texts that it compares with, if those are all written out: neither
    /// variables nor patterns beyond alternatives.
    pub fn literals(&self) -> Option<Vec<&str>> {
        if !self.value.variables.is_empty() || self.name.templated {
            return None;
        }
        let value = &*self.value.value;
        if !self.op.is_regex() {
            return Some(vec![value]);
        }
        let plain = !value.contains(|c: char| r".*+?()[]{}^$\".contains(c));
        plain.then(|| value.split('|').collect())
    }

    /// Whether it is one on `label`.
    pub(super) fn constrains(&self, label: &str) -> bool {
        !self.name.templated && &*self.name.text == label
    }
}

impl Expr {
    /// The expression without the parentheses around it.
    pub fn unwrapped(&self) -> &Expr {
        let mut expr = self;
        while let ExprKind::Paren(inner) = &expr.kind {
            expr = inner;
        }
        expr
    }

    /// The number that is written out, if it is one.
    pub fn literal(&self) -> Option<f64> {
        match &self.unwrapped().kind {
            ExprKind::Number(value) => Some(*value),
            ExprKind::Unary(unary) => {
                let value = unary.operand.literal()?;
                Some(if unary.negative { -value } else { value })
            }
            _ => None,
        }
    }

    /// The expression and all that it is made of, each before its parts and in
    /// the order of the text.
    pub fn walk(&self) -> impl Iterator<Item = &Expr> {
        let mut pending = vec![self];
        std::iter::from_fn(move || {
            let expr = pending.pop()?;
            match &expr.kind {
                ExprKind::Number(_)
                | ExprKind::String(_)
                | ExprKind::Variable(_)
                | ExprKind::Selector(_) => {}
                ExprKind::Subquery(subquery) => pending.push(&subquery.expr),
                ExprKind::Paren(inner) => pending.push(inner),
                ExprKind::Unary(unary) => pending.push(&unary.operand),
                ExprKind::Binary(binary) => pending.extend([&binary.right, &binary.left]),
                ExprKind::Aggregate(aggregate) => {
                    pending.push(&aggregate.expr);
                    pending.extend(&aggregate.param);
                }
                ExprKind::Call(call) => pending.extend(call.args.iter().rev()),
            }
            Some(expr)
        })
    }
}
