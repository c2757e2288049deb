//! The parser: tokens to nodes, the way Go's `text/template/parse` does it.

use std::ops::Range;

use super::TemplateError;
use super::ast::{Base, Command, Control, ControlKind, Field, Node, Operand, Pipe};
use super::check::{check_command, check_fields};
use super::function::Function;
use super::lex::{self, Action, Piece, Token, TokenKind};
use super::number;
use super::tokens::{Tokens, quoted};

type Result<T> = std::result::Result<T, Box<TemplateError>>;

/// Deeper than any template that people write, and safe on any stack.
const MAX_NESTING: usize = 100;

/// Reads `text`.
pub(super) fn parse(text: &str) -> Result<Vec<Node>> {
    let pieces = lex::pieces(text)?;
    let mut parser = Parser {
        text,
        pieces: pieces.into_iter(),
        scope: Scope::alert(),
        depth: 0,
        defined: Vec::new(),
        called: Vec::new(),
    };
    let (nodes, end) = parser.list(true)?;
    if let Some(end) = end {
        return Err(parser.stray(&end));
    }
    for (name, range) in parser.called {
        if !parser.defined.contains(&name) {
            return Err(
                TemplateError::new(range, format!("template `{name}` is not defined"))
                    .help("templates in rules see only what they define themselves"),
            );
        }
    }
    Ok(nodes)
}

/// What names mean at a place.
#[derive(Clone)]
struct Scope {
    variables: Vec<(Box<str>, Base)>,
    dot: Base,
    in_range: bool,
}

impl Scope {
    fn alert() -> Self {
        let predefined = [
            ("$", Base::Alert),
            ("$labels", Base::Labels),
            ("$externalLabels", Base::External),
            ("$externalURL", Base::External),
            ("$value", Base::Value),
        ];
        Self {
            variables: predefined.map(|(name, base)| (name.into(), base)).into(),
            dot: Base::Alert,
            in_range: false,
        }
    }

    /// Within a definition: only its argument is known.
    fn definition() -> Self {
        Self {
            variables: vec![("$".into(), Base::Dot)],
            dot: Base::Dot,
            in_range: false,
        }
    }
}

/// `else` or `end`, which ends a list of nodes.
struct End {
    is_else: bool,
    action: Action,
}

struct Parser<'t> {
    text: &'t str,
    pieces: std::vec::IntoIter<Piece>,
    scope: Scope,
    depth: usize,
    defined: Vec<Box<str>>,
    called: Vec<(Box<str>, Range<usize>)>,
}

impl<'t> Parser<'t> {
    /// Reads up to the end of the text, or to an `else` or `end`.
    fn list(&mut self, top: bool) -> Result<(Vec<Node>, Option<End>)> {
        let mut nodes = Vec::new();
        while let Some(piece) = self.pieces.next() {
            let action = match piece {
                Piece::Text(range) => {
                    nodes.push(Node::Text(self.text[range].into()));
                    continue;
                }
                Piece::Action(action) => action,
            };
            let mut tokens = self.tokens(&action);
            let keyword = tokens.keyword();
            match keyword {
                Some("if") => nodes.push(self.control(ControlKind::If, &action, tokens)?),
                Some("with") => nodes.push(self.control(ControlKind::With, &action, tokens)?),
                Some("range") => nodes.push(self.control(ControlKind::Range, &action, tokens)?),
                Some("block") => nodes.push(self.block(&action, tokens)?),
                Some("define") if top => self.define(&action, tokens)?,
                Some("define") => {
                    return Err(TemplateError::new(
                        tokens.last_range(),
                        "a template is defined outside of all `if`, `with`, `range` and `define`",
                    ));
                }
                Some("template") => nodes.push(self.template(tokens)?),
                Some(word @ ("break" | "continue")) => {
                    if !self.scope.in_range {
                        return Err(TemplateError::new(
                            tokens.last_range(),
                            format!("`{word}` outside of a `range`"),
                        ));
                    }
                    tokens.expect_end(word)?;
                    nodes.push(if word == "break" {
                        Node::Break
                    } else {
                        Node::Continue
                    });
                }
                Some(word @ ("else" | "end")) => {
                    let is_else = word == "else";
                    if !is_else {
                        tokens.expect_end("end")?;
                    }
                    return Ok((nodes, Some(End { is_else, action })));
                }
                _ => {
                    let pipe = self.pipe(&mut tokens, None)?;
                    nodes.push(Node::Action(pipe));
                }
            }
        }
        Ok((nodes, None))
    }

    fn tokens(&self, action: &Action) -> Tokens<'t> {
        Tokens::new(self.text, action)
    }

    fn enter(&mut self, range: &Range<usize>) -> Result<()> {
        self.depth += 1;
        if self.depth > MAX_NESTING {
            return Err(TemplateError::new(range.clone(), "nested too deeply"));
        }
        Ok(())
    }

    fn control(
        &mut self,
        kind: ControlKind,
        action: &Action,
        mut tokens: Tokens<'t>,
    ) -> Result<Node> {
        self.enter(&action.range)?;
        let outer = self.scope.clone();
        let word = tokens.last_range();
        let pipe = self.pipe(&mut tokens, Some(kind))?;
        if kind != ControlKind::If {
            self.scope.dot = Base::Dot;
        }
        self.scope.in_range |= kind == ControlKind::Range;
        let (body, end) = self.list(false)?;
        self.scope.dot = outer.dot.clone();
        self.scope.in_range = outer.in_range;
        let Some(end) = end else {
            return Err(self.unended(word));
        };
        let mut otherwise = Vec::new();
        if end.is_else {
            let mut tokens = self.tokens(&end.action);
            tokens.keyword();
            if tokens.keyword() == Some("if") && kind == ControlKind::If {
                otherwise.push(self.control(ControlKind::If, &end.action, tokens)?);
            } else {
                let mut tokens = self.tokens(&end.action);
                tokens.keyword();
                tokens.expect_end("else")?;
                let (nodes, end) = self.list(false)?;
                otherwise = nodes;
                match end {
                    None => return Err(self.unended(word)),
                    Some(end) if end.is_else => {
                        return Err(TemplateError::new(
                            end.action.range,
                            "this `else` follows another one",
                        ));
                    }
                    Some(_) => {}
                }
            }
        }
        self.scope = outer;
        self.depth -= 1;
        Ok(Node::Control(Box::new(Control {
            kind,
            pipe,
            body,
            otherwise,
        })))
    }

    fn define(&mut self, action: &Action, mut tokens: Tokens<'t>) -> Result<()> {
        let word = tokens.last_range();
        let (name, _) = tokens.name("define")?;
        tokens.expect_end("define")?;
        self.body(name, &action.range, word)
    }

    fn block(&mut self, action: &Action, mut tokens: Tokens<'t>) -> Result<Node> {
        let word = tokens.last_range();
        let (name, _) = tokens.name("block")?;
        let pipe = self.pipe(&mut tokens, None)?;
        self.body(name, &action.range, word)?;
        Ok(Node::Template(Some(pipe)))
    }

    /// Reads the body of a definition.
    fn body(&mut self, name: Box<str>, range: &Range<usize>, word: Range<usize>) -> Result<()> {
        self.enter(range)?;
        let outer = std::mem::replace(&mut self.scope, Scope::definition());
        let (_, end) = self.list(false)?;
        self.scope = outer;
        self.depth -= 1;
        self.defined.push(name);
        match end {
            None => Err(self.unended(word)),
            Some(end) if end.is_else => Err(self.stray(&end)),
            Some(_) => Ok(()),
        }
    }

    fn template(&mut self, mut tokens: Tokens<'t>) -> Result<Node> {
        let (name, range) = tokens.name("template")?;
        self.called.push((name, range));
        if tokens.peek_solid().is_none() {
            return Ok(Node::Template(None));
        }
        let pipe = self.pipe(&mut tokens, None)?;
        Ok(Node::Template(Some(pipe)))
    }

    fn unended(&self, word: Range<usize>) -> Box<TemplateError> {
        let name = &self.text[word.clone()];
        TemplateError::new(word, format!("this `{name}` has no end"))
            .help("close it with `{{ end }}`")
    }

    fn stray(&self, end: &End) -> Box<TemplateError> {
        let word = if end.is_else { "else" } else { "end" };
        TemplateError::new(
            end.action.range.clone(),
            format!("this `{word}` belongs to nothing"),
        )
    }

    /// Reads a pipeline up to the end of the action.
    fn pipe(&mut self, tokens: &mut Tokens<'t>, control: Option<ControlKind>) -> Result<Pipe> {
        let (targets, assigns) = self.targets(tokens, control)?;
        let commands = self.commands(tokens)?;
        if let Some(token) = tokens.peek_solid() {
            return Err(tokens.unexpected(&token));
        }
        if !assigns {
            for name in &targets {
                let variable = (name.clone(), Base::Variable(name.clone()));
                self.scope.variables.push(variable);
            }
        }
        Ok(Pipe {
            targets,
            assigns,
            commands,
        })
    }

    /// Reads `$a := ` and its kin.
    fn targets(
        &self,
        tokens: &mut Tokens<'t>,
        control: Option<ControlKind>,
    ) -> Result<(Vec<Box<str>>, bool)> {
        let mut targets = Vec::new();
        let start = tokens.next;
        while let Some(variable) = tokens.take_solid(TokenKind::Variable) {
            let name = tokens.text_of(&variable);
            targets.push(Box::from(name));
            if tokens.take_solid(TokenKind::Declare).is_some() {
                return Ok((targets, false));
            }
            if tokens.take_solid(TokenKind::Assign).is_some() {
                if !self
                    .scope
                    .variables
                    .iter()
                    .any(|(known, _)| **known == *name)
                {
                    return Err(self.unknown_variable(name, variable.range));
                }
                return Ok((targets, true));
            }
            let Some(comma) = tokens.take_solid(TokenKind::Comma) else {
                break;
            };
            if control != Some(ControlKind::Range) || targets.len() > 1 {
                return Err(TemplateError::new(comma.range, "too many variables")
                    .help("only a `range` sets two: the key and the element"));
            }
        }
        tokens.next = start;
        Ok((Vec::new(), false))
    }

    fn commands(&mut self, tokens: &mut Tokens<'t>) -> Result<Vec<Command>> {
        let mut commands = Vec::new();
        loop {
            let start = tokens.here();
            let operands = self.operands(tokens)?;
            if operands.is_empty() && (commands.is_empty() || tokens.peek_solid().is_some()) {
                return Err(match tokens.peek_solid() {
                    Some(token)
                        if token.kind != TokenKind::Pipe && token.kind != TokenKind::Close =>
                    {
                        tokens.unexpected(&token)
                    }
                    _ => TemplateError::new(start, "a value is missing here"),
                });
            }
            // Go lets a pipeline end in a pipe.
            if !operands.is_empty() {
                let command = Command { operands };
                check_command(&command, !commands.is_empty())?;
                commands.push(command);
            }
            if tokens.take_solid(TokenKind::Pipe).is_none() {
                return Ok(commands);
            }
        }
    }

    fn operands(&mut self, tokens: &mut Tokens<'t>) -> Result<Vec<Operand>> {
        let mut operands = Vec::new();
        while let Some(token) = tokens.peek_solid() {
            if matches!(token.kind, TokenKind::Pipe | TokenKind::Close) {
                break;
            }
            tokens.skip_space();
            operands.push(self.operand(tokens)?);
            // Operands are separated by spaces.
            if let Some(next) = tokens.peek() {
                let separates = matches!(
                    next.kind,
                    TokenKind::Space | TokenKind::Pipe | TokenKind::Close
                );
                if !separates {
                    return Err(tokens.unexpected(&next));
                }
            }
        }
        Ok(operands)
    }

    fn operand(&mut self, tokens: &mut Tokens<'t>) -> Result<Operand> {
        let Some(token) = tokens.take() else {
            return Err(TemplateError::new(tokens.here(), "a value is missing here"));
        };
        let text = tokens.text_of(&token);
        let mut range = token.range.clone();
        let mut fields = Vec::new();
        let mut literal = false;
        let base = match token.kind {
            TokenKind::Dot => {
                literal = true;
                self.scope.dot.clone()
            }
            TokenKind::Field => {
                fields.push(field(&token, text));
                self.scope.dot.clone()
            }
            TokenKind::Variable => self.variable(text, &token.range)?,
            TokenKind::Word => {
                literal = matches!(text, "true" | "false" | "nil");
                word(text, &token)?
            }
            TokenKind::Number => {
                literal = true;
                let number = number::parse(text).ok_or_else(|| {
                    TemplateError::new(token.range.clone(), format!("`{text}` is no number"))
                })?;
                Base::Number(number)
            }
            TokenKind::Quoted | TokenKind::Raw | TokenKind::Character => {
                literal = true;
                quoted(text, &token)?
            }
            TokenKind::Open => {
                self.enter(&token.range)?;
                let commands = self.commands(tokens)?;
                self.depth -= 1;
                let Some(close) = tokens.take_solid(TokenKind::Close) else {
                    let found = tokens.peek_solid();
                    return Err(match found {
                        Some(token) => tokens.unexpected(&token),
                        None => TemplateError::new(token.range, "this `(` is never closed"),
                    });
                };
                range.end = close.range.end;
                Base::Paren(Box::new(Pipe {
                    targets: Vec::new(),
                    assigns: false,
                    commands,
                }))
            }
            _ => return Err(tokens.unexpected(&token)),
        };
        while let Some(next) = tokens.peek().filter(|next| next.kind == TokenKind::Field) {
            if literal {
                return Err(TemplateError::new(
                    next.range,
                    format!("`{text}` has no fields"),
                ));
            }
            tokens.take();
            range.end = next.range.end;
            fields.push(field(&next, tokens.text_of(&next)));
        }
        let operand = Operand {
            range,
            base,
            fields,
        };
        check_fields(&operand)?;
        Ok(operand)
    }

    fn variable(&self, name: &str, range: &Range<usize>) -> Result<Base> {
        self.scope
            .variables
            .iter()
            .rev()
            .find(|(known, _)| **known == *name)
            .map(|(_, base)| base.clone())
            .ok_or_else(|| self.unknown_variable(name, range.clone()))
    }

    fn unknown_variable(&self, name: &str, range: Range<usize>) -> Box<TemplateError> {
        let error = TemplateError::new(range, format!("unknown variable `{name}`"));
        let known = self.scope.variables.iter().map(|(known, _)| &**known);
        match crate::diagnostic::nearest(name, known.filter(|known| *known != "$")) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => {
                error.help("an alert has `$labels`, `$value`, `$externalLabels` and `$externalURL`")
            }
        }
    }
}

fn field(token: &Token, text: &str) -> Field {
    Field {
        range: token.range.start + 1..token.range.end,
        name: text[1..].into(),
    }
}

fn word(text: &str, token: &Token) -> Result<Base> {
    Ok(match text {
        "true" => Base::Bool(true),
        "false" => Base::Bool(false),
        "nil" => Base::Nil,
        "if" | "else" | "end" | "range" | "with" | "define" | "template" | "block" | "break"
        | "continue" => {
            return Err(TemplateError::new(
                token.range.clone(),
                format!("`{text}` stands at the start of an action only"),
            ));
        }
        _ => match Function::named(text) {
            Some(function) => Base::Function(function),
            None => return Err(unknown_function(text, token.range.clone())),
        },
    })
}

fn unknown_function(name: &str, range: Range<usize>) -> Box<TemplateError> {
    let error = TemplateError::new(range, format!("unknown function `{name}`"));
    match name {
        "tmpl" => error.help("`tmpl` exists in console templates only"),
        "labels" | "value" | "externalLabels" | "externalURL" => {
            error.help(format!("did you mean `${name}`?"))
        }
        _ => match Function::nearest(name) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error,
        },
    }
}
