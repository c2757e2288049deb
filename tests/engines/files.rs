//! Configurations, as their own checkers see them.

use crate::program::{accepts, find};
use crate::reference::{Generated, specs};
use std::path::PathBuf;
use std::process::Command;

fn promtool(generated: &Generated) -> Command {
    let mut command = Command::new(find(&["promtool"]));
    command.current_dir(generated.path("monitoring"));
    command
}

fn check_alertmanager(file: PathBuf) -> String {
    accepts(
        Command::new(find(&["amtool"]))
            .arg("check-config")
            .arg(file),
    )
}

#[test]
fn promtool_accepts_the_configuration_and_finds_the_rules_through_it() {
    let generated = Generated::reference();
    let said = accepts(promtool(&generated).args(["check", "config", "prometheus.yml"]));
    assert!(said.contains("7 rules found"), "{said}");
}

#[test]
fn promtool_accepts_the_configuration_of_every_profile() {
    for profile in ["local", "notify"] {
        let generated = Generated::from(&specs(), Some(profile));
        let said = accepts(promtool(&generated).args(["check", "config", "prometheus.yml"]));
        assert!(said.contains("7 rules found"), "{profile}: {said}");
    }
}

#[test]
fn promtool_accepts_the_rules_and_has_nothing_to_remark() {
    let generated = Generated::reference();
    let arguments = [
        "check",
        "rules",
        "--lint=all",
        "--lint-fatal",
        "alert-rules.yml",
    ];
    let said = accepts(promtool(&generated).args(arguments));
    assert!(said.contains("SUCCESS: 7 rules found"), "{said}");
}

#[test]
fn amtool_accepts_the_default_routing_which_needs_no_secret() {
    let generated = Generated::reference();
    let file = generated.path("monitoring/alertmanager.yml");
    let said = check_alertmanager(file);
    assert!(said.contains("1 receivers"), "{said}");
    let text = generated.read("monitoring/alertmanager.yml");
    assert!(
        !text.contains("_file") && !text.contains("password"),
        "{text}"
    );
}

#[test]
fn amtool_accepts_the_routing_to_slack_and_mail_and_sends_alerts_there() {
    let generated = Generated::from(&specs(), Some("notify"));
    let file = generated.path("monitoring/alertmanager.yml");
    let said = check_alertmanager(file.clone());
    assert!(said.contains("2 receivers"), "{said}");
    for (severity, receiver) in [("warning", "slack"), ("critical", "on-call")] {
        let routed = accepts(
            Command::new(find(&["amtool"]))
                .args(["config", "routes", "test"])
                .arg(format!("--config.file={}", file.display()))
                .arg(format!("--verify.receivers={receiver}"))
                .args(["alertname=Any", &format!("severity={severity}")]),
        );
        assert!(routed.contains(receiver), "{routed}");
    }
}
