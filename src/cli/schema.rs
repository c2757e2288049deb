//! `dashwright schema`: the language for editors.

use super::Outcome;
use super::terminal::Terminal;
use crate::spec::{SchemaOf, schema};

const EXAMPLES: &str = "\
Examples:
  dashwright schema > specs.schema.json
  dashwright schema --profiles > profiles.schema.json

Editors with the YAML language server complete and check specs that begin with
  # yaml-language-server: $schema=../specs.schema.json";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Of the files below `profiles/`: nothing is required, and null removes
    #[arg(long)]
    profiles: bool,
}

pub(super) fn run(args: &Args, terminal: &mut Terminal<'_>) -> anyhow::Result<Outcome> {
    let of = if args.profiles {
        SchemaOf::Profiles
    } else {
        SchemaOf::Specs
    };
    let text = serde_json::to_string_pretty(&schema(of))?;
    terminal.print(text + "\n")?;
    Ok(Outcome::Clean)
}
