//! `by`, `on`, `group_left` and the like.

use super::{Parsed, Parser};
use crate::promql::ast::{
    Fill, Grouping, GroupingKind, Join, JoinSide, Matching, Name, StringLit, TextRange,
};
use crate::promql::error::ParseError;
use crate::promql::newer::{Newer, Syntax};
use crate::promql::operator::{BinaryOp, Keyword};
use crate::promql::token::Kind;

impl Parser<'_> {
    /// Reads `by (…)` or `without (…)`, if it is there.
    pub(super) fn grouping_clause(&mut self) -> Parsed<Option<Grouping>> {
        let kind = match self.keyword() {
            Some(Keyword::By) => GroupingKind::Keep,
            Some(Keyword::Without) => GroupingKind::Drop,
            _ => return Ok(None),
        };
        self.labels_after_keyword(kind).map(Some)
    }

    fn labels_after_keyword(&mut self, kind: GroupingKind) -> Parsed<Grouping> {
        let start = self.advance()?.range.start;
        let labels = self.label_list()?;
        Ok(Grouping {
            range: self.range_from(start),
            kind,
            labels,
        })
    }

    /// Reads the modifiers behind a binary operator.
    pub(super) fn matching(&mut self, op: BinaryOp, op_range: TextRange) -> Parsed<Matching> {
        let mut matching = Matching::default();
        if !self.is(Kind::Word) {
            return Ok(matching);
        }
        if self.keyword() == Some(Keyword::Bool) {
            let range = self.advance()?.range;
            if !op.is_comparison() {
                let message = format!("`bool` has no meaning behind `{}`", op.name());
                return Err(ParseError::new(range, message, "only comparisons take it")
                    .related(op_range, "this is no comparison"));
            }
            matching.bool_range = Some(range);
        }
        let kind = match self.keyword() {
            Some(Keyword::On) => Some(GroupingKind::Keep),
            Some(Keyword::Ignoring) => Some(GroupingKind::Drop),
            _ => None,
        };
        if let Some(kind) = kind {
            matching.labels = Some(self.labels_after_keyword(kind)?);
        }
        let many = match self.keyword() {
            Some(Keyword::GroupLeft) => Some(JoinSide::Left),
            Some(Keyword::GroupRight) => Some(JoinSide::Right),
            _ => None,
        };
        if let Some(many) = many {
            matching.join = Some(self.join(many, op, op_range, matching.labels.as_ref())?);
        }
        while let Some((left, right)) = self.filled_sides() {
            self.fill(&mut matching, left, right, op, op_range)?;
        }
        Ok(matching)
    }

    /// The sides that the next token fills. A metric may have the same name.
    fn filled_sides(&self) -> Option<(bool, bool)> {
        let sides = match self.keyword()? {
            Keyword::Fill => (true, true),
            Keyword::FillLeft => (true, false),
            Keyword::FillRight => (false, true),
            _ => return None,
        };
        self.is_called().then_some(sides)
    }

    /// Reads `fill (0)` or its kin.
    fn fill(
        &mut self,
        matching: &mut Matching,
        left: bool,
        right: bool,
        op: BinaryOp,
        op_range: TextRange,
    ) -> Parsed<()> {
        let word = self.advance()?.range;
        let opener = self.advance()?.range;
        if matches!(self.token.kind, Kind::Plus | Kind::Minus) {
            self.advance()?;
        }
        match (self.token.kind, self.keyword()) {
            (Kind::Number, _) => drop(self.number()?),
            (Kind::Duration, _) => drop(self.fixed_duration()?),
            (_, Some(Keyword::Number(_))) => drop(self.advance()?),
            _ => return Err(self.unexpected("a number")),
        }
        self.close(Kind::RightParen, opener, "")?;
        let range = self.range_from(word.start);
        if op.is_set() {
            let message = format!("`{}` fills nothing", op.name());
            return Err(ParseError::new(range, message, "no meaning here")
                .related(op_range, "a set operator"));
        }
        let own = Fill { range, left, right };
        matching.fill = Some(match matching.fill {
            Some(first) if first.left && left || first.right && right => {
                let message = "a side is filled twice";
                return Err(ParseError::new(range, message, "a second value")
                    .related(first.range, "the first one"));
            }
            Some(first) => Fill {
                range: first.range.to(range),
                left: true,
                right: true,
            },
            None => own,
        });
        self.newer.push(Newer {
            range,
            syntax: Syntax::Fill,
        });
        Ok(())
    }

    fn join(
        &mut self,
        many: JoinSide,
        op: BinaryOp,
        op_range: TextRange,
        matching: Option<&Grouping>,
    ) -> Parsed<Join> {
        let word = self.advance()?.range;
        let labels = if self.is(Kind::LeftParen) {
            self.label_list()?
        } else {
            Vec::new()
        };
        let range = self.range_from(word.start);
        let name = self.slice(word);
        let Some(matching) = matching else {
            let message = format!("`{name}` needs `on (…)` or `ignoring (…)` before it");
            return Err(ParseError::new(
                word,
                message,
                "nothing says which labels match",
            ));
        };
        if op.is_set() {
            let message = format!("`{}` does not join", op.name());
            return Err(
                ParseError::new(range, message, format!("`{name}` has no meaning here"))
                    .related(op_range, "a set operator"),
            );
        }
        if matching.kind == GroupingKind::Keep {
            for label in &labels {
                let twice = matching.labels.iter().find(|on| on.text == label.text);
                if let Some(on) = twice {
                    let message = format!("label `{}` is both matched and copied", label.text);
                    return Err(ParseError::new(label.range, message, "copied here")
                        .related(on.range, "matched here, so equal on both sides anyway"));
                }
            }
        }
        Ok(Join {
            range,
            many,
            labels,
        })
    }

    /// Reads `(a, b, …)`.
    fn label_list(&mut self) -> Parsed<Vec<Name>> {
        if !self.is(Kind::LeftParen) {
            return Err(self.unexpected("`(` and labels"));
        }
        let opener = self.advance()?.range;
        let mut labels = Vec::new();
        while !self.is(Kind::RightParen) {
            labels.push(self.label()?);
            if !self.advance_if(Kind::Comma)? {
                break;
            }
        }
        if matches!(
            self.token.kind,
            Kind::Assign | Kind::NotEqual | Kind::MatchRegex | Kind::MatchNotRegex | Kind::Equal
        ) {
            return Err(self
                .unexpected("`,` or `)`")
                .related(opener, "this list takes names of labels only")
                .help("put matchers into the braces of the selector"));
        }
        self.close(Kind::RightParen, opener, "`,` or ")?;
        Ok(labels)
    }

    /// Refuses an empty string in place of a name.
    pub(super) fn not_empty(&self, literal: &StringLit) -> Parsed<()> {
        if literal.value.is_empty() {
            return Err(ParseError::new(
                literal.range,
                "this names nothing",
                "an empty name",
            ));
        }
        Ok(())
    }

    fn label(&mut self) -> Parsed<Name> {
        let token = self.token;
        match token.kind {
            Kind::String => {
                let literal = self.string()?;
                self.not_empty(&literal)?;
                let templated = !literal.variables.is_empty();
                Ok(Name {
                    range: literal.range,
                    text: literal.value,
                    templated,
                })
            }
            Kind::Word if matches!(self.keyword(), Some(Keyword::Number(_) | Keyword::Without)) => {
                Err(self.unexpected("a label"))
            }
            Kind::Word | Kind::Variable | Kind::Template => {
                self.advance()?;
                Ok(Name {
                    range: token.range,
                    text: self.slice(token.range).into(),
                    templated: token.kind != Kind::Word,
                })
            }
            Kind::ColonWord => Err(self
                .unexpected("a label")
                .help("a label's name holds no colon")),
            _ => Err(self.unexpected("a label")),
        }
    }
}
