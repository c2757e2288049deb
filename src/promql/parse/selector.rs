//! Selectors and what may follow them: ranges, offsets and moments.

use super::{Parsed, Parser};
use crate::promql::ast::{
    At, AtKind, Edges, Expr, ExprKind, Lookback, Matcher, Name, Offset, Selector, Subquery,
    TextRange,
};
use crate::promql::error::ParseError;
use crate::promql::newer::{Newer, Syntax};
use crate::promql::operator::{Keyword, MatchOp};
use crate::promql::regex;
use crate::promql::token::Kind;

impl Parser<'_> {
    /// Reads a selector behind its metric name, if that is in front.
    pub(super) fn selector(&mut self, metric: Option<Name>) -> Parsed<Expr> {
        let start = metric
            .as_ref()
            .map_or(self.token.range.start, |name| name.range.start);
        let mut selector = Selector {
            range: self.range_from(start),
            metric,
            braces: None,
            matchers: Vec::new(),
            lookback: None,
            edges: None,
            offset: None,
            at: None,
        };
        if self.is(Kind::LeftBrace) {
            self.braces(&mut selector)?;
        }
        selector.range = self.range_from(start);
        selects_something(&selector)?;
        self.height = 1;
        Ok(Expr {
            range: selector.range,
            kind: ExprKind::Selector(Box::new(selector)),
        })
    }

    fn braces(&mut self, selector: &mut Selector) -> Parsed<()> {
        let opener = self.advance()?.range;
        selector.matchers.reserve_exact(1);
        while !self.is(Kind::RightBrace) {
            self.brace_item(selector)?;
            if !self.advance_if(Kind::Comma)? {
                break;
            }
        }
        let closer = self.close(Kind::RightBrace, opener, "`,` or ")?;
        selector.braces = Some(opener.to(closer));
        Ok(())
    }

    /// Reads a matcher or a quoted metric name.
    fn brace_item(&mut self, selector: &mut Selector) -> Parsed<()> {
        let token = self.token;
        let name = match token.kind {
            Kind::String => {
                let literal = self.string()?;
                self.not_empty(&literal)?;
                let templated = !literal.variables.is_empty();
                Name {
                    range: literal.range,
                    text: literal.value,
                    templated,
                }
            }
            Kind::Word | Kind::Variable | Kind::Template => {
                self.advance()?;
                Name {
                    range: token.range,
                    text: self.slice(token.range).into(),
                    templated: token.kind != Kind::Word,
                }
            }
            _ => return Err(self.unexpected("a label")),
        };
        let quoted = token.kind == Kind::String;
        if quoted && matches!(self.token.kind, Kind::Comma | Kind::RightBrace) {
            if let Some(first) = &selector.metric {
                return Err(named_twice(name.range, first.range));
            }
            selector.metric = Some(name);
            return Ok(());
        }
        let op = match self.token.kind {
            Kind::Assign => MatchOp::Equal,
            Kind::NotEqual => MatchOp::NotEqual,
            Kind::MatchRegex => MatchOp::Regex,
            Kind::MatchNotRegex => MatchOp::NotRegex,
            _ => return Err(self.unexpected("`=`, `!=`, `=~` or `!~`")),
        };
        self.advance()?;
        if !self.is(Kind::String) {
            let found = self.slice(self.token.range);
            let error = self.unexpected("a string");
            let plain = matches!(
                self.token.kind,
                Kind::Word | Kind::Number | Kind::Duration | Kind::Variable | Kind::Template
            );
            return Err(if plain {
                error.help(format!("quote the value: `\"{found}\"`"))
            } else if self.is(Kind::Assign) {
                error.help("matchers compare with a single `=`")
            } else {
                error
            });
        }
        let value = self.string()?;
        let range = name.range.to(value.range);
        selector.matchers.push(Matcher {
            range,
            name,
            op,
            value,
        });
        Ok(())
    }

    /// Reads the ranges, offsets and moments behind `expr`.
    pub(super) fn modified(&mut self, mut expr: Expr) -> Parsed<Expr> {
        loop {
            if self.is(Kind::LeftBracket) {
                expr = self.bracketed(expr)?;
            } else if self.is(Kind::At) {
                let at = self.at()?;
                let slot = moment_of(&mut expr, at.range)?;
                *slot = Some(at);
            } else if self.keyword() == Some(Keyword::Offset) {
                let offset = self.offset()?;
                let slot = offset_of(&mut expr, offset.range)?;
                *slot = Some(offset);
            } else if let Some(Keyword::Edges(edges)) = self.keyword() {
                let place = self.advance()?.range;
                *edges_of(&mut expr, edges, place)? = Some((edges, place));
                let syntax = match edges {
                    Edges::Anchored => Syntax::Anchored,
                    Edges::Smoothed => Syntax::Smoothed,
                };
                self.newer.push(Newer {
                    range: place,
                    syntax,
                });
            } else {
                return Ok(expr);
            }
            expr.range.end = self.previous_end;
            if let ExprKind::Selector(selector) = &mut expr.kind {
                selector.range.end = self.previous_end;
            }
        }
    }

    /// Reads `[5m]` or `[1h:5m]`.
    fn bracketed(&mut self, mut expr: Expr) -> Parsed<Expr> {
        let opener = self.advance()?.range;
        let duration = self.range_or_step()?;
        if !self.advance_if(Kind::Colon)? {
            let closer = self.close(Kind::RightBracket, opener, "`:` or ")?;
            let range = opener.to(closer);
            let lookback = Lookback { range, duration };
            *lookback_of(&mut expr, range)? = Some(lookback);
            return Ok(expr);
        }
        let step = if self.is(Kind::RightBracket) {
            None
        } else {
            Some(self.range_or_step()?)
        };
        let closer = self.close(Kind::RightBracket, opener, "")?;
        self.rise(self.height, opener)?;
        let range = expr.range.to(closer);
        let subquery = Subquery {
            expr,
            brackets: opener.to(closer),
            lookback: duration,
            step,
            offset: None,
            at: None,
        };
        Ok(Expr {
            range,
            kind: ExprKind::Subquery(Box::new(subquery)),
        })
    }

    fn offset(&mut self) -> Parsed<Offset> {
        let start = self.advance()?.range.start;
        let minus = self.is(Kind::Minus);
        if minus || self.is(Kind::Plus) {
            self.advance()?;
        }
        let (duration, negative) = self.offset_duration()?;
        Ok(Offset {
            range: self.range_from(start),
            negative: minus != negative,
            duration,
        })
    }

    fn at(&mut self) -> Parsed<At> {
        let start = self.advance()?.range.start;
        let kind = match self.keyword() {
            Some(Keyword::Start) => AtKind::Start,
            Some(Keyword::End) => AtKind::End,
            _ => {
                self.timestamp()?;
                return Ok(At {
                    range: self.range_from(start),
                    kind: AtKind::Timestamp,
                });
            }
        };
        self.advance()?;
        if !self.is(Kind::LeftParen) {
            return Err(self.unexpected("`()`"));
        }
        let opener = self.advance()?.range;
        self.close(Kind::RightParen, opener, "")?;
        Ok(At {
            range: self.range_from(start),
            kind,
        })
    }

    fn timestamp(&mut self) -> Parsed<()> {
        if matches!(self.token.kind, Kind::Plus | Kind::Minus) {
            self.advance()?;
        }
        let token = self.token;
        let seconds = match token.kind {
            Kind::Number => self.number()?,
            Kind::Duration => self.fixed_duration()?.as_secs_f64(),
            Kind::Variable | Kind::Template => {
                self.advance()?;
                return Ok(());
            }
            Kind::Word => match self.keyword() {
                Some(Keyword::Number(value)) => value,
                _ => return Err(self.unexpected("a timestamp, `start()` or `end()`")),
            },
            _ => return Err(self.unexpected("a timestamp, `start()` or `end()`")),
        };
        // Prometheus counts milliseconds in 64 bits.
        if seconds.abs() < i64::MAX as f64 / 1_000.0 {
            return Ok(());
        }
        Err(ParseError::new(
            token.range,
            "the timestamp is out of range",
            "not a moment",
        ))
    }
}

/// The slot for a lookback range on `expr`.
fn lookback_of(expr: &mut Expr, range: TextRange) -> Parsed<&mut Option<Lookback>> {
    let refuse = |message: &str, label: &str| ParseError::new(range, message, label);
    let ExprKind::Selector(selector) = &mut expr.kind else {
        return Err(refuse(
            "a range can only follow a selector",
            "not behind an expression",
        )
        .help("for a subquery, add a colon: `[1h:]` or `[1h:5m]`")
        .related(expr.range, "this is not a selector"));
    };
    let moved = selector
        .offset
        .as_ref()
        .map(|offset| (offset.range, "offset"));
    let moved = moved.or(selector.at.as_ref().map(|at| (at.range, "@")));
    if let Some((place, word)) = moved {
        let message = format!("`{word}` stands before the range");
        return Err(
            refuse(&message, "the range comes first").related(place, "move this behind the range")
        );
    }
    if let Some(first) = &selector.lookback {
        return Err(refuse("a selector has one range only", "a second range")
            .related(first.range, "the first one")
            .help("for a subquery, add a colon: `[1h:]` or `[1h:5m]`"));
    }
    Ok(&mut selector.lookback)
}

fn offset_of(expr: &mut Expr, range: TextRange) -> Parsed<&mut Option<Offset>> {
    let place = expr.range;
    let slot = match &mut expr.kind {
        ExprKind::Selector(selector) => &mut selector.offset,
        ExprKind::Subquery(subquery) => &mut subquery.offset,
        _ => return Err(misplaced("offset", range, place)),
    };
    match slot {
        Some(first) => Err(repeated("offset", range, first.range)),
        None => Ok(slot),
    }
}

/// The slot for `anchored` or `smoothed`.
fn edges_of(
    expr: &mut Expr,
    edges: Edges,
    range: TextRange,
) -> Parsed<&mut Option<(Edges, TextRange)>> {
    let word = edges.name();
    let ExprKind::Selector(selector) = &mut expr.kind else {
        let message = format!("`{word}` can only follow a selector");
        return Err(ParseError::new(range, message, "not behind an expression")
            .related(expr.range, "this is no selector"));
    };
    match selector.edges {
        Some((other, first)) if other != edges => Err(ParseError::new(
            range,
            "a range is `anchored` or `smoothed`, not both",
            "the other one",
        )
        .related(first, "the first one")),
        Some((_, first)) => Err(repeated(word, range, first)),
        None => Ok(&mut selector.edges),
    }
}

fn moment_of(expr: &mut Expr, range: TextRange) -> Parsed<&mut Option<At>> {
    let place = expr.range;
    let slot = match &mut expr.kind {
        ExprKind::Selector(selector) => &mut selector.at,
        ExprKind::Subquery(subquery) => &mut subquery.at,
        _ => return Err(misplaced("@", range, place)),
    };
    match slot {
        Some(first) => Err(repeated("@", range, first.range)),
        None => Ok(slot),
    }
}

fn misplaced(word: &str, range: TextRange, expr: TextRange) -> Box<ParseError> {
    ParseError::new(
        range,
        format!("`{word}` can only follow a selector or a subquery"),
        "not behind an expression",
    )
    .related(expr, "this is neither")
    .help(format!("move `{word}` to the selectors inside"))
}

fn repeated(word: &str, range: TextRange, first: TextRange) -> Box<ParseError> {
    ParseError::new(
        range,
        format!("`{word}` is given twice"),
        format!("a second `{word}`"),
    )
    .related(first, "the first one")
}

fn named_twice(range: TextRange, first: TextRange) -> Box<ParseError> {
    ParseError::new(range, "the metric is named twice", "a second name")
        .related(first, "the first one")
}

/// Prometheus refuses selectors that every series could match.
fn selects_something(selector: &Selector) -> Parsed<()> {
    if let Some(name) = &selector.metric {
        let again = selector
            .matchers
            .iter()
            .find(|matcher| !matcher.name.templated && &*matcher.name.text == "__name__");
        return match again {
            Some(matcher) => Err(named_twice(matcher.range, name.range)),
            None => Ok(()),
        };
    }
    if selector
        .matchers
        .iter()
        .any(|matcher| !matches_empty(matcher))
    {
        return Ok(());
    }
    Err(ParseError::new(
        selector.range,
        "this selects every series there is",
        "no name, and no matcher that an empty value fails",
    )
    .help("name a metric, or match a label against something that is not empty"))
}

/// Whether series without the label may pass.
fn matches_empty(matcher: &Matcher) -> bool {
    if !matcher.value.variables.is_empty() {
        return false;
    }
    let value = &*matcher.value.value;
    // A pattern that does not compile is reported as such, later.
    let pattern_matches = |wanted| regex::check(value) == Ok(wanted);
    match matcher.op {
        MatchOp::Equal => value.is_empty(),
        MatchOp::NotEqual => !value.is_empty(),
        MatchOp::Regex => pattern_matches(true),
        MatchOp::NotRegex => pattern_matches(false),
    }
}
