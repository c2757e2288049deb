//! A made-up agent orchestrator. Tasks that are posted to it, and tasks that
//! come by themselves, are worked on by agents that cost money, use skills,
//! need approvals and fail. All of that is told to the generated emitter, as
//! an application would, and served to Prometheus.

mod api;
mod names;
mod orchestrator;
mod world;

use clap::Parser;
use orchestrator::{Options, Orchestrator};
use orchestrator_metrics::Metrics;
use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::select;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use world::Scenario;

const EXAMPLES: &str = "\
Examples:
  orchestrator --scenario busy --speed 10
  curl -H 'Content-Type: application/json' -d '{\"agent\": \"coder\"}' 127.0.0.1:3000/api/tasks
  curl -H 'Content-Type: application/json' -d '{\"scenario\": \"incident\"}' 127.0.0.1:3000/api/scenario";

/// A made-up agent orchestrator with real metrics
#[derive(Debug, Parser)]
#[command(name = "orchestrator", version, after_help = EXAMPLES)]
struct Args {
    /// Where the API listens
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:3000")]
    listen: String,
    /// Where Prometheus finds the metrics
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9100")]
    metrics_listen: String,
    /// What the world is like at first; `POST /api/scenario` changes it
    #[arg(long, value_enum, default_value = "normal")]
    scenario: Scenario,
    #[command(flatten)]
    options: Options,
}

fn main() -> ExitCode {
    let args = Args::parse();
    match run(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "orchestrator: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: Args) -> Result<(), Box<dyn Error>> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(serve(args))
}

async fn serve(args: Args) -> Result<(), Box<dyn Error>> {
    let listen = &args.listen;
    let listener = TcpListener::bind(listen)
        .await
        .map_err(|error| format!("cannot listen on {listen}: {error}"))?;
    let metrics = Arc::new(Metrics::new()?);
    let server = metrics.start_metrics_server(args.metrics_listen)?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    writeln!(
        io::stdout(),
        "tasks   http://{}/api/tasks\nmetrics http://{}/metrics",
        listener.local_addr()?,
        server.address()
    )?;

    let (orchestrator, queue) = Orchestrator::new(metrics, args.options, args.scenario.into());
    let (stop, stopped) = watch::channel(false);
    let until = |mut stopped: watch::Receiver<bool>| async move {
        let _ = stopped.wait_for(|stopped| *stopped).await;
    };
    let api = api::serve(listener, Arc::clone(&orchestrator), until(stopped.clone()));
    let api = tokio::spawn(api);
    let work = tokio::spawn(Arc::clone(&orchestrator).run(queue, until(stopped)));
    select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    stop.send_replace(true);
    let left = orchestrator.count();
    work.await?;
    api.await?;
    server.stop();
    writeln!(
        io::stdout(),
        "stopped after {} tasks; {} were unfinished",
        left.accepted,
        left.unfinished
    )?;
    Ok(())
}
