//! `dashwright diff`: what a change means.

mod git;
mod side;

use super::Outcome;
use super::terminal::Terminal;
use crate::diff::{Diff, Level, diff};
use crate::report::{self, Page, SideNames};
use anyhow::bail;
use clap::ValueEnum;
use side::{Loaded, Request, load};
use std::mem::ManuallyDrop;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  dashwright diff                             the work tree against where it left the main branch
  dashwright diff main                        the work tree against main
  dashwright diff v1.2 HEAD                   two revisions
  dashwright diff HEAD:monitoring monitoring  files of any origin: dashboards, rules, configuration
  dashwright diff --format markdown           for a comment on a pull request
  dashwright diff --format html > diff.html   a page that draws both sides

A side is a git revision (with :PATH, a directory in it), a directory of specs, or a directory of
dashboards, rules and configuration files. Exit codes: 0 no change in meaning, 1 changes, 2 trouble.";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The side before: a revision or a directory
    base: Option<String>,
    /// The side after; the work tree if not given
    head: Option<String>,
    /// Directory of the specs, in revisions and in the work tree
    #[arg(long, value_name = "DIR", default_value = super::compile::DEFAULT_SPECS)]
    specs: PathBuf,
    /// Lay `profiles/NAME.yaml` over the specs of both sides
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// How changes are printed
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: Format,
    /// With `--format html`: the Prometheus from which the page gets its data
    #[arg(long, value_name = "URL")]
    prometheus: Option<String>,
    /// With `--format html`: the page asks the server that it came from for news
    #[arg(long, hide = true)]
    live: bool,
    /// What makes the exit code 1
    #[arg(long, value_name = "WHAT", default_value = "change")]
    fail_on: FailOn,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Human,
    /// For a comment on a pull request
    Markdown,
    /// For programs
    Json,
    /// A page that draws the dashboards before and after
    Html,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FailOn {
    /// Any change in meaning
    Change,
    /// Changes that break or silence something, not those that only may
    Breaking,
    /// Nothing
    Never,
}

pub(super) fn run(args: &Args, terminal: &mut Terminal<'_>) -> anyhow::Result<Outcome> {
    if let Some(url) = &args.prometheus {
        validate(url, args.format)?;
    }
    let request = Request {
        specs: &args.specs,
        profile: args.profile.as_deref(),
    };
    let (base, head) = match (&args.base, &args.head) {
        (Some(base), Some(head)) => (request.load(base), request.load(head)),
        (Some(base), None) => (request.load(base), request.work_tree()),
        (None, _) => (request.fork_point(), request.work_tree()),
    };
    let (base, head) = load(base?, head?, args.profile.as_deref());
    // The process ends here: to free large models would only take time.
    let (base, head) = (ManuallyDrop::new(base), ManuallyDrop::new(head));
    for side in [&base, &head] {
        if side.fails() {
            return broken(side, terminal);
        }
    }
    if base.side.is_empty() && head.side.is_empty() {
        bail!(
            "there is nothing to compare: neither `{}` nor `{}` holds specs or files",
            base.name,
            head.name
        );
    }
    let diff = ManuallyDrop::new(diff(&base.side, &head.side));
    let names = SideNames {
        base: &base.name,
        head: &head.name,
    };
    let style = terminal.style();
    terminal.print(match args.format {
        Format::Human => report::diff_terminal(&diff, names, style),
        Format::Markdown => report::diff_markdown(&diff, names),
        Format::Json => report::diff_json(&diff, names),
        Format::Html => report::diff_page(
            &diff,
            &Page {
                names,
                base: &base.side,
                head: &head.side,
                prometheus: args.prometheus.as_deref(),
                live: args.live,
            },
        ),
    })?;
    Ok(outcome(&diff, args.fail_on))
}

/// The address stands in the page's security policy, which knows no quotes.
fn validate(url: &str, format: Format) -> anyhow::Result<()> {
    if format != Format::Html {
        bail!("`--prometheus` goes with `--format html`");
    }
    let rest = url.strip_prefix("http://").or(url.strip_prefix("https://"));
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._:/[]%~".contains(c);
    match rest {
        Some(rest) if !rest.is_empty() && rest.chars().all(is_plain) => Ok(()),
        _ => bail!("`{url}` is no address such as `http://localhost:9090`"),
    }
}

fn outcome(diff: &Diff, fail_on: FailOn) -> Outcome {
    let fails = match fail_on {
        FailOn::Change => !diff.is_empty(),
        FailOn::Breaking => diff.worst() >= Some(Level::Silences),
        FailOn::Never => false,
    };
    if fails {
        Outcome::Findings
    } else {
        Outcome::Clean
    }
}

/// A side whose specs have errors means nothing that could be compared.
fn broken(side: &Loaded, terminal: &mut Terminal<'_>) -> anyhow::Result<Outcome> {
    if let Some(compiled) = &side.compiled {
        compiled.print_findings(terminal)?;
    }
    bail!(
        "the specs of `{}` do not compile, so there is no telling what changed",
        side.name
    )
}
