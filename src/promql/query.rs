//! A parsed expression together with its text.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::ast::{Expr, ExprKind, Selector};
use super::error::ParseError;
use super::newer::Newer;
use super::parse::{self, Parse};
use super::variable::VarRef;

/// An expression that parses. Immutable, and cheap to share.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    text: Arc<str>,
    root: Expr,
    variables: Vec<VarRef>,
    newer: Vec<Newer>,
}

impl Query {
    /// Reads `text` as PromQL in which Grafana variables and `$window` may
    /// stand for names, labels, numbers and durations, and in strings.
    ///
    /// Types and functions are left to [`check`](super::check), which can say
    /// more than the first thing that is wrong.
    pub fn parse(text: impl Into<Arc<str>>) -> Result<Self, ParseError> {
        let text = text.into();
        let Parse {
            root,
            variables,
            newer,
        } = parse::parse(&text).map_err(|error| *error)?;
        Ok(Self {
            text,
            root,
            variables,
            newer,
        })
    }

    /// The text as written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The outermost expression.
    pub fn root(&self) -> &Expr {
        &self.root
    }

    /// Every selector, in the order of the text.
    pub fn selectors(&self) -> impl Iterator<Item = &Selector> {
        self.root.walk().filter_map(|expr| match &expr.kind {
            ExprKind::Selector(selector) => Some(&**selector),
            _ => None,
        })
    }

    /// Every use of a variable or macro, in the order of the text.
    pub fn variables(&self) -> &[VarRef] {
        &self.variables
    }

    /// Every use of syntax that not all releases of Prometheus take, in the
    /// order of the text.
    pub fn newer(&self) -> &[Newer] {
        &self.newer
    }

    /// The names of all variables and macros in use, each once.
    pub fn variable_names(&self) -> BTreeSet<&str> {
        self.variables
            .iter()
            .map(|variable| &*variable.name)
            .collect()
    }

    /// The thresholds whose bounds are in use, as `${threshold:NAME.LEVEL}`.
    pub fn threshold_names(&self) -> BTreeSet<&str> {
        self.variables
            .iter()
            .filter(|variable| &*variable.name == "threshold")
            .filter_map(|variable| Some(variable.format.as_deref()?.split_once('.')?.0))
            .collect()
    }

    /// Whether `$window` is in use.
    pub fn uses_window(&self) -> bool {
        self.variables.iter().any(VarRef::is_window)
    }
}
