//! An Alertmanager that does not do what the specs say.

use crate::case::{Edit, SPECS, edited, write};
use crate::docs::Row;
use crate::program::find;
use crate::run::verify;
use crate::server::{Server, free_ports};
use std::process::Command;
use tempfile::TempDir;

const ALERTMANAGER: &str = r#"
alertmanager:
  receivers:
    nobody: {}
    team: { webhook: [{ url: "http://127.0.0.1:9/hook" }] }
  route:
    receiver: nobody
    group_by: [alertname]
    group_wait: 30s
    routes:
      - { receiver: team, matchers: ['severity=~"warning|critical"'] }
"#;

struct Case {
    name: &'static str,
    breaks: &'static str,
    codes: &'static [&'static str],
    /// How the specs differ from what is loaded.
    specs: &'static [Edit],
}

const CASES: &[Case] = &[
    Case {
        name: "as_generated",
        breaks: "nothing",
        codes: &[],
        specs: &[],
    },
    Case {
        name: "receiver_missing",
        breaks: "Alertmanager does not know a receiver",
        codes: &["receiver-not-loaded", "routing-differs"],
        specs: &[
            ("    team:", "    night:"),
            ("receiver: team", "receiver: night"),
        ],
    },
    Case {
        name: "other_routing",
        breaks: "Alertmanager routes by an older configuration",
        codes: &["routing-differs"],
        specs: &[
            ("warning|critical", "critical|page"),
            ("group_wait: 30s", "group_wait: 10s"),
        ],
    },
];

/// An active silence is a case of its own: it stays for all that follow.
const SILENCED: Row = ("a silence mutes an alert", &["alert-silenced"]);

/// The rows that these cases add to the table in the documentation.
pub(crate) fn rows() -> Vec<Row> {
    CASES
        .iter()
        .filter(|case| !case.codes.is_empty())
        .map(|case| (case.breaks, case.codes))
        .chain([SILENCED])
        .collect()
}

#[test]
fn every_difference_is_named() {
    let root = TempDir::new().unwrap();
    let specs = SPECS.to_owned() + ALERTMANAGER;
    let loaded = write(root.path(), "loaded", &specs.replace("PORT", "9100"));
    let generated = Command::new(env!("CARGO_BIN_EXE_dashwright"))
        .arg("generate")
        .current_dir(&loaded)
        .status();
    assert!(generated.unwrap().success());
    let [port] = free_ports();
    let _alertmanager = Server::start(
        &["alertmanager", "prometheus-alertmanager"],
        port,
        root.path(),
        &[
            format!(
                "--config.file={}",
                loaded
                    .join("generated/monitoring/alertmanager.yml")
                    .display()
            ),
            format!("--storage.path={}", root.path().join("data").display()),
            "--cluster.listen-address=".to_owned(),
        ],
    );
    let url = format!("http://127.0.0.1:{port}");
    let args = ["--alertmanager", url.as_str()];
    for case in CASES {
        let specs = edited(&specs, case.specs).replace("PORT", "9100");
        let directory = write(root.path(), case.name, &specs);
        let run = verify(&directory, &args);
        insta::assert_snapshot!(format!("routing-{}", case.name), run.said);
        assert_eq!(run.codes(), case.codes, "{}\n{}", case.name, run.said);
    }
    let silence = Command::new(find(&["amtool"]))
        .args(["silence", "add", "alertname=AppQueueFull", "queue=fast"])
        .args([
            "--author=Ada",
            "--comment=moving the queue",
            "--duration=1h",
        ])
        .arg(format!("--alertmanager.url={url}"))
        .output()
        .unwrap();
    assert!(
        silence.status.success(),
        "{}",
        String::from_utf8_lossy(&silence.stderr)
    );
    let run = verify(&loaded, &args);
    insta::assert_snapshot!("routing-silenced", run.said);
    assert_eq!(run.codes(), SILENCED.1, "{}", run.said);
}
