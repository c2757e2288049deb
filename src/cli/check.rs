//! `dashwright check`: findings only.

use super::Outcome;
use super::compile::{FailArgs, FindingsFormat, SpecArgs, compile};
use super::terminal::Terminal;
use crate::diagnostic::Sink;
use crate::render;
use std::mem::ManuallyDrop;

const EXAMPLES: &str = "\
Examples:
  dashwright check
  dashwright check --profile local
  dashwright check --deny warnings       in CI
  dashwright check --format github       in a workflow: annotations in the pull request
  dashwright check --format json | jq '.diagnostics[].code'";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    specs: SpecArgs,
    #[command(flatten)]
    fail: FailArgs,
    /// How findings are printed
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: FindingsFormat,
    /// Print findings only
    #[arg(long, short)]
    quiet: bool,
}

pub(super) fn run(args: &Args, terminal: &mut Terminal<'_>) -> anyhow::Result<Outcome> {
    // The process ends here: to free a large model would only take time.
    let mut compiled = ManuallyDrop::new(compile(&args.specs));
    // Templates of the user's own show their mistakes when they render.
    if let Some(model) = &compiled.model
        && compiled.files.templates().next().is_some()
    {
        let mut sink = Sink::default();
        render::render_with(model, &compiled.files, &mut sink);
        compiled.diagnostics.extend(sink.into_sorted());
    }
    compiled.print_all(args.format, terminal)?;
    let outcome = compiled.outcome_under(&args.fail);
    if compiled.diagnostics.is_empty() && args.format == FindingsFormat::Human && !args.quiet {
        let count = compiled.files.sources().iter().len();
        let files = if count == 1 { "file" } else { "files" };
        terminal.print(format!("no findings in {count} {files}\n"))?;
    }
    Ok(outcome)
}
