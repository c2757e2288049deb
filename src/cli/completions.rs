//! `dashwright completions`: scripts for shells.

use super::Outcome;
use super::terminal::Terminal;
use clap_complete::Shell;

const EXAMPLES: &str = "\
Examples:
  dashwright completions bash > ~/.local/share/bash-completion/completions/dashwright
  dashwright completions zsh > ~/.zfunc/_dashwright
  dashwright completions fish > ~/.config/fish/completions/dashwright.fish";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The shell
    shell: Shell,
}

pub(super) fn run(
    args: &Args,
    mut command: clap::Command,
    terminal: &mut Terminal<'_>,
) -> anyhow::Result<Outcome> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "dashwright", &mut script);
    terminal.print(script)?;
    Ok(Outcome::Clean)
}
