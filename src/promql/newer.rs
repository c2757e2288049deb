//! Syntax that not every release of Prometheus takes.

use super::ast::TextRange;
use crate::diagnostic::{Code, Diagnostic, Span};

/// A use of syntax that came with Prometheus 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Newer {
    /// Where it stands.
    pub range: TextRange,
    /// What it is.
    pub syntax: Syntax,
}

/// The syntax that came with Prometheus 3, as far as it needs a flag or did at
/// first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syntax {
    /// `[5m * 2]`, `[step()]`
    ComputedDuration,
    /// `[5m] anchored`
    Anchored,
    /// `[5m] smoothed`
    Smoothed,
    /// `fill (0)`, `fill_left (0)`, `fill_right (0)`
    Fill,
    /// `</`, `>/`
    Trim,
}

impl Newer {
    /// Says which releases take it, and with which flag.
    pub(super) fn finding(self, at: Span) -> Diagnostic {
        let (message, under, flag) = match self.syntax {
            Syntax::ComputedDuration => (
                "Prometheus before 3.14 refuses to compute a duration, unless it is told to",
                "from 3.4 on, if switched on; from 3.14 on by default",
                "promql-duration-expr",
            ),
            Syntax::Anchored => (
                "`anchored` is an experiment of Prometheus, which refuses it by default",
                "from 3.7 on, if switched on",
                "promql-extended-range-selectors",
            ),
            Syntax::Smoothed => (
                "`smoothed` is an experiment of Prometheus, which refuses it by default",
                "from 3.7 on, if switched on",
                "promql-extended-range-selectors",
            ),
            Syntax::Fill => (
                "`fill` is an experiment of Prometheus, which refuses it by default",
                "from 3.10 on, if switched on",
                "promql-binop-fill-modifiers",
            ),
            Syntax::Trim => {
                let message = "Prometheus before 3.11 cannot trim histograms, and refuses this";
                return Diagnostic::new(Code::ExperimentalSyntax, message).at(at, "from 3.11 on");
            }
        };
        Diagnostic::new(Code::ExperimentalSyntax, message)
            .at(at, under)
            .help(format!("start Prometheus with `--enable-feature={flag}`"))
    }
}

#[cfg(test)]
mod tests {
    use super::Syntax::{Anchored, ComputedDuration, Fill, Smoothed, Trim};
    use crate::promql::{DurationValue, PromDuration, Query};

    #[test]
    fn newer_syntax_is_read_and_named() {
        for (text, syntax, part) in [
            ("rate(x[5m * 2])", ComputedDuration, "5m * 2"),
            ("rate(x[(5m)])", ComputedDuration, "(5m)"),
            ("rate(x[step()])", ComputedDuration, "step()"),
            ("rate(x[$window * 2])", ComputedDuration, "$window * 2"),
            (
                "max_over_time(x[5m:step() / 2])",
                ComputedDuration,
                "step() / 2",
            ),
            ("x offset (5m + 1m)", ComputedDuration, "(5m + 1m)"),
            (
                "x offset -max_of(5m, step())",
                ComputedDuration,
                "max_of(5m, step())",
            ),
            ("rate(x[5m] anchored)", Anchored, "anchored"),
            ("rate(x[5m] offset 1m smoothed)", Smoothed, "smoothed"),
            ("x smoothed @ 5", Smoothed, "smoothed"),
            ("x + fill (0) y", Fill, "fill (0)"),
            (
                "x - on (a) group_left (b) fill_right(-1) y",
                Fill,
                "fill_right(-1)",
            ),
            ("x > bool FILL_LEFT(NaN) y", Fill, "FILL_LEFT(NaN)"),
            ("rate(x[5m]) </ 0.5", Trim, "</"),
            ("x >/ ignoring (a) y", Trim, ">/"),
        ] {
            let query = Query::parse(text).unwrap();
            let [newer] = query.newer() else {
                panic!("{text}: {:?}", query.newer());
            };
            assert_eq!((newer.syntax, &text[newer.range.bytes()]), (syntax, part));
        }
    }

    #[test]
    fn what_every_release_takes_is_not_newer() {
        for text in [
            "rate(x[5m])",
            "rate(x[300])",
            "rate(x[$window])",
            "x offset -5m",
            "x offset 5m * 2",
            "x offset 5m - 1",
            "anchored + smoothed",
            "fill + fill_left",
            "step",
            "sum by (anchored, fill) (x)",
        ] {
            assert_eq!(Query::parse(text).unwrap().newer(), [], "{text}");
        }
    }

    #[test]
    fn durations_are_computed_as_far_as_they_are_known() {
        let length = |text: &str| {
            let query = Query::parse(format!("x[{text}]")).unwrap();
            let selector = query.selectors().next().unwrap();
            selector.lookback.as_ref().unwrap().duration.value
        };
        for (text, seconds) in [
            ("5m * 2", 600),
            ("5m + 1m * 2", 420),
            ("2 ^ 3 ^ 1", 8),
            ("-(1m - 2m)", 60),
            ("10m - 5m - 1m", 240),
            ("1h / 4 % 7m", 60),
            ("min_of(5m, 1m)", 60),
            ("max(5m, 1m)", 300),
        ] {
            let expected = DurationValue::Fixed(PromDuration::from_millis(seconds * 1_000));
            assert_eq!(length(text), expected, "{text}");
        }
        for text in ["step()", "range() / 2", "$w + 1m", "max_of(1m, step())"] {
            assert_eq!(length(text), DurationValue::Variable, "{text}");
        }
        let query = Query::parse("x offset (1m - 5m)").unwrap();
        let offset = query.selectors().next().unwrap().offset.clone().unwrap();
        assert!(offset.negative);
    }

    #[test]
    fn what_no_release_takes_is_refused() {
        for (text, message) in [
            ("x[1m - 5m]", "a range or step cannot be zero or less"),
            ("x[5m - 5m]", "a range or step cannot be zero or less"),
            ("x[-5m]", "a range or step cannot be zero or less"),
            ("x[5m / 0]", "division by zero"),
            ("x[5m *]", "expected a duration, found `]`"),
            ("x[(5m]", "expected an operator or `)`, found `]`"),
            (
                "x[max_of(5m)]",
                "expected `,` and a second duration, found `)`",
            ),
            ("x[5m] anchored anchored", "`anchored` is given twice"),
            (
                "x[5m] anchored smoothed",
                "a range is `anchored` or `smoothed`, not both",
            ),
            ("sum(x) anchored", "`anchored` can only follow a selector"),
            ("x and fill (0) y", "`and` fills nothing"),
            ("x + fill (0) fill_left (1) y", "a side is filled twice"),
            ("x + fill (a) y", "expected a number, found `a`"),
        ] {
            assert_eq!(Query::parse(text).unwrap_err().message, message, "{text}");
        }
    }
}
