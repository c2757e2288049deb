//! From tokens to a tree: recursive descent, with operators by precedence.

mod duration;
mod modifier;
mod selector;
#[cfg(test)]
mod tests;

use super::ast::{Aggregate, Binary, Call, Expr, ExprKind, Name, StringLit, TextRange, Unary};
use super::error::ParseError;
use super::function::Function;
use super::newer::{Newer, Syntax};
use super::operator::{AggregateOp, BinaryOp, Keyword};
use super::token::{Kind, Lexer, Token};
use super::variable::VarRef;
use super::{number, string};
use crate::diagnostic::nearest;

/// How deep parentheses and calls may nest.
const MAX_NESTING: u16 = 100;
/// How deep the tree may get, chains of operators included.
const MAX_HEIGHT: u16 = 250;

type Parsed<T> = Result<T, Box<ParseError>>;

/// What a text holds, each in the order of the text.
pub(super) struct Parse {
    pub(super) root: Expr,
    pub(super) variables: Vec<VarRef>,
    pub(super) newer: Vec<Newer>,
}

/// Reads `text` whole.
pub(super) fn parse(text: &str) -> Parsed<Parse> {
    if u32::try_from(text.len()).is_err() {
        return Err(ParseError::new(
            TextRange::new(0, 0),
            "the expression is too long",
            "",
        ));
    }
    let mut parser = Parser {
        text,
        lexer: Lexer::new(text),
        token: Token::start(),
        previous_end: 0,
        nesting: 0,
        height: 0,
        newer: Vec::new(),
    };
    parser.advance()?;
    let root = parser.expression(0)?;
    if parser.token.kind != Kind::End {
        return Err(parser.trailing(&root));
    }
    Ok(Parse {
        root,
        variables: parser.lexer.into_variables(),
        newer: parser.newer,
    })
}

struct Parser<'t> {
    text: &'t str,
    lexer: Lexer<'t>,
    /// The next token.
    token: Token,
    /// Where the token before it ends.
    previous_end: u32,
    nesting: u16,
    /// Of the expression that was read last.
    height: u16,
    newer: Vec<Newer>,
}

impl<'t> Parser<'t> {
    /// Takes the next token.
    fn advance(&mut self) -> Parsed<Token> {
        let next = self.lexer.next()?;
        let token = std::mem::replace(&mut self.token, next);
        self.previous_end = token.range.end;
        Ok(token)
    }

    fn is(&self, kind: Kind) -> bool {
        self.token.kind == kind
    }

    fn advance_if(&mut self, kind: Kind) -> Parsed<bool> {
        let found = self.is(kind);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    /// What `range` of the text says.
    fn slice(&self, range: TextRange) -> &'t str {
        &self.text[range.bytes()]
    }

    /// The next token's keyword.
    fn keyword(&self) -> Option<Keyword> {
        if self.is(Kind::Word) {
            Keyword::of(self.slice(self.token.range))
        } else {
            None
        }
    }

    /// Whether a parenthesis opens behind the next token.
    fn is_called(&self) -> bool {
        let rest = &self.text[self.token.range.end as usize..];
        rest.trim_start().starts_with('(')
    }

    /// From `start` to the end of the last token taken.
    fn range_from(&self, start: u32) -> TextRange {
        TextRange::new(start, self.previous_end)
    }

    /// Takes the closing counterpart of `opener`.
    fn close(&mut self, kind: Kind, opener: TextRange, or: &str) -> Parsed<TextRange> {
        if self.is(kind) {
            return Ok(self.advance()?.range);
        }
        let closing = match kind {
            Kind::RightParen => ')',
            Kind::RightBrace => '}',
            _ => ']',
        };
        let opening = self.slice(opener);
        let found = self.described();
        let expected = format!("expected {or}`{closing}`, found {found}");
        let label = format!("expected {or}`{closing}`");
        Err(ParseError::new(self.token.range, expected, label)
            .related(opener, &format!("to close this `{opening}`")))
    }

    /// The next token, as messages name it.
    fn described(&self) -> String {
        match self.token.kind {
            Kind::End => "the end of the expression".to_owned(),
            Kind::String => "a string".to_owned(),
            _ => format!("`{}`", self.slice(self.token.range)),
        }
    }

    /// Complains about the next token.
    fn unexpected(&self, expected: &str) -> Box<ParseError> {
        let message = format!("expected {expected}, found {}", self.described());
        ParseError::new(self.token.range, message, format!("expected {expected}"))
    }

    /// Records that a node stands on top of parts of at most `parts` levels.
    fn rise(&mut self, parts: u16, range: TextRange) -> Parsed<()> {
        self.height = parts + 1;
        if self.height > MAX_HEIGHT {
            Err(too_deep(range))
        } else {
            Ok(())
        }
    }

    /// Reads operands joined by operators that bind at least as tightly as `least`.
    fn expression(&mut self, least: u8) -> Parsed<Expr> {
        self.nesting += 1;
        if self.nesting > MAX_NESTING {
            return Err(too_deep(self.token.range));
        }
        let mut left = self.operand()?;
        while let Some(op) = self.operator().filter(|op| op.binding() >= least) {
            let parts = self.height;
            let op_range = self.advance()?.range;
            if op.trims() {
                self.newer.push(Newer {
                    range: op_range,
                    syntax: Syntax::Trim,
                });
            }
            let matching = self.matching(op, op_range)?;
            let right_assoc = op == BinaryOp::Pow;
            let right = self.expression(op.binding() + u8::from(!right_assoc))?;
            self.rise(parts.max(self.height), op_range)?;
            let range = left.range.to(right.range);
            let binary = Binary {
                op,
                op_range,
                left,
                right,
                matching,
            };
            left = Expr {
                range,
                kind: ExprKind::Binary(Box::new(binary)),
            };
        }
        self.nesting -= 1;
        Ok(left)
    }

    fn operator(&self) -> Option<BinaryOp> {
        Some(match self.token.kind {
            Kind::Plus => BinaryOp::Add,
            Kind::Minus => BinaryOp::Sub,
            Kind::Star => BinaryOp::Mul,
            Kind::Slash => BinaryOp::Div,
            Kind::Percent => BinaryOp::Mod,
            Kind::Caret => BinaryOp::Pow,
            Kind::Equal => BinaryOp::Equal,
            Kind::NotEqual => BinaryOp::NotEqual,
            Kind::Less => BinaryOp::Less,
            Kind::LessEqual => BinaryOp::LessEqual,
            Kind::LessSlash => BinaryOp::TrimUpper,
            Kind::GreaterSlash => BinaryOp::TrimLower,
            Kind::Greater => BinaryOp::Greater,
            Kind::GreaterEqual => BinaryOp::GreaterEqual,
            Kind::Word => match self.keyword()? {
                Keyword::Operator(op) => op,
                _ => return None,
            },
            _ => return None,
        })
    }

    /// Reads an operand with its sign and its modifiers.
    fn operand(&mut self) -> Parsed<Expr> {
        if !matches!(self.token.kind, Kind::Plus | Kind::Minus) {
            let primary = self.primary()?;
            return self.modified(primary);
        }
        let sign = self.advance()?;
        // A sign binds as `*` does: `-a ^ b` negates the power.
        let operand = self.expression(BinaryOp::Pow.binding())?;
        self.rise(self.height, sign.range)?;
        let range = sign.range.to(operand.range);
        let unary = Unary {
            negative: sign.kind == Kind::Minus,
            operand,
        };
        Ok(Expr {
            range,
            kind: ExprKind::Unary(Box::new(unary)),
        })
    }

    fn primary(&mut self) -> Parsed<Expr> {
        self.height = 1;
        let start = self.token.range;
        let kind = match self.token.kind {
            Kind::Number => ExprKind::Number(self.number()?),
            Kind::Duration => ExprKind::Number(self.fixed_duration()?.as_secs_f64()),
            Kind::String => ExprKind::String(self.string()?),
            Kind::LeftParen => {
                let opener = self.advance()?.range;
                let inner = self.expression(0)?;
                self.close(Kind::RightParen, opener, "an operator or ")?;
                self.rise(self.height, opener)?;
                ExprKind::Paren(Box::new(inner))
            }
            Kind::LeftBrace => return self.selector(None),
            Kind::Variable | Kind::Template => return self.templated(),
            Kind::Word | Kind::ColonWord => return self.named(),
            _ => return Err(self.no_operand()),
        };
        Ok(Expr {
            range: self.range_from(start.start),
            kind,
        })
    }

    fn no_operand(&self) -> Box<ParseError> {
        let error = self.unexpected("an expression");
        match self.token.kind {
            Kind::LeftBracket => error.help("a range follows a metric: `metric[5m]`"),
            Kind::Equal | Kind::Assign => error.help("a comparison needs something on both sides"),
            _ => error,
        }
    }

    fn number(&mut self) -> Parsed<f64> {
        let token = self.advance()?;
        let literal = self.slice(token.range);
        number::parse(literal).ok_or_else(|| {
            ParseError::new(
                token.range,
                format!("`{literal}` is not a number"),
                "not a number",
            )
        })
    }

    fn string(&mut self) -> Parsed<StringLit> {
        let token = self.advance()?;
        Ok(StringLit {
            range: token.range,
            value: string::decode(self.text, token.range)?,
            variables: self.lexer.variables_of(token).to_vec(),
        })
    }

    /// Reads what starts with a variable: a metric if it goes on like one.
    fn templated(&mut self) -> Parsed<Expr> {
        let token = self.advance()?;
        let text = self.slice(token.range);
        let numeric = text.starts_with(|first: char| first.is_ascii_digit() || first == '.');
        if self.is(Kind::LeftParen) {
            let message = "a variable cannot stand for a function";
            return Err(ParseError::new(
                token.range,
                message,
                "expected the name of a function",
            ));
        }
        let continues = self.is(Kind::LeftBrace)
            || self.is(Kind::LeftBracket)
            || self.is(Kind::At)
            || self.keyword() == Some(Keyword::Offset);
        if !numeric && (continues || token.kind == Kind::Template) {
            return self.selector(Some(Name {
                range: token.range,
                text: text.into(),
                templated: true,
            }));
        }
        let Some(variable) = self.lexer.variables_of(token).first() else {
            return Err(ParseError::new(token.range, "expected an expression", ""));
        };
        Ok(Expr {
            range: token.range,
            kind: ExprKind::Variable(variable.clone()),
        })
    }

    /// Reads what starts with a name: a metric, a function, an aggregation.
    fn named(&mut self) -> Parsed<Expr> {
        let keyword = self.keyword();
        let token = self.token;
        if keyword.is_some_and(|keyword| !keyword.may_name_metric()) {
            if let Some(Keyword::Number(value)) = keyword {
                self.advance()?;
                return Ok(Expr {
                    range: token.range,
                    kind: ExprKind::Number(value),
                });
            }
            let word = self.slice(token.range);
            return Err(self.unexpected("an expression").help(format!(
                "`{word}` is a keyword; a metric of that name is `{{__name__=\"{word}\"}}`"
            )));
        }
        self.advance()?;
        if let Some(Keyword::Aggregate(op)) = keyword {
            let grouped = matches!(self.keyword(), Some(Keyword::By | Keyword::Without));
            if grouped || self.is(Kind::LeftParen) {
                return self.aggregate(op, token.range);
            }
        }
        let name = Name {
            range: token.range,
            text: self.slice(token.range).into(),
            templated: false,
        };
        if !self.is(Kind::LeftParen) {
            return self.selector(Some(name));
        }
        if token.kind == Kind::ColonWord {
            let message = format!(
                "`{}` cannot be a function: its name holds a colon",
                name.text
            );
            return Err(ParseError::new(token.range, message, "not a function"));
        }
        let args = self.arguments()?;
        let range = self.range_from(token.range.start);
        let call = Call {
            function: Function::named(&name.text),
            name,
            args,
        };
        Ok(Expr {
            range,
            kind: ExprKind::Call(Box::new(call)),
        })
    }

    /// Reads `(a, b, …)`.
    fn arguments(&mut self) -> Parsed<Vec<Expr>> {
        if !self.is(Kind::LeftParen) {
            return Err(self.unexpected("`(`"));
        }
        let opener = self.advance()?.range;
        // Most functions take one.
        let mut args = Vec::with_capacity(1);
        let mut parts = 0;
        if !self.is(Kind::RightParen) {
            loop {
                args.push(self.expression(0)?);
                parts = parts.max(self.height);
                if !self.is(Kind::Comma) {
                    break;
                }
                let comma = self.advance()?.range;
                if self.is(Kind::RightParen) {
                    let message = "a comma after the last argument";
                    return Err(ParseError::new(comma, message, "remove this comma"));
                }
            }
        }
        self.close(Kind::RightParen, opener, "`,` or ")?;
        self.rise(parts, opener)?;
        Ok(args)
    }

    fn aggregate(&mut self, op: AggregateOp, op_range: TextRange) -> Parsed<Expr> {
        let mut grouping = self.grouping_clause()?;
        let mut args = self.arguments()?;
        if grouping.is_none() {
            grouping = self.grouping_clause()?;
        }
        let range = self.range_from(op_range.start);
        let expected = 1 + usize::from(op.takes_param());
        if args.len() != expected {
            return Err(wrong_operands(op, op_range, &args));
        }
        let expr = args.pop();
        let param = args.pop();
        let Some(expr) = expr else {
            return Err(wrong_operands(op, op_range, &args));
        };
        let aggregate = Aggregate {
            op,
            op_range,
            grouping,
            param,
            expr,
        };
        Ok(Expr {
            range,
            kind: ExprKind::Aggregate(Box::new(aggregate)),
        })
    }

    /// Complains about what follows a complete expression.
    fn trailing(&self, root: &Expr) -> Box<ParseError> {
        let error = match self.token.kind {
            Kind::RightParen => {
                return ParseError::new(
                    self.token.range,
                    "this `)` closes nothing",
                    "no `(` is open here",
                );
            }
            _ => self.unexpected("an operator or the end of the expression"),
        };
        match (self.token.kind, self.keyword()) {
            (_, Some(Keyword::By | Keyword::Without)) => match misspelt_aggregation(root) {
                Some(help) => error.help(help),
                None => error.help("`by` and `without` belong to an aggregation: `sum by (…) (…)`"),
            },
            (_, Some(Keyword::On | Keyword::Ignoring | Keyword::Bool)) => {
                error.help("matching modifiers stand right behind a binary operator")
            }
            (_, Some(Keyword::GroupLeft | Keyword::GroupRight)) => {
                error.help("a join stands behind `on (…)` or `ignoring (…)`")
            }
            (Kind::Assign, _) => error.help("the comparison operator is `==`"),
            (Kind::MatchRegex | Kind::MatchNotRegex, _) => {
                error.help("patterns are matched inside braces only: `metric{label=~\"…\"}`")
            }
            _ => error,
        }
    }
}

fn too_deep(range: TextRange) -> Box<ParseError> {
    ParseError::new(
        range,
        "the expression is nested too deeply",
        "too many levels",
    )
}

fn wrong_operands(op: AggregateOp, op_range: TextRange, args: &[Expr]) -> Box<ParseError> {
    let (takes, example) = if op.takes_param() {
        (
            "a parameter and an expression",
            format!(
                "{op}({}, …)",
                match op {
                    AggregateOp::CountValues => "\"label\"",
                    AggregateOp::Quantile => "0.9",
                    AggregateOp::LimitRatio => "0.1",
                    _ => "5",
                }
            ),
        )
    } else {
        ("one expression", format!("{op}(…)"))
    };
    let message = format!("`{op}` takes {takes}, not {} arguments", args.len());
    ParseError::new(op_range, message, format!("takes {takes}")).help(format!("write `{example}`"))
}

/// Advice for `smu by (…) (…)`: the first word is read as a metric.
fn misspelt_aggregation(root: &Expr) -> Option<String> {
    let mut last = root;
    while let ExprKind::Binary(binary) = &last.kind {
        last = &binary.right;
    }
    let ExprKind::Selector(selector) = &last.kind else {
        return None;
    };
    let name = nearest(
        selector.metric_name()?,
        AggregateOp::ALL.map(AggregateOp::name),
    )?;
    Some(format!("did you mean `{name}`?"))
}
