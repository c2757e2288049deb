//! What a change in one place of an expression does to the series that the
//! whole gives, which are the alerts that fire.

use super::expression::Nature;
use crate::promql::{Binary, BinaryOp, Call};

/// What becomes of the series that an expression gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// There are as many or fewer.
    Fewer,
    /// There are as many or more.
    More,
    /// They are others, or it is not known.
    Others,
}

/// How the series that a part gives bear on those of the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bearing {
    /// The fewer here, the fewer there.
    Same,
    /// The fewer here, the more there.
    Opposite,
    /// They make up values, which something else judges.
    Values,
}

/// Functions that give a series for each that they get.
const ONE_BY_ONE: [&str; 17] = [
    "abs",
    "ceil",
    "clamp",
    "clamp_max",
    "clamp_min",
    "exp",
    "floor",
    "label_join",
    "label_replace",
    "ln",
    "log10",
    "log2",
    "round",
    "sgn",
    "sort",
    "sort_desc",
    "sqrt",
];

impl Effect {
    fn opposite(self) -> Self {
        match self {
            Self::Fewer => Self::More,
            Self::More => Self::Fewer,
            Self::Others => Self::Others,
        }
    }

    /// Of a comparison with another bound.
    fn of_bound(op: BinaryOp, from: f64, to: f64) -> Self {
        let is_raised = to > from;
        match op {
            BinaryOp::Greater | BinaryOp::GreaterEqual if is_raised => Self::Fewer,
            BinaryOp::Greater | BinaryOp::GreaterEqual => Self::More,
            BinaryOp::Less | BinaryOp::LessEqual if is_raised => Self::More,
            BinaryOp::Less | BinaryOp::LessEqual => Self::Fewer,
            _ => Self::Others,
        }
    }

    /// Of another operator in the same place.
    pub(super) fn of_operator(from: BinaryOp, to: BinaryOp) -> Self {
        use BinaryOp::{Greater, GreaterEqual, Less, LessEqual};
        match (from, to) {
            (GreaterEqual, Greater) | (LessEqual, Less) => Self::Fewer,
            (Greater, GreaterEqual) | (Less, LessEqual) => Self::More,
            _ => Self::Others,
        }
    }

    /// Of a condition that is put behind what there was.
    pub(super) fn of_condition(op: BinaryOp) -> Self {
        match op {
            BinaryOp::And | BinaryOp::Unless => Self::Fewer,
            BinaryOp::Or => Self::More,
            _ => Self::Others,
        }
    }

    /// Of one that is taken away.
    pub(super) fn of_condition_gone(op: BinaryOp) -> Self {
        Self::of_condition(op).opposite()
    }
}

impl Bearing {
    /// What a difference of that nature, in such a place, does to the whole.
    pub(super) fn effect(self, nature: &Nature) -> Effect {
        let here = match nature {
            Nature::Narrower { .. } => Effect::Fewer,
            Nature::Wider => Effect::More,
            Nature::Bound {
                op,
                from,
                to,
                filters: true,
            } => Effect::of_bound(*op, *from, *to),
            Nature::Condition(effect) => *effect,
            _ => Effect::Others,
        };
        match (self, nature) {
            // Whatever is made of them: of those left out, nobody is told.
            (Self::Values, Nature::Narrower { .. }) => here,
            (Self::Same, _) => here,
            (Self::Opposite, _) => here.opposite(),
            (Self::Values, _) => Effect::Others,
        }
    }

    fn inverse(self) -> Self {
        match self {
            Self::Same => Self::Opposite,
            Self::Opposite => Self::Same,
            Self::Values => Self::Values,
        }
    }

    /// Of the two sides of an operator that bears like this.
    pub(super) fn of_sides(self, binary: &Binary) -> (Self, Self) {
        match binary.op {
            BinaryOp::Unless => (self, self.inverse()),
            _ if binary.matching.bool_range.is_some() => (Self::Values, Self::Values),
            _ => (self, self),
        }
    }

    /// Of the arguments of a call that bears like this.
    pub(super) fn of_arguments(self, call: &Call) -> Self {
        match &*call.name.text {
            "absent" | "absent_over_time" => self.inverse(),
            name if ONE_BY_ONE.contains(&name) => self,
            _ => Self::Values,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Effect::{self, Fewer, More, Others};
    use crate::diff::expression::differences;

    fn effects(before: &str, after: &str) -> Vec<Effect> {
        let found = differences(before, after).into_iter();
        found.map(|difference| difference.effect).collect()
    }

    #[test]
    fn what_a_change_does_to_the_alerts_that_fire() {
        for (before, after, expected) in [
            ("g > 5", "g > 6", Fewer),
            ("g > 5", "g > 4", More),
            ("g < 5", "g < 6", More),
            ("g > 5", "g >= 5", More),
            ("g > 5", "g < 5", Others),
            ("5 < g", "6 < g", Fewer),
            ("-g > -5", "-g > -4", Fewer),
            ("abs(g > 5)", "abs(g > 6)", Fewer),
            ("g > 5 and h", "g > 6 and h", Fewer),
            ("h and g > 5", "h and g > 6", Fewer),
            ("h unless g > 5", "h unless g > 6", More),
            ("h unless g < 5", "h unless g < 6", Fewer),
            ("absent(g > 5)", "absent(g > 6)", More),
            // What is counted or summed up may go either way.
            ("count(g > 5) < 3", "count(g > 6) < 3", Others),
            ("(sum(g) > bool 5) == 0", "(sum(g) > bool 6) == 0", Others),
            ("100 - sum(g) > 3", "90 - sum(g) > 3", Others),
            ("sum(g) / 2 > 3", "sum(g) / 3 > 3", Others),
            (
                "min_over_time(g[5m]) > 3",
                "min_over_time(g[10m]) > 3",
                Others,
            ),
            ("g", "g{a=\"x\"}", Fewer),
            ("sum(g) > 5", "sum(g{a=\"x\"}) > 5", Fewer),
            ("h unless g", "h unless g{a=\"x\"}", More),
            ("absent(g)", "absent(g{a=\"x\"})", More),
            ("absent(g{a=\"x\"})", "absent(g{a=~\"x|y\"})", Others),
            ("sum(g{a=\"x\"}) < 5", "sum(g) < 5", Others),
            ("g > 5", "g > 5 and on () hour() > 5", Fewer),
            ("g > 5 and on () hour() > 5", "g > 5", More),
            ("g > 5", "g > 5 or h", More),
            ("g > 5", "g > 5 unless h", Fewer),
            ("h unless (g > 5)", "h unless (g > 5 and i)", More),
        ] {
            assert_eq!(effects(before, after), [expected], "{before}, {after}");
        }
    }

    #[test]
    fn conditions_that_come_and_go_are_named() {
        let said = |before, after| differences(before, after)[0].text.clone();
        assert_eq!(
            said("g > 5", "g > 5 and on () (hour() > 5)"),
            "adds and on () (hour() > 5)"
        );
        assert_eq!(said("g unless h{a=\"x\"}", "g"), "drops unless h{a=\"x\"}");
    }
}
