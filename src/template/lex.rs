//! Splits a template into text and actions, and actions into tokens.

use std::ops::Range;

use super::TemplateError;

type Result<T> = std::result::Result<T, Box<TemplateError>>;

/// A stretch of a template.
#[derive(Debug, PartialEq)]
pub(super) enum Piece {
    /// Text that is copied, what is trimmed left out.
    Text(Range<usize>),
    /// What stands between two delimiters.
    Action(Action),
}

/// The tokens between two delimiters.
#[derive(Debug, PartialEq)]
pub(super) struct Action {
    /// From the opening delimiter to the closing one.
    pub(super) range: Range<usize>,
    pub(super) tokens: Vec<Token>,
}

/// A token of an action.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub(super) range: Range<usize>,
    pub(super) kind: TokenKind,
}

/// The kinds of tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    Space,
    /// `=`
    Assign,
    /// `:=`
    Declare,
    /// `|`
    Pipe,
    /// `(`
    Open,
    /// `)`
    Close,
    /// `,`
    Comma,
    /// `.` that begins no field.
    Dot,
    /// `.name`
    Field,
    /// `$` or `$name`
    Variable,
    /// A name, keywords included.
    Word,
    Number,
    Character,
    /// `"…"`
    Quoted,
    /// `` `…` ``
    Raw,
}

/// Splits `text`.
pub(super) fn pieces(text: &str) -> Result<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut position = 0;
    while let Some(length) = text[position..].find("{{") {
        let open = position + length;
        let mut lexer = Lexer {
            text,
            open,
            position: open + 2,
            parentheses: Vec::new(),
        };
        let mut copied = position..open;
        if lexer.trims_left() {
            copied.end = position + text[copied.clone()].trim_end_matches(is_space).len();
            lexer.position += 2;
        }
        if !copied.is_empty() {
            pieces.push(Piece::Text(copied));
        }
        let (tokens, trims_right) = lexer.action()?;
        position = lexer.position;
        if let Some(tokens) = tokens {
            pieces.push(Piece::Action(Action {
                range: open..position,
                tokens,
            }));
        }
        if trims_right {
            let rest = &text[position..];
            position += rest.len() - rest.trim_start_matches(is_space).len();
        }
    }
    if position < text.len() {
        pieces.push(Piece::Text(position..text.len()));
    }
    Ok(pieces)
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

struct Lexer<'t> {
    text: &'t str,
    /// Where the action opens.
    open: usize,
    position: usize,
    /// Where the parentheses that are open stand.
    parentheses: Vec<usize>,
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        &self.text[self.position..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn take_while(&mut self, belongs: impl Fn(char) -> bool) {
        let rest = self.rest();
        self.position += rest.len() - rest.trim_start_matches(belongs).len();
    }

    /// Whether a trim marker follows the opening delimiter.
    fn trims_left(&self) -> bool {
        self.rest()
            .strip_prefix('-')
            .is_some_and(|rest| rest.starts_with(is_space))
    }

    /// The length of the closing delimiter here, if it is here, and whether it
    /// trims.
    fn closing(&self) -> Option<(usize, bool)> {
        let rest = self.rest();
        if rest.starts_with("}}") {
            return Some((2, false));
        }
        let trimming = rest.starts_with(is_space) && rest[1..].starts_with("-}}");
        trimming.then_some((4, true))
    }

    /// Reads up to and including the closing delimiter; no tokens for a
    /// comment.
    fn action(&mut self) -> Result<(Option<Vec<Token>>, bool)> {
        if self.rest().starts_with("/*") {
            return Ok((None, self.comment()?));
        }
        let mut tokens = Vec::new();
        loop {
            if let Some((length, trims)) = self.closing() {
                if let Some(&open) = self.parentheses.last() {
                    return Err(TemplateError::new(
                        open..open + 1,
                        "this `(` is never closed",
                    ));
                }
                self.position += length;
                return Ok((Some(tokens), trims));
            }
            tokens.push(self.token()?);
        }
    }

    fn comment(&mut self) -> Result<bool> {
        let start = self.position;
        let Some(length) = self.rest().find("*/") else {
            return Err(TemplateError::new(
                start..start + 2,
                "this comment is never closed",
            ));
        };
        self.position += length + 2;
        let Some((length, trims)) = self.closing() else {
            return Err(TemplateError::new(
                start..self.position,
                "a comment fills its action up to the `}}`",
            ));
        };
        self.position += length;
        Ok(trims)
    }

    fn token(&mut self) -> Result<Token> {
        let start = self.position;
        let Some(first) = self.peek() else {
            return Err(self.unclosed());
        };
        self.position += first.len_utf8();
        let kind = match first {
            _ if is_space(first) => {
                while self.peek().is_some_and(is_space) && self.closing().is_none() {
                    self.position += 1;
                }
                TokenKind::Space
            }
            '=' => TokenKind::Assign,
            ':' if self.rest().starts_with('=') => {
                self.position += 1;
                TokenKind::Declare
            }
            '|' => TokenKind::Pipe,
            ',' => TokenKind::Comma,
            '(' => {
                self.parentheses.push(start);
                TokenKind::Open
            }
            ')' => {
                if self.parentheses.pop().is_none() {
                    return Err(TemplateError::new(
                        start..start + 1,
                        "this `)` closes nothing",
                    ));
                }
                TokenKind::Close
            }
            '"' => self.quoted(start, '"')?,
            '\'' => self.quoted(start, '\'')?,
            '`' => match self.rest().find('`') {
                Some(length) => {
                    self.position += length + 1;
                    TokenKind::Raw
                }
                None => {
                    return Err(TemplateError::new(
                        start..start + 1,
                        "this string is never closed",
                    ));
                }
            },
            '.' if self.peek().is_some_and(|c| c.is_ascii_digit()) => self.number(start)?,
            '.' if self.peek().is_some_and(is_word) => {
                self.take_while(is_word);
                self.expect_end(start, TokenKind::Field)?
            }
            '.' => TokenKind::Dot,
            '$' => {
                self.take_while(is_word);
                self.expect_end(start, TokenKind::Variable)?
            }
            '+' | '-' | '0'..='9' => self.number(start)?,
            _ if is_word(first) => {
                self.take_while(is_word);
                self.expect_end(start, TokenKind::Word)?
            }
            '{' | '}' => return Err(self.unclosed()),
            _ => return Err(unexpected(start, first)),
        };
        Ok(Token {
            range: start..self.position,
            kind,
        })
    }

    fn unclosed(&self) -> Box<TemplateError> {
        TemplateError::new(self.open..self.open + 2, "this `{{` is never closed")
            .help("close it with `}}`; a literal `{{` is written `{{ \"{{\" }}`")
    }

    fn quoted(&mut self, start: usize, quote: char) -> Result<TokenKind> {
        let mut escaped = false;
        for (place, c) in self.rest().char_indices() {
            match c {
                '\n' => break,
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                _ if c == quote => {
                    self.position += place + 1;
                    return Ok(if quote == '"' {
                        TokenKind::Quoted
                    } else {
                        TokenKind::Character
                    });
                }
                _ => {}
            }
        }
        Err(TemplateError::new(
            start..start + 1,
            "this string is never closed",
        ))
    }

    /// Takes all that could belong to a number; whether it is one is seen later.
    fn number(&mut self, start: usize) -> Result<TokenKind> {
        self.position = start;
        let mut before = '(';
        while let Some(next) = self.peek() {
            let signs = matches!(next, '+' | '-')
                && (self.position == start || matches!(before, 'e' | 'E' | 'p' | 'P'));
            if !(signs || next == '.' || is_word(next)) {
                break;
            }
            before = next;
            self.position += next.len_utf8();
        }
        let text = &self.text[start..self.position];
        if matches!(text, "+" | "-") {
            let sign = if text == "+" { '+' } else { '-' };
            return Err(unexpected(start, sign));
        }
        self.expect_end(start, TokenKind::Number)
    }

    /// A name or number ends before a space, a delimiter or punctuation.
    fn expect_end(&self, start: usize, kind: TokenKind) -> Result<TokenKind> {
        let ends = match self.peek() {
            None => return Err(self.unclosed()),
            Some(next) => {
                is_space(next)
                    || matches!(next, '.' | ',' | '|' | ':' | ')' | '(')
                    || self.rest().starts_with("}}")
            }
        };
        if ends {
            return Ok(kind);
        }
        let next = self.peek().unwrap_or_default();
        if matches!(next, '{' | '}') {
            return Err(self.unclosed());
        }
        let error = unexpected(self.position, next);
        let word = &self.text[start..self.position];
        Err(match (next, kind) {
            ('-', TokenKind::Field) => error.help(
                "the names of labels hold no `-`; a template cannot calculate either: do it in the query",
            ),
            ('=', TokenKind::Variable) => error.help(format!("write `{word} = …` with a space")),
            _ => error,
        })
    }
}

fn unexpected(place: usize, found: char) -> Box<TemplateError> {
    let error = TemplateError::new(
        place..place + found.len_utf8(),
        format!("`{}` has no meaning here", found.escape_debug()),
    );
    match found {
        '+' | '-' | '*' | '/' | '%' | '<' | '>' | '!' | '&' => error.help(
            "templates have no operators: calculate in the query, compare with `gt`, `eq`, `not`",
        ),
        '\u{201c}' | '\u{201d}' | '\u{2018}' | '\u{2019}' => {
            error.help("use straight quotes: `\"`")
        }
        _ => error,
    }
}
