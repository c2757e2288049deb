//! PromQL: read with exact places, checked against a catalog, rewritten in place.
//!
//! The parser is the project's own because three things are needed at once
//! that no library offers: a byte range on every node, syntax errors that know
//! their place and their remedy, and Grafana's variables and macros as part of
//! the language instead of text that breaks it.
//!
//! [`Query::parse`] reads an expression, [`check`] types it and follows its
//! labels, [`Query::rewrite`] changes it without touching what the author
//! wrote around the change.

mod ast;
mod catalog;
mod check;
mod conflict;
mod duration;
mod error;
mod flow;
mod function;
mod labels;
mod measure;
mod names;
mod newer;
mod number;
mod operator;
mod parse;
mod query;
mod regex;
mod rewrite;
mod same;
mod string;
mod synthesize;
mod token;
mod values;
mod variable;

#[cfg(test)]
mod generate;
#[cfg(test)]
mod laws;

pub use ast::{
    Aggregate, At, AtKind, Binary, Call, DurationLit, DurationValue, Edges, Expr, ExprKind, Fill,
    Grouping, GroupingKind, Join, JoinSide, Lookback, Matcher, Matching, Name, Offset, Selector,
    StringLit, Subquery, TextRange, Unary,
};
pub use catalog::{Catalog, Series, SeriesKind};
pub use check::{Step, check, trace};
pub use conflict::{Conflict, conflict};
pub use duration::{DurationError, LOOKBACK, PromDuration};
pub use error::ParseError;
pub use function::{Arity, Availability, Function, LabelEffect, SampleUse, ValueType};
pub use labels::{Flow, Has, Labels};
pub use measure::Measure;
pub use names::NamePattern;
pub use newer::{Newer, Syntax};
pub use number::bucket_label;
pub use operator::{AggregateOp, BinaryOp, MatchOp};
pub use query::Query;
pub use regex::regex_error;
pub use rewrite::{NewMatcher, Rewrite};
pub use synthesize::{Conditions, InputSeries, Synthesis, synthesize};
pub use values::{Verdict, is_condition, verdict};
pub use variable::VarRef;
