//! `dashwright explain`: what a code means, and what hangs on a name.

mod story;
mod subject;

use super::Outcome;
use super::compile::{Compiled, Format, SpecArgs, compile};
use super::terminal::Terminal;
use crate::diagnostic::{Code, nearest};
use crate::model::Model;
use crate::report;
use anyhow::bail;
use clap::Subcommand;
use story::Story;
use subject::Subjects;

const EXAMPLES: &str = "\
Examples:
  dashwright explain                      all codes
  dashwright explain unknown-label        one of them
  dashwright explain query                all named queries
  dashwright explain query error_ratio --dashboard agent-performance
  dashwright explain metric agent_tasks_failed_total
                                          what would break if it changed?
  dashwright explain alert HighErrorRate  who is told, and why";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub(super) struct Args {
    #[command(subcommand)]
    what: Option<What>,
    /// Print all codes as a page of Markdown
    #[arg(long, conflicts_with = "code")]
    markdown: bool,
    /// A finding's code; all codes are listed without
    #[arg(value_name = "CODE")]
    code: Option<String>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show a metric or recorded series, and everything that a change to it reaches
    Metric(NameArgs),
    /// Show a query as it is defined, and as each panel and rule sends it
    Query(QueryArgs),
    /// Show thresholds, and everything that is judged by them
    Threshold(NameArgs),
    /// Show an alert: its condition, its labels, and the receivers it reaches
    Alert(NameArgs),
    /// Show a dashboard's variable, and the panels that it filters
    Variable(NameArgs),
}

#[derive(Debug, clap::Args)]
struct NameArgs {
    /// The name; all names are listed without
    name: Option<String>,
    #[command(flatten)]
    common: CommonArgs,
}

#[derive(Debug, clap::Args)]
struct QueryArgs {
    /// The query; all queries are listed without
    name: Option<String>,
    /// Show the panels of this dashboard only
    #[arg(long, value_name = "KEY")]
    dashboard: Option<String>,
    #[command(flatten)]
    common: CommonArgs,
}

#[derive(Debug, clap::Args)]
struct CommonArgs {
    /// How it is printed
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: Format,
    #[command(flatten)]
    specs: SpecArgs,
}

/// What a name may be the name of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Metric,
    Query,
    Threshold,
    Alert,
    Variable,
}

pub(super) fn run(args: &Args, terminal: &mut Terminal<'_>) -> anyhow::Result<Outcome> {
    let (kind, args, dashboard) = match (&args.what, &args.code) {
        (Some(What::Metric(args)), _) => (Kind::Metric, (&args.name, &args.common), None),
        (Some(What::Query(args)), _) => (
            Kind::Query,
            (&args.name, &args.common),
            args.dashboard.as_deref(),
        ),
        (Some(What::Threshold(args)), _) => (Kind::Threshold, (&args.name, &args.common), None),
        (Some(What::Alert(args)), _) => (Kind::Alert, (&args.name, &args.common), None),
        (Some(What::Variable(args)), _) => (Kind::Variable, (&args.name, &args.common), None),
        (None, Some(name)) => return code(name, terminal),
        (None, None) if args.markdown => {
            terminal.print(report::rules())?;
            return Ok(Outcome::Clean);
        }
        (None, None) => return codes(terminal),
    };
    name(kind, args.0.as_deref(), dashboard, args.1, terminal)
}

fn code(name: &str, terminal: &mut Terminal<'_>) -> anyhow::Result<Outcome> {
    let Some(code) = Code::from_name(name) else {
        match nearest(name, Code::ALL.iter().map(|code| code.name())) {
            Some(guess) => bail!("no finding has the code `{name}`; did you mean `{guess}`?"),
            None => bail!("no finding has the code `{name}`; `dashwright explain` lists them all"),
        }
    };
    terminal.print(report::explanation(code))?;
    Ok(Outcome::Clean)
}

fn codes(terminal: &mut Terminal<'_>) -> anyhow::Result<Outcome> {
    let width = Code::ALL
        .iter()
        .map(|code| code.name().len())
        .max()
        .unwrap_or_default();
    let lines = Code::ALL.iter().map(|code| {
        format!(
            "{:width$}  {:7}  {}\n",
            code.name(),
            code.default_severity().name(),
            code.summary()
        )
    });
    terminal.print(lines.collect::<String>())?;
    Ok(Outcome::Clean)
}

fn name(
    kind: Kind,
    name: Option<&str>,
    dashboard: Option<&str>,
    common: &CommonArgs,
    terminal: &mut Terminal<'_>,
) -> anyhow::Result<Outcome> {
    let compiled = compile(&common.specs);
    let Some(model) = &compiled.model else {
        compiled.print_all(common.format, terminal)?;
        return Ok(compiled.outcome());
    };
    let Some(name) = name else {
        list(kind, model, common.format, terminal)?;
        return Ok(Outcome::Clean);
    };
    let stories = stories(kind, name, dashboard, &compiled, model)?;
    match common.format {
        Format::Human => {
            let texts: Vec<String> = stories.iter().map(Story::text).collect();
            terminal.print(texts.join("\n"))?;
        }
        Format::Json => terminal.print(story::json(&stories)?)?,
    }
    Ok(Outcome::Clean)
}

/// All names of a kind, with what each is about.
fn list(
    kind: Kind,
    model: &Model,
    format: Format,
    terminal: &mut Terminal<'_>,
) -> anyhow::Result<()> {
    let names = kind.names(model);
    if format == Format::Json {
        return terminal.print(story::json(&names)?);
    }
    let width = names.iter().map(|(name, _)| name.chars().count()).max();
    let width = width.unwrap_or_default();
    let lines = names
        .iter()
        .map(|(name, help)| format!("{name:width$}  {help}\n"));
    terminal.print(lines.collect::<String>())
}

/// The story of everything that `name` names: a variable may be one of several
/// dashboards.
fn stories(
    kind: Kind,
    name: &str,
    dashboard: Option<&str>,
    compiled: &Compiled,
    model: &Model,
) -> anyhow::Result<Vec<Story>> {
    if let Some(key) = dashboard {
        known(
            "dashboard has the key",
            key,
            model.dashboards.iter().map(|dashboard| &*dashboard.key),
        )?;
    }
    let names = kind.names(model);
    let name = match kind {
        Kind::Metric => metric_of(name, model).unwrap_or(name),
        _ => name,
    };
    let fits = |own: &str| {
        own == name
            || kind == Kind::Variable && own.rsplit_once('/').is_some_and(|(_, own)| own == name)
    };
    let meant: Vec<&str> = names
        .iter()
        .map(|(own, _)| own.as_str())
        .filter(|own| fits(own))
        .collect();
    if meant.is_empty() {
        let what = format!("{} is called", kind.word());
        known(&what, name, names.iter().map(|(own, _)| own.as_str()))?;
    }
    let subjects = Subjects::new(compiled, model);
    let all = meant.into_iter().map(|name| match kind {
        Kind::Metric => subjects.metric(name),
        Kind::Query => subjects.query(name, dashboard),
        Kind::Threshold => subjects.threshold(name),
        Kind::Alert => subjects.alert(name),
        Kind::Variable => subjects.variable(name),
    });
    Ok(all.flatten().collect())
}

/// The metric that a series of this name is part of, as `x_bucket` is of the
/// histogram `x`.
fn metric_of<'m>(series: &str, model: &'m Model) -> Option<&'m str> {
    let external = model.external.values().flat_map(|own| own.metrics.values());
    let mut all = model.metrics.values().chain(external);
    let metric = all.find(|metric| metric.series().any(|own| own == series))?;
    Some(&metric.name)
}

/// Fails if `name` is none of `names`, with the one that was meant or with all.
fn known<'n>(
    what: &str,
    name: &str,
    names: impl Iterator<Item = &'n str> + Clone,
) -> anyhow::Result<()> {
    if names.clone().any(|own| own == name) {
        return Ok(());
    }
    if let Some(guess) = nearest(name, names.clone()) {
        bail!("no {what} `{name}`; did you mean `{guess}`?");
    }
    let list: Vec<_> = names.take(12).map(|own| format!("`{own}`")).collect();
    bail!("no {what} `{name}`; there is {}", list.join(", "))
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Metric => "metric",
            Self::Query => "query",
            Self::Threshold => "threshold",
            Self::Alert => "alert",
            Self::Variable => "variable",
        }
    }

    /// All names of this kind, with a few words on each.
    fn names(self, model: &Model) -> Vec<(String, String)> {
        let texts = |name: &str, help: &str| (name.to_owned(), help.to_owned());
        match self {
            Self::Metric => {
                let external = model.external.values().flat_map(|own| own.metrics.values());
                let all = model.metrics.values().chain(external);
                let all = all.map(|metric| texts(&metric.name, &metric.help));
                let records = model.groups.iter().flat_map(|group| &group.records);
                all.chain(records.map(|record| {
                    let help = record.help.as_deref();
                    texts(&record.name, help.unwrap_or("recorded by a rule"))
                }))
                .collect()
            }
            Self::Query => {
                let all = model.queries.values();
                all.map(|query| texts(&query.name, &query.help)).collect()
            }
            Self::Threshold => {
                let all = model.thresholds.values();
                all.map(|own| texts(&own.name, &story::levels(own)))
                    .collect()
            }
            Self::Alert => {
                let all = model.alerts();
                all.map(|(_, alert)| texts(&alert.name, story::summary(alert)))
                    .collect()
            }
            Self::Variable => {
                let all = model.dashboards.iter().flat_map(|dashboard| {
                    let own = dashboard.variables.iter();
                    own.map(move |variable| (dashboard, variable))
                });
                all.map(|(dashboard, variable)| {
                    let name = format!("{}/{}", dashboard.key, variable.name);
                    texts(&name, &variable.title)
                })
                .collect()
            }
        }
    }
}
