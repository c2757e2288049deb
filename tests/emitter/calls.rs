//! Calls every event of the reference specs, then writes both expositions to
//! the files that are named. Built as an example of the rendered package.

use orchestrator_metrics::Metrics;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let metrics = Arc::new(Metrics::new()?);

    metrics.on_agent_task_start("planner");
    metrics.on_agent_task_complete("planner", 3 * SECOND);
    metrics.on_agent_task_start("planner");
    metrics.on_agent_task_fail("planner", 700 * SECOND);
    metrics.on_agent_task_start("planner");
    let hot = metrics.on_agent_task_start_handle("coder");
    hot.record();
    metrics
        .on_agent_task_complete_handle("coder")
        .record(SECOND / 2);
    metrics.agent_task("guarded").complete();
    metrics.agent_task("guarded").fail();
    drop(metrics.agent_task("guarded"));

    metrics.on_cost_recorded("planner", "gpt-4o-mini", 1.0);
    metrics.reset_daily_cost();
    metrics.on_cost_recorded("planner", "claude-sonnet", 0.25);
    metrics
        .on_cost_recorded_handle("coder", "claude-sonnet")
        .record(0.5);

    metrics.on_skill_access_allowed("web_search");
    metrics.on_skill_access_denied("shell");
    metrics.on_escalation_requested("shell");
    metrics.on_permission_granted("shell");
    metrics.on_permission_granted("shell");
    metrics.on_permission_revoked("shell");
    metrics.log_violation("rate_limit");

    metrics.on_approval_requested();
    metrics.on_approval_requested();
    metrics.on_approval_requested();
    metrics.on_approval_requested();
    metrics.on_approval_answered(20 * SECOND);
    metrics.on_approval_auto_escalated();
    metrics.on_approval_withdrawn();
    metrics.approval().answer();
    metrics.approval().auto_escalate();
    drop(metrics.approval());

    let server = metrics.start_metrics_server("127.0.0.1:0")?;
    let mut client = TcpStream::connect(server.address())?;
    client.write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    client.read_to_string(&mut answer)?;
    let (_, served) = answer.split_once("\r\n\r\n").ok_or("no body")?;
    let address = server.address();
    server.stop();
    if TcpStream::connect(address).is_ok() {
        return Err("the server has not stopped".into());
    }

    let mut paths = std::env::args().skip(1);
    let (text, open) = (paths.next().ok_or("text")?, paths.next().ok_or("open")?);
    let (_, body) = metrics.encode(None);
    if !served.contains(std::str::from_utf8(&body)?) {
        return Err(format!("the server says something else: {answer}").into());
    }
    std::fs::write(text, body)?;
    let accept = "application/openmetrics-text; version=1.0.0";
    let (_, body) = metrics.encode(Some(accept));
    std::fs::write(open, body)?;
    Ok(())
}
