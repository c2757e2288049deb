//! `dashwright preview`: the review page in a browser, drawn anew after every edit.

mod server;

use super::Outcome;
use super::compile::DEFAULT_SPECS;
use super::terminal::Terminal;
use super::watch::{Watch, own_process};
use anyhow::Context;
use server::Board;
use std::ffi::OsString;
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

const EXAMPLES: &str = "\
Examples:
  dashwright preview                                    against where this branch left main
  dashwright preview HEAD --port 8000                   against the last commit
  dashwright preview --prometheus http://localhost:9090 with real data

Only this machine can reach the page. Ctrl-C ends.";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The side before: a revision or a directory
    base: Option<OsString>,
    /// Directory of the specs
    #[arg(long, value_name = "DIR", default_value = DEFAULT_SPECS)]
    specs: PathBuf,
    /// Lay `profiles/NAME.yaml` over the specs of both sides
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// The Prometheus from which the page gets its data
    #[arg(long, value_name = "URL")]
    prometheus: Option<String>,
    /// Port on 127.0.0.1; a free one if 0
    #[arg(long, default_value_t = 9089)]
    port: u16,
}

pub(super) fn run(args: &Args, terminal: &mut Terminal<'_>) -> anyhow::Result<Outcome> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, args.port)).with_context(|| {
        format!(
            "cannot listen on port {}; name another with `--port`",
            args.port
        )
    })?;
    let port = listener.local_addr()?.port();
    let board = Arc::new(Board::default());
    let watch = Watch::new(&args.specs);
    let mut changes = watch.start()?;
    board.show(page(args)?);
    let shown = Arc::clone(&board);
    thread::spawn(move || server::serve(&listener, port, &shown));
    terminal.print(format!("http://127.0.0.1:{port}/ (Ctrl-C ends)\n"))?;
    loop {
        changes.wait()?;
        changes = watch.start()?;
        board.show(page(args)?);
    }
}

/// The page as `diff` makes it, or what it says instead.
fn page(args: &Args) -> anyhow::Result<String> {
    let mut process = own_process("diff")?;
    process.args(&args.base).arg("--specs").arg(&args.specs);
    process.args(["--format", "html", "--live"]);
    if let Some(profile) = &args.profile {
        process.args(["--profile", profile]);
    }
    if let Some(url) = &args.prometheus {
        process.args(["--prometheus", url]);
    }
    let output = process.env("NO_COLOR", "1").output();
    let output = output.context("cannot start another process of this program")?;
    Ok(if output.stdout.is_empty() {
        server::trouble(&String::from_utf8_lossy(&output.stderr))
    } else {
        String::from_utf8_lossy(&output.stdout).into_owned()
    })
}
