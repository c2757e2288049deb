//! Dashboard variables.

use super::target::Datasource;
use crate::model::{Variable, VariableKind, grafana_duration};
use crate::promql::PromDuration;
use crate::spec::shape::{Hide, Sort};
use serde::{Serialize, Serializer};
use std::sync::Arc;

/// `refresh`: values are asked for when the dashboard is opened.
const ON_LOAD: u32 = 1;
/// `refresh`: values are asked for when the shown time range changes.
const ON_RANGE: u32 = 2;
/// `hide`: nothing of the variable is shown.
const HIDDEN: u32 = 2;
/// `qryType` of `label_values`.
const LABEL_VALUES: u32 = 1;
/// The value of "All".
const ALL: &str = "$__all";
/// The value of an interval that follows the shown range.
const AUTO: &str = "$__auto";
/// Matches every value of a label, so that "All" is one cheap matcher.
const ANY: &str = ".*";

/// A dashboard's variables.
pub(super) struct Variables<'a> {
    /// The variables, in the order in which they are shown.
    pub(super) variables: &'a [Variable],
    /// Where their values are asked for.
    pub(super) datasource: Datasource<'a>,
}

impl Serialize for Variables<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(
            self.variables
                .iter()
                .map(|variable| self.variable(variable)),
        )
    }
}

impl<'a> Variables<'a> {
    fn variable(&self, variable: &'a Variable) -> VariableJson<'a> {
        let base = VariableJson {
            description: variable.description.as_deref(),
            hide: variable.hide.map(|hide| match hide {
                Hide::Label => 1,
                Hide::Variable => HIDDEN,
            }),
            label: &variable.title,
            name: &variable.name,
            ..VariableJson::default()
        };
        match &variable.kind {
            VariableKind::Values {
                query,
                regex,
                sort,
                multi,
                all,
                default,
            } => VariableJson {
                all_value: all.then_some(ANY),
                current: match (default, all) {
                    (Some(value), _) => Current::one(value, value, *multi),
                    (None, true) => Current::one("All", ALL, *multi),
                    (None, false) => Current::First,
                },
                datasource: Some(self.datasource),
                definition: Some(query),
                include_all: Some(*all),
                multi: *multi,
                options: Some(Vec::new()),
                query: Query::Prometheus {
                    qry_type: LABEL_VALUES,
                    query,
                    ref_id: "PrometheusVariableQueryEditor-VariableQuery",
                },
                refresh: Some(ON_RANGE),
                regex: Some(regex.as_deref().unwrap_or_default()),
                sort: sort_number(*sort),
                r#type: "query",
                ..base
            },
            VariableKind::Interval {
                options,
                auto,
                default,
            } => {
                let default = if auto.is_some() && &**default == "auto" {
                    AUTO
                } else {
                    default
                };
                VariableJson {
                    auto: Some(auto.is_some()),
                    auto_count: Some(30),
                    auto_min: Some(Shortest(*auto)),
                    current: Current::one(default, default, false),
                    options: Some(
                        options
                            .iter()
                            .map(|text| Choice::new(text, text, &**text == default))
                            .collect(),
                    ),
                    query: Query::Joined(options),
                    refresh: Some(ON_RANGE),
                    r#type: "interval",
                    ..base
                }
            }
            VariableKind::Custom {
                options,
                multi,
                all,
                default,
            } => {
                let chosen = match default {
                    Some(default) => options.iter().find(|(_, value)| value == default),
                    None if *all => None,
                    None => options.first(),
                };
                VariableJson {
                    current: match chosen {
                        Some((text, value)) => Current::one(text, value, *multi),
                        None if *all => Current::one("All", ALL, *multi),
                        None => Current::First,
                    },
                    include_all: Some(*all),
                    multi: *multi,
                    options: Some(
                        options
                            .iter()
                            .map(|(text, value)| {
                                Choice::new(
                                    text,
                                    value,
                                    chosen.is_some_and(|chosen| chosen.1 == *value),
                                )
                            })
                            .collect(),
                    ),
                    query: Query::Text(custom_query(options)),
                    r#type: "custom",
                    ..base
                }
            }
            VariableKind::Constant(value) => VariableJson {
                current: Current::one(value, value, false),
                hide: Some(HIDDEN),
                query: Query::Word(value),
                r#type: "constant",
                ..base
            },
            VariableKind::Textbox(value) => VariableJson {
                current: Current::one(value, value, false),
                options: Some(Vec::new()),
                query: Query::Word(value),
                r#type: "textbox",
                ..base
            },
            VariableKind::Datasource { plugin, default } => VariableJson {
                current: default
                    .as_ref()
                    .map_or(Current::First, |(name, uid)| Current::one(name, uid, false)),
                options: Some(Vec::new()),
                query: Query::Word(plugin),
                refresh: Some(ON_LOAD),
                regex: Some(""),
                r#type: "datasource",
                ..base
            },
        }
    }
}

/// Grafana's number of an order; none for its default, which it drops.
fn sort_number(sort: Sort) -> Option<u32> {
    match sort {
        Sort::None => None,
        Sort::Alphabetical => Some(1),
        Sort::AlphabeticalDesc => Some(2),
        Sort::Numerical => Some(3),
        Sort::NumericalDesc => Some(4),
        Sort::Natural => Some(7),
    }
}

/// Options as Grafana's editor takes them: `a,b,text : value`, with commas
/// inside escaped.
fn custom_query(options: &[(Arc<str>, Arc<str>)]) -> String {
    let mut query = String::new();
    for (index, (text, value)) in options.iter().enumerate() {
        if index > 0 {
            query.push(',');
        }
        if text != value {
            push_escaped(&mut query, text);
            query.push_str(" : ");
        }
        push_escaped(&mut query, value);
    }
    query
}

fn push_escaped(query: &mut String, text: &str) {
    for char in text.chars() {
        if char == ',' {
            query.push('\\');
        }
        query.push(char);
    }
}

#[derive(Default, Serialize)]
struct VariableJson<'a> {
    #[serde(rename = "allValue", skip_serializing_if = "Option::is_none")]
    all_value: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auto: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auto_count: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auto_min: Option<Shortest>,
    current: Current<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    datasource: Option<Datasource<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    definition: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hide: Option<u32>,
    #[serde(rename = "includeAll", skip_serializing_if = "Option::is_none")]
    include_all: Option<bool>,
    #[serde(skip_serializing_if = "str::is_empty")]
    label: &'a str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    multi: bool,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    options: Option<Vec<Choice<'a>>>,
    query: Query<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    regex: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sort: Option<u32>,
    r#type: &'static str,
}

/// What is chosen.
#[derive(Default, Serialize)]
#[serde(untagged)]
enum Current<'a> {
    /// Nothing: Grafana takes the first option.
    #[default]
    #[serde(serialize_with = "empty_object")]
    First,
    One {
        text: &'a str,
        value: &'a str,
    },
    Many {
        text: [&'a str; 1],
        value: [&'a str; 1],
    },
}

impl<'a> Current<'a> {
    fn one(text: &'a str, value: &'a str, multi: bool) -> Self {
        if multi {
            Self::Many {
                text: [text],
                value: [value],
            }
        } else {
            Self::One { text, value }
        }
    }
}

fn empty_object<S: Serializer>(serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(std::iter::empty::<(&str, &str)>())
}

/// An option on offer.
#[derive(Serialize)]
struct Choice<'a> {
    selected: bool,
    text: &'a str,
    value: &'a str,
}

impl<'a> Choice<'a> {
    fn new(text: &'a str, value: &'a str, selected: bool) -> Self {
        Self {
            selected,
            text,
            value,
        }
    }
}

/// What a variable's options come from.
#[derive(Serialize)]
#[serde(untagged)]
enum Query<'a> {
    Word(&'a str),
    Text(String),
    #[serde(serialize_with = "joined")]
    Joined(&'a [Arc<str>]),
    Prometheus {
        #[serde(rename = "qryType")]
        qry_type: u32,
        query: &'a str,
        #[serde(rename = "refId")]
        ref_id: &'static str,
    },
}

impl Default for Query<'_> {
    fn default() -> Self {
        Self::Word("")
    }
}

fn joined<S: Serializer>(words: &&[Arc<str>], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&words.join(","))
}

/// An automatic interval's shortest value; Grafana's default where it is off.
struct Shortest(Option<PromDuration>);

impl Serialize for Shortest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Some(shortest) => serializer.collect_str(&grafana_duration(shortest)),
            None => serializer.serialize_str("10s"),
        }
    }
}
