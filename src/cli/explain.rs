//! `dashwright explain`: what a code means, and what becomes of a query.

use super::Outcome;
use super::compile::{Compiled, Format, SpecArgs, compile};
use super::terminal::Terminal;
use crate::diagnostic::{Code, nearest};
use crate::model::{Model, Query, QueryUse};
use crate::report;
use crate::spec::shape::Worse;
use anyhow::bail;
use clap::Subcommand;

const EXAMPLES: &str = "\
Examples:
  dashwright explain                      all codes
  dashwright explain unknown-label        one of them
  dashwright explain query                all named queries
  dashwright explain query error_ratio --dashboard agent-performance";

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
    /// Show a query as it is defined, and as each panel and rule sends it
    Query(QueryArgs),
}

#[derive(Debug, clap::Args)]
struct QueryArgs {
    /// The query; all queries are listed without
    name: Option<String>,
    /// Show the panels of this dashboard only
    #[arg(long, value_name = "KEY")]
    dashboard: Option<String>,
    #[command(flatten)]
    specs: SpecArgs,
}

pub(super) fn run(args: &Args, terminal: &mut Terminal<'_>) -> anyhow::Result<Outcome> {
    match (&args.what, &args.code) {
        (Some(What::Query(args)), _) => query(args, terminal),
        (None, Some(name)) => code(name, terminal),
        (None, None) if args.markdown => {
            terminal.print(report::rules())?;
            Ok(Outcome::Clean)
        }
        (None, None) => codes(terminal),
    }
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

fn query(args: &QueryArgs, terminal: &mut Terminal<'_>) -> anyhow::Result<Outcome> {
    let compiled = compile(&args.specs);
    let Some(model) = &compiled.model else {
        compiled.print_all(Format::Human, terminal)?;
        return Ok(compiled.outcome());
    };
    let Some(name) = &args.name else {
        let width = model
            .queries
            .keys()
            .map(|name| name.len())
            .max()
            .unwrap_or_default();
        let lines = model
            .queries
            .values()
            .map(|query| format!("{:width$}  {}\n", query.name, query.help));
        terminal.print(lines.collect::<String>())?;
        return Ok(Outcome::Clean);
    };
    let Some(query) = model.queries.get(name.as_str()) else {
        match nearest(name, model.queries.keys().map(|name| &**name)) {
            Some(guess) => bail!("no query is called `{name}`; did you mean `{guess}`?"),
            None => bail!("no query is called `{name}`; `dashwright explain query` lists them all"),
        }
    };
    if let Some(key) = &args.dashboard
        && !model
            .dashboards
            .iter()
            .any(|dashboard| *dashboard.key == **key)
    {
        match nearest(
            key,
            model.dashboards.iter().map(|dashboard| &*dashboard.key),
        ) {
            Some(guess) => bail!("no dashboard has the key `{key}`; did you mean `{guess}`?"),
            None => {
                let keys: Vec<_> = model
                    .dashboards
                    .iter()
                    .map(|dashboard| format!("`{}`", dashboard.key))
                    .collect();
                bail!(
                    "no dashboard has the key `{key}`; the keys are {}",
                    keys.join(", ")
                )
            }
        }
    }
    let mut text = definition(query, &compiled);
    let uses = uses(query, model, args.dashboard.as_deref());
    if uses.is_empty() {
        let place = args
            .dashboard
            .as_ref()
            .map(|key| format!(" on dashboard `{key}`"))
            .unwrap_or_default();
        text.push_str(&format!("\nnot used{place}\n"));
    }
    for (user, expr) in uses {
        text.push_str(&format!("\n{user}\n{}", indented(&expr)));
    }
    terminal.print(text)?;
    Ok(Outcome::Clean)
}

fn definition(query: &Query, compiled: &Compiled) -> String {
    let mut text = format!("{}: {}\n", query.name, query.help);
    let defined = compiled
        .specs
        .queries
        .iter()
        .find(|named| *named.name.value == *query.name);
    let mut field = |name: &str, value: &str| text.push_str(&format!("  {name:11} {value}\n"));
    if let Some(defined) = defined {
        field(
            "defined at",
            &compiled.files.sources().describe(defined.name.span),
        );
    }
    if let Some(unit) = &query.unit {
        field("unit", unit.id());
    }
    if let Some(thresholds) = &query.thresholds {
        let sign = |good: bool| match (thresholds.worse, good) {
            (Worse::Higher, false) | (Worse::Lower, true) => ">",
            (Worse::Higher, true) | (Worse::Lower, false) => "<",
        };
        let levels: Vec<_> = thresholds
            .levels
            .iter()
            .map(|level| format!("{} {} {}", level.name, sign(level.good), level.written))
            .collect();
        field(
            "thresholds",
            &format!("{} ({})", thresholds.name, levels.join(", ")),
        );
    }
    text.push_str(&format!("\nas written\n{}", indented(query.expr.text())));
    if query.example != query.expr.text() {
        text.push_str(&format!(
            "\nto paste into Prometheus\n{}",
            indented(&query.example)
        ));
    }
    text
}

/// Who uses `query`, and the expression that each sends. With a dashboard
/// named, only its panels.
fn uses(query: &Query, model: &Model, dashboard: Option<&str>) -> Vec<(String, String)> {
    let mut uses = Vec::new();
    for board in model
        .dashboards
        .iter()
        .filter(|board| dashboard.is_none_or(|key| *board.key == *key))
    {
        for panel in board.all_panels() {
            let targets = panel
                .targets
                .iter()
                .filter(|target| target.query.as_deref() == Some(&*query.name));
            for target in targets {
                let several = if panel.targets.len() > 1 {
                    format!(", query {}", target.ref_id)
                } else {
                    String::new()
                };
                let user = format!(
                    "panel {}/{} \"{}\"{several}",
                    board.key, panel.key, panel.title
                );
                uses.push((user, target.expr.clone()));
            }
        }
    }
    if dashboard.is_some() {
        return uses;
    }
    for (_, alert) in model.alerts() {
        if alert
            .condition
            .as_ref()
            .is_some_and(|condition| condition.query == query.name)
        {
            uses.push((format!("alert {}", alert.name), alert.expr.clone()));
        }
    }
    for record in model.groups.iter().flat_map(|group| &group.records) {
        if query
            .used_by
            .contains(&QueryUse::Record(record.name.clone()))
        {
            uses.push((
                format!("recording rule {}", record.name),
                record.expr.clone(),
            ));
        }
    }
    uses
}

fn indented(expr: &str) -> String {
    expr.trim_end()
        .lines()
        .map(|line| {
            if line.is_empty() {
                "\n".to_owned()
            } else {
                format!("    {line}\n")
            }
        })
        .collect()
}
