//! `dashwright verify`: asks a running system whether everything that was
//! generated really works.

use super::Outcome;
use super::compile::{Compiled, Format, SpecArgs, compile};
use super::terminal::Terminal;
use crate::diagnostic::Severity;
use crate::model::Model;
use crate::promql::PromDuration;
use crate::report;
use crate::verify::{Access, Client, System, Verdict, verify};
use anyhow::bail;
use clap::ValueEnum;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Time between two looks at a system that is waited for.
const PAUSE: Duration = Duration::from_secs(1);

const EXAMPLES: &str = "\
Examples:
  dashwright verify --prometheus http://localhost:9090
  dashwright verify --metrics http://localhost:9100/metrics
  dashwright verify --metrics saved.prom
  dashwright verify --profile local --wait 60s \\
    --prometheus http://127.0.0.1:9090 --alertmanager http://127.0.0.1:9093

Servers are only read. Exit codes: 0 all is well, 1 findings, 2 wrong usage or no answer.";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Prometheus: targets, rules, and the data of every panel and query
    #[arg(long, value_name = "URL", value_parser = address)]
    prometheus: Option<String>,
    /// What a service exposes: its address, or a file; may be repeated
    #[arg(long, value_name = "URL|FILE")]
    metrics: Vec<String>,
    /// Alertmanager: receivers, routing, silences
    #[arg(long, value_name = "URL", value_parser = address)]
    alertmanager: Option<String>,
    #[command(flatten)]
    specs: SpecArgs,
    /// Ask again until all is well, for so long at most
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    wait: Option<PromDuration>,
    /// How long an answer may take
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "10s")]
    timeout: PromDuration,
    /// Fail on warnings too
    #[arg(long, value_name = "WHAT")]
    deny: Option<Deny>,
    /// How findings are printed
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: Format,
    /// Print findings only
    #[arg(long, short)]
    quiet: bool,
    /// File with a bearer token
    #[arg(
        long,
        value_name = "FILE",
        help_heading = "Access",
        conflicts_with = "basic_auth_file"
    )]
    bearer_token_file: Option<PathBuf>,
    /// File with `user:password`
    #[arg(long, value_name = "FILE", help_heading = "Access")]
    basic_auth_file: Option<PathBuf>,
    /// Authorities to trust, in PEM, in place of Mozilla's
    #[arg(long, value_name = "FILE", help_heading = "Access")]
    ca_file: Option<PathBuf>,
    /// Certificate to show, in PEM
    #[arg(
        long,
        value_name = "FILE",
        help_heading = "Access",
        requires = "key_file"
    )]
    cert_file: Option<PathBuf>,
    /// Key of the certificate, in PEM
    #[arg(
        long,
        value_name = "FILE",
        help_heading = "Access",
        requires = "cert_file"
    )]
    key_file: Option<PathBuf>,
    /// Trust any certificate
    #[arg(long, help_heading = "Access")]
    insecure_skip_verify: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Deny {
    /// Warnings
    Warnings,
}

fn address(text: &str) -> Result<String, String> {
    let host = text
        .strip_prefix("http://")
        .or_else(|| text.strip_prefix("https://"));
    match host {
        Some(host) if !host.is_empty() && !text.contains(['?', '#', ' ']) => Ok(text.to_owned()),
        Some(_) => Err("this is no address of a server".to_owned()),
        None => Err("an address starts with `http://` or `https://`".to_owned()),
    }
}

fn duration(text: &str) -> Result<PromDuration, String> {
    PromDuration::parse(text)
        .filter(|duration| duration.as_millis() > 0)
        .ok_or_else(|| "expected a duration such as `60s`".to_owned())
}

pub(super) fn run(args: &Args, terminal: &mut Terminal<'_>) -> anyhow::Result<Outcome> {
    let system = System {
        prometheus: args.prometheus.clone(),
        metrics: args.metrics.clone(),
        alertmanager: args.alertmanager.clone(),
    };
    if system.prometheus.is_none() && system.metrics.is_empty() && system.alertmanager.is_none() {
        bail!(
            "nothing to ask: give `--prometheus`, `--metrics` or `--alertmanager`, or several of them"
        );
    }
    let client = Client::new(&Access {
        timeout: args.timeout.into(),
        bearer_token_file: args.bearer_token_file.clone(),
        basic_auth_file: args.basic_auth_file.clone(),
        ca_file: args.ca_file.clone(),
        cert_file: args.cert_file.clone(),
        key_file: args.key_file.clone(),
        insecure_skip_verify: args.insecure_skip_verify,
    })?;
    let compiled = compile(&args.specs);
    let Some(model) = &compiled.model else {
        compiled.print_all(args.format, terminal)?;
        return Ok(compiled.outcome());
    };
    let verdict = look(args, &system, &client, &compiled, model, terminal)?;
    match args.format {
        Format::Human => {
            let text = report::verdict(&verdict, args.quiet, terminal.style());
            terminal.print(text)?;
        }
        Format::Json => terminal.print(report::verdict_document(&verdict))?,
    }
    Ok(outcome(&verdict, args.deny))
}

/// Asks until all is well, or as long as it may take.
fn look(
    args: &Args,
    system: &System,
    client: &Client,
    compiled: &Compiled,
    model: &Model,
    terminal: &mut Terminal<'_>,
) -> anyhow::Result<Verdict> {
    let start = Instant::now();
    let patience = args.wait.map_or(Duration::ZERO, Duration::from);
    loop {
        let verdict = verify(
            system,
            client,
            model,
            &compiled.specs,
            compiled.files.sources(),
        );
        let left = patience.saturating_sub(start.elapsed());
        if left.is_zero() || !verdict.may_improve() {
            terminal.progress("")?;
            return Ok(verdict);
        }
        let open = verdict
            .diagnostics
            .iter()
            .filter(|found| found.severity != Severity::Hint);
        terminal.progress(&format!(
            "waiting {} s more for {} findings to pass",
            left.as_secs(),
            open.count()
        ))?;
        std::thread::sleep(PAUSE.min(left));
    }
}

fn outcome(verdict: &Verdict, deny: Option<Deny>) -> Outcome {
    let has = |severity| {
        verdict
            .diagnostics
            .iter()
            .any(|found| found.severity == severity)
    };
    if verdict.is_unreachable() {
        Outcome::Failed
    } else if has(Severity::Error) || deny.is_some() && has(Severity::Warning) {
        Outcome::Findings
    } else {
        Outcome::Clean
    }
}
