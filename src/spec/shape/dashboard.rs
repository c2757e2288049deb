//! Dashboards, their variables, and where panels go.

use super::panel::Panel;
use crate::diagnostic::{Code, Diagnostic, Sink, Spanned};
use crate::promql::PromDuration;
use crate::spec::node::{Node, Value};
use crate::spec::reader::{FromMap, FromNode, MapReader, Named, choice, record, wrong_type};
use crate::spec::schema::{Book, Keys, Schema, pattern};
use std::sync::Arc;

choice! {
    /// What of a variable is hidden.
    Hide {
        /// Its name; only the value is shown.
        Label = "label",
        /// All of it.
        Variable = "variable",
    }

    /// Order of a variable's values.
    Sort {
        /// As Prometheus returns them.
        None = "none",
        /// By letters, the default.
        Alphabetical = "alphabetical",
        /// By letters, descending.
        AlphabeticalDesc = "alphabetical-desc",
        /// By number.
        Numerical = "numerical",
        /// By number, descending.
        NumericalDesc = "numerical-desc",
        /// With numbers inside text in order.
        Natural = "natural",
    }
}

record! {
    /// A dashboard.
    Dashboard {
        /// Its title.
        required title "title": Spanned<Arc<str>>,
        /// What it is for.
        optional description "description": Spanned<Arc<str>>,
        /// Its uid; the key if not given.
        optional uid "uid": Spanned<Arc<str>>,
        /// Tags, beside those of the `grafana` section.
        list tags "tags": Vec<Spanned<Arc<str>>>,
        /// How often it reloads.
        optional refresh "refresh": Spanned<PromDuration>,
        /// Shown range: a duration up to now.
        optional range "range": Spanned<PromDuration>,
        /// `browser` (default), `utc` or an IANA name.
        optional timezone "timezone": Spanned<Arc<str>>,
        /// What `$window` means: an interval variable of the dashboard, or a duration.
        optional window "window": Spanned<Arc<str>>,
        /// Variables, in the order in which they are shown.
        list variables "variables": Vec<Named<Variable>>,
        /// Panels, in reading order.
        list panels "panels": Vec<Named<Panel>>,
    }

    /// A dashboard variable: exactly one of `from`, `interval`, `custom`,
    /// `constant`, `textbox`, `datasource`.
    Variable {
        /// The label that it filters.
        optional label "label": Spanned<Arc<str>>,
        /// The metric whose label values are offered.
        optional from "from": Spanned<Arc<str>>,
        /// Variables that narrow the offered values.
        list within "within": Vec<Spanned<Arc<str>>>,
        /// Regular expression that offered values must match.
        optional regex "regex": Spanned<Arc<str>>,
        /// Order of the offered values.
        optional sort "sort": Spanned<Sort>,
        /// Durations to choose from.
        optional interval "interval": Spanned<Vec<Spanned<PromDuration>>>,
        /// Whether an interval may follow the shown range.
        optional auto "auto": Spanned<bool>,
        /// Values to choose from.
        optional custom "custom": Spanned<Vec<CustomOption>>,
        /// A value that cannot be changed.
        optional constant "constant": Spanned<Arc<str>>,
        /// Free text, with its first value.
        optional textbox "textbox": Spanned<Arc<str>>,
        /// A choice of datasources of a type.
        optional datasource "datasource": Spanned<Arc<str>>,
        /// Whether several values may be chosen.
        optional multi "multi": Spanned<bool>,
        /// Whether "All" is offered.
        optional all "all": Spanned<bool>,
        /// What is chosen at first.
        optional default "default": Spanned<Arc<str>>,
        /// Name shown; the key, capitalised, if not given.
        optional title "title": Spanned<Arc<str>>,
        /// What it is for.
        optional description "description": Spanned<Arc<str>>,
        /// What is hidden.
        optional hide "hide": Hide,
    }

    /// A value that is shown as another text.
    LongOption {
        /// As shown.
        required text "text": Spanned<Arc<str>>,
        /// As queries use it.
        required value "value": Spanned<Arc<str>>,
    }

    /// A place on the grid.
    LongPosition {
        /// Column of the left edge, from 0.
        required x "x": u32,
        /// Row of the upper edge, from 0.
        required y "y": u32,
    }
}

/// A value of a custom variable.
#[derive(Debug, Clone)]
pub struct CustomOption {
    /// As shown.
    pub text: Spanned<Arc<str>>,
    /// As queries use it.
    pub value: Spanned<Arc<str>>,
}

impl Schema for CustomOption {
    fn schema(book: &mut Book) -> serde_json::Value {
        book.any_of([<Arc<str>>::schema, LongOption::schema])
    }
}

impl FromNode for CustomOption {
    fn from_node(node: &Node<'_>, sink: &mut Sink) -> Option<Self> {
        if let Value::Map(_) = node.value {
            let long = LongOption::from_node(node, sink)?;
            return Some(Self {
                text: long.text,
                value: long.value,
            });
        }
        let value: Spanned<Arc<str>> = FromNode::from_node(node, sink)?;
        Some(Self {
            text: value.clone(),
            value,
        })
    }
}

/// Size of a panel in grid cells, written `WxH`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Columns, of 24.
    pub width: u32,
    /// Rows of 30 pixels.
    pub height: u32,
}

/// Place of a panel in grid cells, written `{x: 0, y: 8}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Column of the left edge, from 0.
    pub x: u32,
    /// Row of the upper edge, from 0.
    pub y: u32,
}

impl Schema for Size {
    fn schema(_: &mut Book) -> serde_json::Value {
        pattern("^[0-9]+x[0-9]+$")
    }
}

impl FromNode for Size {
    fn from_node(node: &Node<'_>, sink: &mut Sink) -> Option<Self> {
        let Value::Scalar { text, .. } = &node.value else {
            sink.push(wrong_type(node, "a size such as `12x8`"));
            return None;
        };
        let parsed = text
            .split_once('x')
            .and_then(|(width, height)| {
                Some(Self {
                    width: width.parse().ok()?,
                    height: height.parse().ok()?,
                })
            })
            .filter(|size| size.width > 0 && (1..=1000).contains(&size.height));
        if parsed.is_none() {
            sink.push(
                Diagnostic::new(Code::InvalidValue, format!("`{text}` is no panel size"))
                    .at(node.span, "expected columns `x` rows, such as `12x8`"),
            );
        }
        parsed
    }
}

impl FromMap for Position {
    const NAME: &'static str = "Position";
    const ABOUT: &'static [&'static str] = &["A place on the grid."];

    fn keys(keys: &mut Keys<'_>) {
        LongPosition::keys(keys);
    }

    fn from_map(map: &mut MapReader<'_, '_>, sink: &mut Sink) -> Option<Self> {
        let long = LongPosition::from_map(map, sink)?;
        Some(Self {
            x: long.x,
            y: long.y,
        })
    }
}
