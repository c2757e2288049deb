//! Splits a text into tokens, one at a time.
//!
//! As in Prometheus, what a character means depends on the brackets around it:
//! a colon belongs to a metric's name, except in a range, where it introduces
//! the step of a subquery.

use super::ast::TextRange;
use super::error::ParseError;
use super::variable::{VarRef, reference_at};

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    End,
    /// A name that may be a label's, or a keyword.
    Word,
    /// A name with a colon, which only a metric may have.
    ColonWord,
    /// A Grafana variable on its own.
    Variable,
    /// A name, number or duration that Grafana variables are a part of.
    Template,
    Number,
    Duration,
    String,
    LeftParen,
    RightParen,
    LeftBrace,
    RightBrace,
    LeftBracket,
    RightBracket,
    Comma,
    Colon,
    Assign,
    MatchRegex,
    MatchNotRegex,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    LessSlash,
    Greater,
    GreaterEqual,
    GreaterSlash,
    Plus,
    Minus,
    Star,
    Slash,
    Percent,
    Caret,
    At,
}

/// A token, its place, and which of the lexer's variables it holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) range: TextRange,
    first_variable: u32,
    last_variable: u32,
}

/// Reads tokens off a text.
pub(super) struct Lexer<'t> {
    text: &'t str,
    position: usize,
    braces: Option<usize>,
    brackets: Option<usize>,
    variables: Vec<VarRef>,
}

impl Token {
    /// A token in front of the first one of a text.
    pub(super) fn start() -> Self {
        Self {
            kind: Kind::End,
            range: TextRange::new(0, 0),
            first_variable: 0,
            last_variable: 0,
        }
    }
}

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text,
            position: 0,
            braces: None,
            brackets: None,
            variables: Vec::new(),
        }
    }

    /// The variables that `token` holds.
    pub(super) fn variables_of(&self, token: Token) -> &[VarRef] {
        &self.variables[token.first_variable as usize..token.last_variable as usize]
    }

    /// All variables read so far, in the order of the text.
    pub(super) fn into_variables(self) -> Vec<VarRef> {
        self.variables
    }

    /// The next token; [`Kind::End`] for ever once the text is used up.
    pub(super) fn next(&mut self) -> Result<Token, Box<ParseError>> {
        self.skip_blanks();
        let start = self.position;
        let first_variable = self.variables.len() as u32;
        let kind = self.scan(start)?;
        Ok(Token {
            kind,
            range: TextRange::new(start as u32, self.position as u32),
            first_variable,
            last_variable: self.variables.len() as u32,
        })
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.text
            .as_bytes()
            .get(self.position + ahead)
            .copied()
            .unwrap_or(0)
    }

    fn range_from(&self, start: usize) -> TextRange {
        TextRange::new(start as u32, self.position as u32)
    }

    fn skip_blanks(&mut self) {
        loop {
            match self.peek(0) {
                b' ' | b'\t' | b'\n' | b'\r' => self.position += 1,
                b'#' => {
                    let rest = &self.text.as_bytes()[self.position..];
                    let line = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
                    self.position += line.unwrap_or(rest.len());
                }
                _ => return,
            }
        }
    }

    fn scan(&mut self, start: usize) -> Result<Kind, Box<ParseError>> {
        if start == self.text.len() {
            return Ok(Kind::End);
        }
        let byte = self.peek(0);
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => return Ok(self.word()),
            b':' if self.braces.is_none() && self.brackets.is_none() => return Ok(self.word()),
            b'0'..=b'9' if self.braces.is_none() => return self.number(start),
            b'.' if self.braces.is_none() && self.peek(1).is_ascii_digit() => {
                return self.number(start);
            }
            b'"' | b'\'' | b'`' => return self.string(start, byte),
            b'$' | b'[' if self.variable() => return Ok(self.rest_of_name(true)),
            _ => {}
        }
        self.position += 1;
        let longer = |lexer: &mut Self, kind| {
            lexer.position += 1;
            kind
        };
        Ok(match (byte, self.peek(0)) {
            (b'(', _) => Kind::LeftParen,
            (b')', _) => Kind::RightParen,
            (b'{', _) => {
                if let Some(opener) = self.braces.replace(start) {
                    let opener = TextRange::new(opener as u32, opener as u32 + 1);
                    return Err(ParseError::new(
                        self.range_from(start),
                        "braces cannot be nested",
                        "unexpected `{`",
                    )
                    .related(opener, "this brace is still open"));
                }
                Kind::LeftBrace
            }
            (b'}', _) => {
                self.braces = None;
                Kind::RightBrace
            }
            (b'[', _) => {
                self.brackets = Some(start);
                Kind::LeftBracket
            }
            (b']', _) => {
                self.brackets = None;
                Kind::RightBracket
            }
            (b',', _) => Kind::Comma,
            (b':', _) => Kind::Colon,
            (b'=', b'=') if self.braces.is_none() => longer(self, Kind::Equal),
            (b'=', b'~') => longer(self, Kind::MatchRegex),
            (b'=', _) => Kind::Assign,
            (b'!', b'=') => longer(self, Kind::NotEqual),
            (b'!', b'~') => longer(self, Kind::MatchNotRegex),
            (b'<', b'=') => longer(self, Kind::LessEqual),
            (b'<', b'/') => longer(self, Kind::LessSlash),
            (b'<', _) => Kind::Less,
            (b'>', b'=') => longer(self, Kind::GreaterEqual),
            (b'>', b'/') => longer(self, Kind::GreaterSlash),
            (b'>', _) => Kind::Greater,
            (b'+', _) => Kind::Plus,
            (b'-', _) => Kind::Minus,
            (b'*', _) => Kind::Star,
            (b'/', _) => Kind::Slash,
            (b'%', _) => Kind::Percent,
            (b'^', _) => Kind::Caret,
            (b'@', _) => Kind::At,
            _ => return Err(self.stray(start)),
        })
    }

    /// Reads a variable reference, if one starts here.
    fn variable(&mut self) -> bool {
        let Some(variable) = reference_at(self.text, self.position) else {
            return false;
        };
        self.position = variable.range.end as usize;
        self.variables.push(variable);
        true
    }

    fn word(&mut self) -> Kind {
        let start = self.position;
        let colons = self.word_characters();
        if matches!(self.peek(0), b'$' | b'[') && self.variable() {
            return self.rest_of_name(false);
        }
        debug_assert!(self.position > start);
        if colons { Kind::ColonWord } else { Kind::Word }
    }

    /// Skips the characters of a name; says whether a colon was among them.
    fn word_characters(&mut self) -> bool {
        let colons_belong = self.braces.is_none() && self.brackets.is_none();
        let mut colons = false;
        loop {
            match self.peek(0) {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' => {}
                b':' if colons_belong => colons = true,
                _ => return colons,
            }
            self.position += 1;
        }
    }

    /// Reads on behind a variable: names may be composed of variables and text.
    fn rest_of_name(&mut self, mut alone: bool) -> Kind {
        loop {
            let before = self.position;
            self.word_characters();
            let more = matches!(self.peek(0), b'$' | b'[') && self.variable();
            if self.position == before {
                return if alone {
                    Kind::Variable
                } else {
                    Kind::Template
                };
            }
            alone = false;
            if !more {
                return Kind::Template;
            }
        }
    }

    fn number(&mut self, start: usize) -> Result<Kind, Box<ParseError>> {
        let skip = |lexer: &mut Self, belongs: fn(u8) -> bool| {
            while belongs(lexer.peek(0)) {
                lexer.position += 1;
            }
        };
        let digit = |byte: u8| byte.is_ascii_digit() || byte == b'_';
        if self.peek(0) == b'0' && self.peek(1) | 0x20 == b'x' {
            self.position += 2;
            skip(self, |byte| byte.is_ascii_hexdigit() || byte == b'_');
        } else {
            skip(self, digit);
            if self.peek(0) == b'.' {
                self.position += 1;
                skip(self, digit);
            }
            if self.peek(0) | 0x20 == b'e' {
                self.position += 1;
                if matches!(self.peek(0), b'+' | b'-') {
                    self.position += 1;
                }
                skip(self, |byte| byte.is_ascii_digit());
            }
        }
        if matches!(self.peek(0), b'$' | b'[') && self.variable() {
            return Ok(self.rest_of_name(false));
        }
        if !self.peek(0).is_ascii_alphabetic() {
            return Ok(Kind::Number);
        }
        skip(self, |byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let text = &self.text[start..self.position];
        if text
            .bytes()
            .last()
            .is_some_and(|byte| matches!(byte, b's' | b'm' | b'h' | b'd' | b'w' | b'y'))
        {
            return Ok(Kind::Duration);
        }
        Err(ParseError::new(
            self.range_from(start),
            format!("`{text}` is neither a number nor a duration"),
            "not a number",
        )
        .help("a duration is whole numbers with units: `30s`, `5m`, `1h30m`"))
    }

    fn string(&mut self, start: usize, quote: u8) -> Result<Kind, Box<ParseError>> {
        self.position += 1;
        loop {
            let byte = self.peek(0);
            if byte == quote {
                self.position += 1;
                return Ok(Kind::String);
            }
            let ended = self.position >= self.text.len() || (byte == b'\n' && quote != b'`');
            if ended {
                let range = TextRange::new(start as u32, start as u32 + 1);
                return Err(ParseError::new(
                    range,
                    "this string is never closed",
                    "the string starts here",
                )
                .related(
                    TextRange::new(self.position as u32, self.position as u32),
                    &format!("expected a closing `{}` up to here", char::from(quote)),
                ));
            }
            match byte {
                b'$' | b'[' if self.variable() => {}
                b'\\' if quote != b'`' && self.position + 1 < self.text.len() => self.position += 2,
                _ => self.position += 1,
            }
        }
    }

    /// Describes the character at `start`, which no token starts with.
    fn stray(&mut self, start: usize) -> Box<ParseError> {
        let stray = self.text[start..].chars().next().unwrap_or('\u{fffd}');
        self.position = start + stray.len_utf8();
        let next = self.text[self.position..].chars().next();
        let error = ParseError::new(
            self.range_from(start),
            format!("unexpected character `{}`", stray.escape_debug()),
            "not part of PromQL here",
        );
        match (stray, next) {
            ('$', _) => error.help("a variable is `$name`, `${name}` or `${name:format}`"),
            ('&', _) => error.help("PromQL's operator is `and`"),
            ('|', _) => error.help("PromQL's operator is `or`"),
            ('!', _) => error.help("the operators are `!=` and `!~`; a negation is `unless`"),
            ('“' | '”' | '„' | '‘' | '’', _) => {
                error.help("use straight quotes: `\"` or `'`")
            }
            ('0'..='9', _) => error.help("a label's name starts with a letter or `_`"),
            (';', _) => error.help("an expression ends without a semicolon"),
            _ => error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, Lexer};

    fn kinds(text: &str) -> Vec<(Kind, &str)> {
        let mut lexer = Lexer::new(text);
        let mut found = Vec::new();
        loop {
            let token = lexer.next().unwrap();
            if token.kind == Kind::End {
                return found;
            }
            found.push((token.kind, &text[token.range.bytes()]));
        }
    }

    #[test]
    fn colons_join_names_but_split_ranges() {
        assert_eq!(kinds("job:x:rate"), [(Kind::ColonWord, "job:x:rate")]);
        assert_eq!(
            kinds("[$a:${b}m]"),
            [
                (Kind::LeftBracket, "["),
                (Kind::Variable, "$a"),
                (Kind::Colon, ":"),
                (Kind::Template, "${b}m"),
                (Kind::RightBracket, "]"),
            ]
        );
    }

    #[test]
    fn variables_merge_with_the_text_around_them() {
        assert_eq!(kinds("up_$a"), [(Kind::Template, "up_$a")]);
        assert_eq!(kinds("${a}_total"), [(Kind::Template, "${a}_total")]);
        assert_eq!(kinds("5$unit"), [(Kind::Template, "5$unit")]);
        assert_eq!(kinds("$a-$b")[1], (Kind::Minus, "-"));
        assert_eq!(
            kinds("x[[[w]]]")[1..],
            [
                (Kind::LeftBracket, "["),
                (Kind::Variable, "[[w]]"),
                (Kind::RightBracket, "]")
            ]
        );
    }

    #[test]
    fn numbers_end_where_operators_start() {
        assert_eq!(
            kinds("1e-3-0x1F")[1..],
            [(Kind::Minus, "-"), (Kind::Number, "0x1F")]
        );
        assert_eq!(kinds(".5*5m")[2], (Kind::Duration, "5m"));
        assert!(Lexer::new("5x").next().is_err());
    }

    #[test]
    fn comments_and_escapes_hide_quotes() {
        assert_eq!(
            kinds("a # \"it's\n'\\'' `\\`"),
            [
                (Kind::Word, "a"),
                (Kind::String, "'\\''"),
                (Kind::String, "`\\`")
            ]
        );
        assert!(Lexer::new("\"a\nb\"").next().is_err());
        assert!(Lexer::new("\"a\\\"").next().is_err());
    }
}
