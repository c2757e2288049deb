//! Binary operators: operand types, and how the labels of two sides meet.

use super::{Checker, Origin, Reads, Value};
use crate::diagnostic::{Code, Diagnostic};
use crate::promql::ast::{Binary, Expr, Grouping, GroupingKind, Join, JoinSide};
use crate::promql::flow::Set;
use crate::promql::function::ValueType;
use crate::promql::labels::Has;
use crate::promql::measure::Measure;
use crate::promql::operator::BinaryOp;

impl<'a> Checker<'a, '_> {
    pub(super) fn binary(&mut self, binary: &'a Binary, reads: Reads<'a>) -> Value<'a> {
        let right_reads = match binary.op {
            BinaryOp::And | BinaryOp::Unless => Reads::Presence,
            BinaryOp::TrimUpper | BinaryOp::TrimLower => Reads::Value,
            _ => reads,
        };
        let left = self.value(&binary.left, reads);
        let right = self.value(&binary.right, right_reads);
        self.operand(binary, &binary.left, &left);
        self.operand(binary, &binary.right, &right);
        let scalar = |value: &Value<'_>| value.ty == Some(ValueType::Scalar);
        if scalar(&left) || scalar(&right) {
            self.refuse_matching(binary);
            return self.with_scalar(binary, left, right);
        }
        if let Some(grouping) = &binary.matching.labels {
            self.matched_labels(grouping, &left, &right);
        }
        self.can_match(binary, &left, &right);
        if !binary.op.is_set() {
            self.one_to_one(binary, &left, &right);
        }
        let ty = match (left.ty, right.ty) {
            (None, None) => None,
            _ => Some(ValueType::Vector),
        };
        Value {
            ty,
            ..self.with_vector(binary, left, right)
        }
    }

    fn operand(&mut self, binary: &Binary, expr: &Expr, value: &Value<'a>) {
        let fits = match value.ty {
            None | Some(ValueType::Vector) => true,
            Some(ValueType::Scalar) => !binary.op.is_set(),
            Some(ValueType::Matrix | ValueType::String) => false,
        };
        if !fits {
            let whose = format!("an operand of `{}`", binary.op.name());
            self.expect(expr, value, ValueType::Vector, &whose);
        }
    }

    /// Complains about `on (…)` and the like where a number is involved. Like
    /// Prometheus, it lets empty lists pass.
    fn refuse_matching(&mut self, binary: &Binary) {
        if binary.op.is_set() {
            return;
        }
        let labels = binary.matching.labels.as_ref();
        if let Some(grouping) = labels.filter(|grouping| !grouping.labels.is_empty()) {
            let message = "series are matched between two instant vectors only";
            let found = Diagnostic::new(Code::PromqlType, message).at(
                self.span(grouping.range),
                "one side is a scalar, which matches everything",
            );
            self.sink.push(found);
        }
        if let Some(fill) = binary.matching.fill {
            let message = "what is missing is filled between two instant vectors only";
            let found = Diagnostic::new(Code::PromqlType, message)
                .at(self.span(fill.range), "one side is a scalar");
            self.sink.push(found);
        }
    }

    fn with_scalar(&mut self, binary: &Binary, left: Value<'a>, right: Value<'a>) -> Value<'a> {
        let both = left.ty == right.ty;
        let filtered = binary.op.is_comparison() && left.ty == Some(ValueType::Scalar) && !both;
        let measure = match filtered {
            // `5 < x` passes on the values of `x`.
            true => measure(binary, right.measure, left.measure),
            false => measure(binary, left.measure, right.measure),
        };
        let returns_bool = binary.matching.bool_range.is_some();
        if both && binary.op.is_comparison() && !returns_bool {
            let name = binary.op.name();
            let message = "a comparison of two scalars needs `bool`";
            let found = Diagnostic::new(Code::PromqlType, message)
                .at(self.span(binary.op_range), "there are no series to filter")
                .help(format!(
                    "write `{name} bool`, which is 1 if true and 0 if not"
                ));
            self.sink.push(found);
        }
        let mut value = if left.ty == Some(ValueType::Scalar) {
            right
        } else {
            left
        };
        value.measure = measure;
        value.observed = Measure::Unknown;
        if binary.op.is_comparison() && !returns_bool {
            value.fanned = None;
        }
        drop_name(binary, &mut value.labels);
        value
    }

    /// Checks the labels of `on (…)` and `ignoring (…)`. Sides without a
    /// metric, such as `vector(0)`, have none by intention.
    fn matched_labels(&mut self, grouping: &'a Grouping, left: &Value<'a>, right: &Value<'a>) {
        for label in grouping.labels.iter().filter(|label| !label.templated) {
            let name = &*label.text;
            match grouping.kind {
                GroupingKind::Keep => {
                    for side in [left, right] {
                        if side.origin != Origin::None {
                            self.needs_label(name, label.range, side);
                        }
                    }
                }
                GroupingKind::Drop => {
                    let foreign = |side: &Value<'_>| {
                        side.labels.has(name) == Has::No && side.labels.dropped_at(name).is_none()
                    };
                    if foreign(left) && foreign(right) {
                        self.needs_label(name, label.range, left);
                    }
                }
            }
        }
    }

    fn with_vector(&mut self, binary: &'a Binary, left: Value<'a>, right: Value<'a>) -> Value<'a> {
        let origin = left.origin.and(right.origin);
        let measure = measure(binary, left.measure, right.measure);
        match binary.op {
            BinaryOp::Unless => {
                return Value {
                    fanned: None,
                    ..left
                };
            }
            BinaryOp::And => {
                let mut left = left;
                left.fanned = None;
                match_labels(binary, &mut left.labels, &right.labels);
                return left;
            }
            BinaryOp::Or => {
                let native = left.native.max(right.native);
                return Value {
                    ty: None,
                    labels: left.labels.or(&right.labels),
                    native,
                    fanned: None,
                    origin,
                    measure,
                    observed: left.observed.alike(right.observed),
                };
            }
            _ => {}
        }
        let many = binary.matching.join.as_ref().map(|join| join.many);
        let (mut base, other) = if many == Some(JoinSide::Right) {
            (right, left)
        } else {
            (left, right)
        };
        base.native = base.native.max(other.native);
        base.fanned = None;
        base.origin = origin;
        base.measure = measure;
        base.observed = Measure::Unknown;
        match binary.matching.fill {
            // Series of either side come out without a match.
            Some(_) => base.labels = base.labels.or(&other.labels),
            None => match_labels(binary, &mut base.labels, &other.labels),
        }
        drop_name(binary, &mut base.labels);
        match (&binary.matching.join, &binary.matching.labels) {
            (Some(join), _) => {
                let filled = binary.matching.fill.is_some();
                self.joined_labels(join, filled, &mut base, &other);
            }
            (None, Some(grouping)) => match grouping.kind {
                GroupingKind::Keep => base.labels.keep(&grouping.labels, grouping.range),
                GroupingKind::Drop => base.labels.drop_all(&grouping.labels, grouping.range),
            },
            (None, None) => {}
        }
        if binary.matching.bool_range.is_some() {
            // Even a name that was just copied.
            base.labels.remove("__name__", binary.op_range);
        }
        base
    }

    /// Copies the labels of `group_left (…)` from the side that has one series
    /// per match.
    fn joined_labels(
        &mut self,
        join: &'a Join,
        filled: bool,
        many: &mut Value<'a>,
        one: &Value<'a>,
    ) {
        for label in &join.labels {
            if label.templated {
                many.labels.open();
                continue;
            }
            self.needs_label(&label.text, label.range, one);
            let has = match filled {
                true => one.labels.has(&label.text).min(Has::Maybe),
                false => one.labels.has(&label.text),
            };
            many.labels.overwrite(&label.text, has, join.range);
            many.labels.copy_values(&label.text, &one.labels);
        }
    }
}

/// What follows for the labels of one side from their being equal to those of
/// the other.
fn match_labels<'a>(binary: &'a Binary, side: &mut Set<&'a str>, other: &Set<&'a str>) {
    let place = binary.op_range;
    match &binary.matching.labels {
        Some(grouping) if grouping.kind == GroupingKind::Keep => {
            for label in grouping.labels.iter().filter(|label| !label.templated) {
                side.match_label(&label.text, other, grouping.range);
            }
        }
        Some(grouping) => side.match_all_but(&grouping.labels, other, place),
        None => side.match_all_but(&[], other, place),
    }
}

/// What the result of an operator measures.
fn measure(binary: &Binary, left: Measure, right: Measure) -> Measure {
    if binary.matching.bool_range.is_some() {
        return Measure::NUMBER;
    }
    match binary.op {
        BinaryOp::Mul => left.times(right),
        BinaryOp::Div => left.over(right),
        BinaryOp::Pow | BinaryOp::Atan2 => Measure::Unknown,
        BinaryOp::Add | BinaryOp::Sub | BinaryOp::Or => left.alike(right),
        // Filters and remainders are of the left operand's kind.
        _ => left,
    }
}

/// Filters leave the metric's name. So does `atan2`, but in some releases only.
fn drop_name(binary: &Binary, labels: &mut Set<&str>) {
    let has = match binary.op {
        BinaryOp::Atan2 | BinaryOp::TrimUpper | BinaryOp::TrimLower => {
            labels.has("__name__").min(Has::Maybe)
        }
        _ => Has::No,
    };
    if !binary.op.is_comparison() || binary.matching.bool_range.is_some() {
        labels.overwrite("__name__", has, binary.op_range);
    }
}
