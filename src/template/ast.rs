//! The parts of a template.

use std::ops::Range;

use super::LabelUse;
use super::function::Function;
use super::number::Number;

/// A part of a template.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    /// Text, as trimmed by the actions beside it.
    Text(Box<str>),
    /// `{{ pipeline }}`.
    Action(Pipe),
    /// `{{ if }}`, `{{ with }}` or `{{ range }}`.
    Control(Box<Control>),
    /// `{{ template "name" pipeline }}`, or a `{{ block }}`.
    Template(Option<Pipe>),
    /// `{{ break }}`.
    Break,
    /// `{{ continue }}`.
    Continue,
}

/// A conditional or a loop.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Control {
    pub(super) kind: ControlKind,
    pub(super) pipe: Pipe,
    pub(super) body: Vec<Node>,
    pub(super) otherwise: Vec<Node>,
}

/// Which of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ControlKind {
    If,
    With,
    Range,
}

/// Commands, each fed the result of the one before.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pipe {
    /// The variables that take the result.
    pub(super) targets: Vec<Box<str>>,
    /// Whether they exist already.
    pub(super) assigns: bool,
    pub(super) commands: Vec<Command>,
}

/// An operand, or a function with its arguments.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Command {
    pub(super) operands: Vec<Operand>,
}

/// What a command is made of.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Operand {
    pub(super) range: Range<usize>,
    pub(super) base: Base,
    pub(super) fields: Vec<Field>,
}

/// `.name` behind an operand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    /// Where the name stands, without the dot.
    pub(super) range: Range<usize>,
    pub(super) name: Box<str>,
}

/// An operand without its fields.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Base {
    /// `.` or `$` where it is the alert's data.
    Alert,
    /// `.` within a `with` or `range`.
    Dot,
    /// `$labels`.
    Labels,
    /// `$value`.
    Value,
    /// `$externalLabels` or `$externalURL`.
    External,
    /// A variable of the template.
    Variable(Box<str>),
    Function(&'static Function),
    Nil,
    Bool(bool),
    Number(Number),
    String(Box<str>),
    /// `(pipeline)`.
    Paren(Box<Pipe>),
}

impl Operand {
    fn field_names(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|field| &*field.name)
    }

    /// Whether it is the alert's value.
    pub(super) fn is_value(&self) -> bool {
        match self.base {
            Base::Value => true,
            Base::Alert => self.field_names().eq(["Value"]),
            _ => false,
        }
    }

    /// Whether it is all labels of the alert.
    fn is_labels(&self) -> bool {
        match self.base {
            Base::Labels => self.fields.is_empty(),
            Base::Alert => self.field_names().eq(["Labels"]),
            _ => false,
        }
    }

    /// The label of the alert that it names, and where.
    pub(super) fn label(&self) -> Option<(&str, Range<usize>)> {
        let field = match (&self.base, self.fields.as_slice()) {
            (Base::Labels, [field, ..]) => field,
            (Base::Alert, [first, field, ..]) if &*first.name == "Labels" => field,
            _ => return None,
        };
        Some((&field.name, field.range.clone()))
    }
}

impl Command {
    /// The function that it calls.
    pub(super) fn function(&self) -> Option<&'static Function> {
        match self.operands.first()?.base {
            Base::Function(function) => Some(function),
            _ => None,
        }
    }

    /// The label in `index $labels "label"`.
    pub(super) fn indexed_label(&self) -> Option<LabelUse> {
        let [function, labels, key, ..] = self.operands.as_slice() else {
            return None;
        };
        let Base::Function(function) = function.base else {
            return None;
        };
        let Base::String(name) = &key.base else {
            return None;
        };
        (function.name == "index" && labels.is_labels()).then(|| LabelUse {
            name: name.clone(),
            range: key.range.start + 1..key.range.end - 1,
        })
    }

    /// Whether it keeps only the first few digits of the number it is given.
    pub(super) fn rounds(&self) -> bool {
        let Some(function) = self.function() else {
            return false;
        };
        match function.name {
            "humanize" | "humanize1024" | "humanizePercentage" => true,
            "printf" => match self.operands.get(1).map(|operand| &operand.base) {
                Some(Base::String(format)) => super::printf::rounds(format),
                _ => false,
            },
            _ => false,
        }
    }
}
