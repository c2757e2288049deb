//! The tokens of one action, and how the parser walks them.

use std::ops::Range;

use super::TemplateError;
use super::ast::Base;
use super::format;
use super::lex::{Action, Token, TokenKind};
use super::number::Number;

type Result<T> = std::result::Result<T, Box<TemplateError>>;

/// The tokens of one action.
pub(super) struct Tokens<'t> {
    text: &'t str,
    tokens: Vec<Token>,
    pub(super) next: usize,
    /// The closing delimiter.
    close: Range<usize>,
}

impl<'t> Tokens<'t> {
    pub(super) fn new(text: &'t str, action: &Action) -> Self {
        Self {
            text,
            tokens: action.tokens.clone(),
            next: 0,
            close: action.range.end - 2..action.range.end,
        }
    }

    pub(super) fn text_of(&self, token: &Token) -> &'t str {
        &self.text[token.range.clone()]
    }

    pub(super) fn peek(&self) -> Option<Token> {
        self.tokens.get(self.next).cloned()
    }

    pub(super) fn take(&mut self) -> Option<Token> {
        let token = self.peek()?;
        self.next += 1;
        Some(token)
    }

    pub(super) fn skip_space(&mut self) {
        while self
            .peek()
            .is_some_and(|token| token.kind == TokenKind::Space)
        {
            self.next += 1;
        }
    }

    /// The next token that is no space.
    pub(super) fn peek_solid(&self) -> Option<Token> {
        self.tokens[self.next..]
            .iter()
            .find(|token| token.kind != TokenKind::Space)
            .cloned()
    }

    /// Takes the next token that is no space, if it is of that kind.
    pub(super) fn take_solid(&mut self, kind: TokenKind) -> Option<Token> {
        self.peek_solid().filter(|token| token.kind == kind)?;
        self.skip_space();
        self.take()
    }

    /// Takes a word and returns it, if it is a keyword of actions.
    pub(super) fn keyword(&mut self) -> Option<&'t str> {
        let token = self.peek_solid()?;
        let text = self.text_of(&token);
        let known = matches!(
            text,
            "if" | "else"
                | "end"
                | "range"
                | "with"
                | "define"
                | "template"
                | "block"
                | "break"
                | "continue"
        );
        (known && token.kind == TokenKind::Word).then(|| {
            self.skip_space();
            self.next += 1;
            text
        })
    }

    /// Where the token that was taken last stands.
    pub(super) fn last_range(&self) -> Range<usize> {
        match self
            .next
            .checked_sub(1)
            .and_then(|last| self.tokens.get(last))
        {
            Some(token) => token.range.clone(),
            None => self.close.clone(),
        }
    }

    /// Where the next token stands, or the closing delimiter.
    pub(super) fn here(&self) -> Range<usize> {
        self.peek_solid()
            .map_or_else(|| self.close.clone(), |token| token.range)
    }

    /// The string that names a template.
    pub(super) fn name(&mut self, keyword: &str) -> Result<(Box<str>, Range<usize>)> {
        let message = format!("`{keyword}` needs a name in quotes");
        let fail = TemplateError::new(self.here(), message);
        self.skip_space();
        let Some(token) = self.take() else {
            return Err(fail);
        };
        if !matches!(token.kind, TokenKind::Quoted | TokenKind::Raw) {
            return Err(fail);
        }
        match quoted(self.text_of(&token), &token)? {
            Base::String(name) => Ok((name, token.range)),
            _ => Err(fail),
        }
    }

    pub(super) fn expect_end(&self, keyword: &str) -> Result<()> {
        match self.peek_solid() {
            None => Ok(()),
            Some(token) => Err(TemplateError::new(
                token.range,
                format!("nothing may follow `{keyword}` here"),
            )),
        }
    }

    pub(super) fn unexpected(&self, token: &Token) -> Box<TemplateError> {
        let text = self.text_of(token);
        TemplateError::new(token.range.clone(), format!("`{text}` has no meaning here"))
    }
}

/// What a quoted string or character says.
pub(super) fn quoted(text: &str, token: &Token) -> Result<Base> {
    let inner = &text[1..text.len() - 1];
    let value = if token.kind == TokenKind::Raw {
        Some(inner.replace('\r', ""))
    } else {
        format::unquote(inner)
    };
    let fail = |message: &str| TemplateError::new(token.range.clone(), message);
    let Some(value) = value else {
        return Err(fail("this string holds an escape that Go does not know"));
    };
    if token.kind != TokenKind::Character {
        return Ok(Base::String(value.into()));
    }
    let mut characters = value.chars();
    match (characters.next(), characters.next()) {
        (Some(character), None) => Ok(Base::Number(Number::Int(i64::from(u32::from(character))))),
        _ => Err(fail("single quotes hold one character").help("write strings in double quotes")),
    }
}
