//! The command line: one file per command, and what they share.

mod check;
mod compile;
mod completions;
mod diff;
mod explain;
mod generate;
mod init;
mod preview;
mod schema;
mod terminal;
mod verify;
mod watch;

use clap::{CommandFactory, Parser, Subcommand};
use std::ffi::OsString;
use std::io::Write;
use terminal::Terminal;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// All is well.
    Clean,
    /// The specs have errors, or the generated files do not match them.
    Findings,
    /// The run could not do its work: wrong usage, or the system refused.
    Failed,
}

impl Outcome {
    /// The exit code of the process.
    pub fn code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Findings => 1,
            Self::Failed => 2,
        }
    }
}

const EXAMPLES: &str = "\
Examples:
  dashwright init demo                  start from the reference specs
  dashwright generate                   specs/ to generated/
  dashwright generate --check           in CI: are the generated files up to date?
  dashwright diff                       in review: what does this change mean?
  dashwright explain query error_ratio  what becomes of a query

Exit codes: 0 clean, 1 findings or drift, 2 wrong usage or a failure.";

/// Compiles declarative specs into a whole Prometheus and Grafana monitoring stack.
#[derive(Debug, Parser)]
#[command(name = "dashwright", version, after_help = EXAMPLES, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write all monitoring files that the specs describe
    Generate(generate::Args),
    /// Check the specs and write nothing
    Check(check::Args),
    /// Say what a change means: what moved, what caused it, what it puts at risk
    Diff(diff::Args),
    /// Show the dashboards in a browser, and what a change makes of them, as specs are edited
    Preview(preview::Args),
    /// Start a project: the reference specs, or a minimal set
    Init(init::Args),
    /// Ask a running system whether everything that was generated works
    Verify(verify::Args),
    /// Explain a finding's code, or what hangs on a name
    Explain(explain::Args),
    /// Print a JSON Schema of the specs, for editors
    Schema(schema::Args),
    /// Print a completion script for a shell
    Completions(completions::Args),
}

/// Runs the command line `args`, whose first element is the program's name.
/// Results go to `out`, findings and failures to `err`; that a reader of
/// either goes away is no failure.
pub fn run(
    args: impl IntoIterator<Item = OsString>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Outcome {
    let mut terminal = Terminal::new(out, err);
    let result = match Cli::try_parse_from(args) {
        Ok(cli) => dispatch(&cli.command, &mut terminal),
        Err(error) => terminal.usage(&error),
    };
    result.unwrap_or_else(|error| {
        terminal.failure(&error);
        Outcome::Failed
    })
}

fn dispatch(command: &Command, terminal: &mut Terminal<'_>) -> anyhow::Result<Outcome> {
    match command {
        Command::Generate(args) => generate::run(args, terminal),
        Command::Check(args) => check::run(args, terminal),
        Command::Diff(args) => diff::run(args, terminal),
        Command::Preview(args) => preview::run(args, terminal),
        Command::Init(args) => init::run(args, terminal),
        Command::Verify(args) => verify::run(args, terminal),
        Command::Explain(args) => explain::run(args, terminal),
        Command::Schema(args) => schema::run(args, terminal),
        Command::Completions(args) => completions::run(args, Cli::command(), terminal),
    }
}

#[cfg(test)]
mod tests {
    use super::Cli;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
