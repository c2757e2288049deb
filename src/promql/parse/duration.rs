//! Durations: written out, made by variables, or computed.

use super::{MAX_NESTING, Parsed, Parser, too_deep};
use crate::promql::ast::{DurationLit, DurationValue, TextRange};
use crate::promql::duration::PromDuration;
use crate::promql::error::ParseError;
use crate::promql::newer::{Newer, Syntax};
use crate::promql::operator::BinaryOp;
use crate::promql::token::Kind;

/// The longest duration, in milliseconds: 64 bits of nanoseconds.
const LONGEST: f64 = i64::MAX as f64 / 1e6;

impl Parser<'_> {
    pub(super) fn fixed_duration(&mut self) -> Parsed<PromDuration> {
        let token = self.advance()?;
        let literal = self.slice(token.range);
        let wrong = |label: String| {
            let message = format!("`{literal}` is not a duration");
            Err(ParseError::new(token.range, message, label))
        };
        match literal.parse::<PromDuration>() {
            Ok(duration) if duration.as_millis() == 0 => wrong("must be longer than zero".into()),
            Ok(duration) => Ok(duration),
            Err(error) => wrong(error.to_string()),
        }
    }

    /// Reads the range or step between brackets, which is longer than zero.
    pub(super) fn range_or_step(&mut self) -> Parsed<DurationLit> {
        let start = self.token.range.start;
        let computed = if self.computes() {
            self.computed(0)?
        } else {
            let written = self.duration()?;
            if self.arithmetic().is_none() {
                return longer_than_zero(written);
            }
            self.computed_from(seconds(&written), 0)?
        };
        let range = self.range_from(start);
        self.compute(range);
        longer_than_zero(duration_of(computed, range)?)
    }

    /// Reads the duration of an offset without its sign; says whether what it
    /// comes to is negative.
    pub(super) fn offset_duration(&mut self) -> Parsed<(DurationLit, bool)> {
        if !self.computes() || matches!(self.token.kind, Kind::Plus | Kind::Minus) {
            return Ok((self.duration()?, false));
        }
        let start = self.token.range.start;
        let computed = self.computed_operand()?;
        let range = self.range_from(start);
        self.compute(range);
        let length = duration_of(computed.map(f64::abs), range)?;
        Ok((length, computed.is_some_and(|seconds| seconds < 0.0)))
    }

    fn compute(&mut self, range: TextRange) {
        let syntax = Syntax::ComputedDuration;
        self.newer.push(Newer { range, syntax });
    }

    /// Reads a duration; a plain number counts seconds.
    fn duration(&mut self) -> Parsed<DurationLit> {
        let token = self.token;
        let value = match token.kind {
            Kind::Duration => DurationValue::Fixed(self.fixed_duration()?),
            Kind::Number => {
                let seconds = self.number()?;
                return duration_of(Some(seconds), token.range);
            }
            Kind::Variable | Kind::Template => {
                self.advance()?;
                DurationValue::Variable
            }
            _ => {
                let help = "a duration is whole numbers with units: `30s`, `5m`, `1h30m`";
                return Err(self.unexpected("a duration").help(help));
            }
        };
        Ok(DurationLit {
            range: token.range,
            value,
        })
    }

    /// Whether the next token starts what has to be computed.
    fn computes(&self) -> bool {
        match self.token.kind {
            Kind::LeftParen | Kind::Plus | Kind::Minus => true,
            Kind::Word => self.is_called() && Function::of(self.slice(self.token.range)).is_some(),
            _ => false,
        }
    }

    /// The next token's operator, if durations are computed with it.
    fn arithmetic(&self) -> Option<BinaryOp> {
        let op = self.operator()?;
        matches!(
            op,
            BinaryOp::Add
                | BinaryOp::Sub
                | BinaryOp::Mul
                | BinaryOp::Div
                | BinaryOp::Mod
                | BinaryOp::Pow
        )
        .then_some(op)
    }

    /// Reads operands joined by operators that bind at least as tightly as
    /// `least`; gives seconds, as far as they are known.
    fn computed(&mut self, least: u8) -> Parsed<Option<f64>> {
        self.nesting += 1;
        if self.nesting > MAX_NESTING {
            return Err(too_deep(self.token.range));
        }
        let first = self.computed_operand()?;
        let seconds = self.computed_from(first, least)?;
        self.nesting -= 1;
        Ok(seconds)
    }

    fn computed_from(&mut self, first: Option<f64>, least: u8) -> Parsed<Option<f64>> {
        let mut left = first;
        while let Some(op) = self.arithmetic().filter(|op| op.binding() >= least) {
            let place = self.advance()?.range;
            let right_assoc = op == BinaryOp::Pow;
            let right = self.computed(op.binding() + u8::from(!right_assoc))?;
            if right == Some(0.0) && matches!(op, BinaryOp::Div | BinaryOp::Mod) {
                return Err(ParseError::new(place, "division by zero", "by zero"));
            }
            left = match (left, right) {
                (Some(left), Some(right)) => Some(result(op, left, right)),
                _ => None,
            };
        }
        Ok(left)
    }

    fn computed_operand(&mut self) -> Parsed<Option<f64>> {
        let token = self.token;
        match token.kind {
            Kind::Plus | Kind::Minus => {
                self.advance()?;
                let seconds = self.computed(BinaryOp::Pow.binding())?;
                Ok(match token.kind {
                    Kind::Minus => seconds.map(|seconds| -seconds),
                    _ => seconds,
                })
            }
            Kind::LeftParen => {
                let opener = self.advance()?.range;
                let inner = self.computed(0)?;
                self.close(Kind::RightParen, opener, "an operator or ")?;
                Ok(inner)
            }
            Kind::Word if self.is_called() => match Function::of(self.slice(token.range)) {
                Some(function) => self.computed_call(function),
                None => self.duration().map(|duration| seconds(&duration)),
            },
            _ => self.duration().map(|duration| seconds(&duration)),
        }
    }

    fn computed_call(&mut self, function: Function) -> Parsed<Option<f64>> {
        self.advance()?;
        let opener = self.advance()?.range;
        let seconds = match function {
            Function::OfQuery => None,
            Function::Least | Function::Most => {
                let first = self.computed(0)?;
                if !self.advance_if(Kind::Comma)? {
                    return Err(self.unexpected("`,` and a second duration"));
                }
                let second = self.computed(0)?;
                match (first, second, function) {
                    (Some(first), Some(second), Function::Least) => Some(first.min(second)),
                    (Some(first), Some(second), _) => Some(first.max(second)),
                    _ => None,
                }
            }
        };
        self.close(Kind::RightParen, opener, "")?;
        Ok(seconds)
    }
}

/// What durations can be computed by.
#[derive(Clone, Copy)]
enum Function {
    /// The step or the range of the query, which only that knows.
    OfQuery,
    Least,
    Most,
}

impl Function {
    fn of(word: &str) -> Option<Self> {
        Some(match &*word.to_ascii_lowercase() {
            "step" | "range" => Self::OfQuery,
            // Before 3.13 without `_of`.
            "min_of" | "min" => Self::Least,
            "max_of" | "max" => Self::Most,
            _ => return None,
        })
    }
}

fn seconds(duration: &DurationLit) -> Option<f64> {
    match duration.value {
        DurationValue::Fixed(length) => Some(length.as_secs_f64()),
        DurationValue::Variable => None,
    }
}

fn result(op: BinaryOp, left: f64, right: f64) -> f64 {
    match op {
        BinaryOp::Add => left + right,
        BinaryOp::Sub => left - right,
        BinaryOp::Mul => left * right,
        BinaryOp::Div => left / right,
        BinaryOp::Mod => left % right,
        _ => left.powf(right),
    }
}

/// The duration of so many seconds.
fn duration_of(seconds: Option<f64>, range: TextRange) -> Parsed<DurationLit> {
    let Some(seconds) = seconds else {
        let value = DurationValue::Variable;
        return Ok(DurationLit { range, value });
    };
    let millis = (seconds * 1_000.0).round();
    if millis < 0.0 {
        return Err(not_longer_than_zero(range));
    }
    if !(0.0..=LONGEST).contains(&millis) {
        let message = "a duration ends at 292 years";
        return Err(ParseError::new(range, message, "too long"));
    }
    Ok(DurationLit {
        range,
        value: DurationValue::Fixed(PromDuration::from_millis(millis as u64)),
    })
}

fn longer_than_zero(duration: DurationLit) -> Parsed<DurationLit> {
    if duration.value == DurationValue::Fixed(PromDuration::from_millis(0)) {
        return Err(not_longer_than_zero(duration.range));
    }
    Ok(duration)
}

fn not_longer_than_zero(range: TextRange) -> Box<ParseError> {
    let message = "a range or step cannot be zero or less";
    ParseError::new(range, message, "must be longer than zero")
}
