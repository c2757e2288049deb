//! Events: what happens in the user's service.

use crate::diagnostic::{Code, Diagnostic, Sink, Span, Spanned};
use crate::spec::node::{Node, Value};
use crate::spec::reader::{FromNode, Named, choice, record, wrong_type};
use crate::spec::schema::{Book, Schema};
use std::sync::Arc;

choice! {
    /// What an argument of an event holds.
    ArgType {
        /// The value of a label.
        Label = "label",
        /// A length of time.
        Seconds = "seconds",
        /// Any number.
        Amount = "amount",
        /// A whole number from 0.
        Count = "count",
        /// Yes or no.
        Flag = "flag",
    }

    /// Which series of a metric an update moves.
    SeriesChoice {
        /// All that there are.
        All = "all",
    }
}

record! {
    /// Something that happens in the user's service, and what it does to the
    /// metrics: a function of the emitters.
    Event {
        /// What happens, in one sentence.
        required help "help": Spanned<Arc<str>>,
        /// What the caller says about it, in the order of the function's arguments.
        list args "args": Vec<Named<Arg>>,
        /// What it does to the metrics, in order.
        required updates "do": Updates,
        /// The value that ends what the event starts, even if nobody does.
        optional guard "guard": Guard,
    }

    /// One change of one metric.
    Update {
        /// The metric that one is added to.
        optional inc "inc": Spanned<Arc<str>>,
        /// The gauge that one is taken from.
        optional dec "dec": Spanned<Arc<str>>,
        /// The metric that `value` is added to.
        optional add "add": Spanned<Arc<str>>,
        /// The gauge that becomes `value`.
        optional set "set": Spanned<Arc<str>>,
        /// The histogram that records `value`.
        optional observe "observe": Spanned<Arc<str>>,
        /// An argument or a number.
        optional value "value": Spanned<Arc<str>>,
        /// The flag on which the update depends, `not` in front to turn it round.
        optional when "when": Spanned<Arc<str>>,
        /// Where labels take their values if not from arguments of their name.
        list labels "labels": Vec<Named<LabelSource>>,
        /// All series, instead of that with the labels' values.
        optional series "series": Spanned<SeriesChoice>,
    }

    /// A value in the emitter's language that stands for what goes on between
    /// two events.
    Guard {
        /// What goes on: the function that starts it, and the guard's type.
        required name "name": Spanned<Arc<str>>,
        /// The ways to end it: functions of the guard, with the event of each.
        required ends "ends": Vec<Named<Spanned<Arc<str>>>>,
        /// The end that counts if the guard goes away without any.
        required dropped "dropped": Spanned<Arc<str>>,
        /// The argument of the ends that the guard measures itself: the time
        /// since its start.
        optional elapsed "elapsed": Spanned<Arc<str>>,
    }

    /// An argument with more to say than its type.
    LongArg {
        /// The label whose value it is, if it is not that of its name.
        optional label "label": Spanned<Arc<str>>,
        /// What it holds.
        optional kind "type": Spanned<ArgType>,
        /// What it says.
        optional help "help": Spanned<Arc<str>>,
    }

    /// A label value that is always the same.
    ConstantSource {
        /// The value.
        required constant "constant": Spanned<Arc<str>>,
    }
}

/// What an event does: at least one update.
#[derive(Debug, Clone)]
pub struct Updates(pub Vec<Update>);

impl Schema for Updates {
    fn schema(book: &mut Book) -> serde_json::Value {
        serde_json::json!({ "type": "array", "items": Update::schema(book), "minItems": 1 })
    }
}

impl FromNode for Updates {
    fn from_node(node: &Node<'_>, sink: &mut Sink) -> Option<Self> {
        if let Value::Seq(items) = &node.value
            && items.is_empty()
        {
            sink.push(
                Diagnostic::new(Code::InvalidValue, "an event moves at least one metric")
                    .at(node.span, "moves none"),
            );
            return None;
        }
        FromNode::from_node(node, sink).map(Self)
    }
}

/// An argument of an event: a type in one word, or with more to say.
#[derive(Debug, Clone)]
pub struct Arg {
    /// Where it is described.
    pub span: Span,
    /// What it holds; `label` or nothing where `label` names the label.
    pub kind: Option<Spanned<ArgType>>,
    /// The label, if it is not that of the argument's name.
    pub label: Option<Spanned<Arc<str>>>,
    /// What it says.
    pub help: Option<Spanned<Arc<str>>>,
}

impl Schema for Arg {
    fn schema(book: &mut Book) -> serde_json::Value {
        book.any_of([ArgType::schema, LongArg::schema])
    }
}

impl FromNode for Arg {
    fn from_node(node: &Node<'_>, sink: &mut Sink) -> Option<Self> {
        if let Value::Map(_) = node.value {
            let long = LongArg::from_node(node, sink)?;
            return Some(Self {
                span: long.span,
                kind: long.kind,
                label: long.label,
                help: long.help,
            });
        }
        Some(Self {
            span: node.span,
            kind: Some(FromNode::from_node(node, sink)?),
            label: None,
            help: None,
        })
    }
}

/// Where a label takes its value.
#[derive(Debug, Clone)]
pub enum LabelSource {
    /// From an argument.
    Arg(Spanned<Arc<str>>),
    /// It is always the same.
    Constant(Spanned<Arc<str>>),
}

impl Schema for LabelSource {
    fn schema(book: &mut Book) -> serde_json::Value {
        book.any_of([<Arc<str>>::schema, ConstantSource::schema])
    }
}

impl FromNode for LabelSource {
    fn from_node(node: &Node<'_>, sink: &mut Sink) -> Option<Self> {
        match &node.value {
            Value::Map(_) => {
                ConstantSource::from_node(node, sink).map(|source| Self::Constant(source.constant))
            }
            Value::Scalar { .. } => FromNode::from_node(node, sink).map(Self::Arg),
            Value::Null | Value::Seq(_) => {
                sink.push(wrong_type(node, "an argument or `{ constant: … }`"));
                None
            }
        }
    }
}
